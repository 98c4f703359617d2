/*
 * Aligned crops against those that another program made of the same photographs, with the points that SCRFD-500M gave
 * (expected/faces.json). That program warps with Pillow's Image.transform, to which a pixel's place is its corner plus one half where
 * OpenCV's warpAffine, and ours, have its place at whole numbers: half a pixel of the crop against half a pixel of the photograph. The
 * points are moved by the difference first. Skipped without OCELLI_TEST_DATA.
 */
#include <stdio.h>
#include <stdlib.h>
#include "base/buf.h"
#include "models/face/embed.h"
#include "models/recipe/files.h"
#include "vision/decode.h"
#include "vision/warp.h"

enum { SIDE = 112 };
static const double MOST_LEVELS = 2; /* mean difference of a pixel's channel */

static const struct {
    const char *name;
    float points[OC_LANDMARKS][2];
} photos[] = {
    {"fr_biden", {{530.9f, 322.1f}, {655.1f, 344.4f}, {597.1f, 403.5f}, {519, 457.2f}, {621.2f, 477.1f}}},
    {"fr_obama", {{440.8f, 215.5f}, {548.2f, 212.8f}, {496.3f, 277.4f}, {439.5f, 320}, {549.9f, 317.4f}}},
    {"fr_obama2", {{256.2f, 372.3f}, {373, 380.6f}, {286.1f, 435.5f}, {247.7f, 516.1f}, {347.9f, 523}}},
    {"lfw_Anthony_Hopkins_0001", {{101.3f, 116.2f}, {148.6f, 112.2f}, {128.9f, 140.5f}, {110.3f, 167.5f}, {146.8f, 164.1f}}},
    {"lfw_Anthony_Hopkins_0002", {{103.3f, 113.7f}, {148.7f, 113.7f}, {125.6f, 138.1f}, {106.2f, 157.6f}, {145.2f, 157.6f}}},
};

static bool load(const char *folder, const char *name, const char *end, struct oc_image *out)
{
    char file[256];
    struct oc_buf bytes;
    struct oc_err err = {0};
    snprintf(file, sizeof file, "%s%s", name, end);
    oc_buf_init(&bytes, OC_MEM_OTHER, OC_MIB(32));
    enum oc_status st = oc_file_read(folder, file, &bytes, &err);
    if (!st)
        st = oc_decode((const uint8_t *)bytes.data, bytes.len, NULL, out, NULL, &err);
    if (st)
        printf("%s/%s: %s\n", folder, file, err.msg);
    oc_buf_deinit(&bytes);
    return !st;
}

/* Points that give the crop which the recorded ones give when places are counted from corners. */
static bool from_corners(struct oc_face *face)
{
    float to[OC_LANDMARKS][2];
    struct oc_similarity m;
    for (int i = 0; i < OC_LANDMARKS; i++)
        for (int axis = 0; axis < 2; axis++)
            to[i][axis] = oc_face_template_112[i][axis];
    if (oc_similarity_fit((const float(*)[2])face->landmarks, (const float(*)[2])to, OC_LANDMARKS, &m, NULL))
        return false;
    double size = m.a * m.a + m.b * m.b;
    for (int i = 0; i < OC_LANDMARKS; i++) { /* where the template's points, moved by one half, come from */
        double x = (double)to[i][0] + 0.5 - m.tx, y = (double)to[i][1] + 0.5 - m.ty;
        face->landmarks[i][0] = (float)((m.a * x + m.b * y) / size - 0.5);
        face->landmarks[i][1] = (float)((m.a * y - m.b * x) / size - 0.5);
    }
    return true;
}

/* -1: cannot be computed. */
static double difference(const char *folder, size_t i)
{
    char crops[OC_PATH_MAX];
    struct oc_image photo = {0}, expected = {0}, crop = {0};
    struct oc_face face = {.has_landmarks = true};
    double sum = -1;
    memcpy(face.landmarks, photos[i].points, sizeof face.landmarks);
    if (from_corners(&face) && oc_path_join(crops, folder, "aligned112") && load(folder, photos[i].name, ".jpg", &photo) &&
        load(crops, photos[i].name, ".png", &expected) && expected.width == SIDE && expected.height == SIDE &&
        oc_face_align(&photo, &face, SIDE, &crop, NULL) == OC_OK) {
        sum = 0;
        for (int k = 0; k < SIDE * SIDE * 3; k++)
            sum += abs(crop.data[k] - expected.data[k]);
    }
    oc_image_deinit(&photo);
    oc_image_deinit(&expected);
    oc_image_deinit(&crop);
    return sum < 0 ? sum : sum / (SIDE * SIDE * 3);
}

int main(void)
{
    const char *root = getenv("OCELLI_TEST_DATA");
    char folder[OC_PATH_MAX];
    int failures = 0;
    if (!root || !oc_path_join(folder, root, "images/faces") || !oc_file_exists(folder, "fr_obama.jpg")) {
        printf("skipped: OCELLI_TEST_DATA names no folder with images/faces\n");
        return 77;
    }
    for (size_t i = 0; i < OC_ARRAY_LEN(photos); i++) {
        double levels = difference(folder, i);
        printf("%s: %.2f levels\n", photos[i].name, levels);
        failures += !(levels >= 0 && levels <= MOST_LEVELS);
    }
    return failures != 0;
}

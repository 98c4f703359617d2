/*
 * Aligned crops against those that another program made of the same photographs. Its points are not recorded, so they were found by
 * fitting: they are where the template lies in the photograph. Skipped without OCELLI_TEST_DATA.
 */
#include <stdio.h>
#include <stdlib.h>
#include "base/buf.h"
#include "models/face_embed.h"
#include "models/files.h"
#include "vision/decode.h"

enum { SIDE = 112 };
static const double MOST_LEVELS = 2; /* mean difference of a pixel's channel */

static const struct {
    const char *name;
    float points[OC_LANDMARKS][2];
} photos[] = {
    {"fr_biden", {{537.83f, 322.65f}, {657.75f, 343.91f}, {585.64f, 401.82f}, {523.59f, 462.95f}, {622.91f, 480.55f}}},
    {"fr_obama", {{443.19f, 210.28f}, {547.22f, 209.02f}, {495.92f, 269.1f}, {453.58f, 330.28f}, {539.73f, 329.25f}}},
    {"fr_obama2", {{248.5f, 369.57f}, {372.14f, 381.84f}, {303.31f, 446.36f}, {244.96f, 513.38f}, {347.35f, 523.54f}}},
    {"lfw_Anthony_Hopkins_0001", {{102.73f, 115.86f}, {148.0f, 112.38f}, {127.35f, 139.99f}, {110.64f, 167.83f}, {148.12f, 164.95f}}},
    {"lfw_Anthony_Hopkins_0002", {{105.18f, 112.21f}, {146.76f, 112.37f}, {125.88f, 136.05f}, {108.57f, 160.23f}, {143.01f, 160.36f}}},
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

/* -1: cannot be computed. */
static double difference(const char *folder, size_t i)
{
    char crops[OC_PATH_MAX];
    struct oc_image photo = {0}, expected = {0}, crop = {0};
    struct oc_face face = {.has_landmarks = true};
    double sum = -1;
    memcpy(face.landmarks, photos[i].points, sizeof face.landmarks);
    if (oc_path_join(crops, folder, "aligned112") && load(folder, photos[i].name, ".jpg", &photo) &&
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

#include <criterion/criterion.h>
#include <math.h>
#include "models/run/boxes.h"
#include "models/face/analysis.h"
#include "vision/sharpness.h"
#include "vision/warp.h"

static struct oc_image picture(int side)
{
    struct oc_image im;
    cr_assert_eq(oc_image_new(&im, side, side, 3, NULL), OC_OK);
    for (int i = 0; i < side * side * 3; i++)
        im.data[i] = (i / 3 % side / 13 + i / 3 / side / 11) % 2 ? 220 : 30; /* edges, as pictures have */
    return im;
}

/* Every pixel the mean of 3x3, so many times. */
static void blur(struct oc_image *im, int times)
{
    int side = im->width;
    while (times-- > 0) {
        struct oc_image old = *im;
        cr_assert_eq(oc_image_new(im, side, side, 3, NULL), OC_OK);
        for (int y = 0; y < side; y++)
            for (int x = 0; x < side * 3; x++) {
                int sum = 0, n = 0;
                for (int dy = -1; dy <= 1; dy++)
                    for (int dx = -3; dx <= 3; dx += 3)
                        if (y + dy >= 0 && y + dy < side && x + dx >= 0 && x + dx < side * 3) {
                            sum += old.data[(y + dy) * side * 3 + x + dx];
                            n++;
                        }
                im->data[y * side * 3 + x] = (uint8_t)((sum + n / 2) / n);
            }
        oc_image_deinit(&old);
    }
}

/* One face of `side` pixels, the template turned by roll, the nose moved along the eyes. */
static struct oc_face face_of(float side, double roll, double nose)
{
    struct oc_face f = {.box = {10, 10, 10 + side, 10 + side * 2}, .score = 0.9f, .has_landmarks = true};
    double c = cos(roll), s = sin(roll);
    for (int i = 0; i < OC_LANDMARKS; i++) {
        double x = (double)oc_face_template_112[i][0] + (i == OC_LANDMARK_NOSE ? nose : 0), y = (double)oc_face_template_112[i][1];
        f.landmarks[i][0] = (float)(c * x - s * y);
        f.landmarks[i][1] = (float)(s * x + c * y);
    }
    return f;
}

Test(sharpness, falls_with_every_blur_and_not_with_contrast)
{
    struct oc_image im = picture(112), faint;
    float before = oc_sharpness(&im);
    cr_assert(before > 0.6f && before <= 1, "%g", (double)before);
    cr_assert_eq(oc_image_new(&faint, 112, 112, 3, NULL), OC_OK);
    for (int i = 0; i < 112 * 112 * 3; i++)
        faint.data[i] = (uint8_t)(100 + im.data[i] / 4);
    cr_assert_float_eq(oc_sharpness(&faint), before, 0.02);
    oc_image_deinit(&faint);
    for (int i = 0; i < 4; i++) {
        blur(&im, 2);
        float now = oc_sharpness(&im);
        cr_assert(now < before, "%g after %g", (double)now, (double)before);
        before = now;
    }
    cr_assert(before < 0.45f, "%g", (double)before);
    memset(im.data, 77, 112 * 112 * 3);
    cr_assert_float_eq(oc_sharpness(&im), 0, 0, "one colour");
    oc_image_deinit(&im);
    struct oc_image grey;
    cr_assert_eq(oc_image_new(&grey, 1, 1, 1, NULL), OC_OK);
    grey.data[0] = 3;
    cr_assert_float_eq(oc_sharpness(&grey), 0, 0, "one pixel");
    oc_image_deinit(&grey);
}

Test(quality, the_least_mark_is_the_whole)
{
    struct oc_image sharp = picture(112), soft = picture(112);
    struct oc_face_quality q;
    blur(&soft, 12);
    struct oc_face f = face_of(200, 0, 0);
    q = oc_face_quality_of(&f, &sharp);
    cr_assert(q.least == OC_QUALITY_SCORE && fabsf(q.overall - 0.9f) < 1e-6f && fabsf(q.size - 200) < 1e-3f);
    f = face_of(56, 0, 0);
    q = oc_face_quality_of(&f, &sharp);
    cr_assert(q.least == OC_QUALITY_SIZE && fabsf(q.overall - 0.5f) < 1e-6f, "the shorter side");
    f = face_of(200, 0, 0);
    q = oc_face_quality_of(&f, &soft);
    cr_assert_eq(q.least, OC_QUALITY_SHARPNESS);
    cr_assert(q.overall < 0.9f && q.sharpness < 0.5f, "%g", (double)q.sharpness);
    f = face_of(200, 0, 35.24 * 0.45 * tan(60 * M_PI / 180));
    q = oc_face_quality_of(&f, &sharp);
    cr_assert(q.least == OC_QUALITY_YAW && fabsf(q.overall - 0.2f) < 0.02f, "%g", (double)q.overall);
    cr_assert_str_eq(oc_quality_part_name(q.least), "yaw");
    oc_image_deinit(&sharp);
    oc_image_deinit(&soft);
}

Test(quality, pose)
{
    struct oc_image im = picture(16);
    for (int roll = -170; roll <= 170; roll += 34)
        for (int yaw = -60; yaw <= 60; yaw += 20) {
            struct oc_face f = face_of(50, roll * M_PI / 180, 35.24 * 0.45 * tan(yaw * M_PI / 180));
            struct oc_face_quality q = oc_face_quality_of(&f, &im);
            cr_assert(q.has_pose && fabs((double)q.roll - roll) < 0.5, "roll %d: %g", roll, (double)q.roll);
            cr_assert(fabs((double)q.yaw - yaw) < 1.5, "yaw %d: %g", yaw, (double)q.yaw); /* the template's own nose is a little aside */
            cr_assert(fabs((double)q.pitch) < 2, "looks straight ahead: %g", (double)q.pitch);
            const float *eye = f.landmarks[OC_LANDMARK_LEFT_EYE], *mouth = f.landmarks[OC_LANDMARK_MOUTH_LEFT];
            for (int axis = 0; axis < 2; axis++) /* the nose a quarter of the way further up: looks up */
                f.landmarks[OC_LANDMARK_NOSE][axis] -= (mouth[axis] - eye[axis]) / 4;
            q = oc_face_quality_of(&f, &im);
            cr_assert(q.pitch > 25 && q.pitch < 40, "looks up: %g", (double)q.pitch);
        }
    struct oc_face none = {.box = {0, 0, 50, 50}, .score = 1}, same = {.box = {0, 0, 50, 50}, .score = 1, .has_landmarks = true};
    cr_assert(!oc_face_quality_of(&none, &im).has_pose && !oc_face_quality_of(&same, &im).has_pose);
    oc_image_deinit(&im);
}

Test(look, a_whole_picture_as_one_face)
{
    struct oc_image im = picture(56);
    struct oc_face_analysis look;
    cr_assert_eq(oc_face_analysis_find(NULL, &im, 112, &(struct oc_detect_options){0}, NULL, &look, NULL), OC_OK);
    cr_assert(look.faces.n == 1 && look.crops[0].width == 112 && !look.faces.items[0].has_landmarks && !oc_face_analysis_vector(&look, 0));
    cr_assert_float_eq(look.quality[0].size, 56, 0);
    oc_face_analysis_deinit(&look);
    cr_assert(!look.crops && !look.faces.n);
    oc_image_deinit(&im);
}

Test(look, largest)
{
    struct oc_face items[] = {{.box = {0, 0, 10, 10}}, {.box = {0, 0, 10, 20}}, {.box = {5, 5, 15, 24}}};
    struct oc_face_analysis look = {.faces = {items, 3}};
    cr_assert_eq(oc_face_analysis_largest(&look), 1);
    look.faces.n = 0;
    cr_assert_eq(oc_face_analysis_largest(&look), 0);
}

#include <math.h>
#include "hand.h"
#include "models/face/embed.h"
#include "vision/warp.h"

static void facts(struct hand *h, int batch, int side, int dim)
{
    hand_input(h, side, side);
    h->in[0].shape.dim[0] = batch;
    hand_output(h, "embedding", 2, batch, dim, 0, 0);
}

static void begins_with(struct hand *h, const char *op)
{
    h->facts.first_ops[h->facts.n_first_ops++] = op;
}

Test(face_embed, arcface_is_told_by_its_side_and_its_vector)
{
    struct hand h;
    struct oc_recipe r;
    static const struct {
        int batch, side, dim;
        const char *family;
    } cases[] = {{1, 112, 512, "arcface"},  {-1, 112, 128, "arcface"}, {-1, 112, 256, "arcface"}, {1, 160, 512, "facenet"},
                 {-1, 160, 128, "facenet"}, {1, 112, 3, ""},           {1, 112, 100, ""},         {1, 160, 256, ""},
                 {1, 224, 512, "embedder"}, {-1, -1, 512, "embedder"}, {1000, 112, 512, ""}};
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        facts(&h, cases[i].batch, cases[i].side, cases[i].dim);
        cr_assert_str_eq(hand_family(&h, &r), cases[i].family, "%zu", i);
        if (*cases[i].family && strcmp(cases[i].family, "embedder") != 0) {
            cr_assert_eq(r.task, OC_TASK_FACE_EMBED);
            cr_assert_eq(r.decode.dim, cases[i].dim);
            cr_assert_eq(r.input.batch, cases[i].batch > 0 ? cases[i].batch : 0);
            cr_assert_float_eq(r.input.pixels.mean[1], 127.5f, 0);
            cr_assert_float_eq(r.input.pixels.scale[1], 1 / 127.5f, 0);
            cr_assert(!r.input.pixels.bgr && r.thresholds.similarity > 0.3f && r.thresholds.similarity_from && r.thresholds.similarity_why);
        }
        oc_recipe_deinit(&r);
    }
}

Test(face_embed, adaface_gives_the_length_too)
{
    for (int at = 0; at < 2; at++) {
        struct hand h;
        struct oc_recipe r;
        hand_input(&h, 112, 112);
        hand_output(&h, "a", 2, 1, at ? 1 : 512, 0, 0);
        hand_output(&h, "b", 2, 1, at ? 512 : 1, 0, 0);
        cr_assert_str_eq(hand_family(&h, &r), "adaface");
        cr_assert(r.input.pixels.bgr && r.decode.outputs[0] == at && r.decode.dim == 512);
        cr_assert_float_eq(r.input.pixels.scale[0], 1 / 127.5f, 0);
        oc_recipe_deinit(&r);
    }
    struct hand h;
    struct oc_recipe r;
    hand_input(&h, 112, 112); /* two vectors are something else */
    hand_output(&h, "a", 2, 1, 512, 0, 0);
    hand_output(&h, "b", 2, 1, 512, 0, 0);
    cr_assert_str_neq(hand_family(&h, &r), "adaface");
    oc_recipe_deinit(&r);
}

Test(face_embed, the_middle_of_a_crop)
{
    struct hand h;
    struct oc_recipe r;
    hand_input(&h, 112, 96); /* SphereFace: 96 wide */
    hand_output(&h, "fc5", 2, 1, 512, 0, 0);
    cr_assert_str_eq(hand_family(&h, &r), "arcface");
    cr_assert(r.input.width == 96 && r.input.height == 112 && oc_face_side(&r) == 112);
    oc_recipe_deinit(&r);
}

Test(face_embed, pictures_with_channels_last)
{
    struct hand h;
    struct oc_recipe r;
    facts(&h, 1, 160, 512);
    h.in[0] = hand_io("input", 4, -1, 160, 160, 3);
    cr_assert_str_eq(hand_family(&h, &r), "facenet");
    cr_assert(r.input.pixels.channels_last);
    cr_assert_float_eq(r.thresholds.similarity, 0.7f, 0);
    oc_recipe_deinit(&r);
}

Test(face_embed, sub_and_mul_at_the_beginning_normalise)
{
    struct hand h;
    struct oc_recipe r;
    facts(&h, 1, 112, 512);
    begins_with(&h, "Sub");
    cr_assert_str_eq(hand_family(&h, &r), "arcface");
    cr_assert_float_eq(r.input.pixels.mean[0], 127.5f, 0); /* one of them alone does not */
    oc_recipe_deinit(&r);
    begins_with(&h, "Mul");
    cr_assert_str_eq(hand_family(&h, &r), "arcface");
    cr_assert_float_eq(r.input.pixels.mean[0], 0, 0);
    cr_assert_float_eq(r.input.pixels.scale[0], 1, 0);
    oc_recipe_deinit(&r);
    facts(&h, 1, 112, 128);
    h.out[0].name = "fc1";
    begins_with(&h, "Sub");
    begins_with(&h, "Mul");
    cr_assert_str_eq(hand_family(&h, &r), "sface");
    cr_assert_float_eq(r.input.pixels.scale[2], 1, 0);
    cr_assert_float_eq(r.thresholds.similarity, 0.363f, 0);
    cr_assert_str_eq(r.thresholds.similarity_from, "published");
    oc_recipe_deinit(&r);
}

static struct oc_image picture(int width, int height)
{
    struct oc_image im;
    cr_assert_eq(oc_image_new(&im, width, height, 3, NULL), OC_OK);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < 3; c++)
                im.data[(y * width + x) * 3 + c] = (uint8_t)(c == 0 ? x : c == 1 ? y : 128);
    return im;
}

/* The pixel's red and green tell where in the picture it came from. */
static void expect_pixel(const struct oc_image *crop, double x, double y, double from_x, double from_y)
{
    const uint8_t *p = crop->data + ((size_t)lround(y) * (size_t)crop->width + (size_t)lround(x)) * 3;
    cr_assert(fabs(p[0] - from_x) <= 2 && fabs(p[1] - from_y) <= 2, "%d %d, expected %g %g", p[0], p[1], from_x, from_y);
}

Test(face_embed, points_come_to_the_template)
{
    static const struct {
        int side;
        double scale, shift;
    } sides[] = {{112, 1, 0}, {224, 2, 0}, {128, 1, 8}, {160, 160 / 112.0, 0}};
    struct oc_image im = picture(250, 250);
    for (size_t i = 0; i < OC_ARRAY_LEN(sides); i++) {
        struct oc_face face = {.box = {60, 60, 200, 220}, .has_landmarks = true};
        struct oc_image crop;
        for (int k = 0; k < OC_LANDMARKS; k++) { /* the template, turned by 30 degrees, enlarged and moved */
            double x = (double)oc_face_template_112[k][0] * 1.2, y = (double)oc_face_template_112[k][1] * 1.2;
            face.landmarks[k][0] = (float)(x * 0.8660254 - y * 0.5 + 120);
            face.landmarks[k][1] = (float)(x * 0.5 + y * 0.8660254 + 30);
        }
        cr_assert_eq(oc_face_align(&im, &face, sides[i].side, &crop, NULL), OC_OK);
        cr_assert(crop.width == sides[i].side && crop.height == sides[i].side && crop.channels == 3);
        for (int k = 0; k < OC_LANDMARKS; k++)
            expect_pixel(&crop, ((double)oc_face_template_112[k][0] + sides[i].shift) * sides[i].scale,
                         (double)oc_face_template_112[k][1] * sides[i].scale, (double)face.landmarks[k][0], (double)face.landmarks[k][1]);
        oc_image_deinit(&crop);
    }
    oc_image_deinit(&im);
}

Test(face_embed, without_points_the_box_is_cut)
{
    struct oc_image im = picture(250, 250), crop, same;
    struct oc_face face = {.box = {80, 60, 160, 160}};
    cr_assert_eq(oc_face_align(&im, &face, 112, &crop, NULL), OC_OK);
    expect_pixel(&crop, 55, 55, 120, 99); /* 0.11 heights above the box's centre */
    expect_pixel(&crop, 0, 0, 120 - 54, 99 - 54);
    expect_pixel(&crop, 111, 111, 120 + 54, 99 + 54);
    face.has_landmarks = true; /* all points in one place: the box again */
    for (int k = 0; k < OC_LANDMARKS; k++)
        face.landmarks[k][0] = face.landmarks[k][1] = 100;
    cr_assert_eq(oc_face_align(&im, &face, 112, &same, NULL), OC_OK);
    cr_assert(!memcmp(crop.data, same.data, 112 * 112 * 3));
    oc_image_deinit(&crop);
    oc_image_deinit(&same);
    const struct oc_box wrong[] = {{10, 10, 10, 20}, {10, 20, 30, 10}, {NAN, 0, 10, 10}, {0, 0, INFINITY, 10}};
    for (size_t i = 0; i < OC_ARRAY_LEN(wrong); i++) {
        struct oc_err err;
        face = (struct oc_face){.box = wrong[i]};
        cr_assert_eq(oc_face_align(&im, &face, 112, &crop, &err), OC_E_INVALID);
        cr_assert(!crop.data && strstr(err.msg, "a face's box"));
    }
    oc_image_deinit(&im);
}

Test(vectors, cosines)
{
    const float a[] = {3, 4, 0}, b[] = {-4, 3, 0}, c[] = {6, 8, 0}, zero[3] = {0};
    cr_assert_float_eq(oc_vector_dot(a, b, 3), 0, 1e-12);
    cr_assert_float_eq(oc_vector_cosine(a, c, 3), 1, 1e-12);
    cr_assert_float_eq(oc_vector_cosine(a, zero, 3), 0, 0);
    const float d[] = {1e-30f, 0}, e[] = {-1e30f, 0};
    cr_assert_float_eq(oc_vector_cosine(d, e, 2), -1, 1e-12);
}

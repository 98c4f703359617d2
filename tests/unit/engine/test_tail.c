/* Models whose shapes depend on data, on a small detector with NonMaxSuppression in its graph (tests/data/make_models.py, nms_inside). */
#include <criterion/criterion.h>
#include <string.h>
#include "base/mem.h"
#include "engine/eng.h"

enum { SIDE = 64 };

/* Cell (x, y) of stride 16 in a colour, the rest black; planes of 0..1. */
static void paint(float *pixels, int x, int y, int plane)
{
    for (int j = 0; j < 16; j++)
        for (int i = 0; i < 16; i++)
            pixels[plane * SIDE * SIDE + (y * 16 + j) * SIDE + x * 16 + i] = 1;
}

static const struct eng_tensor *run(struct eng_session *s, float *pixels)
{
    struct oc_err err = {0};
    struct eng_tensor in = {ENG_DT_F32, {4, {1, 3, SIDE, SIDE}}, pixels};
    cr_assert_eq(eng_session_run(s, &in, NULL, &err), OC_OK, "%s", err.msg);
    const struct eng_tensor *out = eng_session_output(s, 0);
    cr_assert_eq(out->shape.rank, 2);
    cr_assert_eq(out->shape.dim[1], 7);
    cr_assert_null(eng_session_output(s, 1));
    return out;
}

static void row_is(const struct eng_tensor *t, int row, int x, int y, int class_id)
{
    const float *p = (const float *)t->data + row * 7;
    const float want[] = {0, x * 16.0f, y * 16.0f, x * 16.0f + 16, y * 16.0f + 16, (float)class_id};
    for (int i = 0; i < 6; i++)
        cr_assert_float_eq(p[i], want[i], 0, "row %d, number %d is %g", row, i, (double)p[i]);
    cr_assert_gt(p[6], 0.9f);
}

Test(tail, as_many_rows_as_the_picture_has)
{
    static float pixels[3 * SIDE * SIDE];
    for (int i = 0; eng_backend_name(i); i++) {
        struct eng_model *m;
        struct eng_session *s, *other;
        struct oc_err err = {0};
        struct eng_options opt = {.backend = eng_backend_name(i)};
        cr_assert_eq(eng_model_load(OC_TEST_DATA_DIR "/detail_models/tiny_nms.onnx", &opt, &m, &err), OC_OK, "%s", err.msg);
        cr_assert_eq(eng_model_n_outputs(m), 1);
        cr_assert_eq(eng_session_new(m, &s, &err), OC_OK);
        cr_assert_eq(eng_session_new(m, &other, &err), OC_OK);
        for (int round = 0; round < 3; round++) {
            memset(pixels, 0, sizeof pixels);
            cr_assert_eq(run(s, pixels)->shape.dim[0], 0, "nothing is there");
            paint(pixels, 1, 2, 0);
            const struct eng_tensor *one = run(s, pixels);
            cr_assert_eq(one->shape.dim[0], 1);
            row_is(one, 0, 1, 2, 0);
            paint(pixels, 3, 0, 2);
            paint(pixels, 0, 0, 2);
            const struct eng_tensor *three = run(other, pixels);
            cr_assert_eq(three->shape.dim[0], 3);
            row_is(three, 0, 1, 2, 0);
            row_is(three, 1, 0, 0, 1); /* of equal scores the lower number */
            row_is(three, 2, 3, 0, 1);
            row_is(one, 0, 1, 2, 0); /* the other session's results are its own */
        }
        eng_session_free(s);
        eng_session_free(other);
        eng_model_unref(m);
    }
}

/* Each allocation of load, session and run fails once. */
Test(tail, memory_that_ends_anywhere)
{
    static float pixels[3 * SIDE * SIDE];
    paint(pixels, 1, 2, 0);
    for (uint64_t n = 1;; n++) {
        struct eng_model *m = NULL;
        struct eng_session *s = NULL;
        struct oc_err err = {0};
        struct eng_tensor in = {ENG_DT_F32, {4, {1, 3, SIDE, SIDE}}, pixels};
        oc_mem_fail_at(n);
        enum oc_status st = eng_model_load(OC_TEST_DATA_DIR "/detail_models/tiny_nms.onnx", &(struct eng_options){.backend = "reference"},
                                           &m, &err);
        if (!st)
            st = eng_session_new(m, &s, &err);
        if (!st)
            st = eng_session_run(s, &in, NULL, &err);
        oc_mem_fail_at(0);
        cr_assert(st == OC_OK || st == OC_E_NOMEM, "%d: %s", (int)n, err.msg);
        if (s && st) {
            cr_assert_null(eng_session_output(s, 0));
            cr_assert_eq(eng_session_run(s, &in, NULL, &err), OC_OK, "after that it runs: %s", err.msg);
        }
        eng_session_free(s);
        eng_model_unref(m);
        if (!st)
            break;
    }
}

/* Files in half precision run as their float twins do: the same nodes and fusions, the file's own types at both ends. */
#include <criterion/criterion.h>
#include <math.h>
#include "engine/ops/half.h"
#include "tests/graph_maker.h"

enum { CHANNELS = 4, SIDE = 6, NUMBERS = CHANNELS * SIDE * SIDE };

static uint16_t to_half(enum eng_dtype t, float v)
{
    return t == ENG_DT_F16 ? eng_f32_to_f16(v) : eng_f32_to_bf16(v);
}

static float from_half(enum eng_dtype t, uint16_t v)
{
    return t == ENG_DT_F16 ? eng_f16_to_f32(v) : eng_bf16_to_f32(v);
}

/* Weights that half holds exactly, in the given type. */
static int weights(struct maker *k, enum eng_dtype t, struct eng_shape s)
{
    float f[CHANNELS * CHANNELS];
    uint16_t h[CHANNELS * CHANNELS];
    int64_t n = eng_shape_count(&s);
    for (int64_t i = 0; i < n; i++) {
        f[i] = roundf(32 * mk_random(k)) / 32;
        h[i] = to_half(t, f[i]);
    }
    return t == ENG_DT_F32 ? mk_const(k, t, s, f) : mk_const(k, t, s, h);
}

/* Conv, BatchNormalization's kind of affine, SiLU, a detour through the type by Cast, Identity at the end as exporters leave it. */
static void network(struct maker *k, enum eng_dtype t)
{
    int x = mk_input(k, "x", t, MK_DIMS(1, CHANNELS, SIDE, SIDE));
    int y = mk_node(k, "Conv", 2, x, weights(k, t, MK_DIMS(CHANNELS, CHANNELS, 1, 1)));
    y = mk_node(k, "Mul", 2, y, weights(k, t, MK_DIMS(1, CHANNELS, 1, 1)));
    y = mk_node(k, "Mul", 2, y, mk_node(k, "Sigmoid", 1, y));
    y = mk_node(k, "Cast", 1, y);
    mk_attr_int(k, "to", ENG_DT_F32);
    y = mk_node(k, "Relu", 1, y);
    y = mk_node(k, "Cast", 1, y);
    mk_attr_int(k, "to", t);
    mk_output(k, mk_node(k, "Identity", 1, y));
    k->out[0].dtype = t;
}

static struct eng_model *model_of(enum eng_dtype t, const char *backend)
{
    struct maker k;
    mk_begin(&k);
    network(&k, t);
    struct eng_model *m = mk_model(&k, backend, NULL);
    cr_assert_not_null(m, "%s", k.err.msg);
    return m;
}

static int steps_of(const struct eng_model *m, const char *op)
{
    int n = 0;
    for (int i = 0; i < m->plans[0]->n_steps; i++)
        n += !op || strcmp(m->plans[0]->steps[i].node->op_type, op) == 0;
    return n;
}

/* The model's output as float; the input is the same whatever the type. */
static void run(struct eng_model *m, enum eng_dtype t, float out[NUMBERS])
{
    float f[NUMBERS];
    uint16_t h[NUMBERS];
    struct maker numbers = {.seed = 7};
    struct oc_err err;
    struct eng_session *s;
    for (int i = 0; i < NUMBERS; i++) {
        f[i] = roundf(64 * mk_random(&numbers)) / 64;
        h[i] = to_half(t, f[i]);
    }
    struct eng_tensor in = {t, MK_DIMS(1, CHANNELS, SIDE, SIDE), t == ENG_DT_F32 ? (void *)f : (void *)h};
    cr_assert_eq(eng_session_new(m, &s, &err), OC_OK, "%s", err.msg);
    cr_assert_eq(eng_session_run(s, &in, NULL, &err), OC_OK, "%s", err.msg);
    const struct eng_tensor *y = eng_session_output(s, 0);
    cr_assert_eq(y->dtype, t, "the output is %s", eng_dtype_name(y->dtype));
    for (int i = 0; i < NUMBERS; i++)
        out[i] = t == ENG_DT_F32 ? ((const float *)y->data)[i] : from_half(t, ((const uint16_t *)y->data)[i]);
    eng_session_free(s);
}

static void check(enum eng_dtype half, const char *backend)
{
    float want[NUMBERS], got[NUMBERS];
    struct eng_model *twin = model_of(ENG_DT_F32, backend), *m = model_of(half, backend);
    run(twin, ENG_DT_F32, want);
    run(m, half, got);
    for (int i = 0; i < NUMBERS; i++) {
        float rounded = from_half(half, to_half(half, want[i]));
        cr_assert(got[i] == rounded || fabsf(got[i] - want[i]) <= fabsf(want[i]) * (half == ENG_DT_F16 ? 0x1p-10f : 0x1p-7f) + 1e-6f,
                  "%s, %s, %d: %g for %g", backend, eng_dtype_name(half), i, (double)got[i], (double)want[i]);
    }
    cr_assert_eq(steps_of(m, NULL), steps_of(twin, NULL) + 2, "%s: %d steps for %d, and a Cast at both ends", backend, steps_of(m, NULL),
                 steps_of(twin, NULL));
    cr_assert_eq(steps_of(m, "Cast"), 2);
    for (int i = 0; i < m->graph->n_values; i++)
        cr_assert(!m->graph->values[i].constant || m->graph->values[i].constant->t.dtype == ENG_DT_F32);
    eng_model_unref(twin);
    eng_model_unref(m);
}

Test(widen, half_runs_as_its_float_twin)
{
    const char *backend;
    for (int b = 0; (backend = eng_backend_name(b)); b++) {
        check(ENG_DT_F16, backend);
        check(ENG_DT_BF16, backend);
    }
}

/* An input that is an output too, and constants that are: types stay what the file says. */
Test(widen, what_passes_through_keeps_its_type)
{
    struct maker k;
    struct oc_err err;
    struct eng_session *s;
    uint16_t in[3] = {eng_f32_to_f16(1.5f), eng_f32_to_f16(-2), eng_f32_to_f16(65504)};
    mk_begin(&k);
    int x = mk_input(&k, "x", ENG_DT_F16, MK_DIMS(3));
    mk_output(&k, mk_node(&k, "Identity", 1, x));
    mk_output(&k, mk_node(&k, "Identity", 1, mk_const(&k, ENG_DT_F16, MK_DIMS(3), in)));
    k.out[0].dtype = k.out[1].dtype = ENG_DT_F16;
    struct eng_model *m = mk_model(&k, "reference", NULL);
    cr_assert_not_null(m, "%s", k.err.msg);
    cr_assert_eq(eng_session_new(m, &s, &err), OC_OK, "%s", err.msg);
    cr_assert_eq(eng_session_run(s, &(struct eng_tensor){ENG_DT_F16, MK_DIMS(3), in}, NULL, &err), OC_OK, "%s", err.msg);
    for (int i = 0; i < 2; i++) {
        const struct eng_tensor *y = eng_session_output(s, i);
        cr_assert_eq(y->dtype, ENG_DT_F16);
        cr_assert_arr_eq(y->data, in, sizeof in);
    }
    eng_session_free(s);
    eng_model_unref(m);
}

/* The bits themselves are asked for: nothing is widened. */
Test(widen, a_file_that_looks_at_bits_is_left_alone)
{
    struct maker k;
    struct oc_err err;
    struct eng_session *s;
    uint16_t in[2] = {0x3c00, 0xfbff};
    mk_begin(&k);
    k.opset = 26;
    int y = mk_node(&k, "BitCast", 1, mk_input(&k, "x", ENG_DT_F16, MK_DIMS(2)));
    mk_attr_int(&k, "to", ENG_DT_U16);
    mk_output(&k, y);
    k.out[0].dtype = ENG_DT_U16;
    struct eng_model *m = mk_model(&k, "reference", NULL);
    cr_assert_not_null(m, "%s", k.err.msg);
    cr_assert_eq(eng_session_new(m, &s, &err), OC_OK, "%s", err.msg);
    cr_assert_eq(eng_session_run(s, &(struct eng_tensor){ENG_DT_F16, MK_DIMS(2), in}, NULL, &err), OC_OK, "%s", err.msg);
    cr_assert_arr_eq(eng_session_output(s, 0)->data, in, sizeof in);
    eng_session_free(s);
    eng_model_unref(m);
}

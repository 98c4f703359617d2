/* Every pass on a small graph: what the graph looks like afterwards, and that the numbers stay what they were. */
#include <criterion/criterion.h>
#include <math.h>
#include "tests/graph_maker.h"

#define MAX_VALUES 4096

/* "canonicalise,fold,...": all there are. */
static const char *all_passes(void)
{
    static char list[512];
    list[0] = 0;
    for (int i = 0; eng_pass_at(i); i++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", i ? "," : "", eng_pass_at(i)->name);
    return list;
}

struct outcome {
    int n;
    float v[MAX_VALUES];
};

/* Runs the model on made-up numbers, free dimensions at 3. */
static void run_model(struct eng_model *m, struct outcome *out)
{
    static float data[MK_MAX_IO][MAX_VALUES];
    struct eng_tensor in[MK_MAX_IO];
    struct maker numbers = {.seed = 99};
    struct oc_err err;
    struct eng_session *s;
    for (int i = 0; i < eng_model_n_inputs(m); i++) {
        const struct eng_io *io = eng_model_input(m, i);
        in[i] = (struct eng_tensor){io->dtype, io->shape, data[i]};
        for (int k = 0; k < io->shape.rank; k++)
            if (in[i].shape.dim[k] < 0)
                in[i].shape.dim[k] = 3;
        for (int64_t k = 0; k < eng_shape_count(&in[i].shape); k++)
            data[i][k] = 4 * mk_random(&numbers);
    }
    cr_assert_eq(eng_session_new(m, &s, &err), OC_OK, "%s", err.msg);
    cr_assert_eq(eng_session_run(s, in, NULL, &err), OC_OK, "%s", err.msg);
    const struct eng_tensor *t = eng_session_output(s, 0);
    out->n = (int)eng_shape_count(&t->shape);
    memcpy(out->v, t->data, (size_t)out->n * sizeof(float));
    eng_session_free(s);
}

/* How many nodes of a type the (first) plan has; NULL: all that run. */
static int plan_nodes(struct eng_model *m, const char *op_type)
{
    int n = 0;
    const struct eng_plan *p = m->plans[0];
    for (int i = 0; i < p->n_steps; i++)
        n += !op_type || strcmp(p->steps[i].node->op_type, op_type) == 0;
    return n;
}

static int fired(struct eng_model *m, const char *pass)
{
    for (int i = 0; eng_pass_at(i); i++)
        if (strcmp(eng_pass_at(i)->name, pass) == 0)
            return m->pass_counts[i] + m->plans[0]->pass_counts[i];
    return -1;
}

/*
 * Builds the graph without passes, and with all of them on every backend: the numbers must agree. On the reference backend the
 * pass must have fired `times` and the plan must have `nodes` steps.
 */
static void check(void (*build)(struct maker *), const char *pass, int times, int nodes)
{
    static struct outcome plain, passed;
    const char *backend;
    struct maker k;
    mk_begin(&k);
    build(&k);
    struct eng_model *m = mk_model(&k, "reference", all_passes());
    cr_assert_not_null(m, "%s", k.err.msg);
    run_model(m, &plain);
    eng_model_unref(m);
    for (int b = 0; (backend = eng_backend_name(b)); b++) {
        mk_begin(&k);
        build(&k);
        m = mk_model(&k, backend, NULL);
        cr_assert_not_null(m, "%s", k.err.msg);
        run_model(m, &passed);
        if (strcmp(backend, "reference") == 0) {
            cr_assert_eq(fired(m, pass), times, "%s fired %d times", pass, fired(m, pass));
            cr_assert_eq(plan_nodes(m, NULL), nodes, "%d nodes remain", plan_nodes(m, NULL));
        }
        eng_model_unref(m);
        cr_assert_eq(plain.n, passed.n);
        for (int i = 0; i < plain.n; i++)
            cr_assert(fabsf(plain.v[i] - passed.v[i]) <= 5e-5f + 5e-5f * fabsf(plain.v[i]), "%s: value %d: %g, not %g", backend, i,
                      (double)passed.v[i], (double)plain.v[i]);
    }
}

/* --- canonicalise --- */

static void spelled_out(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 4)), c = mk_node(k, "Constant", 0);
    mk_attr_float(k, "value_float", 2.5f);
    int d = mk_node(k, "Dropout", 1, mk_node(k, "Identity", 1, x));
    mk_output(k, mk_node(k, "Identity", 1, mk_node(k, "Add", 2, d, c)));
}

Test(passes, canonicalise_leaves_only_what_computes)
{
    check(spelled_out, "canonicalise", 4, 1);
}

static void masked_dropout(struct maker *k)
{
    int out[2], x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 4));
    mk_node_n(k, "Dropout", 1, &x, 2, out);
    mk_output(k, out[0]);
    mk_output(k, out[1]);
}

Test(passes, canonicalise_keeps_a_dropout_whose_mask_is_used)
{
    struct maker k;
    mk_begin(&k);
    masked_dropout(&k);
    struct eng_model *m = mk_model(&k, "reference", NULL);
    cr_assert_not_null(m, "%s", k.err.msg);
    cr_assert_eq(m->graph->n_nodes, 1);
    eng_model_unref(m);
}

/* --- fold --- */

static void computed_weights(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 4)), w = mk_weights(k, MK_DIMS(4, 6), 0, 1), b = mk_scalar(k, 3);
    mk_output(k, mk_node(k, "Mul", 2, x, mk_node(k, "Add", 2, mk_node(k, "ReduceMean", 1, w), b)));
    mk_attr_int(k, "keepdims", 0);
}

static void computed_shape(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 4, 6));
    int batch = mk_node(k, "Gather", 2, mk_node(k, "Shape", 1, x), mk_ints(k, 1, (int64_t[]){0}));
    int target = mk_node(k, "Concat", 2, batch, mk_ints(k, 1, (int64_t[]){-1}));
    mk_attr_int(k, "axis", 0);
    mk_output(k, mk_node(k, "Relu", 1, mk_node(k, "Reshape", 2, x, target)));
}

Test(passes, fold_computes_what_needs_no_input)
{
    check(computed_weights, "fold", 2, 1);
}

Test(passes, a_plan_knows_its_shapes_so_that_reshape_costs_nothing)
{
    check(computed_shape, "fold", 0, 1);
}

/* --- affine --- */

static int batch_norm(struct maker *k, int x, int channels)
{
    int scale = mk_weights(k, MK_DIMS(channels), 1, 0.5f), shift = mk_weights(k, MK_DIMS(channels), 0, 1);
    int mean = mk_weights(k, MK_DIMS(channels), 0, 1), variance = mk_weights(k, MK_DIMS(channels), 1, 0.5f);
    return mk_node(k, "BatchNormalization", 5, x, scale, shift, mean, variance);
}

static int conv(struct maker *k, int x, int from, int to)
{
    return mk_node(k, "Conv", 3, x, mk_weights(k, MK_DIMS(to, from, 3, 3), 0, 0.5f), mk_weights(k, MK_DIMS(to), 0, 1));
}

static void conv_affine(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(1, 3, -1, 7));
    k->in[0].shape.dim[2] = 7;
    int y = batch_norm(k, conv(k, x, 3, 4), 4);
    y = mk_node(k, "Mul", 2, y, mk_weights(k, MK_DIMS(1, 4, 1, 1), 0, 1));
    y = mk_node(k, "Add", 2, mk_weights(k, MK_DIMS(4, 1, 1), 0, 1), y);
    y = mk_node(k, "Sub", 2, mk_scalar(k, 1.5f), y);
    mk_output(k, mk_node(k, "Div", 2, y, mk_scalar(k, 3)));
}

static void conv_without_bias(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(1, 3, 6, 6));
    mk_output(k, batch_norm(k, mk_node(k, "Conv", 2, x, mk_weights(k, MK_DIMS(4, 3, 3, 3), 0, 1)), 4));
}

static void grouped_transposed_conv(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(1, 4, 5, 5));
    int y = mk_node(k, "ConvTranspose", 2, x, mk_weights(k, MK_DIMS(4, 3, 2, 2), 0, 1));
    mk_attr_int(k, "group", 2);
    mk_output(k, batch_norm(k, y, 6));
}

static void gemm_affine(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 5));
    int y = mk_node(k, "Gemm", 3, x, mk_weights(k, MK_DIMS(6, 5), 0, 1), mk_weights(k, MK_DIMS(1, 6), 0, 1));
    mk_attr_int(k, "transB", 1);
    mk_attr_float(k, "alpha", 0.5f);
    mk_attr_float(k, "beta", 2);
    mk_output(k, mk_node(k, "Mul", 2, batch_norm(k, y, 6), mk_weights(k, MK_DIMS(6), 0, 1)));
}

static void matmul_scaled(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 4, 5));
    int y = mk_node(k, "MatMul", 2, x, mk_weights(k, MK_DIMS(5, 6), 0, 1));
    mk_output(k, mk_node(k, "Mul", 2, y, mk_weights(k, MK_DIMS(6), 0, 1)));
}

static void wrong_axis(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(1, 3, 6, 6));
    mk_output(k, mk_node(k, "Mul", 2, conv(k, x, 3, 4), mk_weights(k, MK_DIMS(4), 0, 1))); /* along the width */
}

static void used_twice(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(1, 3, 6, 6)), y = conv(k, x, 3, 4);
    mk_output(k, mk_node(k, "Concat", 2, batch_norm(k, y, 4), mk_node(k, "Relu", 1, y)));
    mk_attr_int(k, "axis", 1);
}

Test(passes, affine_goes_into_a_convolution)
{
    check(conv_affine, "affine", 5, 1);
    check(conv_without_bias, "affine", 1, 1);
    check(grouped_transposed_conv, "affine", 1, 1);
}

Test(passes, affine_goes_into_products)
{
    check(gemm_affine, "affine", 2, 1);
    check(matmul_scaled, "affine", 1, 1);
}

Test(passes, affine_stays_out_where_it_would_be_wrong)
{
    check(wrong_axis, "affine", 0, 2);
    check(used_twice, "affine", 0, 4);
}

/* --- noop --- */

static void nothing_done(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 1, 4));
    int y = mk_node(k, "Cast", 1, x);
    mk_attr_int(k, "to", ENG_DT_F32);
    y = mk_node(k, "Expand", 2, y, mk_ints(k, 1, (int64_t[]){1}));
    y = mk_node(k, "Slice", 3, y, mk_ints(k, 1, (int64_t[]){0}), mk_ints(k, 1, (int64_t[]){INT32_MAX}));
    y = mk_node(k, "Transpose", 1, mk_node(k, "Sum", 1, y));
    mk_attr_ints(k, "perm", 3, (int64_t[]){1, 0, 2});
    mk_output(k, mk_node(k, "Relu", 1, y));
}

static void reversed(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 4)), start = mk_ints(k, 1, (int64_t[]){-1}), end = mk_ints(k, 1, (int64_t[]){-100});
    mk_output(k, mk_node(k, "Slice", 5, x, start, end, mk_ints(k, 1, (int64_t[]){1}), mk_ints(k, 1, (int64_t[]){-1})));
}

static void truly_transposed(struct maker *k)
{
    mk_output(k, mk_node(k, "Transpose", 1, mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 4))));
}

Test(passes, noop_removes_what_changes_nothing)
{
    check(nothing_done, "noop", 5, 1);
    check(reversed, "noop", 0, 1);
    check(truly_transposed, "noop", 0, 1);
}

/* --- layernorm --- */

static int centred(struct maker *k, int x, const int64_t *axis)
{
    int mean = mk_node(k, "ReduceMean", 1, x);
    mk_attr_ints(k, "axes", 1, axis);
    return mk_node(k, "Sub", 2, x, mean);
}

static int normalised(struct maker *k, int64_t axis)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 8, 8)), d = centred(k, x, &axis);
    int variance = mk_node(k, "ReduceMean", 1, mk_node(k, "Pow", 2, d, mk_scalar(k, 2)));
    mk_attr_ints(k, "axes", 1, &axis);
    return mk_node(k, "Div", 2, d, mk_node(k, "Sqrt", 1, mk_node(k, "Add", 2, variance, mk_scalar(k, 1e-5f))));
}

static void layer_norm(struct maker *k)
{
    int y = mk_node(k, "Mul", 2, normalised(k, -1), mk_weights(k, MK_DIMS(8), 1, 1));
    mk_output(k, mk_node(k, "Add", 2, mk_weights(k, MK_DIMS(8), 1, 1), y));
}

static void layer_norm_without_bias(struct maker *k)
{
    mk_output(k, mk_node(k, "Mul", 2, normalised(k, 2), mk_weights(k, MK_DIMS(8), 1, 1)));
}

static void norm_of_another_axis(struct maker *k)
{
    mk_output(k, mk_node(k, "Mul", 2, normalised(k, 1), mk_weights(k, MK_DIMS(8), 1, 1)));
}

Test(passes, layernorm_is_recovered_from_its_parts)
{
    check(layer_norm, "layernorm", 1, 1);
    check(layer_norm_without_bias, "layernorm", 1, 1);
    check(norm_of_another_axis, "layernorm", 0, 8);
}

/* --- gelu --- */

static int erf_gate(struct maker *k, int x)
{
    return mk_node(k, "Add", 2, mk_node(k, "Erf", 1, mk_node(k, "Div", 2, x, mk_scalar(k, 1.41421354f))), mk_scalar(k, 1));
}

static void gelu_outer_half(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 8));
    mk_output(k, mk_node(k, "Mul", 2, mk_node(k, "Mul", 2, x, erf_gate(k, x)), mk_scalar(k, 0.5f)));
}

static void gelu_half_on_x(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 8));
    mk_output(k, mk_node(k, "Mul", 2, mk_node(k, "Mul", 2, mk_scalar(k, 0.5f), x), erf_gate(k, x)));
}

static void gelu_half_on_gate(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 8));
    mk_output(k, mk_node(k, "Mul", 2, x, mk_node(k, "Div", 2, erf_gate(k, x), mk_scalar(k, 2))));
}

static void gelu_tanh(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 8)), cube = mk_node(k, "Pow", 2, x, mk_scalar(k, 3));
    int sum = mk_node(k, "Add", 2, x, mk_node(k, "Mul", 2, cube, mk_scalar(k, 0.044715f)));
    int gate = mk_node(k, "Add", 2, mk_node(k, "Tanh", 1, mk_node(k, "Mul", 2, sum, mk_scalar(k, 0.7978845608f))), mk_scalar(k, 1));
    mk_output(k, mk_node(k, "Mul", 2, mk_node(k, "Mul", 2, x, mk_scalar(k, 0.5f)), gate));
}

static void gelu_fast(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 8));
    int square = mk_node(k, "Mul", 2, mk_node(k, "Mul", 2, x, mk_scalar(k, 0.044715f)), x);
    int sum = mk_node(k, "Add", 2, square, mk_scalar(k, 1)), scaled = mk_node(k, "Mul", 2, x, mk_scalar(k, 0.79788456f));
    int gate = mk_node(k, "Add", 2, mk_node(k, "Tanh", 1, mk_node(k, "Mul", 2, scaled, sum)), mk_scalar(k, 1));
    mk_output(k, mk_node(k, "Mul", 2, mk_node(k, "Mul", 2, x, mk_scalar(k, 0.5f)), gate));
}

static void not_gelu(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 8)), z = mk_input(k, "z", ENG_DT_F32, MK_DIMS(-1, 8));
    mk_output(k, mk_node(k, "Mul", 2, mk_node(k, "Mul", 2, x, erf_gate(k, z)), mk_scalar(k, 0.5f)));
}

Test(passes, gelu_is_recovered_however_it_is_written)
{
    check(gelu_outer_half, "gelu", 1, 1);
    check(gelu_half_on_x, "gelu", 1, 1);
    check(gelu_half_on_gate, "gelu", 1, 1);
    check(gelu_tanh, "gelu", 1, 1);
    check(gelu_fast, "gelu", 1, 1);
    check(not_gelu, "gelu", 0, 5);
}

/* --- hardswish, silu --- */

static int clipped(struct maker *k, int x)
{
    return mk_node(k, "Clip", 3, mk_node(k, "Add", 2, x, mk_scalar(k, 3)), mk_scalar(k, 0), mk_scalar(k, 6));
}

static void hard_swish(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 8));
    mk_output(k, mk_node(k, "Div", 2, mk_node(k, "Mul", 2, x, clipped(k, x)), mk_scalar(k, 6)));
}

static void hard_swish_divided_first(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 8));
    mk_output(k, mk_node(k, "Mul", 2, mk_node(k, "Mul", 2, clipped(k, x), mk_scalar(k, 0.16666667f)), x));
}

static void hard_swish_of_sigmoid(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 8)), gate = mk_node(k, "HardSigmoid", 1, x);
    mk_attr_float(k, "alpha", 1.0f / 6);
    mk_output(k, mk_node(k, "Mul", 2, x, gate));
}

static void hard_sigmoid(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 8));
    mk_output(k, mk_node(k, "Div", 2, clipped(k, x), mk_scalar(k, 6)));
}

static void sharper_sigmoid(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 8)), gate = mk_node(k, "HardSigmoid", 1, x); /* alpha 0.2 */
    mk_output(k, mk_node(k, "Mul", 2, x, gate));
}

Test(passes, hard_swish_and_hard_sigmoid_are_recovered)
{
    check(hard_swish, "hardswish", 1, 1);
    check(hard_swish_divided_first, "hardswish", 1, 1);
    check(hard_swish_of_sigmoid, "hardswish", 1, 1);
    check(hard_sigmoid, "hardswish", 1, 1);
    check(sharper_sigmoid, "hardswish", 0, 2);
}

static void silu(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 8));
    mk_output(k, mk_node(k, "Mul", 2, mk_node(k, "Sigmoid", 1, x), x));
}

static void quick_gelu(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 8));
    mk_output(k, mk_node(k, "Mul", 2, x, mk_node(k, "Sigmoid", 1, mk_node(k, "Mul", 2, mk_scalar(k, 1.702f), x))));
}

static void mish(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 8));
    mk_output(k, mk_node(k, "Mul", 2, x, mk_node(k, "Tanh", 1, mk_node(k, "Softplus", 1, x))));
}

static void gate_of_another(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 8)), z = mk_input(k, "z", ENG_DT_F32, MK_DIMS(-1, 8));
    mk_output(k, mk_node(k, "Mul", 2, x, mk_node(k, "Sigmoid", 1, z)));
}

static void gate_that_broadcasts(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 8)), z = mk_input(k, "z", ENG_DT_F32, MK_DIMS(2, -1, 8));
    mk_output(k, mk_node(k, "Add", 2, z, mk_node(k, "Mul", 2, x, mk_node(k, "Sigmoid", 1, x))));
}

Test(passes, self_gated_activations_are_recovered)
{
    check(silu, "silu", 1, 1);
    check(quick_gelu, "silu", 1, 1);
    check(mish, "silu", 1, 1);
    check(gate_of_another, "silu", 0, 2);
    check(gate_that_broadcasts, "silu", 1, 2);
}

/* --- bias, residual, activation --- */

static void dense_block(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 5, 6));
    int y = mk_node(k, "Add", 2, mk_weights(k, MK_DIMS(6), 0, 1), mk_node(k, "MatMul", 2, x, mk_weights(k, MK_DIMS(6, 6), 0, 1)));
    mk_output(k, mk_node(k, "Relu", 1, mk_node(k, "Add", 2, y, x)));
}

static void column_added(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 6, 6));
    int y = mk_node(k, "MatMul", 2, x, mk_weights(k, MK_DIMS(6, 6), 0, 1));
    mk_output(k, mk_node(k, "Add", 2, y, mk_weights(k, MK_DIMS(6, 1), 0, 1)));
}

static void residual_block(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(1, 4, 6, 6)), y = conv(k, x, 4, 4);
    mk_attr_ints(k, "pads", 4, (int64_t[]){1, 1, 1, 1});
    y = conv(k, mk_node(k, "LeakyRelu", 1, y), 4, 4);
    mk_attr_ints(k, "pads", 4, (int64_t[]){1, 1, 1, 1});
    mk_output(k, mk_node(k, "Clip", 2, mk_node(k, "Add", 2, x, y), mk_scalar(k, -0.5f)));
}

static void two_branches(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(1, 3, 6, 6)), a = conv(k, x, 3, 4), b = conv(k, x, 3, 4);
    mk_output(k, mk_node(k, "Add", 2, b, a));
}

static void shared_result(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(1, 3, 6, 6)), a = conv(k, x, 3, 4);
    mk_output(k, mk_node(k, "Relu", 1, a));
    mk_output(k, a);
}

Test(passes, a_dense_block_becomes_one_product)
{
    check(dense_block, "bias", 1, 1);
    check(dense_block, "residual", 1, 1);
    check(dense_block, "activation", 1, 1);
    check(column_added, "bias", 0, 2);
}

Test(passes, a_residual_block_becomes_two_convolutions)
{
    check(residual_block, "residual", 1, 2);
    check(residual_block, "activation", 2, 2);
    check(two_branches, "residual", 1, 2);
}

Test(passes, nothing_is_fused_behind_a_result_that_is_needed)
{
    check(shared_result, "activation", 0, 2);
}

static void gated_conv(struct maker *k)
{
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(1, 3, 6, 6)), a = conv(k, x, 3, 4);
    mk_output(k, mk_node(k, "Mul", 2, a, mk_node(k, "Sigmoid", 1, a)));
}

Test(passes, silu_goes_into_the_convolution)
{
    check(gated_conv, "silu", 1, 1);
    check(gated_conv, "activation", 1, 1);
}

/* --- the list --- */

Test(passes, an_unknown_name_is_refused)
{
    struct oc_err err;
    cr_assert_eq(eng_passes_check("silu,fold", &err), OC_OK);
    cr_assert_eq(eng_passes_check(NULL, &err), OC_OK);
    cr_assert_eq(eng_passes_check("silu,nonsense", &err), OC_E_INVALID);
    cr_assert_not_null(strstr(err.msg, "nonsense"));
}

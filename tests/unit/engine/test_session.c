/* Sessions: shapes that change, inputs that decide shapes, what is refused, cancellation, and memory. */
#include <criterion/criterion.h>
#include <malloc.h>
#include "tests/graph_maker.h"

struct setup {
    struct eng_model *m;
    struct eng_session *s;
    struct oc_err err;
};

static void open_session(struct setup *t, struct maker *k, const struct eng_options *opt)
{
    t->m = mk_model_with(k, opt);
    cr_assert_not_null(t->m, "%s", k->err.msg);
    cr_assert_eq(eng_session_new(t->m, &t->s, &t->err), OC_OK, "%s", t->err.msg);
}

static void close_session(struct setup *t)
{
    eng_session_free(t->s);
    eng_model_unref(t->m);
}

static const struct eng_options reference = {.backend = "reference"};

/* y = relu(x W + b) summed over rows: a few nodes with free rows. */
static void dense(struct maker *k)
{
    mk_begin(k);
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 8));
    k->in[0].dim_name[0] = "rows";
    int y = mk_node(k, "Relu", 1, mk_node(k, "MatMul", 2, x, mk_weights(k, MK_DIMS(8, 8), 0, 1)));
    mk_output(k, mk_node(k, "Concat", 2, y, mk_node(k, "Exp", 1, y)));
    mk_attr_int(k, "axis", 0);
}

static float numbers[8 * 4096];

static enum oc_status run_rows(struct setup *t, int64_t rows)
{
    for (size_t i = 0; i < OC_ARRAY_LEN(numbers); i++)
        numbers[i] = (float)(i % 13) / 13 - 0.4f;
    return eng_session_run(t->s, &(struct eng_tensor){ENG_DT_F32, MK_DIMS(rows, 8), numbers}, NULL, &t->err);
}

Test(session, shapes_change_back_and_forth)
{
    struct maker k;
    struct setup t;
    float first[16];
    dense(&k);
    open_session(&t, &k, &reference);
    static const int64_t rows[] = {1, 5, 1, 300, 2, 300, 1, 7, 9, 11, 13, 15, 17, 1};
    for (size_t i = 0; i < OC_ARRAY_LEN(rows); i++) {
        cr_assert_eq(run_rows(&t, rows[i]), OC_OK, "%s", t.err.msg);
        const struct eng_tensor *out = eng_session_output(t.s, 0);
        cr_assert(eng_shape_equal(&out->shape, &MK_DIMS(2 * rows[i], 8)));
        if (rows[i] != 1)
            continue;
        if (i == 0)
            memcpy(first, out->data, sizeof first);
        cr_assert_eq(memcmp(first, out->data, sizeof first), 0, "run %zu differs from the first of this shape", i);
    }
    int kept = 0;
    while (kept < LIM_PLANS && t.m->plans[kept])
        kept++;
    cr_assert_eq(kept, LIM_PLANS);
    cr_assert_null(eng_session_output(t.s, 1));
    close_session(&t);
}

Test(session, a_known_shape_allocates_nothing)
{
    struct maker k;
    struct setup t;
    dense(&k);
    open_session(&t, &k, &reference);
    cr_assert_eq(run_rows(&t, 3), OC_OK);
    cr_assert_eq(run_rows(&t, 300), OC_OK);
    cr_assert_eq(run_rows(&t, 3), OC_OK);
    uint64_t calls = oc_mem_calls();
    struct mallinfo2 before = mallinfo2();
    for (int i = 0; i < 20; i++)
        cr_assert_eq(run_rows(&t, i % 2 ? 3 : 300), OC_OK);
    struct mallinfo2 after = mallinfo2();
    cr_assert_eq(oc_mem_calls(), calls);
    cr_assert_eq(after.uordblks, before.uordblks);
    close_session(&t);
}

Test(session, memory_that_is_no_longer_needed_is_given_back)
{
    struct maker k;
    struct setup t;
    dense(&k);
    open_session(&t, &k, &reference);
    cr_assert_eq(run_rows(&t, 2), OC_OK);
    size_t small = oc_mem_used(OC_MEM_SESSION);
    cr_assert_eq(run_rows(&t, 4000), OC_OK);
    size_t large = oc_mem_used(OC_MEM_SESSION);
    cr_assert_gt(large, small + 100000);
    for (int i = 0; i < 200; i++)
        cr_assert_eq(run_rows(&t, 2), OC_OK);
    cr_assert_lt(oc_mem_used(OC_MEM_SESSION), small + 1000);
    cr_assert_eq(run_rows(&t, 4000), OC_OK);
    close_session(&t);
}

Test(session, closing_gives_everything_back)
{
    size_t blocks = oc_mem_blocks(), bytes = oc_mem_total();
    struct maker k;
    struct setup t;
    dense(&k);
    open_session(&t, &k, &reference);
    cr_assert_eq(run_rows(&t, 2), OC_OK);
    cr_assert_gt(eng_model_bytes(t.m), 8 * 8 * sizeof(float));
    eng_model_unref(t.m); /* the session keeps it */
    cr_assert_eq(run_rows(&t, 3), OC_OK);
    eng_session_free(t.s);
    cr_assert_eq(oc_mem_blocks(), blocks);
    cr_assert_eq(oc_mem_total(), bytes);
}

Test(session, threads_do_not_change_the_numbers)
{
    struct maker k;
    struct setup one, two;
    dense(&k);
    open_session(&one, &k, &reference);
    dense(&k);
    open_session(&two, &k, &(struct eng_options){.backend = "reference", .threads = 3});
    cr_assert_eq(eng_model_threads(two.m), 3);
    cr_assert_eq(run_rows(&one, 500), OC_OK);
    cr_assert_eq(run_rows(&two, 500), OC_OK);
    cr_assert_eq(memcmp(eng_session_output(one.s, 0)->data, eng_session_output(two.s, 0)->data, 1000 * 8 * sizeof(float)), 0);
    close_session(&one);
    close_session(&two);
}

/* --- inputs that decide shapes --- */

static void reshaped_by_input(struct maker *k)
{
    mk_begin(k);
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1)), shape = mk_input(k, "shape", ENG_DT_I64, MK_DIMS(-1));
    int twice = mk_node(k, "Mul", 2, shape, mk_ints(k, 1, (int64_t[]){2}));
    mk_output(k, mk_node(k, "Neg", 1, mk_node(k, "Reshape", 2, x, twice)));
}

Test(session, values_of_an_input_may_decide_shapes)
{
    struct maker k;
    struct setup t;
    static const int64_t shapes[][2] = {{2, 3}, {3, 2}, {1, 6}, {2, 3}};
    reshaped_by_input(&k);
    open_session(&t, &k, &reference);
    cr_assert(!t.m->host_input[0] && t.m->host_input[1]);
    for (int i = 0; i < 4; i++) {
        int64_t shape[2] = {shapes[i][0], shapes[i][1]};
        struct eng_tensor in[2] = {{ENG_DT_F32, MK_DIMS(24), numbers}, {ENG_DT_I64, MK_DIMS(2), shape}};
        numbers[5] = 5;
        cr_assert_eq(eng_session_run(t.s, in, NULL, &t.err), OC_OK, "%s", t.err.msg);
        cr_assert(eng_shape_equal(&eng_session_output(t.s, 0)->shape, &MK_DIMS(2 * shape[0], 2 * shape[1])));
        cr_assert(((float *)eng_session_output(t.s, 0)->data)[5] == -5);
    }
    int64_t wrong[2] = {5, 5};
    struct eng_tensor in[2] = {{ENG_DT_F32, MK_DIMS(24), numbers}, {ENG_DT_I64, MK_DIMS(2), wrong}};
    cr_assert_eq(eng_session_run(t.s, in, NULL, &t.err), OC_E_MODEL);
    cr_assert_null(eng_session_output(t.s, 0));
    close_session(&t);
}

static void shape_of_an_image(struct maker *k)
{
    mk_begin(k);
    int x = mk_input(k, "image", ENG_DT_F32, MK_DIMS(-1)), y = mk_input(k, "y", ENG_DT_F32, MK_DIMS(-1));
    int sum = mk_node(k, "ReduceSum", 1, mk_node(k, "Relu", 1, x)), shape;
    shape = mk_node(k, "Cast", 1, sum);
    mk_attr_int(k, "to", ENG_DT_I64);
    mk_output(k, mk_node(k, "Reshape", 2, y, shape));
}

Test(session, a_shape_that_depends_on_much_data_is_refused_by_name)
{
    struct maker k;
    struct setup t;
    shape_of_an_image(&k);
    open_session(&t, &k, &reference);
    struct eng_tensor in[2] = {{ENG_DT_F32, MK_DIMS(5000), numbers}, {ENG_DT_F32, MK_DIMS(24), numbers}};
    cr_assert_eq(eng_session_run(t.s, in, NULL, &t.err), OC_E_UNSUPPORTED);
    cr_assert_not_null(strstr(t.err.msg, "image"), "%s", t.err.msg);
    close_session(&t);
}

/* --- what is refused --- */

static void expect_refused(struct setup *t, const struct eng_tensor *in, const char *a, const char *b)
{
    cr_assert_eq(eng_session_run(t->s, in, NULL, &t->err), OC_E_INVALID);
    cr_assert(strstr(t->err.msg, a) && strstr(t->err.msg, b), "%s", t->err.msg);
}

Test(session, wrong_inputs_are_refused_by_name)
{
    struct maker k;
    struct setup t;
    dense(&k);
    open_session(&t, &k, &reference);
    expect_refused(&t, &(struct eng_tensor){ENG_DT_F64, MK_DIMS(2, 8), numbers}, "'x'", "float64");
    expect_refused(&t, &(struct eng_tensor){ENG_DT_F32, MK_DIMS(2, 9), numbers}, "'x'", "?x8, not 2x9");
    expect_refused(&t, &(struct eng_tensor){ENG_DT_F32, MK_DIMS(8), numbers}, "'x'", "8");
    expect_refused(&t, &(struct eng_tensor){ENG_DT_F32, MK_DIMS(-2, 8), numbers}, "'x'", "shape");
    expect_refused(&t, &(struct eng_tensor){ENG_DT_F32, {99, {1}}, numbers}, "'x'", "shape");
    expect_refused(&t, &(struct eng_tensor){ENG_DT_F32, MK_DIMS(2, 8), NULL}, "'x'", "missing");
    cr_assert_eq(eng_session_run(t.s, &(struct eng_tensor){ENG_DT_F32, MK_DIMS(INT64_MAX / 4, 8), numbers}, NULL, &t.err), OC_E_MODEL);
    cr_assert_eq(run_rows(&t, 2), OC_OK, "%s", t.err.msg);
    cr_assert_eq(run_rows(&t, 0), OC_OK, "%s", t.err.msg);
    close_session(&t);
}

Test(session, an_arena_over_the_limit_is_refused_with_the_numbers)
{
    struct maker k;
    struct setup t;
    dense(&k);
    open_session(&t, &k, &(struct eng_options){.backend = "reference", .session_bytes_max = 10000});
    cr_assert_eq(run_rows(&t, 4), OC_OK, "%s", t.err.msg);
    cr_assert_eq(run_rows(&t, 4000), OC_E_MODEL);
    cr_assert(strstr(t.err.msg, "10000") && strstr(t.err.msg, "4000x8"), "%s", t.err.msg);
    cr_assert_eq(run_rows(&t, 4), OC_OK, "%s", t.err.msg);
    close_session(&t);
}

Test(session, a_fixed_model_that_cannot_work_is_refused_at_load)
{
    struct maker k;
    mk_begin(&k);
    int x = mk_input(&k, "x", ENG_DT_F32, MK_DIMS(2, 8));
    mk_output(&k, mk_node(&k, "MatMul", 2, x, mk_weights(&k, MK_DIMS(7, 8), 0, 1)));
    cr_assert_null(mk_model(&k, "reference", NULL));
    cr_assert_eq(k.st, OC_E_MODEL);
    cr_assert_not_null(strstr(k.err.msg, "MatMul"));
}

Test(session, unknown_backends_and_passes_are_refused)
{
    struct maker k;
    dense(&k);
    cr_assert_null(mk_model(&k, "abacus", NULL));
    cr_assert_eq(k.st, OC_E_INVALID);
    dense(&k);
    cr_assert_null(mk_model(&k, "reference", "no-such-pass"));
    cr_assert_eq(k.st, OC_E_INVALID);
}

/* --- cancellation --- */

static bool after_one(void *arg)
{
    return ++*(int *)arg > 1;
}

Test(session, a_run_can_be_stopped_between_nodes)
{
    struct maker k;
    struct setup t;
    int asked = 0;
    dense(&k);
    open_session(&t, &k, &reference);
    struct eng_run_options opt = {after_one, &asked};
    struct eng_tensor in = {ENG_DT_F32, MK_DIMS(2, 8), numbers};
    cr_assert_eq(eng_session_run(t.s, &in, &opt, &t.err), OC_E_CANCELLED);
    cr_assert_eq(asked, 2);
    cr_assert_null(eng_session_output(t.s, 0));
    cr_assert_eq(eng_session_run(t.s, &in, NULL, &t.err), OC_OK);
    close_session(&t);
}

/* --- outputs --- */

Test(session, outputs_that_are_inputs_or_constants)
{
    struct maker k;
    struct setup t;
    float in[4] = {1, 2, 3, 4};
    mk_begin(&k);
    int x = mk_input(&k, "x", ENG_DT_F32, MK_DIMS(-1));
    mk_output(&k, mk_node(&k, "Identity", 1, x));
    mk_output(&k, mk_node(&k, "Add", 2, mk_scalar(&k, 2), mk_scalar(&k, 3)));
    mk_output(&k, mk_node(&k, "Reshape", 2, x, mk_ints(&k, 2, (int64_t[]){2, 2})));
    mk_output(&k, mk_node(&k, "Shape", 1, x));
    open_session(&t, &k, &reference);
    cr_assert_eq(eng_session_run(t.s, &(struct eng_tensor){ENG_DT_F32, MK_DIMS(4), in}, NULL, &t.err), OC_OK, "%s", t.err.msg);
    in[0] = 9; /* the caller's memory is the caller's again */
    cr_assert(((float *)eng_session_output(t.s, 0)->data)[0] == 1);
    cr_assert(*(float *)eng_session_output(t.s, 1)->data == 5);
    cr_assert(eng_shape_equal(&eng_session_output(t.s, 2)->shape, &MK_DIMS(2, 2)));
    cr_assert(((float *)eng_session_output(t.s, 2)->data)[3] == 4);
    cr_assert_eq(*(int64_t *)eng_session_output(t.s, 3)->data, 4);
    close_session(&t);
}

Test(session, precision_names)
{
    enum eng_precision p;
    for (int i = ENG_PRECISION_AUTO; i <= ENG_PRECISION_INT8; i++)
        cr_assert(eng_precision_parse(eng_precision_name((enum eng_precision)i), &p) && (int)p == i);
    cr_assert(!eng_precision_parse("f64", &p));
}

/* Two networks in one file: each can be had alone, with its own input. */
static void two_networks(struct maker *k)
{
    mk_begin(k);
    int a = mk_input(k, "a", ENG_DT_F32, MK_DIMS(-1, 8)), b = mk_input(k, "b", ENG_DT_F32, MK_DIMS(-1, 8));
    int left = mk_node(k, "Relu", 1, a), right = mk_node(k, "MatMul", 2, b, mk_weights(k, MK_DIMS(8, 8), 0, 1));
    mk_output(k, left);
    mk_output(k, right);
    mk_output(k, mk_node(k, "Add", 2, left, right));
    k->out[0].name = "left";
    k->out[1].name = "right";
    k->out[2].name = "both";
}

Test(session, only_the_outputs_that_are_asked_for)
{
    struct maker k;
    struct setup t;
    const char *const right[] = {"right"}, *const turned[] = {"both", "left"};
    struct eng_options opt = {.backend = "reference", .outputs = right, .n_outputs = 1};
    two_networks(&k);
    open_session(&t, &k, &opt);
    cr_assert_eq(eng_model_n_inputs(t.m), 1);
    cr_assert_eq(eng_model_n_outputs(t.m), 1);
    cr_assert_str_eq(eng_model_input(t.m, 0)->name, "b");
    cr_assert_str_eq(eng_model_output(t.m, 0)->name, "right");
    cr_assert_eq(run_rows(&t, 3), OC_OK, "%s", t.err.msg);
    cr_assert_eq(eng_session_output(t.s, 0)->shape.dim[0], 3);
    close_session(&t);
    opt.outputs = turned;
    opt.n_outputs = 2;
    two_networks(&k);
    open_session(&t, &k, &opt);
    cr_assert_eq(eng_model_n_inputs(t.m), 2);
    cr_assert_str_eq(eng_model_output(t.m, 0)->name, "both");
    cr_assert_str_eq(eng_model_output(t.m, 1)->name, "left");
    static float ones[8], minus[8];
    for (int i = 0; i < 8; i++)
        minus[i] = -(ones[i] = 1);
    struct eng_tensor in[] = {{ENG_DT_F32, MK_DIMS(1, 8), minus}, {ENG_DT_F32, MK_DIMS(1, 8), ones}};
    cr_assert_eq(eng_session_run(t.s, in, NULL, &t.err), OC_OK, "%s", t.err.msg);
    cr_assert_eq(((const float *)eng_session_output(t.s, 1)->data)[3], 0.0f);
    close_session(&t);
}

Test(session, outputs_that_are_not_there_or_asked_for_twice)
{
    struct maker k;
    const char *const missing[] = {"middle"}, *const twice[] = {"left", "left"};
    two_networks(&k);
    cr_assert_null(mk_model_with(&k, &(struct eng_options){.backend = "reference", .outputs = missing, .n_outputs = 1}));
    cr_assert_eq(k.st, OC_E_INVALID);
    cr_assert(strstr(k.err.msg, "middle"), "%s", k.err.msg);
    two_networks(&k);
    cr_assert_null(mk_model_with(&k, &(struct eng_options){.backend = "reference", .outputs = twice, .n_outputs = 2}));
    cr_assert_eq(k.st, OC_E_INVALID);
}

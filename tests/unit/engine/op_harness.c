/* See op_harness.h. Values and constants are made by hand: no graph is needed to run one operator. */
#include "op_harness.h"
#include <criterion/criterion.h>
#include <math.h>
#include "base/mem.h"

static struct eng_const *copy_tensor(enum eng_dtype t, const struct eng_shape *shape, const void *data)
{
    size_t bytes = (size_t)eng_shape_count(shape) * eng_dtype_size(t);
    struct eng_const *c = oc_mem_zero(OC_MEM_OTHER, sizeof *c);
    cr_assert_not_null(c);
    atomic_init(&c->refs, 1);
    c->t = (struct eng_tensor){t, *shape, oc_mem_aligned(OC_MEM_OTHER, bytes)};
    cr_assert_not_null(c->t.data);
    if (bytes > 0)
        memcpy(c->t.data, data, bytes);
    return c;
}

static void drop_tensor(struct eng_const *c)
{
    if (c)
        oc_mem_free(c->t.data);
    oc_mem_free(c);
}

void op_begin(struct op_run *r, const char *op, int opset)
{
    *r = (struct op_run){.threads = 1};
    const char *name = strstr(op, "::");
    char domain[64] = "";
    if (name)
        snprintf(domain, sizeof domain, "%.*s", (int)(name - op), op);
    r->node.op_type = name ? name + 2 : op;
    r->node.op = eng_op_find(domain, r->node.op_type, opset);
    r->node.name = "test";
    r->node.opset = opset;
    r->node.attrs = r->attrs;
    r->node.fused = (struct eng_fused){.bias = -1, .residual = -1};
}

static void drop_outputs(struct op_run *r)
{
    for (int i = 0; i < r->n_out; i++)
        if (!(i == 0 && r->share))
            oc_mem_free(r->out[i].data);
    r->n_out = 0;
}

void op_end(struct op_run *r)
{
    drop_outputs(r);
    for (int i = 0; i < r->node.n_in; i++)
        drop_tensor(r->tensor[i]);
    for (int i = 0; i < r->node.n_attrs; i++)
        drop_tensor(r->attrs[i].tensor);
}

static struct eng_attr *add_attr(struct op_run *r, const char *name, enum eng_attr_kind kind)
{
    cr_assert_lt(r->node.n_attrs, OP_MAX_ATTRS);
    struct eng_attr *a = &r->attrs[r->node.n_attrs++];
    *a = (struct eng_attr){.name = name, .kind = kind};
    return a;
}

void op_int(struct op_run *r, const char *name, int64_t v)
{
    add_attr(r, name, ENG_ATTR_INT)->i = v;
}

void op_float(struct op_run *r, const char *name, float v)
{
    add_attr(r, name, ENG_ATTR_FLOAT)->f = v;
}

void op_string(struct op_run *r, const char *name, const char *v)
{
    struct eng_attr *a = add_attr(r, name, ENG_ATTR_STRING);
    a->s = v;
    a->n = strlen(v);
}

void op_ints(struct op_run *r, const char *name, size_t n, const int64_t *v)
{
    struct eng_attr *a = add_attr(r, name, ENG_ATTR_INTS);
    cr_assert_leq(r->n_ints + n, OP_MAX_NUMBERS);
    memcpy(r->ints + r->n_ints, v, n * sizeof *v);
    a->ints = r->ints + r->n_ints;
    r->n_ints += n;
    a->n = n;
}

void op_floats(struct op_run *r, const char *name, size_t n, const float *v)
{
    struct eng_attr *a = add_attr(r, name, ENG_ATTR_FLOATS);
    cr_assert_leq(r->n_floats + n, OP_MAX_NUMBERS);
    memcpy(r->floats + r->n_floats, v, n * sizeof *v);
    a->floats = r->floats + r->n_floats;
    r->n_floats += n;
    a->n = n;
}

void op_tensor(struct op_run *r, const char *name, enum eng_dtype t, struct eng_shape shape, const void *data)
{
    add_attr(r, name, ENG_ATTR_TENSOR)->tensor = copy_tensor(t, &shape, data);
}

void op_in(struct op_run *r, enum eng_dtype t, struct eng_shape shape, const void *data)
{
    cr_assert_lt(r->node.n_in, OP_MAX_IN);
    int i = r->node.n_in++;
    r->tensor[i] = copy_tensor(t, &shape, data);
    r->value[i] = (struct eng_value){.name = "in", .dtype = t, .shape = shape, .known = true, .producer = -1};
    r->runtime[i] = true;
}

void op_in_f32(struct op_run *r, struct eng_shape shape, const float *data)
{
    op_in(r, ENG_DT_F32, shape, data);
}

void op_in_i64(struct op_run *r, struct eng_shape shape, const int64_t *data)
{
    op_in(r, ENG_DT_I64, shape, data);
}

void op_in_i32(struct op_run *r, struct eng_shape shape, const int32_t *data)
{
    op_in(r, ENG_DT_I32, shape, data);
}

void op_in_u8(struct op_run *r, struct eng_shape shape, const uint8_t *data)
{
    op_in(r, ENG_DT_U8, shape, data);
}

void op_in_bool(struct op_run *r, struct eng_shape shape, const uint8_t *data)
{
    op_in(r, ENG_DT_BOOL, shape, data);
}

void op_in_absent(struct op_run *r)
{
    cr_assert_lt(r->node.n_in, OP_MAX_IN);
    r->tensor[r->node.n_in++] = NULL;
}

void op_const(struct op_run *r, enum eng_dtype t, struct eng_shape shape, const void *data)
{
    op_in(r, t, shape, data);
    r->runtime[r->node.n_in - 1] = false;
}

void op_const_f32(struct op_run *r, struct eng_shape shape, const float *data)
{
    op_const(r, ENG_DT_F32, shape, data);
}

static enum oc_status infer(struct op_run *r, const struct eng_value **in, struct eng_value *out)
{
    struct eng_infer c = {.node = &r->node, .n_in = r->node.n_in, .n_out = r->node.n_out, .in = in, .err = &r->err};
    enum oc_status st = r->node.op->infer(&c);
    for (int i = 0; !st && i < c.n_out; i++) {
        out[i] = (struct eng_value){.name = "out", .dtype = c.out[i].dtype, .shape = c.out[i].shape, .known = true};
        st = eng_shape_check(&r->err, "output", c.out[i].dtype, &c.out[i].shape);
    }
    return st;
}

static enum oc_status run_kernel(struct op_run *r, const struct eng_kernel *k, const struct eng_value *out)
{
    struct eng_tensor in[OP_MAX_IN] = {0};
    for (int i = 0; i < r->node.n_in; i++)
        if (r->tensor[i])
            in[i] = r->tensor[i]->t;
    bool view = !k->run;
    r->n_out = r->node.n_out;
    for (int i = 0; i < r->n_out; i++) {
        size_t bytes = (size_t)eng_shape_count(&out[i].shape) * eng_dtype_size(out[i].dtype);
        r->out[i] = (struct eng_tensor){out[i].dtype, out[i].shape, NULL};
        if (r->unused_outputs >> i & 1)
            continue;
        if (i == 0 && r->share) {
            r->out[i].data = in[r->share_input].data;
            continue;
        }
        r->out[i].data = oc_mem_aligned(OC_MEM_OTHER, bytes);
        cr_assert_not_null(r->out[i].data);
        if (bytes > 0)
            memset(r->out[i].data, 0xa5, bytes);
        if (view && i == 0 && bytes > 0)
            memcpy(r->out[0].data, in[0].data, bytes);
    }
    if (view)
        return OC_OK;
    struct oc_par *par = NULL;
    cr_assert_eq(oc_par_new(r->threads, &par, &r->err), OC_OK);
    void *scratch = oc_mem_aligned(OC_MEM_OTHER, k->scratch_bytes);
    cr_assert_not_null(scratch);
    struct eng_call call = {.in = in, .out = r->out, .scratch = scratch, .par = r->threads > 1 ? par : NULL, .err = &r->err};
    uint64_t calls = oc_mem_calls();
    enum oc_status st = k->run(k, &call);
    cr_assert_eq(oc_mem_calls(), calls, "run allocates");
    oc_mem_free(scratch);
    oc_par_free(par);
    return st;
}

enum oc_status op_exec(struct op_run *r, int n_out)
{
    drop_outputs(r);
    oc_err_clear(&r->err);
    const struct eng_op_def *op = r->node.op;
    if (!op)
        return oc_err_set(&r->err, OC_E_UNSUPPORTED, "no operator %s (opset %d)", r->node.op_type, r->node.opset);
    struct eng_value out[ENG_NODE_MAX_OUT] = {0};
    const struct eng_value *in[OP_MAX_IN] = {0}, *outs[ENG_NODE_MAX_OUT] = {0};
    r->node.n_out = n_out;
    for (int i = 0; i < r->node.n_in; i++) {
        if (!r->tensor[i])
            continue;
        in[i] = &r->value[i];
        bool host = i < 32 && (op->host_inputs >> i & 1);
        r->value[i].constant = host || !r->runtime[i] ? r->tensor[i] : NULL;
    }
    for (int i = 0; i < n_out; i++)
        outs[i] = r->unused_outputs >> i & 1 ? NULL : &out[i];
    enum oc_status st = infer(r, in, out);
    if (st)
        return st;
    struct eng_prepare c = {.node = &r->node,
                            .n_in = r->node.n_in,
                            .n_out = n_out,
                            .in = in,
                            .out = outs,
                            .backend = r->backend,
                            .weights = r->weights,
                            .threads = r->threads,
                            .precision = ENG_PRECISION_F32,
                            .err = &r->err};
    struct eng_kernel k = {0};
    if (op->prepare)
        st = op->prepare(&c, &k);
    if (!st) {
        r->impl = k.impl;
        st = run_kernel(r, &k, out);
    }
    if (k.free_state)
        k.free_state(k.state);
    else
        oc_mem_free(k.state);
    return st;
}

void op_expect_shape(struct op_run *r, int i, enum eng_dtype t, struct eng_shape shape)
{
    char got[ENG_SHAPE_TEXT], want[ENG_SHAPE_TEXT];
    cr_assert_lt(i, r->n_out);
    cr_assert(eng_shape_equal(&r->out[i].shape, &shape), "%s: output %d is %s, not %s", r->node.op_type, i,
              eng_shape_text(&r->out[i].shape, got), eng_shape_text(&shape, want));
    cr_assert_eq(r->out[i].dtype, t, "%s: output %d is %s, not %s", r->node.op_type, i, eng_dtype_name(r->out[i].dtype), eng_dtype_name(t));
}

void op_expect_f32(struct op_run *r, int i, struct eng_shape shape, const float *want, double tolerance)
{
    op_expect_shape(r, i, ENG_DT_F32, shape);
    const float *got = r->out[i].data;
    for (int64_t e = 0; e < eng_shape_count(&shape); e++) {
        bool same = got[e] == want[e] || (isnan(got[e]) && isnan(want[e])) ||
                    fabs((double)got[e] - want[e]) <= tolerance * (1 + fabs((double)want[e]));
        cr_assert(same, "%s: output %d element %lld is %.9g, not %.9g", r->node.op_type, i, (long long)e, got[e], want[e]);
    }
}

void op_expect_i64(struct op_run *r, int i, struct eng_shape shape, const int64_t *want)
{
    op_expect_shape(r, i, ENG_DT_I64, shape);
    const int64_t *got = r->out[i].data;
    for (int64_t e = 0; e < eng_shape_count(&shape); e++)
        cr_assert_eq(got[e], want[e], "%s: output %d element %lld is %lld, not %lld", r->node.op_type, i, (long long)e, (long long)got[e],
                     (long long)want[e]);
}

void op_expect(struct op_run *r, int i, enum eng_dtype t, struct eng_shape shape, const void *want)
{
    op_expect_shape(r, i, t, shape);
    size_t size = eng_dtype_size(t);
    const unsigned char *got = r->out[i].data, *exp = want;
    for (size_t e = 0; e < (size_t)eng_shape_count(&shape); e++)
        cr_assert(memcmp(got + e * size, exp + e * size, size) == 0, "%s: output %d element %zu differs", r->node.op_type, i, e);
}

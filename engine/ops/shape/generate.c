/*
 * ConstantOfShape, Range, EyeLike: tensors made from attributes and known inputs. Their sizes come from data: they
 * are computed without overflow here and capped by the engine.
 */
#include <math.h>
#include <string.h>
#include "base/parse.h"
#include "engine/ops/axes.h"
#include "engine/ops/types.h"

/* One element repeated: ConstantOfShape. */
struct fill {
    int64_t count;
    size_t size;
    uint64_t bits;
};

static enum oc_status run_fill(const struct eng_kernel *k, struct eng_call *call)
{
    const struct fill *f = k->state;
    char *to = call->out[0].data;
    for (int64_t i = 0; i < f->count; i++)
        memcpy(to + (size_t)i * f->size, &f->bits, f->size);
    return OC_OK;
}

static enum oc_status infer_fill(struct eng_infer *c)
{
    size_t count;
    bool given;
    struct eng_shape *out = &c->out[0].shape;
    const struct eng_attr *a = eng_node_attr(c->node, "value");
    bool tensor = a && a->kind == ENG_ATTR_TENSOR;
    *out = (struct eng_shape){0};
    enum oc_status st = eng_list(c->err, c->node, c->in, c->n_in, 0, NULL, out->dim, LIM_TENSOR_RANK, &count, &given);
    if (st)
        return st;
    if (a && (!tensor || eng_shape_count(&a->tensor->t.shape) != 1))
        return eng_bad_node(c->err, c->node, "value is not a tensor of one element");
    out->rank = (int)count;
    c->out[0].dtype = tensor ? a->tensor->t.dtype : ENG_DT_F32;
    return OC_OK;
}

static enum oc_status prepare_fill(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct fill *f = oc_mem_zero(OC_MEM_MODEL, sizeof *f);
    if (!f)
        return oc_err_nomem(c->err, "ConstantOfShape", sizeof *f);
    const struct eng_attr *a = eng_node_attr(c->node, "value");
    f->size = eng_dtype_size(c->out[0]->dtype);
    f->count = eng_shape_count(&c->out[0]->shape);
    if (a)
        memcpy(&f->bits, a->tensor->t.data, f->size);
    k->state = f;
    k->run = run_fill;
    k->impl = "fill";
    return OC_OK;
}

/* start + i * delta. */
struct range {
    enum eng_dtype type;
    int64_t count;
    double start, delta;
    int64_t istart, idelta;
};

static enum oc_status range_of(struct oc_err *err, const struct eng_node *n, const struct eng_value *const *in, struct range *r)
{
    const struct eng_tensor *t[3];
    for (int i = 0; i < 3; i++) {
        if (!in[i]->constant || eng_shape_count(&in[i]->shape) != 1)
            return eng_bad_node(err, n, "input %d must be one number that is known when the model is planned", i);
        t[i] = &in[i]->constant->t;
    }
    r->type = t[0]->dtype;
    r->start = eng_load_f64(r->type, t[0]->data, 0);
    r->delta = eng_load_f64(r->type, t[2]->data, 0);
    r->istart = eng_load_i64(r->type, t[0]->data, 0);
    r->idelta = eng_load_i64(r->type, t[2]->data, 0);
    if (r->delta == 0)
        return eng_bad_node(err, n, "a step of 0");
    if (eng_type_in(r->type, ENG_T_INTEGER)) { /* exact: the difference as unsigned cannot overflow */
        int64_t limit = eng_load_i64(r->type, t[1]->data, 0);
        bool up = r->idelta > 0;
        uint64_t span = up ? (uint64_t)limit - (uint64_t)r->istart : (uint64_t)r->istart - (uint64_t)limit;
        uint64_t step = up ? (uint64_t)r->idelta : 0 - (uint64_t)r->idelta;
        bool some = up ? limit > r->istart : limit < r->istart;
        uint64_t most = some ? (span - 1) / step : 0; /* elements after the first */
        r->count = !some ? 0 : most < INT64_MAX ? (int64_t)most + 1 : INT64_MAX;
        return OC_OK;
    }
    r->count = oc_f64_to_i64(ceil((eng_load_f64(r->type, t[1]->data, 0) - r->start) / r->delta), 0, INT64_MAX);
    return OC_OK;
}

static enum oc_status run_range(const struct eng_kernel *k, struct eng_call *call)
{
    const struct range *r = k->state;
    for (int64_t i = 0; i < r->count; i++)
        if (eng_type_in(r->type, ENG_T_INTEGER))
            eng_store_i64(r->type, call->out[0].data, i, (int64_t)((uint64_t)r->istart + (uint64_t)i * (uint64_t)r->idelta));
        else
            eng_store_f64(r->type, call->out[0].data, i, r->start + (double)i * r->delta);
    return OC_OK;
}

static enum oc_status infer_range(struct eng_infer *c)
{
    struct range r;
    enum oc_status st = eng_need_same_types(c, 0, 2, ENG_T_NUMERIC);
    for (int i = 1; !st && i < 3; i++)
        st = eng_need_type(c, i, ENG_T_NUMERIC);
    if (!st)
        st = range_of(c->err, c->node, c->in, &r);
    if (st)
        return st;
    c->out[0].dtype = r.type;
    c->out[0].shape = (struct eng_shape){1, {r.count}};
    return OC_OK;
}

static enum oc_status prepare_range(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct range *r = oc_mem_zero(OC_MEM_MODEL, sizeof *r);
    if (!r)
        return oc_err_nomem(c->err, "Range", sizeof *r);
    k->state = r;
    k->run = run_range;
    k->impl = "range";
    return range_of(c->err, c->node, c->in, r);
}

/* EyeLike: ones on diagonal k of a matrix. */
struct eye {
    int64_t rows, cols, k;
    enum eng_dtype type;
};

static enum oc_status run_eye(const struct eng_kernel *k, struct eng_call *call)
{
    const struct eye *e = k->state;
    memset(call->out[0].data, 0, (size_t)(e->rows * e->cols) * eng_dtype_size(e->type));
    for (int64_t r = 0; r < e->rows; r++)
        if (e->k >= -r && e->k < e->cols - r)
            eng_store_i64(e->type, call->out[0].data, r * e->cols + r + e->k, 1);
    return OC_OK;
}

static enum oc_status infer_eye(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T_ANY);
    if (!st)
        st = eng_infer_same(c);
    int64_t type = st ? 0 : eng_node_int(c->node, "dtype", c->in[0]->dtype);
    if (!st && (c->in[0]->shape.rank != 2 || type < 0 || type > 31 || !eng_type_in((enum eng_dtype)type, ENG_T_ANY)))
        st = eng_bad_node(c->err, c->node, "needs a matrix and a type of numbers");
    c->out[0].dtype = (enum eng_dtype)type;
    return st;
}

static enum oc_status prepare_eye(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct eye *e = oc_mem_zero(OC_MEM_MODEL, sizeof *e);
    if (!e)
        return oc_err_nomem(c->err, "EyeLike", sizeof *e);
    *e = (struct eye){c->out[0]->shape.dim[0], c->out[0]->shape.dim[1], eng_node_int(c->node, "k", 0), c->out[0]->dtype};
    k->state = e;
    k->run = run_eye;
    k->impl = "eye";
    return OC_OK;
}

const struct eng_op_def eng_ops_generate[] = {
    {"", "ConstantOfShape", 9, 0, 1, 1, 1, 1, 1u << 0, 0, infer_fill, prepare_fill},
    {"", "Range", 11, 0, 3, 3, 1, 1, 7, 0, infer_range, prepare_range},
    {"", "EyeLike", 9, 0, 1, 1, 1, 1, 0, 0, infer_eye, prepare_eye},
    {.name = NULL},
};

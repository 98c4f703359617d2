/* What operators share: messages, axes, broadcasting, limits on shapes, integer lists, and the commonest infer functions. */
#include "engine/ops/op.h"
#include <stdarg.h>
#include <string.h>

enum oc_status(eng_bad_node)(struct oc_err *err, const struct eng_node *n, const char *fmt, ...)
{
    if (!err)
        return OC_E_MODEL;
    char text[OC_ERR_MSG_MAX];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return oc_err_set(err, OC_E_MODEL, "%s '%.200s': %.700s", n->op_type, n->name, text);
}

enum oc_status eng_axis(struct oc_err *err, const struct eng_node *n, int64_t axis, int rank, int *out)
{
    if (axis < -(int64_t)rank || axis >= rank)
        return eng_bad_node(err, n, "axis %lld is not in %d..%d", (long long)axis, -rank, rank - 1);
    *out = (int)(axis < 0 ? axis + rank : axis);
    return OC_OK;
}

enum oc_status eng_broadcast(struct oc_err *err, const struct eng_node *n, const struct eng_shape *a, const struct eng_shape *b,
                             struct eng_shape *out)
{
    struct eng_shape r = {.rank = a->rank > b->rank ? a->rank : b->rank};
    for (int i = 0; i < r.rank; i++) { /* i-th dimension from the end */
        int64_t da = i < a->rank ? a->dim[a->rank - 1 - i] : 1;
        int64_t db = i < b->rank ? b->dim[b->rank - 1 - i] : 1;
        if (da != db && da != 1 && db != 1) {
            char ta[ENG_SHAPE_TEXT], tb[ENG_SHAPE_TEXT];
            return eng_bad_node(err, n, "shapes %s and %s do not broadcast", eng_shape_text(a, ta), eng_shape_text(b, tb));
        }
        r.dim[r.rank - 1 - i] = da == 1 ? db : da;
    }
    *out = r;
    return OC_OK;
}

enum oc_status eng_shape_check(struct oc_err *err, const char *what, enum eng_dtype t, const struct eng_shape *s)
{
    char text[ENG_SHAPE_TEXT];
    size_t bytes = eng_dtype_size(t);
    if (!bytes)
        return oc_err_set(err, OC_E_MODEL, "%.300s has element type %d, which the engine does not hold", what, (int)t);
    if (s->rank < 0 || s->rank > LIM_TENSOR_RANK)
        return oc_err_set(err, OC_E_MODEL, "%.300s has %d dimensions; the limit is %d", what, s->rank, LIM_TENSOR_RANK);
    for (int i = 0; i < s->rank; i++) {
        if (s->dim[i] < 0)
            return oc_err_set(err, OC_E_MODEL, "%.300s has dimension %d of size %lld", what, i, (long long)s->dim[i]);
        /* An empty tensor counts its other dimensions too, so that strides cannot overflow either. */
        if (s->dim[i] > 0 && (!oc_size_mul(bytes, (size_t)s->dim[i], &bytes) || bytes > LIM_TENSOR_BYTES))
            return oc_err_set(err, OC_E_MODEL, "%.300s has shape %s of %s, more than the limit of %zu bytes", what, eng_shape_text(s, text),
                              eng_dtype_name(t), LIM_TENSOR_BYTES);
    }
    return OC_OK;
}

enum oc_status eng_const_ints(struct oc_err *err, const struct eng_node *n, const struct eng_value *v, int64_t *out, size_t max,
                              size_t *count)
{
    if (!v || !v->constant)
        return eng_bad_node(err, n, "input '%.200s' must be known when the model is planned", v && v->name ? v->name : "");
    const struct eng_tensor *t = &v->constant->t;
    size_t total = (size_t)eng_shape_count(&t->shape);
    if (t->dtype != ENG_DT_I64 && t->dtype != ENG_DT_I32)
        return eng_bad_node(err, n, "input '%.200s' is %s, not a list of integers", v->name, eng_dtype_name(t->dtype));
    if (total > max)
        return eng_bad_node(err, n, "input '%.200s' has %zu numbers; the limit is %zu", v->name, total, max);
    for (size_t i = 0; i < total; i++)
        out[i] = t->dtype == ENG_DT_I64 ? ((const int64_t *)t->data)[i] : ((const int32_t *)t->data)[i];
    *count = total;
    return OC_OK;
}

static const struct eng_value *first_input(const struct eng_infer *c)
{
    return c->n_in > 0 ? c->in[0] : NULL;
}

enum oc_status eng_infer_same(struct eng_infer *c)
{
    const struct eng_value *v = first_input(c);
    if (!v)
        return eng_bad_node(c->err, c->node, "the first input is missing");
    c->out[0].dtype = v->dtype;
    c->out[0].shape = v->shape;
    return OC_OK;
}

enum oc_status eng_infer_broadcast(struct eng_infer *c)
{
    enum oc_status st = eng_infer_same(c);
    for (int i = 1; !st && i < c->n_in; i++) {
        if (!c->in[i])
            return eng_bad_node(c->err, c->node, "input %d is missing", i);
        if (c->in[i]->dtype != c->out[0].dtype)
            return eng_bad_node(c->err, c->node, "inputs are %s and %s, not of one type", eng_dtype_name(c->out[0].dtype),
                                eng_dtype_name(c->in[i]->dtype));
        st = eng_broadcast(c->err, c->node, &c->out[0].shape, &c->in[i]->shape, &c->out[0].shape);
    }
    return st;
}

enum oc_status eng_infer_compare(struct eng_infer *c)
{
    enum oc_status st = eng_infer_broadcast(c);
    c->out[0].dtype = ENG_DT_BOOL;
    return st;
}

void eng_broadcast_strides(const struct eng_shape *in, const struct eng_shape *out, int64_t stride[LIM_TENSOR_RANK])
{
    int64_t step = 1;
    for (int i = 0; i < out->rank; i++) { /* from the last dimension */
        int d = out->rank - 1 - i, k = in->rank - 1 - i;
        int64_t size = k >= 0 ? in->dim[k] : 1;
        stride[d] = size == 1 ? 0 : step;
        step *= size;
    }
}

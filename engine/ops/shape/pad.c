/*
 * Pad and CenterCropPad. Constant: fill, then one strided copy of the part that stays (negative pads crop). Reflect,
 * edge and wrap: row by row, each coordinate mapped back into the input. Pads are an attribute before opset 11,
 * inputs after; axes come with 18, wrap with 19.
 */
#include <string.h>
#include "engine/ops/axes.h"
#include "engine/ops/copy.h"
#include "engine/ops/types.h"

enum mode { CONSTANT, REFLECT, EDGE, WRAP };

struct state {
    enum mode mode;
    enum eng_dtype type;
    size_t size;
    int n_in;
    float value; /* the attribute of old opsets */
    struct eng_shape in, out;
    int64_t before[LIM_TENSOR_RANK]; /* may be negative */
    struct eng_copy inside;          /* CONSTANT */
};

struct pads {
    int64_t before[LIM_TENSOR_RANK], after[LIM_TENSOR_RANK];
};

static void fill(char *to, int64_t n, const void *element, size_t size)
{
    for (int64_t i = 0; i < n; i++)
        memcpy(to + (size_t)i * size, element, size);
}

static enum oc_status run_constant(const struct eng_kernel *k, struct eng_call *call)
{
    const struct state *s = k->state;
    uint64_t element = 0;
    const struct eng_tensor *value = eng_call_in(call, s->n_in, 2);
    if (value)
        memcpy(&element, value->data, s->size);
    else
        eng_store_f64(s->type, &element, 0, (double)s->value);
    fill(call->out[0].data, eng_shape_count(&s->out), &element, s->size);
    eng_copy_run(&s->inside, call->out[0].data, call->in[0].data, call->par);
    return OC_OK;
}

/* Where coordinate `at` (0 = first of the input) comes from; size > 0. */
static int64_t source(enum mode mode, int64_t at, int64_t size)
{
    if (at >= 0 && at < size)
        return at;
    if (mode == EDGE || size == 1)
        return at < 0 ? 0 : size - 1;
    int64_t period = mode == WRAP ? size : 2 * (size - 1);
    at %= period;
    at += at < 0 ? period : 0;
    return at < size ? at : period - at;
}

static enum oc_status run_mapped(const struct eng_kernel *k, struct eng_call *call)
{
    const struct state *s = k->state;
    int last = s->in.rank - 1;
    int64_t stride[LIM_TENSOR_RANK], at[LIM_TENSOR_RANK] = {0}, width = s->out.dim[last];
    int64_t rows = width ? eng_shape_count(&s->out) / width : 0;
    eng_dense_strides(&s->in, stride);
    for (int64_t r = 0; r < rows; r++) {
        int64_t base = 0;
        for (int d = 0; d < last; d++)
            base += source(s->mode, at[d] - s->before[d], s->in.dim[d]) * stride[d];
        const char *from = (const char *)call->in[0].data + (size_t)base * s->size;
        char *to = (char *)call->out[0].data + (size_t)(r * width) * s->size;
        for (int64_t i = 0; i < width; i++)
            memcpy(to + (size_t)i * s->size, from + (size_t)source(s->mode, i - s->before[last], s->in.dim[last]) * s->size, s->size);
        for (int d = last - 1; d >= 0 && ++at[d] == s->out.dim[d]; d--)
            at[d] = 0;
    }
    return OC_OK;
}

static enum oc_status mode_of(struct oc_err *err, const struct eng_node *n, enum mode *out)
{
    static const char *const names[] = {"constant", "reflect", "edge", "wrap"};
    const char *name = eng_node_string(n, "mode", "constant");
    for (size_t i = 0; i < OC_ARRAY_LEN(names); i++)
        if (strcmp(name, names[i]) == 0) {
            *out = (enum mode)i;
            return OC_OK;
        }
    return eng_bad_node(err, n, "mode '%.32s' is not one of constant, reflect, edge, wrap", name);
}

static enum oc_status pads_of(struct oc_err *err, const struct eng_node *n, const struct eng_value *const *in, int n_in, struct pads *p)
{
    int64_t list[2 * LIM_TENSOR_RANK], axes[LIM_TENSOR_RANK];
    size_t count, n_axes = 0;
    bool given, some_axes = false;
    int rank = in[0]->shape.rank;
    uint32_t seen = 0;
    *p = (struct pads){{0}, {0}};
    enum oc_status st = eng_list(err, n, in, n_in, n->opset >= 11 ? 1 : -1, "pads", list, 2 * LIM_TENSOR_RANK, &count, &given);
    if (!st && n->opset >= 18)
        st = eng_list(err, n, in, n_in, 3, NULL, axes, LIM_TENSOR_RANK, &n_axes, &some_axes);
    n_axes = some_axes ? n_axes : (size_t)rank;
    if (!st && (!given || count != 2 * n_axes))
        st = eng_bad_node(err, n, "%zu pads for %zu axes", count, n_axes);
    for (size_t i = 0; !st && i < n_axes; i++) {
        int d = (int)i;
        if (some_axes)
            st = eng_axis(err, n, axes[i], rank, &d);
        if (!st && (seen >> d & 1))
            st = eng_bad_node(err, n, "axis %d is named twice", d);
        if (st)
            break;
        seen |= 1u << d;
        p->before[d] = list[i];
        p->after[d] = list[n_axes + i];
    }
    return st;
}

/* The part of the input that stays, and where it lands. */
static void place_inside(struct eng_copy *copy, size_t size, const struct eng_shape *in, const struct eng_shape *out, const int64_t *before)
{
    int64_t dim[LIM_TENSOR_RANK], to[LIM_TENSOR_RANK], from[LIM_TENSOR_RANK], to_offset = 0, from_offset = 0;
    eng_dense_strides(out, to);
    eng_dense_strides(in, from);
    for (int d = 0; d < in->rank; d++) {
        int64_t first = before[d] > 0 ? before[d] : 0; /* in the output */
        int64_t skip = before[d] < 0 ? -before[d] : 0; /* in the input */
        int64_t here = in->dim[d] - skip, room = out->dim[d] - first;
        dim[d] = here < room ? here : room;
        dim[d] = dim[d] < 0 ? 0 : dim[d];
        to_offset += first * to[d];
        from_offset += skip * from[d];
    }
    eng_copy_init(copy, size, in->rank, dim, to, to_offset, from, from_offset);
}

static enum oc_status infer(struct eng_infer *c)
{
    struct pads p;
    enum mode mode;
    enum oc_status st = eng_need_type(c, 0, ENG_T_ANY);
    if (!st && c->node->opset >= 11 && eng_infer_in(c, 2))
        st = eng_need_type(c, 2, 1u << c->in[0]->dtype);
    if (!st)
        st = mode_of(c->err, c->node, &mode);
    if (!st)
        st = pads_of(c->err, c->node, c->in, c->n_in, &p);
    if (!st)
        st = eng_infer_same(c);
    if (!st && eng_infer_in(c, 2) && eng_shape_count(&c->in[2]->shape) != 1)
        st = eng_bad_node(c->err, c->node, "the value is not one number");
    for (int d = 0; !st && d < c->in[0]->shape.rank; d++) {
        int64_t size = c->in[0]->shape.dim[d], *out = &c->out[0].shape.dim[d];
        bool over = p.before[d] == INT64_MIN || __builtin_add_overflow(size, p.before[d], out) ||
                    __builtin_add_overflow(*out, p.after[d], out);
        if (over || *out < 0)
            st = eng_bad_node(c->err, c->node, "pads %lld and %lld on a dimension of %lld", (long long)p.before[d], (long long)p.after[d],
                              (long long)size);
        else if (mode != CONSTANT && size == 0 && *out > 0)
            st = eng_bad_node(c->err, c->node, "dimension %d is empty: nothing to repeat", d);
    }
    return st;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct pads p;
    struct state *s = oc_mem_zero(OC_MEM_MODEL, sizeof *s);
    if (!s)
        return oc_err_nomem(c->err, "Pad", sizeof *s);
    k->state = s;
    enum oc_status st = mode_of(c->err, c->node, &s->mode);
    if (!st)
        st = pads_of(c->err, c->node, c->in, c->n_in, &p);
    if (st)
        return st;
    s->type = c->in[0]->dtype;
    s->size = eng_dtype_size(s->type);
    s->n_in = c->n_in;
    s->value = eng_node_float(c->node, "value", 0);
    s->in = c->in[0]->shape;
    s->out = c->out[0]->shape;
    memcpy(s->before, p.before, sizeof s->before);
    place_inside(&s->inside, s->size, &s->in, &s->out, s->before);
    bool plain = s->mode == CONSTANT || s->in.rank == 0;
    k->run = plain ? run_constant : run_mapped;
    k->impl = plain ? "pad:constant" : "pad:mapped";
    return OC_OK;
}

/* CenterCropPad: each axis to a given size, what is odd goes behind. */
static enum oc_status infer_center(struct eng_infer *c)
{
    int64_t size[LIM_TENSOR_RANK];
    const int64_t *axes;
    size_t count, n_axes;
    bool given;
    enum oc_status st = eng_need_type(c, 0, ENG_T_ANY);
    if (!st)
        st = eng_infer_same(c);
    if (!st)
        st = eng_list(c->err, c->node, c->in, c->n_in, 1, NULL, size, LIM_TENSOR_RANK, &count, &given);
    if (st)
        return st;
    axes = eng_node_ints(c->node, "axes", &n_axes);
    if (count != (axes ? n_axes : (size_t)c->in[0]->shape.rank))
        return eng_bad_node(c->err, c->node, "%zu sizes for %zu axes", count, axes ? n_axes : (size_t)c->in[0]->shape.rank);
    for (size_t i = 0; !st && i < count; i++) {
        int d = 0;
        st = eng_axis(c->err, c->node, axes ? axes[i] : (int64_t)i, c->in[0]->shape.rank, &d);
        if (!st)
            c->out[0].shape.dim[d] = size[i];
    }
    return st;
}

static enum oc_status prepare_center(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct state *s = oc_mem_zero(OC_MEM_MODEL, sizeof *s);
    if (!s)
        return oc_err_nomem(c->err, "CenterCropPad", sizeof *s);
    s->type = c->in[0]->dtype;
    s->size = eng_dtype_size(s->type);
    s->in = c->in[0]->shape;
    s->out = c->out[0]->shape;
    for (int d = 0; d < s->in.rank; d++) {
        int64_t more = s->out.dim[d] - s->in.dim[d];
        s->before[d] = more >= 0 ? more / 2 : -((-more) / 2);
    }
    place_inside(&s->inside, s->size, &s->in, &s->out, s->before);
    k->state = s;
    k->run = run_constant;
    k->impl = "center_crop_pad";
    return OC_OK;
}

const struct eng_op_def eng_ops_pad[] = {
    {"", "Pad", 2, 10, 1, 1, 1, 1, 0, 0, infer, prepare},
    {"", "Pad", 11, 0, 2, 4, 1, 1, 1u << 1 | 1u << 3, 0, infer, prepare},
    {"", "CenterCropPad", 18, 0, 2, 2, 1, 1, 1u << 1, 0, infer_center, prepare_center},
    {.name = NULL},
};

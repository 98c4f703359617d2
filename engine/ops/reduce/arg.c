/* ArgMax and ArgMin: position of the largest or smallest number along one axis, the first or the last of equals; the first NaN wins. */
#include "engine/ops/half.h"
#include "engine/ops/types.h"

struct state {
    bool min, last;
    int64_t outer, n, inner;
    int64_t (*find)(const void *x, int64_t at, int64_t n, int64_t step, bool min, bool last);
};

#define FIND(name, type, number, read)                                                                     \
    static int64_t find_##name(const void *data, int64_t at, int64_t n, int64_t step, bool min, bool last) \
    {                                                                                                      \
        const type *x = data;                                                                              \
        int64_t best = 0;                                                                                  \
        for (int64_t i = 1; i < n; i++) {                                                                  \
            const number v = read(x[at + i * step]), b = read(x[at + best * step]);                        \
            if (b != b)                                                                                    \
                break;                                                                                     \
            if ((min ? v < b : v > b) || v != v || (last && v == b))                                       \
                best = i;                                                                                  \
        }                                                                                                  \
        return best;                                                                                       \
    }
#define PLAIN(v) (v)
#define FIND_PLAIN(name, type, twin) FIND(name, type, type, PLAIN)
ENG_INTEGER_TYPES(FIND_PLAIN)
ENG_FLOAT_TYPES(FIND_PLAIN)
FIND(F16, uint16_t, float, eng_f16_to_f32)
FIND(BF16, uint16_t, float, eng_bf16_to_f32)

#define ROW(name, type, twin) [ENG_DT_##name] = find_##name,
static int64_t (*const finders[])(const void *, int64_t, int64_t, int64_t, bool, bool) = {
    ENG_INTEGER_TYPES(ROW) ENG_FLOAT_TYPES(ROW)[ENG_DT_F16] = find_F16,
    [ENG_DT_BF16] = find_BF16,
};

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct state *s = k->state;
    int64_t *y = call->out[0].data;
    for (int64_t o = 0; o < s->outer; o++)
        for (int64_t i = 0; i < s->inner; i++)
            y[o * s->inner + i] = s->find(call->in[0].data, o * s->n * s->inner + i, s->n, s->inner, s->min, s->last);
    return OC_OK;
}

static enum oc_status axis_of(struct oc_err *err, const struct eng_node *n, int rank, int *axis)
{
    return eng_axis(err, n, eng_node_int(n, "axis", 0), rank, axis);
}

static enum oc_status infer(struct eng_infer *c)
{
    int axis;
    enum oc_status st = eng_need_type(c, 0, ENG_T_NUMERIC);
    if (!st)
        st = axis_of(c->err, c->node, c->in[0]->shape.rank, &axis);
    if (st)
        return st;
    const struct eng_shape *in = &c->in[0]->shape;
    struct eng_shape *out = &c->out[0].shape;
    if (in->dim[axis] == 0)
        return eng_bad_node(c->err, c->node, "axis %d is empty", axis);
    c->out[0].dtype = ENG_DT_I64;
    *out = (struct eng_shape){0};
    for (int d = 0; d < in->rank; d++)
        if (d != axis)
            out->dim[out->rank++] = in->dim[d];
        else if (eng_node_int(c->node, "keepdims", 1))
            out->dim[out->rank++] = 1;
    return OC_OK;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k, bool min)
{
    int axis;
    const struct eng_shape *in = &c->in[0]->shape;
    enum oc_status st = axis_of(c->err, c->node, in->rank, &axis);
    if (st)
        return st;
    struct state *s = oc_mem_zero(OC_MEM_MODEL, sizeof *s);
    if (!s)
        return oc_err_nomem(c->err, "ArgMax", sizeof *s);
    *s = (struct state){.min = min, .last = eng_node_int(c->node, "select_last_index", 0) != 0, .outer = 1, .n = in->dim[axis], .inner = 1};
    for (int d = 0; d < axis; d++)
        s->outer *= in->dim[d];
    for (int d = axis + 1; d < in->rank; d++)
        s->inner *= in->dim[d];
    s->find = finders[c->in[0]->dtype];
    k->state = s;
    k->run = run;
    k->impl = min ? "argmin" : "argmax";
    return OC_OK;
}

static enum oc_status prepare_max(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, false);
}

static enum oc_status prepare_min(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, true);
}

const struct eng_op_def eng_ops_arg[] = {
    {"", "ArgMax", 1, 0, 1, 1, 1, 1, 0, 0, infer, prepare_max},
    {"", "ArgMin", 1, 0, 1, 1, 1, 1, 0, 0, infer, prepare_min},
    {.name = NULL},
};

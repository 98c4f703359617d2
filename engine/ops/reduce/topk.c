/*
 * TopK: a heap of the k best along an axis, then sorted. Numbers become unsigned keys of the same order, so one
 * heap serves every type; among equals the lower index comes first; NaN counts as larger than everything. K is an
 * attribute before opset 10, an input that must be known when planning after.
 */
#include "engine/ops/types.h"
#include <string.h>

struct entry {
    uint64_t key; /* larger is better */
    int64_t index;
};

struct state {
    enum eng_dtype type;
    bool largest;
    int64_t outer, n, inner, k;
};

static uint64_t float_key(double v)
{
    uint64_t u;
    v = v == 0 ? 0 : v; /* one zero */
    memcpy(&u, &v, sizeof u);
    if (v != v)
        return UINT64_MAX;
    return u >> 63 ? ~u : u | (uint64_t)1 << 63;
}

static uint64_t key_at(const struct state *s, const void *x, int64_t i)
{
    uint64_t key;
    if (eng_type_in(s->type, ENG_T_FLOAT))
        key = float_key(eng_load_f64(s->type, x, i));
    else if (eng_type_in(s->type, ENG_T_UNSIGNED))
        key = (uint64_t)eng_load_i64(s->type, x, i);
    else
        key = (uint64_t)eng_load_i64(s->type, x, i) ^ (uint64_t)1 << 63;
    return s->largest ? key : ~key;
}

static bool worse(const struct entry *a, const struct entry *b)
{
    return a->key != b->key ? a->key < b->key : a->index > b->index;
}

/* The heap's root is the worst of those kept. */
static void sift_down(struct entry *heap, int64_t n, int64_t at)
{
    for (;;) {
        int64_t child = 2 * at + 1;
        if (child >= n)
            return;
        if (child + 1 < n && worse(&heap[child + 1], &heap[child]))
            child++;
        if (!worse(&heap[child], &heap[at]))
            return;
        struct entry t = heap[at];
        heap[at] = heap[child];
        heap[child] = t;
        at = child;
    }
}

static void best_of_lane(const struct state *s, const void *x, int64_t at, struct entry *heap)
{
    for (int64_t i = 0; i < s->k; i++)
        heap[i] = (struct entry){key_at(s, x, at + i * s->inner), i};
    for (int64_t i = s->k / 2 - 1; i >= 0; i--)
        sift_down(heap, s->k, i);
    for (int64_t i = s->k; i < s->n; i++) {
        struct entry e = {key_at(s, x, at + i * s->inner), i};
        if (worse(&heap[0], &e)) {
            heap[0] = e;
            sift_down(heap, s->k, 0);
        }
    }
    for (int64_t n = s->k - 1; n > 0; n--) { /* the worst goes last */
        struct entry t = heap[0];
        heap[0] = heap[n];
        heap[n] = t;
        sift_down(heap, n, 0);
    }
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct state *s = k->state;
    struct entry *heap = call->scratch;
    size_t size = eng_dtype_size(s->type);
    char *values = call->out[0].data; /* either may be NULL: nobody uses it */
    int64_t *indices = call->out[1].data;
    for (int64_t lane = 0; s->k > 0 && lane < s->outer * s->inner; lane++) {
        int64_t from = lane / s->inner * s->n * s->inner + lane % s->inner;
        int64_t to = lane / s->inner * s->k * s->inner + lane % s->inner;
        best_of_lane(s, call->in[0].data, from, heap);
        for (int64_t i = 0; i < s->k; i++) {
            if (values)
                memcpy(values + (size_t)(to + i * s->inner) * size,
                       (const char *)call->in[0].data + (size_t)(from + heap[i].index * s->inner) * size, size);
            if (indices)
                indices[to + i * s->inner] = heap[i].index;
        }
    }
    return OC_OK;
}

static enum oc_status k_of(struct oc_err *err, const struct eng_node *n, const struct eng_value *const *in, int n_in, int *axis, int64_t *k)
{
    size_t count = 1;
    *k = eng_node_int(n, "k", -1);
    enum oc_status st = eng_axis(err, n, eng_node_int(n, "axis", -1), in[0]->shape.rank, axis);
    if (!st && n->opset >= 10)
        st = eng_const_ints(err, n, n_in > 1 ? in[1] : NULL, k, 1, &count);
    if (!st && (count != 1 || *k < 0 || *k > in[0]->shape.dim[*axis]))
        st = eng_bad_node(err, n, "k is %lld for an axis of %lld", (long long)*k, (long long)in[0]->shape.dim[*axis]);
    return st;
}

static enum oc_status infer(struct eng_infer *c)
{
    int axis;
    int64_t k;
    enum oc_status st = eng_need_type(c, 0, ENG_T_NUMERIC);
    if (!st)
        st = k_of(c->err, c->node, c->in, c->n_in, &axis, &k);
    for (int i = 0; !st && i < c->n_out; i++) {
        c->out[i].dtype = i == 0 ? c->in[0]->dtype : ENG_DT_I64;
        c->out[i].shape = c->in[0]->shape;
        c->out[i].shape.dim[axis] = k;
    }
    return st;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    int axis;
    const struct eng_shape *in = &c->in[0]->shape;
    struct state *s = oc_mem_zero(OC_MEM_MODEL, sizeof *s);
    if (!s)
        return oc_err_nomem(c->err, "TopK", sizeof *s);
    k->state = s;
    *s = (struct state){.type = c->in[0]->dtype, .largest = eng_node_int(c->node, "largest", 1) != 0, .outer = 1, .inner = 1};
    enum oc_status st = k_of(c->err, c->node, c->in, c->n_in, &axis, &s->k);
    if (st)
        return st;
    s->n = in->dim[axis];
    for (int d = 0; d < axis; d++)
        s->outer *= in->dim[d];
    for (int d = axis + 1; d < in->rank; d++)
        s->inner *= in->dim[d];
    k->scratch_bytes = (size_t)s->k * sizeof(struct entry);
    k->run = run;
    k->impl = "topk";
    return OC_OK;
}

const struct eng_op_def eng_ops_topk[] = {
    {"", "TopK", 1, 9, 1, 1, 2, 2, 0, 0, infer, prepare},
    {"", "TopK", 10, 0, 2, 2, 2, 2, 1u << 1, 0, infer, prepare},
    {.name = NULL},
};

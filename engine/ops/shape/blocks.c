/*
 * DepthToSpace and SpaceToDepth (one strided copy over six dimensions), ReverseSequence (one copy for each batch
 * and step), Trilu (rows cut at the diagonal), Dropout as inference sees it (a copy and a mask of ones).
 */
#include <string.h>
#include "engine/ops/copy.h"
#include "engine/ops/index/index.h"
#include "engine/ops/types.h"

static enum oc_status infer_blocks(struct eng_infer *c, bool to_space)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T_ANY);
    if (st)
        return st;
    const struct eng_shape *in = &c->in[0]->shape;
    int64_t b = eng_node_int(c->node, "blocksize", 0);
    bool bad = in->rank != 4 || b < 1 || b > 65536;
    if (!bad)
        bad = to_space ? in->dim[1] % (b * b) != 0 : in->dim[2] % b != 0 || in->dim[3] % b != 0;
    if (bad)
        return eng_bad_node(c->err, c->node, "blocksize %lld does not fit the shape", (long long)b);
    struct eng_shape out = *in;
    bool over = false;
    if (to_space) {
        out.dim[1] = in->dim[1] / (b * b);
        over = __builtin_mul_overflow(in->dim[2], b, &out.dim[2]) || __builtin_mul_overflow(in->dim[3], b, &out.dim[3]);
    } else {
        over = __builtin_mul_overflow(in->dim[1], b * b, &out.dim[1]);
        out.dim[2] = in->dim[2] / b;
        out.dim[3] = in->dim[3] / b;
    }
    c->out[0].dtype = c->in[0]->dtype;
    c->out[0].shape = out;
    return over ? eng_bad_node(c->err, c->node, "the result is too large") : OC_OK;
}

static enum oc_status infer_to_space(struct eng_infer *c)
{
    const char *mode = eng_node_string(c->node, "mode", "DCR");
    if (strcmp(mode, "DCR") != 0 && strcmp(mode, "CRD") != 0)
        return eng_bad_node(c->err, c->node, "mode '%.32s' is neither DCR nor CRD", mode);
    return infer_blocks(c, true);
}

static enum oc_status infer_to_depth(struct eng_infer *c)
{
    return infer_blocks(c, false);
}

/* Both directions: [n, c, h, w, bh, bw] of the larger picture; wide = the spatial one, deep = the one with many channels. */
static enum oc_status prepare_blocks(const struct eng_prepare *c, struct eng_kernel *k, bool to_space)
{
    const struct eng_shape *wide = to_space ? &c->out[0]->shape : &c->in[0]->shape;
    const struct eng_shape *deep = to_space ? &c->in[0]->shape : &c->out[0]->shape;
    int64_t b = eng_node_int(c->node, "blocksize", 1), ws[LIM_TENSOR_RANK], ds[LIM_TENSOR_RANK];
    bool crd = to_space && strcmp(eng_node_string(c->node, "mode", "DCR"), "CRD") == 0;
    eng_dense_strides(wide, ws);
    eng_dense_strides(deep, ds);
    /* in the order of the wide tensor: n, channel, row, row inside the block, column, column inside the block */
    int64_t dim[6] = {wide->dim[0], wide->dim[1], deep->dim[2], b, deep->dim[3], b};
    int64_t at_wide[6] = {ws[0], ws[1], ws[2] * b, ws[2], ws[3] * b, ws[3]};
    int64_t at_deep[6] = {ds[0], crd ? ds[1] * b * b : ds[1], ds[2], 0, ds[3], 0};
    at_deep[3] = (crd ? b : b * wide->dim[1]) * ds[1];
    at_deep[5] = (crd ? 1 : wide->dim[1]) * ds[1];
    struct eng_copy copy;
    size_t size = eng_dtype_size(c->in[0]->dtype);
    if (to_space)
        eng_copy_init(&copy, size, 6, dim, at_wide, 0, at_deep, 0);
    else
        eng_copy_init(&copy, size, 6, dim, at_deep, 0, at_wide, 0);
    return eng_copy_kernel(c, k, &copy, to_space ? "depth_to_space" : "space_to_depth");
}

static enum oc_status prepare_to_space(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare_blocks(c, k, true);
}

static enum oc_status prepare_to_depth(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare_blocks(c, k, false);
}

/* ReverseSequence: data[time][batch][...] or data[batch][time][...]. */
struct reverse {
    int64_t times, batches, time_step, batch_step; /* steps in blocks */
    size_t block;
};

static enum oc_status run_reverse(const struct eng_kernel *k, struct eng_call *call)
{
    const struct reverse *s = k->state;
    const char *from = call->in[0].data;
    char *to = call->out[0].data;
    for (int64_t b = 0; b < s->batches; b++) {
        int64_t length = eng_index_at(&call->in[1], b);
        if (length < 0 || length > s->times)
            return eng_index_bad(call->err, "ReverseSequence: length", length, b, s->times + 1);
        for (int64_t t = 0; t < s->times && s->block > 0; t++) {
            int64_t source = t < length ? length - 1 - t : t;
            memcpy(to + (size_t)(t * s->time_step + b * s->batch_step) * s->block,
                   from + (size_t)(source * s->time_step + b * s->batch_step) * s->block, s->block);
        }
    }
    return OC_OK;
}

static enum oc_status infer_reverse(struct eng_infer *c)
{
    int64_t time = eng_node_int(c->node, "time_axis", 0), batch = eng_node_int(c->node, "batch_axis", 1);
    enum oc_status st = eng_need_type(c, 0, ENG_T_ANY);
    if (!st)
        st = eng_need_type(c, 1, ENG_T_INDEX);
    if (!st && (c->in[0]->shape.rank < 2 || time < 0 || time > 1 || batch != 1 - time))
        st = eng_bad_node(c->err, c->node, "time and batch must be the first two axes");
    if (!st && (c->in[1]->shape.rank != 1 || c->in[1]->shape.dim[0] != c->in[0]->shape.dim[batch]))
        st = eng_bad_node(c->err, c->node, "needs one length for each of %lld batches", (long long)c->in[0]->shape.dim[batch]);
    return st ? st : eng_infer_same(c);
}

static enum oc_status prepare_reverse(const struct eng_prepare *c, struct eng_kernel *k)
{
    const struct eng_shape *in = &c->in[0]->shape;
    bool time_first = eng_node_int(c->node, "time_axis", 0) == 0;
    struct reverse *s = oc_mem_zero(OC_MEM_MODEL, sizeof *s);
    if (!s)
        return oc_err_nomem(c->err, "ReverseSequence", sizeof *s);
    *s = (struct reverse){in->dim[!time_first], in->dim[time_first], time_first ? in->dim[1] : 1, time_first ? 1 : in->dim[1],
                          eng_dtype_size(c->in[0]->dtype)};
    for (int d = 2; d < in->rank; d++)
        s->block *= (size_t)in->dim[d];
    k->state = s;
    k->run = run_reverse;
    k->impl = "reverse_sequence";
    return OC_OK;
}

/* Trilu: keeps columns from row + k on (upper), or up to row + k (lower). */
struct triangle {
    int64_t matrices, rows, cols;
    size_t size;
    bool upper, has_k;
};

static enum oc_status run_trilu(const struct eng_kernel *k, struct eng_call *call)
{
    const struct triangle *s = k->state;
    int64_t diagonal = s->has_k ? eng_index_at(&call->in[1], 0) : 0;
    int64_t limit = s->rows + s->cols; /* beyond this nothing changes */
    diagonal = diagonal < -limit ? -limit : diagonal > limit ? limit : diagonal;
    for (int64_t r = 0; r < s->matrices * s->rows; r++) {
        int64_t cut = r % s->rows + diagonal + (s->upper ? 0 : 1); /* columns before it: zero (upper) or kept (lower) */
        cut = cut < 0 ? 0 : cut > s->cols ? s->cols : cut;
        const char *from = (const char *)call->in[0].data + (size_t)(r * s->cols) * s->size;
        char *to = (char *)call->out[0].data + (size_t)(r * s->cols) * s->size;
        size_t head = (size_t)cut * s->size, whole = (size_t)s->cols * s->size;
        if (s->upper) {
            memmove(to + head, from + head, whole - head);
            memset(to, 0, head);
        } else {
            memmove(to, from, head);
            memset(to + head, 0, whole - head);
        }
    }
    return OC_OK;
}

static enum oc_status infer_trilu(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T_ANY);
    if (!st && eng_infer_in(c, 1))
        st = eng_need_type(c, 1, ENG_T(I64));
    if (!st && (c->in[0]->shape.rank < 2 || (eng_infer_in(c, 1) && eng_shape_count(&c->in[1]->shape) != 1)))
        st = eng_bad_node(c->err, c->node, "needs matrices and one diagonal");
    return st ? st : eng_infer_same(c);
}

static enum oc_status prepare_trilu(const struct eng_prepare *c, struct eng_kernel *k)
{
    const struct eng_shape *in = &c->in[0]->shape;
    struct triangle *s = oc_mem_zero(OC_MEM_MODEL, sizeof *s);
    if (!s)
        return oc_err_nomem(c->err, "Trilu", sizeof *s);
    *s = (struct triangle){1,
                           in->dim[in->rank - 2],
                           in->dim[in->rank - 1],
                           eng_dtype_size(c->in[0]->dtype),
                           eng_node_int(c->node, "upper", 1) != 0,
                           eng_prepare_in(c, 1) != NULL};
    for (int d = 0; d < in->rank - 2; d++)
        s->matrices *= in->dim[d];
    k->state = s;
    k->run = run_trilu;
    k->impl = "trilu";
    return OC_OK;
}

/* Dropout. */
static enum oc_status run_dropout(const struct eng_kernel *k, struct eng_call *call)
{
    size_t count = (size_t)eng_shape_count(&call->in[0].shape), bytes = count * eng_dtype_size(call->in[0].dtype);
    bool mask = k->state && call->out[1].data;
    if (bytes > 0 && call->out[0].data && call->out[0].data != call->in[0].data)
        memcpy(call->out[0].data, call->in[0].data, bytes);
    if (mask)
        memset(call->out[1].data, 1, count);
    return OC_OK;
}

static enum oc_status infer_dropout(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T_FLOAT);
    const struct eng_value *ratio = eng_infer_in(c, 1), *training = eng_infer_in(c, 2);
    if (st)
        return st;
    if (training) {
        bool known = training->constant && eng_shape_count(&training->shape) == 1;
        bool off = known && eng_load_i64(training->dtype, training->constant->t.data, 0) == 0;
        bool no_ratio = ratio && ratio->constant && eng_shape_count(&ratio->shape) == 1 &&
                        eng_load_f64(ratio->dtype, ratio->constant->t.data, 0) == 0;
        if (!off && !no_ratio)
            return eng_bad_node(c->err, c->node, "training mode is not supported");
    }
    if (c->n_out > 1) {
        c->out[1].dtype = ENG_DT_BOOL;
        c->out[1].shape = c->in[0]->shape;
    }
    return eng_infer_same(c);
}

static enum oc_status prepare_dropout(const struct eng_prepare *c, struct eng_kernel *k)
{
    if (c->n_out > 1) {
        k->state = oc_mem_zero(OC_MEM_MODEL, 1); /* there is a second output */
        if (!k->state)
            return oc_err_nomem(c->err, "Dropout", 1);
    }
    k->run = run_dropout;
    k->impl = "dropout";
    return OC_OK;
}

const struct eng_op_def eng_ops_blocks[] = {
    {"", "DepthToSpace", 1, 0, 1, 1, 1, 1, 0, 0, infer_to_space, prepare_to_space},
    {"", "SpaceToDepth", 1, 0, 1, 1, 1, 1, 0, 0, infer_to_depth, prepare_to_depth},
    {"", "ReverseSequence", 10, 0, 2, 2, 1, 1, 0, 0, infer_reverse, prepare_reverse},
    {"", "Trilu", 14, 0, 1, 2, 1, 1, 0, 0, infer_trilu, prepare_trilu},
    {"", "Dropout", 7, 11, 1, 1, 1, 2, 0, ENG_OP_IN_PLACE, infer_dropout, prepare_dropout},
    {"", "Dropout", 12, 0, 1, 3, 1, 2, 1u << 1 | 1u << 2, ENG_OP_IN_PLACE, infer_dropout, prepare_dropout},
    {.name = NULL},
};

/*
 * Resize and Upsample. Nearest moves blocks of bytes of any type through index tables. Linear and cubic work on
 * float32, one or two neighbouring dimensions at a time (resize_lines.h), with intermediate results in scratch; other
 * types are converted on the way in and out. A dimension that keeps its size and is not cropped is left alone.
 */
#include "engine/ops/image/resize_lines.h"
#include "engine/ops/image/resize_read.h"
#include "engine/ops/parallel.h"
#include "engine/ops/types.h"
#include "base/mem.h"
#include <math.h>

struct resize {
    enum eng_dtype dtype;
    int rank, threads, n_steps;
    int64_t in_count, out_count;
    struct eng_resize_axis axis[LIM_TENSOR_RANK]; /* taps 0: left alone */
    struct eng_resize_step step[LIM_TENSOR_RANK];
    size_t step_bytes, line_bytes, convert_in, convert_out; /* parts of scratch; step_bytes twice */
    int last;                                               /* nearest: the last dimension that changes */
    int64_t block;                                          /* nearest: bytes that stay together behind it */
    int64_t offset[LIM_TENSOR_RANK];                        /* nearest: bytes from one cell of the input to the next, by dimension */
    int64_t rows;                                           /* nearest: product of the output's dimensions before `last` */
    float extrapolation;
};

struct nearest_run {
    const struct resize *r;
    const char *x;
    char *y;
};

static void free_resize(void *state)
{
    struct resize *r = state;
    for (int i = 0; r && i < r->rank; i++)
        eng_resize_axis_free(&r->axis[i]);
    oc_mem_free(r);
}

static void copy_blocks(const struct eng_resize_axis *a, int64_t block, const char *x, char *y)
{
    switch (block) {
    case 1:
        for (int64_t o = 0; o < a->out; o++)
            y[o] = x[a->index[o]];
        break;
    case 4:
        for (int64_t o = 0; o < a->out; o++)
            memcpy(y + 4 * o, x + 4 * (int64_t)a->index[o], 4);
        break;
    default:
        for (int64_t o = 0; o < a->out; o++)
            memcpy(y + block * o, x + block * a->index[o], (size_t)block);
    }
}

static void extrapolate_blocks(const struct resize *r, const uint8_t *outside, int64_t cells, char *y)
{
    int64_t size = (int64_t)eng_dtype_size(r->dtype);
    for (int64_t o = 0; o < cells; o++)
        for (int64_t i = 0; (!outside || outside[o]) && i < r->block / size; i++)
            eng_store_f64(r->dtype, y, o * (r->block / size) + i, (double)r->extrapolation);
}

/* Output rows (all dimensions before `last` in order). A row that comes from the same cells as the one before is copied from it. */
static void nearest_rows(void *arg, int slot, int64_t begin, int64_t end)
{
    const struct nearest_run *n = arg;
    const struct resize *r = n->r;
    const struct eng_resize_axis *a = &r->axis[r->last];
    size_t row_bytes = (size_t)(a->out * r->block);
    const char *before = NULL;
    (void)slot;
    for (int64_t row = begin; row < end; row++) {
        const char *x = n->x;
        char *y = n->y + (size_t)row * row_bytes;
        bool outside = false;
        int64_t rest = row;
        for (int i = r->last - 1; i >= 0; i--) {
            const struct eng_resize_axis *d = &r->axis[i];
            int64_t o = rest % d->out;
            rest /= d->out;
            outside = outside || (d->outside && d->outside[o]);
            x += (d->taps ? d->index[o] : o) * r->offset[i];
        }
        if (outside) {
            extrapolate_blocks(r, NULL, a->out, y);
            before = NULL;
            continue;
        }
        if (x == before) {
            memcpy(y, y - row_bytes, row_bytes);
            continue;
        }
        copy_blocks(a, r->block, x, y);
        if (a->outside)
            extrapolate_blocks(r, a->outside, a->out, y);
        before = x;
    }
}

static enum oc_status run_nearest(const struct eng_kernel *k, struct eng_call *call)
{
    const struct resize *r = k->state;
    struct nearest_run n = {r, call->in[0].data, call->out[0].data};
    if (r->out_count)
        eng_split(call->par, r->threads, r->rows, nearest_rows, &n);
    return OC_OK;
}

static enum oc_status run_interpolate(const struct eng_kernel *k, struct eng_call *call)
{
    const struct resize *r = k->state;
    char *scratch = call->scratch;
    float *line = (float *)(scratch + 2 * r->step_bytes), *convert = (float *)(scratch + 2 * r->step_bytes + r->line_bytes);
    const float *x = call->in[0].data;
    float *result = r->convert_out ? convert + r->convert_in / sizeof(float) : call->out[0].data;
    if (!r->out_count)
        return OC_OK;
    if (r->convert_in) {
        for (int64_t i = 0; i < r->in_count; i++)
            convert[i] = (float)eng_load_f64(r->dtype, call->in[0].data, i);
        x = convert;
    }
    for (int i = 0; i < r->n_steps; i++) {
        float *y = i == r->n_steps - 1 ? result : (float *)(scratch + (i % 2 ? r->step_bytes : 0));
        eng_resize_lines(&r->step[i], x, y, line, r->threads, call->par);
        x = y;
    }
    for (int64_t i = 0; r->convert_out && i < r->out_count; i++)
        eng_store_f64(r->dtype, call->out[0].data, i, (double)result[i]);
    return OC_OK;
}

static enum oc_status run_copy(const struct eng_kernel *k, struct eng_call *call)
{
    const struct resize *r = k->state;
    memcpy(call->out[0].data, call->in[0].data, (size_t)r->out_count * eng_dtype_size(r->dtype));
    return OC_OK;
}

static enum oc_status infer(struct eng_infer *c)
{
    struct eng_resize r;
    enum oc_status st = eng_need_type(c, 0, ENG_T_ANY);
    if (st || (st = eng_resize_read(c->err, c->node, c->in, c->n_in, &r)))
        return st;
    if (r.rule.mode != ENG_RESIZE_NEAREST && c->in[0]->dtype == ENG_DT_BOOL)
        return eng_bad_node(c->err, c->node, "bool cannot be interpolated");
    c->out[0].dtype = c->in[0]->dtype;
    c->out[0].shape.rank = r.rank;
    memcpy(c->out[0].shape.dim, r.out, sizeof r.out);
    return OC_OK;
}

/* Tables for the dimensions that change; the others keep taps = 0. */
static enum oc_status make_tables(const struct eng_prepare *c, const struct eng_resize *spec, struct resize *r)
{
    const struct eng_shape *in = &c->in[0]->shape;
    bool crop = spec->rule.coordinate == ENG_RESIZE_TF_CROP_AND_RESIZE;
    r->last = -1;
    for (int i = 0; i < r->rank; i++) {
        bool cropped = crop && (spec->roi_start[i] != 0 || spec->roi_end[i] != 1);
        r->axis[i] = (struct eng_resize_axis){.in = in->dim[i], .out = spec->out[i]};
        if (spec->out[i] == in->dim[i] && spec->scale[i] == 1 && !cropped)
            continue;
        enum oc_status st = eng_resize_axis_make(&spec->rule, in->dim[i], spec->out[i], spec->scale[i], spec->roi_start[i],
                                                 spec->roi_end[i], &r->axis[i], c->err);
        if (st)
            return st;
        r->last = i;
    }
    return OC_OK;
}

static int64_t product(const struct resize *r, int from, int to, bool of_out)
{
    int64_t n = 1;
    for (int i = from; i < to; i++)
        n *= of_out ? r->axis[i].out : r->axis[i].in;
    return n;
}

static void plan_nearest(struct resize *r)
{
    int64_t size = (int64_t)eng_dtype_size(r->dtype);
    r->block = size * product(r, r->last + 1, r->rank, false);
    r->rows = product(r, 0, r->last, true);
    for (int i = 0; i < r->rank; i++)
        r->offset[i] = size * product(r, i + 1, r->rank, false);
}

static bool grow(size_t *max, int64_t count, size_t times)
{
    size_t bytes;
    if (!oc_size_mul((size_t)count, times * sizeof(float), &bytes) || bytes > SIZE_MAX / 8)
        return false;
    bytes = (bytes + 63) & ~(size_t)63;
    *max = bytes > *max ? bytes : *max;
    return true;
}

/* Steps from the outside in; dimensions before the one at hand have their output size, those behind it still the input's. */
static enum oc_status plan_steps(const struct eng_prepare *c, struct resize *r, struct eng_kernel *k)
{
    bool fits = true;
    for (int i = 0; i < r->rank; i++) {
        if (!r->axis[i].taps)
            continue;
        bool pair = i + 1 < r->rank && r->axis[i + 1].taps;
        struct eng_resize_step s = {.outer = product(r, 0, i, true), .rows = pair ? &r->axis[i] : NULL, .extrapolation = r->extrapolation};
        if (pair)
            i++;
        s.cols = &r->axis[i];
        s.inner = product(r, i + 1, r->rank, false);
        r->step[r->n_steps++] = s;
        fits = fits && grow(&r->line_bytes, (int64_t)eng_resize_line(&s), (size_t)r->threads);
        if (i < r->last)
            fits = fits && grow(&r->step_bytes, product(r, 0, i + 1, true) * s.inner, 1);
    }
    if (r->dtype != ENG_DT_F32)
        fits = fits && grow(&r->convert_in, r->in_count, 1) && grow(&r->convert_out, r->out_count, 1);
    k->scratch_bytes = 2 * r->step_bytes + r->line_bytes + r->convert_in + r->convert_out;
    if (!fits || k->scratch_bytes > 4 * LIM_TENSOR_BYTES)
        return eng_bad_node(c->err, c->node, "intermediate results are larger than %zu bytes", 4 * LIM_TENSOR_BYTES);
    return OC_OK;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct eng_resize spec;
    enum oc_status st = eng_resize_read(c->err, c->node, c->in, c->n_in, &spec);
    if (st)
        return st;
    struct resize *r = oc_mem_zero(OC_MEM_MODEL, sizeof *r);
    if (!r)
        return oc_err_nomem(c->err, "Resize", sizeof *r);
    r->dtype = c->in[0]->dtype;
    r->rank = spec.rank;
    r->threads = c->threads < 1 ? 1 : c->threads;
    r->extrapolation = spec.extrapolation;
    r->in_count = eng_shape_count(&c->in[0]->shape);
    r->out_count = eng_shape_count(&c->out[0]->shape);
    r->last = -1;
    st = r->out_count ? make_tables(c, &spec, r) : OC_OK;
    k->run = run_copy;
    k->impl = "resize: copy";
    if (!st && r->last >= 0 && spec.rule.mode == ENG_RESIZE_NEAREST) {
        plan_nearest(r);
        k->run = run_nearest;
        k->impl = "resize: nearest";
    } else if (!st && r->last >= 0) {
        st = plan_steps(c, r, k);
        k->run = run_interpolate;
        k->impl = spec.rule.mode == ENG_RESIZE_CUBIC ? "resize: cubic" : "resize: linear";
    }
    if (st) {
        free_resize(r);
        return st;
    }
    k->state = r;
    k->free_state = free_resize;
    return OC_OK;
}

/* Host inputs: scales; since Resize 11 roi, scales and sizes. */
const struct eng_op_def eng_ops_resize[] = {
    {"", "Upsample", 7, 8, 1, 1, 1, 1, 0, 0, infer, prepare},
    {"", "Upsample", 9, 0, 2, 2, 1, 1, 1u << 1, 0, infer, prepare},
    {"", "Resize", 10, 10, 2, 2, 1, 1, 1u << 1, 0, infer, prepare},
    {"", "Resize", 11, 0, 1, 4, 1, 1, 1u << 1 | 1u << 2 | 1u << 3, 0, infer, prepare},
    {.name = NULL},
};

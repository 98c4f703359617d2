/* Col2Im: adds up the columns that a sliding window took out of a picture, each number back where it came from. 1 to 3 dimensions. */
#include "engine/ops/nn/window.h"
#include "engine/ops/parallel.h"
#include "engine/ops/state.h"
#include "engine/ops/types.h"

struct col2im {
    enum eng_dtype dtype;
    struct eng_window w; /* 3 dimensions; `in` is the picture, `out` the number of blocks */
    int64_t planes, cells, taps, blocks;
    int threads;
};

struct col2im_run {
    const struct col2im *c;
    const void *x;
    void *y;
};

/* One row of columns: tap `tap` of the window at all its positions. */
static void add_tap(const struct col2im_run *r, int64_t plane, int64_t tap)
{
    const struct eng_window *w = &r->c->w;
    int64_t k[ENG_WINDOW_DIMS] = {tap / w->kernel[2] / w->kernel[1], tap / w->kernel[2] % w->kernel[1], tap % w->kernel[2]};
    for (int64_t b = 0; b < r->c->blocks; b++) {
        int64_t o[ENG_WINDOW_DIMS] = {b / w->out[2] / w->out[1], b / w->out[2] % w->out[1], b % w->out[2]}, at = 0;
        bool inside = true;
        for (int d = 0; d < ENG_WINDOW_DIMS; d++) {
            int64_t cell = o[d] * w->stride[d] - w->pad_begin[d] + k[d] * w->dilation[d];
            inside = inside && cell >= 0 && cell < w->in[d];
            at = at * w->in[d] + cell;
        }
        if (!inside)
            continue;
        at += plane * r->c->cells;
        double v = eng_load_f64(r->c->dtype, r->x, (plane * r->c->taps + tap) * r->c->blocks + b);
        eng_store_f64(r->c->dtype, r->y, at, eng_load_f64(r->c->dtype, r->y, at) + v);
    }
}

static void run_planes(void *arg, int slot, int64_t begin, int64_t end)
{
    const struct col2im_run *r = arg;
    size_t plane_bytes = (size_t)r->c->cells * eng_dtype_size(r->c->dtype);
    (void)slot;
    for (int64_t plane = begin; plane < end; plane++) {
        memset((char *)r->y + (size_t)plane * plane_bytes, 0, plane_bytes);
        for (int64_t tap = 0; tap < r->c->taps; tap++)
            add_tap(r, plane, tap);
    }
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct col2im *c = k->state;
    struct col2im_run r = {c, call->in[0].data, call->out[0].data};
    eng_split(call->par, c->threads, c->planes, run_planes, &r);
    return OC_OK;
}

static enum oc_status read(struct oc_err *err, const struct eng_node *n, const struct eng_value *const *in, struct eng_window *w,
                           int64_t *channels)
{
    int64_t image[ENG_WINDOW_DIMS], block[ENG_WINDOW_DIMS], taps = 1, blocks = 1;
    size_t n_image, n_block;
    const struct eng_shape *x = &in[0]->shape;
    enum oc_status st = eng_const_ints(err, n, in[1], image, ENG_WINDOW_DIMS, &n_image);
    if (st || (st = eng_const_ints(err, n, in[2], block, ENG_WINDOW_DIMS, &n_block)))
        return st;
    if (n_image != n_block || x->rank != 3)
        return eng_bad_node(err, n, "needs N,C*window,blocks and as many image sizes as block sizes");
    st = eng_window(err, n, (int)n_image, image, block, w);
    if (st)
        return st;
    for (size_t i = 0; i < n_image; i++)
        if (__builtin_mul_overflow(taps, w->kernel[i], &taps) || __builtin_mul_overflow(blocks, w->out[i], &blocks))
            return eng_bad_node(err, n, "the window is too large");
    if (x->dim[2] != blocks || x->dim[1] % taps)
        return eng_bad_node(err, n, "input has %lld columns of %lld numbers; %lld columns of a multiple of %lld are needed",
                            (long long)x->dim[2], (long long)x->dim[1], (long long)blocks, (long long)taps);
    *channels = x->dim[1] / taps;
    return OC_OK;
}

static enum oc_status infer(struct eng_infer *c)
{
    struct eng_window w;
    int64_t channels;
    enum oc_status st = eng_need_type(c, 0, ENG_T_NUMERIC);
    if (st || (st = read(c->err, c->node, c->in, &w, &channels)))
        return st;
    c->out[0].dtype = c->in[0]->dtype;
    c->out[0].shape = (struct eng_shape){2 + w.dims, {c->in[0]->shape.dim[0], channels}};
    for (int i = 0; i < w.dims; i++)
        c->out[0].shape.dim[2 + i] = w.in[i];
    return OC_OK;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct col2im s = {.dtype = c->in[0]->dtype, .threads = c->threads};
    int64_t channels;
    enum oc_status st = read(c->err, c->node, c->in, &s.w, &channels);
    if (st)
        return st;
    eng_window_widen(&s.w);
    s.planes = c->in[0]->shape.dim[0] * channels;
    s.cells = s.w.in[0] * s.w.in[1] * s.w.in[2];
    s.taps = s.w.kernel[0] * s.w.kernel[1] * s.w.kernel[2];
    s.blocks = c->in[0]->shape.dim[2];
    k->run = run;
    k->impl = "col2im";
    return eng_keep_state(c, k, &s, sizeof s);
}

const struct eng_op_def eng_ops_col2im[] = {
    {"", "Col2Im", 18, 0, 3, 3, 1, 1, 1u << 1 | 1u << 2, 0, infer, prepare},
    {.name = NULL},
};

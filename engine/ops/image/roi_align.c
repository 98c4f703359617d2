/*
 * RoiAlign: each region of each picture as a small grid of cells, each the mean (or maximum) of bilinear samples.
 * Regions come with the data: their batch index and size are checked when the node runs. Maximum is taken, as in ONNX
 * Runtime, over the four weighted neighbours of each sample and not over the samples.
 */
#include "engine/ops/parallel.h"
#include "engine/ops/state.h"
#include "engine/ops/types.h"
#include "base/parse.h"
#include <math.h>

#define SAMPLES_MAX 4096 /* along one side of a cell: more than any picture needs, few enough to end */

struct roi_align {
    bool maximum, half_pixel;
    int64_t channels, height, width, out_height, out_width, ratio, regions, images;
    float scale;
    int threads;
};

struct roi_run {
    const struct roi_align *a;
    const float *x, *rois;
    const struct eng_tensor *batch;
    float *y;
};

struct region {
    double top, left, cell_height, cell_width;
    int64_t samples_down, samples_across;
};

static struct region region_of(const struct roi_align *a, const float *roi)
{
    double shift = a->half_pixel ? 0.5 : 0, scale = (double)a->scale;
    double left = (double)roi[0] * scale - shift, top = (double)roi[1] * scale - shift;
    double width = (double)roi[2] * scale - shift - left, height = (double)roi[3] * scale - shift - top;
    if (!a->half_pixel) {
        width = width > 1 ? width : 1;
        height = height > 1 ? height : 1;
    }
    struct region r = {top, left, height / (double)a->out_height, width / (double)a->out_width, a->ratio, a->ratio};
    if (a->ratio == 0) {
        r.samples_down = oc_f64_to_i64(ceil(r.cell_height), 0, SAMPLES_MAX + 1);
        r.samples_across = oc_f64_to_i64(ceil(r.cell_width), 0, SAMPLES_MAX + 1);
    }
    return r;
}

/* Low and high cell and the weight of the high one; false = the point lies outside. */
static bool locate(double at, int64_t size, int64_t *low, int64_t *high, double *weight)
{
    if (!(at >= -1 && at <= (double)size))
        return false;
    at = at > 0 ? at : 0;
    *low = (int64_t)at;
    if (*low >= size - 1) {
        *low = *high = size - 1;
        *weight = 0;
        return true;
    }
    *high = *low + 1;
    *weight = at - (double)*low;
    return true;
}

static float cell_value(const struct roi_align *a, const float *x, const struct region *r, int64_t row, int64_t col)
{
    double sum = 0, best = -(double)INFINITY;
    for (int64_t i = 0; i < r->samples_down; i++)
        for (int64_t j = 0; j < r->samples_across; j++) {
            int64_t y0 = 0, y1 = 0, x0 = 0, x1 = 0;
            double wy = 0, wx = 0, y = r->top + ((double)row + ((double)i + 0.5) / (double)r->samples_down) * r->cell_height;
            double at = r->left + ((double)col + ((double)j + 0.5) / (double)r->samples_across) * r->cell_width;
            double part[4] = {0};
            if (locate(y, a->height, &y0, &y1, &wy) && locate(at, a->width, &x0, &x1, &wx)) {
                part[0] = (double)x[y0 * a->width + x0] * (1 - wy) * (1 - wx);
                part[1] = (double)x[y0 * a->width + x1] * (1 - wy) * wx;
                part[2] = (double)x[y1 * a->width + x0] * wy * (1 - wx);
                part[3] = (double)x[y1 * a->width + x1] * wy * wx;
            }
            for (int k = 0; k < 4; k++) {
                sum += part[k];
                best = part[k] > best ? part[k] : best;
            }
        }
    int64_t count = r->samples_down * r->samples_across;
    if (a->maximum)
        return count ? (float)best : 0;
    return count ? (float)(sum / (double)count) : 0;
}

static void run_regions(void *arg, int slot, int64_t begin, int64_t end)
{
    const struct roi_run *r = arg;
    const struct roi_align *a = r->a;
    (void)slot;
    for (int64_t i = begin; i < end; i++) {
        int64_t n = i / a->channels, image = eng_load_i64(r->batch->dtype, r->batch->data, n);
        struct region region = region_of(a, r->rois + 4 * n);
        const float *x = r->x + (image * a->channels + i % a->channels) * a->height * a->width;
        float *y = r->y + i * a->out_height * a->out_width;
        for (int64_t row = 0; row < a->out_height; row++)
            for (int64_t col = 0; col < a->out_width; col++)
                y[row * a->out_width + col] = cell_value(a, x, &region, row, col);
    }
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct roi_align *a = k->state;
    struct roi_run r = {a, call->in[0].data, call->in[1].data, &call->in[2], call->out[0].data};
    for (int64_t n = 0; n < a->regions; n++) {
        int64_t image = eng_load_i64(r.batch->dtype, r.batch->data, n);
        struct region region = region_of(a, r.rois + 4 * n);
        if (image < 0 || image >= a->images)
            return oc_err_set(call->err, OC_E_INVALID, "RoiAlign: region %lld is of picture %lld; there are %lld", (long long)n,
                              (long long)image, (long long)a->images);
        if (region.samples_down > SAMPLES_MAX || region.samples_across > SAMPLES_MAX)
            return oc_err_set(call->err, OC_E_INVALID, "RoiAlign: region %lld needs more than %d samples a side of each cell", (long long)n,
                              SAMPLES_MAX);
    }
    eng_split(call->par, a->threads, a->regions * a->channels, run_regions, &r);
    return OC_OK;
}

static enum oc_status infer(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T(F32));
    if (st || (st = eng_need_type(c, 1, ENG_T(F32))) || (st = eng_need_type(c, 2, ENG_T_INDEX)))
        return st;
    const struct eng_shape *x = &c->in[0]->shape, *rois = &c->in[1]->shape, *batch = &c->in[2]->shape;
    if (c->node->channels_last)
        return eng_bad_node(c->err, c->node, "channels-last tensors are not supported");
    if (x->rank != 4 || rois->rank != 2 || rois->dim[1] != 4 || batch->rank != 1 || batch->dim[0] != rois->dim[0])
        return eng_bad_node(c->err, c->node, "needs pictures N,C,H,W, regions R,4 and R batch indices");
    c->out[0].dtype = ENG_DT_F32;
    c->out[0].shape = (struct eng_shape){
        4, {rois->dim[0], x->dim[1], eng_node_int(c->node, "output_height", 1), eng_node_int(c->node, "output_width", 1)}};
    if (c->out[0].shape.dim[2] < 1 || c->out[0].shape.dim[3] < 1 || x->dim[2] < 1 || x->dim[3] < 1)
        return eng_bad_node(c->err, c->node, "sizes of pictures and cells must be at least 1");
    return OC_OK;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    const struct eng_shape *x = &c->in[0]->shape, *y = &c->out[0]->shape;
    const char *mode = eng_node_string(c->node, "mode", "avg"),
               *coordinates = eng_node_string(c->node, "coordinate_transformation_mode", "half_pixel");
    struct roi_align a = {.images = x->dim[0],
                          .channels = x->dim[1],
                          .height = x->dim[2],
                          .width = x->dim[3],
                          .regions = y->dim[0],
                          .out_height = y->dim[2],
                          .out_width = y->dim[3],
                          .threads = c->threads};
    a.ratio = eng_node_int(c->node, "sampling_ratio", 0);
    a.scale = eng_node_float(c->node, "spatial_scale", 1);
    a.maximum = strcmp(mode, "max") == 0;
    a.half_pixel = c->node->opset >= 16 && strcmp(coordinates, "half_pixel") == 0;
    if (a.ratio < 0 || a.ratio > SAMPLES_MAX)
        return eng_bad_node(c->err, c->node, "sampling_ratio %lld is outside 0..%d", (long long)a.ratio, SAMPLES_MAX);
    if (!a.maximum && strcmp(mode, "avg") != 0)
        return eng_bad_node(c->err, c->node, "mode '%.60s' is not known", mode);
    k->run = run;
    k->impl = "roi align";
    return eng_keep_state(c, k, &a, sizeof a);
}

/* coordinate_transformation_mode: 16. */
const struct eng_op_def eng_ops_roi_align[] = {
    {"", "RoiAlign", 10, 0, 3, 3, 1, 1, 0, 0, infer, prepare},
    {.name = NULL},
};

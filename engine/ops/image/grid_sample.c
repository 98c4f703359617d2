/*
 * GridSample: each cell of the output reads the input at a point that the grid gives (-1 .. 1 across the picture; x
 * first). Points are taken in blocks: their taps are worked out once and used for all channels. Border cases follow
 * ONNX Runtime: a point outside is first moved (reflection, and border unless cubic), then each of its taps once more.
 * NaN in the grid counts as outside (zeros) or as the first cell.
 */
#include "engine/ops/parallel.h"
#include "engine/ops/state.h"
#include "engine/ops/types.h"
#include <math.h>

#define SPATIAL 3     /* dimensions: 2 (opset 16) or 3 (20) */
#define AXIS_TAPS 4   /* cubic */
#define POINT_TAPS 16 /* cubic in two dimensions; three dimensions have 8 */
#define BLOCK 32      /* points */
#define CUBIC_A (-0.75)

enum mode { SAMPLE_NEAREST, SAMPLE_LINEAR, SAMPLE_CUBIC };
enum padding { PAD_ZEROS, PAD_BORDER, PAD_REFLECTION };

struct grid_sample {
    enum eng_dtype dtype;
    enum mode mode;
    enum padding padding;
    bool align_corners;
    int dims, threads;
    int64_t images, channels, size[SPATIAL], cells, points; /* cells, points: of one channel */
};

struct grid_run {
    const struct grid_sample *g;
    const struct eng_tensor *x, *grid;
    struct eng_tensor *y;
    int64_t blocks; /* of one image */
};

struct axis_taps {
    int n;
    int64_t cell[AXIS_TAPS]; /* -1 = nothing there */
    double weight[AXIS_TAPS];
};

struct point_taps {
    int n;
    int64_t cell[POINT_TAPS];
    float weight[POINT_TAPS];
};

static double reflect(double x, double low, double high)
{
    double range = high - low, past = x < low ? low - x : x - high;
    if (range <= 0 || !(fabs(past) < 1e15))
        return low;
    if (x >= low && x <= high)
        return x;
    double turns = floor(past / range), rest = past - turns * range;
    bool from_low = (x < low) == (fmod(turns, 2) == 0);
    return from_low ? low + rest : high - rest;
}

static double clamp(double x, double low, double high)
{
    return x > low ? (x < high ? x : high) : low; /* NaN: low */
}

/* The cell that a tap at `c` reads. */
static int64_t tap_cell(const struct grid_sample *g, double c, double low, double high, int64_t size)
{
    if (g->padding == PAD_ZEROS)
        return c >= 0 && c <= (double)(size - 1) ? (int64_t)c : -1;
    if (g->padding == PAD_REFLECTION)
        c = reflect(c, low, high);
    return (int64_t)clamp(c, 0, (double)(size - 1));
}

static double cubic_weight(double d)
{
    d = fabs(d);
    if (d <= 1)
        return ((CUBIC_A + 2) * d - (CUBIC_A + 3)) * d * d + 1;
    return d < 2 ? ((CUBIC_A * d - 5 * CUBIC_A) * d + 8 * CUBIC_A) * d - 4 * CUBIC_A : 0;
}

static void axis_taps(const struct grid_sample *g, double at, int64_t size, struct axis_taps *t)
{
    double length = (double)size, low = g->align_corners ? 0 : -0.5, high = g->align_corners ? length - 1 : length - 0.5;
    double x = g->align_corners ? (at + 1) / 2 * (length - 1) : ((at + 1) * length - 1) / 2;
    if (g->mode == SAMPLE_NEAREST)
        x = nearbyint(x);
    if (!(x >= low && x <= high)) {
        if (g->padding == PAD_BORDER && (g->mode != SAMPLE_CUBIC || !(fabs(x) < 1e15)))
            x = clamp(x, 0, length - 1);
        else if (g->padding == PAD_REFLECTION)
            x = reflect(x, low, high);
        else if (!(fabs(x) < 1e15))
            x = -2 * length - 8; /* NaN, infinity: far outside */
    }
    int first = g->mode == SAMPLE_CUBIC ? -1 : 0;
    double floor_x = floor(x);
    t->n = g->mode == SAMPLE_NEAREST ? 1 : g->mode == SAMPLE_LINEAR ? 2 : 4;
    for (int k = 0; k < t->n; k++) {
        double c = floor_x + first + k, d = x - c;
        t->cell[k] = tap_cell(g, c, low, high, size);
        t->weight[k] = g->mode == SAMPLE_NEAREST ? 1 : g->mode == SAMPLE_LINEAR ? 1 - fabs(d) : cubic_weight(d);
    }
}

/* All taps of one point whose coordinates are numbers `at`.. of the grid. */
static void point_taps(const struct grid_sample *g, const struct eng_tensor *grid, int64_t at, struct point_taps *p)
{
    struct axis_taps a[SPATIAL] = {{1, {0}, {1}}, {1, {0}, {1}}, {1, {0}, {1}}};
    int skip = SPATIAL - g->dims; /* outer dimensions that a picture does not have */
    for (int d = 0; d < g->dims; d++)
        axis_taps(g, eng_load_f64(grid->dtype, grid->data, at + g->dims - 1 - d), g->size[skip + d], &a[skip + d]);
    p->n = 0;
    for (int i = 0; i < a[0].n; i++)
        for (int j = 0; j < a[1].n; j++)
            for (int k = 0; k < a[2].n; k++) {
                if (a[0].cell[i] < 0 || a[1].cell[j] < 0 || a[2].cell[k] < 0)
                    continue;
                p->cell[p->n] = (a[0].cell[i] * g->size[1] + a[1].cell[j]) * g->size[2] + a[2].cell[k];
                p->weight[p->n++] = (float)(a[0].weight[i] * a[1].weight[j] * a[2].weight[k]);
            }
}

static void sample_channel(const struct grid_run *r, int64_t plane, int64_t first, int64_t n, const struct point_taps *taps)
{
    const struct grid_sample *g = r->g;
    int64_t from = plane * g->cells, to = plane * g->points + first;
    for (int64_t i = 0; i < n; i++) {
        float sum = 0;
        if (g->dtype == ENG_DT_F32) {
            const float *x = (const float *)r->x->data + from;
            for (int t = 0; t < taps[i].n; t++)
                sum += x[taps[i].cell[t]] * taps[i].weight[t];
            ((float *)r->y->data)[to + i] = sum;
        } else {
            double exact = 0;
            for (int t = 0; t < taps[i].n; t++)
                exact += eng_load_f64(g->dtype, r->x->data, from + taps[i].cell[t]) * (double)taps[i].weight[t];
            eng_store_f64(g->dtype, r->y->data, to + i, exact);
        }
    }
}

static void run_blocks(void *arg, int slot, int64_t begin, int64_t end)
{
    const struct grid_run *r = arg;
    const struct grid_sample *g = r->g;
    struct point_taps taps[BLOCK];
    (void)slot;
    for (int64_t b = begin; b < end; b++) {
        int64_t image = b / r->blocks, first = b % r->blocks * BLOCK, n = g->points - first < BLOCK ? g->points - first : BLOCK;
        for (int64_t i = 0; i < n; i++)
            point_taps(g, r->grid, (image * g->points + first + i) * g->dims, &taps[i]);
        for (int64_t c = 0; c < g->channels; c++)
            sample_channel(r, image * g->channels + c, first, n, taps);
    }
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct grid_sample *g = k->state;
    struct grid_run r = {g, &call->in[0], &call->in[1], &call->out[0], (g->points + BLOCK - 1) / BLOCK};
    eng_split(call->par, g->threads, g->images * r.blocks, run_blocks, &r);
    return OC_OK;
}

static enum oc_status infer(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T_NUMERIC);
    if (!st)
        st = eng_need_type(c, 1, ENG_T_FLOAT);
    if (st)
        return st;
    const struct eng_shape *x = &c->in[0]->shape, *grid = &c->in[1]->shape;
    if (c->node->channels_last)
        return eng_bad_node(c->err, c->node, "channels-last tensors are not supported");
    if (x->rank < 4 || x->rank > (c->node->opset < 20 ? 4 : 5))
        return eng_bad_node(c->err, c->node, "input has %d dimensions; 4 are supported, 5 since opset 20", x->rank);
    if (grid->rank != x->rank || grid->dim[0] != x->dim[0] || grid->dim[grid->rank - 1] != x->rank - 2)
        return eng_bad_node(c->err, c->node, "the grid does not fit the input");
    c->out[0].dtype = c->in[0]->dtype;
    c->out[0].shape = *x;
    for (int i = 2; i < x->rank; i++) {
        c->out[0].shape.dim[i] = grid->dim[i - 1];
        if (x->dim[i] == 0 && eng_shape_count(grid) > 0)
            return eng_bad_node(c->err, c->node, "dimension %d of the input is empty", i);
    }
    return OC_OK;
}

static enum oc_status read_words(const struct eng_prepare *c, struct grid_sample *g)
{
    const char *mode = eng_node_string(c->node, "mode", c->node->opset < 20 ? "bilinear" : "linear");
    const char *padding = eng_node_string(c->node, "padding_mode", "zeros");
    if (strcmp(mode, "bilinear") == 0 || strcmp(mode, "linear") == 0)
        g->mode = SAMPLE_LINEAR;
    else if (strcmp(mode, "bicubic") == 0 || strcmp(mode, "cubic") == 0)
        g->mode = SAMPLE_CUBIC;
    else if (strcmp(mode, "nearest") == 0)
        g->mode = SAMPLE_NEAREST;
    else
        return eng_bad_node(c->err, c->node, "mode '%.60s' is not known", mode);
    if (g->mode == SAMPLE_CUBIC && g->dims > 2)
        return eng_bad_node(c->err, c->node, "mode '%.60s' is defined for pictures only, not for volumes", mode);
    if (strcmp(padding, "zeros") == 0)
        g->padding = PAD_ZEROS;
    else if (strcmp(padding, "border") == 0)
        g->padding = PAD_BORDER;
    else if (strcmp(padding, "reflection") == 0)
        g->padding = PAD_REFLECTION;
    else
        return eng_bad_node(c->err, c->node, "padding_mode '%.60s' is not known", padding);
    return OC_OK;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    const struct eng_shape *x = &c->in[0]->shape, *y = &c->out[0]->shape;
    struct grid_sample g = {
        .dtype = c->in[0]->dtype, .dims = x->rank - 2, .threads = c->threads, .size = {1, 1, 1}, .cells = 1, .points = 1};
    g.align_corners = eng_node_int(c->node, "align_corners", 0) != 0;
    g.images = x->dim[0];
    g.channels = x->dim[1];
    for (int i = 0; i < g.dims; i++) {
        g.size[SPATIAL - g.dims + i] = x->dim[2 + i];
        g.cells *= x->dim[2 + i];
        g.points *= y->dim[2 + i];
    }
    enum oc_status st = read_words(c, &g);
    k->run = run;
    k->impl = "grid sample";
    return st ? st : eng_keep_state(c, k, &g, sizeof g);
}

const struct eng_op_def eng_ops_grid_sample[] = {
    {"", "GridSample", 16, 0, 2, 2, 1, 1, 0, 0, infer, prepare},
    {.name = NULL},
};

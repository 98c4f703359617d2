/*
 * Pillow's resampling (libImaging/Resample.c and, for "nearest", ImagingScaleAffine in Geometry.c), to the bit: separable,
 * horizontal pass first into 8 bits, weights in double, then rounded to 22 fraction bits; a pass whose size does not
 * change is left out. The horizontal pass works on 16 rows at a time, turned so that their pixels lie side by side: both
 * passes are then the same loop, "weighted sum of rows".
 */
#include "vision/resize.h"
#include "vision/kernels/kernels.h"
#include <math.h>
#include <string.h>

struct weights {
    int taps;       /* room for each output position */
    int *first, *n; /* per output position of the window: first input position, how many */
    int32_t *k;     /* taps for each output position */
    void *block;    /* owned: the one allocation behind the three */
};

static double filter_box(double x)
{
    return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
}

static double filter_bilinear(double x)
{
    x = fabs(x);
    return x < 1.0 ? 1.0 - x : 0.0;
}

static double filter_hamming(double x)
{
    x = fabs(x);
    if (x == 0.0)
        return 1.0;
    if (x >= 1.0)
        return 0.0;
    x *= M_PI;
    return sin(x) / x * ((double)0.54f + (double)0.46f * cos(x)); /* single-precision constants, as there */
}

static double filter_bicubic(double x)
{
    const double a = -0.5;
    x = fabs(x);
    if (x < 1.0)
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
    if (x < 2.0)
        return (((x - 5) * x + 8) * x - 4) * a;
    return 0.0;
}

static double sinc(double x)
{
    if (x == 0.0)
        return 1.0;
    x *= M_PI;
    return sin(x) / x;
}

static double filter_lanczos(double x)
{
    return x >= -3.0 && x < 3.0 ? sinc(x) * sinc(x / 3) : 0.0;
}

static const struct {
    double (*f)(double);
    double support;
} filters[] = {
    [OC_FILTER_BOX] = {filter_box, 0.5},         [OC_FILTER_BILINEAR] = {filter_bilinear, 1.0}, [OC_FILTER_HAMMING] = {filter_hamming, 1.0},
    [OC_FILTER_BICUBIC] = {filter_bicubic, 2.0}, [OC_FILTER_LANCZOS] = {filter_lanczos, 3.0},
};

static void weights_deinit(struct weights *w)
{
    oc_mem_free(w->block);
    *w = (struct weights){0};
}

/* One side of the output: `n` positions from `from` of all that the whole has. */
struct side {
    int whole, from, n;
};

/* Output position `at` of the whole, kept as number i: weights in double, normalised, then rounded half away from zero. */
static void weights_fill(struct weights *w, int i, int at, int in, double scale, double stretch, double support, double (*f)(double),
                         double *tmp)
{
    double centre = (at + 0.5) * scale, sum = 0.0, step = 1.0 / stretch;
    int lo = (int)(centre - support + 0.5), hi = (int)(centre + support + 0.5); /* sides are at most LIM_SIDE: no overflow */
    lo = lo < 0 ? 0 : lo;
    hi = hi > in ? in : hi;
    int n = hi - lo;
    for (int j = 0; j < n; j++) {
        tmp[j] = f((j + lo - centre + 0.5) * step);
        sum += tmp[j];
    }
    int32_t *k = w->k + (size_t)i * (size_t)w->taps;
    for (int j = 0; j < n; j++) {
        double v = (sum != 0.0 ? tmp[j] / sum : tmp[j]) * (1 << OC_WEIGHT_BITS);
        k[j] = v < 0 ? (int32_t)(-0.5 + v) : (int32_t)(0.5 + v);
    }
    w->first[i] = lo;
    w->n[i] = n;
}

static enum oc_status weights_init(struct weights *w, int in, const struct side *out, enum oc_filter filter, struct oc_err *err)
{
    double scale = (double)in / out->whole, stretch = scale < 1.0 ? 1.0 : scale, support = filters[filter].support * stretch;
    int taps = (int)ceil(support) * 2 + 1;
    size_t ints, bytes, extra;
    *w = (struct weights){.taps = taps};
    if (!oc_size_mul((size_t)out->n, (size_t)taps + 2, &ints) || !oc_size_mul(ints, sizeof(int32_t), &bytes) ||
        !oc_size_mul((size_t)taps, sizeof(double), &extra) || !oc_size_add(bytes, extra, &bytes))
        return oc_err_set(err, OC_E_IMAGE_TOO_LARGE, "resize from %d to %d: too large", in, out->whole);
    double *tmp = w->block = oc_mem_alloc(OC_MEM_PIXEL, bytes);
    if (!w->block)
        return oc_err_nomem(err, "resize weights", bytes);
    w->first = (int *)(tmp + taps);
    w->n = w->first + out->n;
    w->k = w->n + out->n;
    for (int i = 0; i < out->n; i++)
        weights_fill(w, i, out->from + i, in, scale, stretch, support, filters[filter].f, tmp);
    return OC_OK;
}

/* Rows first_row .. first_row + out->height - 1 of src, resized to out->width. */
static enum oc_status horizontal(const struct oc_image *src, int first_row, const struct weights *w, struct oc_image *out,
                                 struct oc_err *err)
{
    const struct oc_vision_kernels *kernels = oc_vision_kernels();
    const size_t c = (size_t)src->channels, in_bytes = (size_t)src->width * c, out_bytes = (size_t)out->width * c, lanes = c * OC_BAND;
    size_t bytes = (in_bytes + out_bytes) * OC_BAND; /* at most 2 * LIM_SIDE * 3 * 16 */
    uint8_t *turned = oc_mem_aligned(OC_MEM_PIXEL, bytes);
    if (!turned)
        return oc_err_nomem(err, "resize band", bytes);
    uint8_t *result = turned + in_bytes * OC_BAND;
    for (int y = 0; y < out->height; y += OC_BAND) {
        const uint8_t *rows[OC_BAND];
        int n = out->height - y < OC_BAND ? out->height - y : OC_BAND;
        for (int r = 0; r < OC_BAND; r++)
            rows[r] = src->data + (size_t)(first_row + y + (r < n ? r : n - 1)) * in_bytes;
        kernels->turn_in(rows, in_bytes, turned);
        for (int x = 0; x < out->width; x++)
            kernels->weighted_rows(turned + (size_t)w->first[x] * lanes, lanes, w->k + (size_t)x * (size_t)w->taps, w->n[x], lanes,
                                   result + (size_t)x * lanes);
        kernels->turn_out(result, out_bytes, out->data + (size_t)y * out_bytes, out_bytes, n);
    }
    oc_mem_free(turned);
    return OC_OK;
}

static void vertical(const struct oc_image *src, int first_row, const struct weights *w, struct oc_image *out)
{
    const struct oc_vision_kernels *kernels = oc_vision_kernels();
    const size_t row = (size_t)src->width * (size_t)src->channels;
    for (int y = 0; y < out->height; y++)
        kernels->weighted_rows(src->data + (size_t)(w->first[y] - first_row) * row, row, w->k + (size_t)y * (size_t)w->taps, w->n[y], row,
                               out->data + (size_t)y * row);
}

static enum oc_status resample(const struct oc_image *src, const struct side *columns, const struct side *lines, enum oc_filter filter,
                               struct oc_image *out, struct oc_err *err)
{
    struct weights across = {0}, down = {0};
    struct oc_image middle = {0};
    bool wide = columns->whole != src->width || columns->n != src->width; /* a pass that changes nothing is left out */
    bool high = !wide || lines->whole != src->height || lines->n != src->height;
    enum oc_status st = OC_OK;
    if (wide)
        st = weights_init(&across, src->width, columns, filter, err);
    if (!st && high)
        st = weights_init(&down, src->height, lines, filter, err);
    if (!st && wide && !high)
        st = horizontal(src, 0, &across, out, err);
    else if (!st && !wide)
        vertical(src, 0, &down, out);
    else if (!st) { /* both: only the rows that the vertical pass will read */
        int first = down.first[0], last = down.first[out->height - 1] + down.n[out->height - 1];
        st = oc_image_new(&middle, out->width, last - first, src->channels, err);
        if (!st)
            st = horizontal(src, first, &across, &middle, err);
        if (!st)
            vertical(&middle, first, &down, out);
    }
    oc_image_deinit(&middle);
    weights_deinit(&across);
    weights_deinit(&down);
    return st;
}

/* Input position of each output position, or -1: Pillow adds the step up, so its rounding errors are kept too. */
static void nearest_positions(int in, const struct side *out, int *at)
{
    double step = (double)in / out->whole, v = step * 0.5;
    for (int i = 0; i < out->from + out->n; i++) {
        int p = v < 0.0 ? -1 : (int)v;
        if (i >= out->from)
            at[i - out->from] = p < in ? p : -1;
        v += step;
    }
}

static enum oc_status nearest(const struct oc_image *src, const struct side *across, const struct side *down, struct oc_image *out,
                              struct oc_err *err)
{
    size_t bytes = ((size_t)out->width + (size_t)out->height) * sizeof(int), c = (size_t)src->channels;
    int *columns = oc_mem_alloc(OC_MEM_PIXEL, bytes);
    if (!columns)
        return oc_err_nomem(err, "resize positions", bytes);
    int *lines = columns + out->width;
    nearest_positions(src->width, across, columns);
    nearest_positions(src->height, down, lines);
    uint8_t *to = out->data;
    for (int y = 0; y < out->height; y++) {
        const uint8_t *row = lines[y] < 0 ? NULL : src->data + (size_t)lines[y] * (size_t)src->width * c;
        for (int x = 0; x < out->width; x++, to += c)
            for (size_t i = 0; i < c; i++)
                to[i] = !row || columns[x] < 0 ? 0 : row[(size_t)columns[x] * c + i];
    }
    oc_mem_free(columns);
    return OC_OK;
}

/* The window of a picture that keeps its size. */
static void cut(const struct oc_image *src, const struct oc_resize_window *w, struct oc_image *out)
{
    size_t c = (size_t)src->channels, row = (size_t)out->width * c;
    for (int y = 0; y < out->height; y++)
        memcpy(out->data + (size_t)y * row, src->data + ((size_t)(w->y + y) * (size_t)src->width + (size_t)w->x) * c, row);
}

enum oc_status oc_resize_pillow_window(const struct oc_image *src, int width, int height, enum oc_filter filter,
                                       const struct oc_resize_window *window, struct oc_image *out, struct oc_err *err)
{
    const struct side across = {width, window->x, window->width}, down = {height, window->y, window->height};
    enum oc_status st = oc_image_new(out, window->width, window->height, src->channels, err);
    if (st)
        return st;
    if (width == src->width && height == src->height)
        cut(src, window, out);
    else if (filter == OC_FILTER_NEAREST)
        st = nearest(src, &across, &down, out, err);
    else
        st = resample(src, &across, &down, filter, out, err);
    if (st)
        oc_image_deinit(out);
    return st;
}

enum oc_status oc_resize_pillow(const struct oc_image *src, int width, int height, enum oc_filter filter, struct oc_image *out,
                                struct oc_err *err)
{
    return oc_resize_pillow_window(src, width, height, filter, &(struct oc_resize_window){0, 0, width, height}, out, err);
}

/* Taps that fall outside are folded into the border cells, so that a table never has more taps than the input has cells. */
#include "engine/ops/image/resize_axis.h"
#include "base/mem.h"
#include "base/parse.h"
#include <math.h>

static float coordinate(enum eng_resize_coordinate mode, float x, int64_t in, int64_t out, float scale, float start, float end)
{
    float length = (float)in, resized = scale * length;
    switch (mode) {
    case ENG_RESIZE_HALF_PIXEL:
        break;
    case ENG_RESIZE_HALF_PIXEL_SYMMETRIC: {
        float adjustment = (float)out / resized;
        return length / 2 * (1 - adjustment) + (x + 0.5f) / scale - 0.5f;
    }
    case ENG_RESIZE_PYTORCH_HALF_PIXEL:
        if (out <= 1)
            return 0;
        break;
    case ENG_RESIZE_ALIGN_CORNERS: /* the length before rounding down, as the document's reference has it */
        return out <= 1 || resized <= 1 ? 0 : x * (length - 1) / (resized - 1);
    case ENG_RESIZE_ASYMMETRIC:
        return x / scale;
    case ENG_RESIZE_TF_HALF_PIXEL_FOR_NN:
        return (x + 0.5f) / scale;
    case ENG_RESIZE_TF_CROP_AND_RESIZE:
        return out > 1 ? start * (length - 1) + x * (end - start) * (length - 1) / (float)(out - 1) : 0.5f * (start + end) * (length - 1);
    }
    return (x + 0.5f) / scale - 0.5f;
}

static int64_t nearest_cell(enum eng_resize_nearest mode, float x, float scale)
{
    float whole = floorf(x);
    switch (mode) {
    case ENG_RESIZE_ROUND_PREFER_FLOOR:
        return oc_f64_to_i64(x - whole == 0.5f ? (double)whole : round((double)x), -1, INT32_MAX);
    case ENG_RESIZE_ROUND_PREFER_CEIL:
        return oc_f64_to_i64(floor((double)x + 0.5), -1, INT32_MAX);
    case ENG_RESIZE_FLOOR:
        return oc_f64_to_i64((double)whole, -1, INT32_MAX);
    case ENG_RESIZE_CEIL:
        return oc_f64_to_i64(ceil((double)x), -1, INT32_MAX);
    case ENG_RESIZE_SIMPLE:
        return oc_f64_to_i64(scale < 1 ? ceil((double)x) : (double)whole, -1, INT32_MAX);
    }
    return 0;
}

static int64_t clamp_cell(int64_t cell, int64_t in)
{
    return cell < 0 ? 0 : cell >= in ? in - 1 : cell;
}

/* Keys' cubic convolution kernel with parameter a. */
static double cubic(double a, double d)
{
    d = fabs(d);
    if (d <= 1)
        return ((a + 2) * d - (a + 3)) * d * d + 1;
    return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
}

static double kernel(const struct eng_resize_rule *rule, double d)
{
    if (rule->mode == ENG_RESIZE_CUBIC)
        return cubic((double)rule->cubic_a, d);
    return fabs(d) < 1 ? 1 - fabs(d) : 0;
}

/* How far the kernel reaches, in cells of the input: antialiasing stretches it when the picture shrinks. */
static double reach_of(const struct eng_resize_rule *rule, float scale)
{
    double reach = rule->mode == ENG_RESIZE_CUBIC ? 2 : 1;
    return rule->antialias && scale < 1 ? reach / (double)scale : reach;
}

static int64_t taps_of(const struct eng_resize_rule *rule, int64_t in, float scale)
{
    if (rule->mode == ENG_RESIZE_NEAREST)
        return 1;
    int64_t n = oc_f64_to_i64(ceil(2 * reach_of(rule, scale)) + 1, 1, INT32_MAX);
    if (!rule->antialias || scale >= 1)
        n = rule->mode == ENG_RESIZE_CUBIC ? 4 : 2;
    return n < in ? n : in;
}

/* Weights of output cell o, whose centre lies at x in the input (clamped for linear, so that x is in or near the picture). */
static void fill_taps(const struct eng_resize_rule *rule, struct eng_resize_axis *axis, int64_t o, double x, float scale)
{
    double reach = reach_of(rule, scale), stretch = rule->antialias && scale < 1 ? (double)scale : 1, sum = 0;
    int64_t low = oc_f64_to_i64(floor(x - reach) + 1, INT32_MIN, INT32_MAX),
            high = oc_f64_to_i64(ceil(x + reach) - 1, INT32_MIN, INT32_MAX);
    int64_t first = clamp_cell(low, axis->in), last = clamp_cell(high, axis->in);
    int32_t *index = axis->index + o * axis->taps;
    float *weight = axis->weight + o * axis->taps;
    for (int64_t k = 0; k < axis->taps; k++) {
        index[k] = (int32_t)(first + k <= last ? first + k : last);
        weight[k] = 0;
    }
    for (int64_t j = low; j <= high; j++) {
        bool outside = j < 0 || j >= axis->in;
        if (!(rule->exclude_outside && outside))
            sum += kernel(rule, ((double)j - x) * stretch);
    }
    for (int64_t j = low; j <= high; j++) {
        bool outside = j < 0 || j >= axis->in;
        int64_t k = clamp_cell(j, axis->in) - first;
        double w = kernel(rule, ((double)j - x) * stretch);
        if (!(rule->exclude_outside && outside) && k < axis->taps)
            weight[k] += (float)(sum != 0 ? w / sum : w);
    }
}

static enum oc_status allocate(struct eng_resize_axis *axis, const struct eng_resize_rule *rule, struct oc_err *err)
{
    size_t entries, bytes;
    if (!oc_size_mul((size_t)axis->out, (size_t)axis->taps, &entries) || !oc_size_mul(entries, sizeof(float), &bytes))
        return oc_err_nomem(err, "Resize table", SIZE_MAX);
    axis->index = oc_mem_alloc(OC_MEM_MODEL, bytes);
    if (rule->mode != ENG_RESIZE_NEAREST)
        axis->weight = oc_mem_alloc(OC_MEM_MODEL, bytes);
    if (rule->coordinate == ENG_RESIZE_TF_CROP_AND_RESIZE)
        axis->outside = oc_mem_zero(OC_MEM_MODEL, (size_t)axis->out);
    bool missing = !axis->index || (rule->mode != ENG_RESIZE_NEAREST && !axis->weight) ||
                   (rule->coordinate == ENG_RESIZE_TF_CROP_AND_RESIZE && !axis->outside);
    if (!missing)
        return OC_OK;
    eng_resize_axis_free(axis);
    return oc_err_nomem(err, "Resize table", bytes);
}

enum oc_status eng_resize_axis_make(const struct eng_resize_rule *rule, int64_t in, int64_t out, float scale, float roi_start,
                                    float roi_end, struct eng_resize_axis *axis, struct oc_err *err)
{
    *axis = (struct eng_resize_axis){.in = in, .out = out, .taps = taps_of(rule, in, scale)};
    enum oc_status st = allocate(axis, rule, err);
    if (st)
        return st;
    for (int64_t o = 0; o < out; o++) {
        float x = coordinate(rule->coordinate, (float)o, in, out, scale, roi_start, roi_end);
        if (axis->outside && !(x >= 0 && x <= (float)(in - 1))) {
            axis->outside[o] = 1;
            x = 0;
        }
        if (!(fabsf(x) <= 0x1p31f)) /* also NaN */
            x = 0;
        if (rule->mode == ENG_RESIZE_NEAREST)
            axis->index[o] = (int32_t)clamp_cell(nearest_cell(rule->nearest, x, scale), in);
        else
            fill_taps(rule, axis, o, (double)x, scale);
    }
    return OC_OK;
}

void eng_resize_axis_free(struct eng_resize_axis *axis)
{
    oc_mem_free(axis->index);
    oc_mem_free(axis->weight);
    oc_mem_free(axis->outside);
    *axis = (struct eng_resize_axis){0};
}

/* All numbers are bounded by LIM_WINDOW (2^31 - 1) before any arithmetic, so that int64 products and sums of them cannot overflow. */
#include "engine/ops/nn/window.h"
#include "engine/ops/op.h"

/* An optional list of `count` numbers in min..LIM_WINDOW; all `def` when absent. */
static enum oc_status read_list(struct oc_err *err, const struct eng_node *n, const char *name, int count, int64_t min, int64_t def,
                                int64_t *out)
{
    size_t given;
    const int64_t *v = eng_node_ints(n, name, &given);
    if (v && given != (size_t)count)
        return eng_bad_node(err, n, "%s has %zu values, %d are needed", name, given, count);
    for (int i = 0; i < count; i++) {
        out[i] = v ? v[i] : def;
        if (out[i] < min || out[i] > LIM_WINDOW)
            return eng_bad_node(err, n, "%s[%d] is %lld, outside %lld..%lld", name, i, (long long)out[i], (long long)min,
                                (long long)LIM_WINDOW);
    }
    return OC_OK;
}

static enum oc_status read_kernel(struct oc_err *err, const struct eng_node *n, const int64_t *kernel, struct eng_window *w)
{
    size_t given;
    const int64_t *attr = eng_node_ints(n, "kernel_shape", &given);
    if (!kernel && !attr)
        return eng_bad_node(err, n, "kernel_shape is missing");
    if (attr) {
        enum oc_status st = read_list(err, n, "kernel_shape", w->dims, 1, 1, w->kernel);
        if (st)
            return st;
    }
    for (int i = 0; kernel && i < w->dims; i++) {
        if (attr && w->kernel[i] != kernel[i])
            return eng_bad_node(err, n, "kernel_shape[%d] is %lld, the weights have %lld", i, (long long)w->kernel[i],
                                (long long)kernel[i]);
        if (kernel[i] < 1 || kernel[i] > LIM_WINDOW)
            return eng_bad_node(err, n, "the weights' size %lld in dimension %d is outside 1..%lld", (long long)kernel[i], i,
                                (long long)LIM_WINDOW);
        w->kernel[i] = kernel[i];
    }
    return OC_OK;
}

/* SAME: ceil(in / stride) outputs; the odd cell of the padding goes to the end (upper) or the beginning (lower). */
static void pad_same(struct eng_window *w, int i, int64_t reach, bool lower)
{
    w->out[i] = (w->in[i] + w->stride[i] - 1) / w->stride[i];
    int64_t total = (w->out[i] - 1) * w->stride[i] + reach - w->in[i];
    if (total < 0 || w->out[i] == 0)
        total = 0;
    w->pad_begin[i] = lower ? total - total / 2 : total / 2;
    w->pad_end[i] = total - w->pad_begin[i];
}

/*
 * A pool whose window is a little larger than what there is still gives one cell: ONNX Runtime divides the negative rest by the
 * stride and drops the fraction. It is as if padding followed, which pools leave out.
 */
static bool pool_reaches_over(const struct eng_node *n, const struct eng_window *w, int i, int64_t room)
{
    return room < 0 && -room < w->stride[i] && w->in[i] > 0 && strstr(n->op_type, "Pool") != NULL;
}

static enum oc_status count_positions(struct oc_err *err, const struct eng_node *n, struct eng_window *w, int i, int64_t reach,
                                      bool ceil_mode)
{
    int64_t room = w->in[i] + w->pad_begin[i] + w->pad_end[i] - reach;
    if (pool_reaches_over(n, w, i, room)) {
        w->pad_end[i] -= room;
        room = 0;
    }
    if (room < 0)
        return eng_bad_node(err, n, "kernel of %lld cells (dilation %lld) does not fit into dimension %d: %lld + %lld + %lld of padding",
                            (long long)w->kernel[i], (long long)w->dilation[i], i, (long long)w->in[i], (long long)w->pad_begin[i],
                            (long long)w->pad_end[i]);
    w->out[i] = room / w->stride[i] + 1;
    if (ceil_mode && room % w->stride[i] && w->out[i] * w->stride[i] < w->in[i] + w->pad_begin[i])
        w->out[i]++;
    return OC_OK;
}

enum oc_status eng_window(struct oc_err *err, const struct eng_node *n, int dims, const int64_t *in, const int64_t *kernel,
                          struct eng_window *out)
{
    struct eng_window w = {.dims = dims};
    int64_t pads[2 * ENG_WINDOW_DIMS];
    enum oc_status st;
    if (dims < 1 || dims > ENG_WINDOW_DIMS)
        return eng_bad_node(err, n, "%d spatial dimensions; 1 to %d are supported", dims, ENG_WINDOW_DIMS);
    if ((st = read_kernel(err, n, kernel, &w)) || (st = read_list(err, n, "strides", dims, 1, 1, w.stride)) ||
        (st = read_list(err, n, "dilations", dims, 1, 1, w.dilation)) || (st = read_list(err, n, "pads", 2 * dims, 0, 0, pads)))
        return st;
    const char *auto_pad = eng_node_string(n, "auto_pad", "NOTSET");
    bool lower = strcmp(auto_pad, "SAME_LOWER") == 0, same = lower || strcmp(auto_pad, "SAME_UPPER") == 0;
    bool valid = strcmp(auto_pad, "VALID") == 0;
    bool ceil_mode = eng_node_int(n, "ceil_mode", 0) != 0;
    if (!same && !valid && *auto_pad && strcmp(auto_pad, "NOTSET") != 0)
        return eng_bad_node(err, n, "auto_pad '%.40s' is not one of NOTSET, SAME_UPPER, SAME_LOWER, VALID", auto_pad);
    for (int i = 0; i < dims; i++) {
        if (in[i] < 0 || in[i] > LIM_WINDOW)
            return eng_bad_node(err, n, "spatial dimension %d is %lld, outside 0..%lld", i, (long long)in[i], (long long)LIM_WINDOW);
        int64_t reach = (w.kernel[i] - 1) * w.dilation[i] + 1;
        w.in[i] = in[i];
        if (same) {
            pad_same(&w, i, reach, lower);
            continue;
        }
        w.pad_begin[i] = valid ? 0 : pads[i];
        w.pad_end[i] = valid ? 0 : pads[dims + i];
        st = count_positions(err, n, &w, i, reach, ceil_mode);
        if (st)
            return st;
    }
    *out = w;
    return OC_OK;
}

void eng_window_widen(struct eng_window *w)
{
    int shift = ENG_WINDOW_DIMS - w->dims;
    struct eng_window r = {.dims = ENG_WINDOW_DIMS};
    for (int i = 0; i < ENG_WINDOW_DIMS; i++) {
        int from = i - shift;
        r.in[i] = from < 0 ? 1 : w->in[from];
        r.out[i] = from < 0 ? 1 : w->out[from];
        r.kernel[i] = from < 0 ? 1 : w->kernel[from];
        r.stride[i] = from < 0 ? 1 : w->stride[from];
        r.dilation[i] = from < 0 ? 1 : w->dilation[from];
        r.pad_begin[i] = from < 0 ? 0 : w->pad_begin[from];
        r.pad_end[i] = from < 0 ? 0 : w->pad_end[from];
    }
    *w = r;
}

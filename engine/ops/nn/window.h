/*
 * Sliding windows of Conv and the pools: kernel, strides, dilations, padding and rounding -> output sizes.
 * 1 to 3 spatial dimensions. Formulas: the ONNX operator documents of Conv, MaxPool and AveragePool.
 */
#ifndef ENG_OPS_NN_WINDOW_H
#define ENG_OPS_NN_WINDOW_H

#include "engine/ir/graph.h"

#define ENG_WINDOW_DIMS 3

/* One entry a spatial dimension, outermost first (depth, height, width). */
struct eng_window {
    int dims;
    int64_t in[ENG_WINDOW_DIMS], out[ENG_WINDOW_DIMS];                                   /* sizes of input and output */
    int64_t kernel[ENG_WINDOW_DIMS], stride[ENG_WINDOW_DIMS], dilation[ENG_WINDOW_DIMS]; /* all >= 1, <= LIM_WINDOW */
    int64_t pad_begin[ENG_WINDOW_DIMS], pad_end[ENG_WINDOW_DIMS];                        /* resolved (auto_pad too), >= 0 */
};

/*
 * Reads strides, dilations, pads, auto_pad and ceil_mode of a node for an input of `dims` spatial sizes `in`.
 * kernel: the weights' spatial sizes, which kernel_shape must repeat if the node has it; NULL: kernel_shape is required.
 * OC_E_MODEL for lists of the wrong length, kernel, stride or dilation below 1, negative pads, anything over LIM_WINDOW,
 * an unknown auto_pad, and a kernel that does not fit into the padded input.
 * ceil_mode: a last window that would start in the padding behind the input is left out, as PyTorch and ONNX since 19 do.
 */
enum oc_status eng_window(struct oc_err *err, const struct eng_node *n, int dims, const int64_t *in, const int64_t *kernel,
                          struct eng_window *out) OC_MUST_CHECK;

/* Makes it a window of 3 dimensions: missing outer ones get size 1, so that a loop over three serves all. */
void eng_window_widen(struct eng_window *w);

/* The cells of the input that output position `out` of dimension d sees: begin, begin + step, ... (count of them; padding left out). */
struct eng_taps {
    int64_t begin, step, count;
    int64_t skipped; /* taps of the kernel before `begin` that lie in the padding */
};

static inline struct eng_taps eng_window_taps(const struct eng_window *w, int d, int64_t out)
{
    int64_t start = out * w->stride[d] - w->pad_begin[d], step = w->dilation[d], left = w->in[d] - start;
    int64_t first = start < 0 ? (step - 1 - start) / step : 0;
    int64_t end = left <= 0 ? 0 : (left + step - 1) / step;
    if (end > w->kernel[d])
        end = w->kernel[d];
    return (struct eng_taps){start + first * step, step, end > first ? end - first : 0, first};
}

#endif

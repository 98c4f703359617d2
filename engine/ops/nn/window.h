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

#endif

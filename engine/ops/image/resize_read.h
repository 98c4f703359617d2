/* Attributes and inputs of Resize and Upsample, all opsets, as one description. */
#ifndef ENG_OPS_IMAGE_RESIZE_READ_H
#define ENG_OPS_IMAGE_RESIZE_READ_H

#include "engine/ops/image/resize_axis.h"
#include "engine/ops/op.h"

/* Arrays are by dimension of the tensor as it lies in memory (N,H,W,C for a channels-last node). */
struct eng_resize {
    struct eng_resize_rule rule;
    float extrapolation;
    int rank;
    int64_t out[LIM_TENSOR_RANK];
    float scale[LIM_TENSOR_RANK];
    float roi_start[LIM_TENSOR_RANK], roi_end[LIM_TENSOR_RANK]; /* 0 and 1 where none is given */
};

/* in: the node's inputs; absent ones NULL or not counted. OC_E_MODEL names what is wrong. */
enum oc_status eng_resize_read(struct oc_err *err, const struct eng_node *n, const struct eng_value *const *in, int n_in,
                               struct eng_resize *out) OC_MUST_CHECK;

#endif

/*
 * One dimension of Resize: which cells of the input make each cell of the output, and with what weights. Formulas:
 * the ONNX document of Resize. Coordinates are computed in float, as ONNX Runtime does, so that ties fall alike.
 */
#ifndef ENG_OPS_IMAGE_RESIZE_AXIS_H
#define ENG_OPS_IMAGE_RESIZE_AXIS_H

#include "base/err.h"
#include <stdint.h>

enum eng_resize_mode { ENG_RESIZE_NEAREST, ENG_RESIZE_LINEAR, ENG_RESIZE_CUBIC };

enum eng_resize_coordinate {
    ENG_RESIZE_HALF_PIXEL,
    ENG_RESIZE_HALF_PIXEL_SYMMETRIC,
    ENG_RESIZE_PYTORCH_HALF_PIXEL,
    ENG_RESIZE_ALIGN_CORNERS,
    ENG_RESIZE_ASYMMETRIC,
    ENG_RESIZE_TF_HALF_PIXEL_FOR_NN,
    ENG_RESIZE_TF_CROP_AND_RESIZE
};

enum eng_resize_nearest {
    ENG_RESIZE_ROUND_PREFER_FLOOR,
    ENG_RESIZE_ROUND_PREFER_CEIL,
    ENG_RESIZE_FLOOR,
    ENG_RESIZE_CEIL,
    ENG_RESIZE_SIMPLE /* opsets below 11: up rounds down, down rounds up */
};

struct eng_resize_rule {
    enum eng_resize_mode mode;
    enum eng_resize_coordinate coordinate;
    enum eng_resize_nearest nearest;
    bool antialias, exclude_outside;
    float cubic_a;
};

struct eng_resize_axis {
    int64_t in, out, taps;
    int32_t *index;   /* [out][taps], in 0..in-1; owned */
    float *weight;    /* [out][taps]; unused taps have weight 0; owned; NULL for nearest */
    uint8_t *outside; /* [out]: 1 = the extrapolation value; owned; NULL = none is outside */
};

/* in >= 1, out >= 0, scale > 0; roi_start and roi_end only for TF_CROP_AND_RESIZE. On error nothing is left allocated. */
enum oc_status eng_resize_axis_make(const struct eng_resize_rule *rule, int64_t in, int64_t out, float scale, float roi_start,
                                    float roi_end, struct eng_resize_axis *axis, struct oc_err *err) OC_MUST_CHECK;
void eng_resize_axis_free(struct eng_resize_axis *axis);

#endif

/* Interpolation along one or two neighbouring dimensions of a float32 tensor, from tables. */
#ifndef ENG_OPS_IMAGE_RESIZE_LINES_H
#define ENG_OPS_IMAGE_RESIZE_LINES_H

#include "base/par.h"
#include "engine/ops/image/resize_axis.h"

/* The tensor is [outer][rows->in or 1][cols->in][inner]; rows may be NULL. inner: numbers that stay together (channels). */
struct eng_resize_step {
    int64_t outer, inner;
    const struct eng_resize_axis *rows, *cols;
    float extrapolation;
};

/* Floats of scratch that one thread needs. */
size_t eng_resize_line(const struct eng_resize_step *s);
/* x and y must not overlap. scratch: threads * eng_resize_line floats. */
void eng_resize_lines(const struct eng_resize_step *s, const float *x, float *y, float *scratch, int threads, struct oc_par *par);

#endif

/* The inner loop of searching, built once for each instruction set and chosen at run time by oc_cpu_isa(). */
#ifndef OC_GALLERY_KERNELS_H
#define OC_GALLERY_KERNELS_H

#include <stddef.h>

/* Rows are padded with zeros to a multiple of so many numbers. */
#define OC_ROW_PAD 64

/* out[i] = sum over k of rows[i * stride + k] * query[k], for n rows; stride is a multiple of OC_ROW_PAD, both are aligned to 64 bytes. */
typedef void oc_dots_fn(const float *rows, size_t n, size_t stride, const float *query, float *out);

/* The best for this processor. Cannot fail. */
oc_dots_fn *oc_gallery_dots(void);

#endif

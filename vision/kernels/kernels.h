/*
 * The inner loops of the room, built once for each instruction set (kernels/isa/) and chosen at run time by
 * oc_cpu_isa(). All of them compute in integers, or in floats without reordering: every variant gives the same bits.
 */
#ifndef OC_VISION_KERNELS_H
#define OC_VISION_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* A row of Pillow's resampling has this many fraction bits. */
#define OC_WEIGHT_BITS 22
/* Rows that are turned together, so that what lay in one column lies side by side. */
#define OC_BAND 16

/* Where one output position of a linear resize reads: positions `at` and `next`, weights of 11 fraction bits. */
struct oc_tap {
    int at, next;
    int w0, w1;
};

struct oc_vision_kernels {
    /*
     * dst[i] = clamp((sum over j of src[j * stride + i] * weights[j] + half) >> OC_WEIGHT_BITS), for i in 0..lanes-1. The
     * weights of n rows sum to about 1 << OC_WEIGHT_BITS, so that the sum fits 32 bits.
     */
    void (*weighted_rows)(const uint8_t *src, size_t stride, const int32_t *weights, int n, size_t lanes, uint8_t *dst);
    /* turned[i * OC_BAND + k] = rows[k][i], for i in 0..n-1. */
    void (*turn_in)(const uint8_t *const rows[OC_BAND], size_t n, uint8_t *turned);
    /* The way back, for the first `rows` rows: dst[k * stride + i] = turned[i * OC_BAND + k]. */
    void (*turn_out)(const uint8_t *turned, size_t n, uint8_t *dst, size_t stride, int rows);
    /*
     * OpenCV's horizontal pass on packed 3-channel pixels: out[3 * x + c] = row[3 * at + c] * w0 + row[3 * next + c] * w1 for n positions.
     * One number more is overwritten after them, and one byte after each pixel of the row is read.
     */
    void (*stretch_rgb)(const uint8_t *row, const struct oc_tap *taps, int n, int32_t *out);
    /* OpenCV's vertical pass: (((b0 * (above[i] >> 4)) >> 16) + ((b1 * (below[i] >> 4)) >> 16) + 2) >> 2. */
    void (*blend_rows)(const int32_t *above, const int32_t *below, int b0, int b1, size_t lanes, uint8_t *dst);
    /* Packed 3-channel pixels to floats: (value - mean[c]) * scale[c] to plane c (planes[c][i]). */
    void (*to_planes)(const uint8_t *pixels, size_t n, const float mean[3], const float scale[3], float *const planes[3]);
};

/* The best set for this processor. Cannot fail. */
const struct oc_vision_kernels *oc_vision_kernels(void);

#endif

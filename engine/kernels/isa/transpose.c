/* Transposition in blocks of 16 x 16, so that both sides are read and written by whole cache lines. */
#include "engine/kernels/isa.h"

enum { BLOCK = 16 };

void OC_ISA_NAME(eng_k_transpose)(const float *x, size_t x_stride, float *y, size_t y_stride, size_t rows, size_t cols)
{
    if (cols == 3 && rows >= BLOCK) { /* pixels of a picture */
        for (size_t r = 0; r < rows; r++)
            for (size_t c = 0; c < 3; c++)
                y[c * y_stride + r] = x[r * x_stride + c];
        return;
    }
    for (size_t r0 = 0; r0 < rows; r0 += BLOCK) {
        size_t nr = rows - r0 < BLOCK ? rows - r0 : BLOCK;
        for (size_t c0 = 0; c0 < cols; c0 += BLOCK) {
            size_t nc = cols - c0 < BLOCK ? cols - c0 : BLOCK;
            const float *in = x + r0 * x_stride + c0;
            float *out = y + c0 * y_stride + r0;
            if (nr == BLOCK && nc == BLOCK) {
                float block[BLOCK][BLOCK] __attribute__((aligned(64)));
                for (int r = 0; r < BLOCK; r++)
                    OC_SIMD for (int c = 0; c < BLOCK; c++) block[r][c] = in[(size_t)r * x_stride + (size_t)c];
                for (int c = 0; c < BLOCK; c++)
                    OC_SIMD for (int r = 0; r < BLOCK; r++) out[(size_t)c * y_stride + (size_t)r] = block[r][c];
                continue;
            }
            for (size_t c = 0; c < nc; c++)
                for (size_t r = 0; r < nr; r++)
                    out[c * y_stride + r] = in[r * x_stride + c];
        }
    }
}

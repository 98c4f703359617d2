/* Transposition in blocks of 16 x 16, so that both sides are read and written by whole cache lines. */
#include "engine/kernels/isa.h"

enum { BLOCK = 16 };

/* Planes of a picture into pixels: constants for the number of planes, so that the compiler knows the shuffle. */
OC_INLINE void interleave_constant(const float *x, size_t x_stride, float *y, size_t rows, size_t cols)
{
    OC_SIMD for (size_t c = 0; c < cols; c++) for (size_t r = 0; r < rows; r++) y[c * rows + r] = x[r * x_stride + c];
}

static void interleave(const float *x, size_t x_stride, float *y, size_t rows, size_t cols)
{
    if (rows == 2)
        interleave_constant(x, x_stride, y, 2, cols);
    else if (rows == 3)
        interleave_constant(x, x_stride, y, 3, cols);
    else
        interleave_constant(x, x_stride, y, 4, cols);
}

/* And back. */
OC_INLINE void separate_constant(const float *x, float *y, size_t y_stride, size_t rows, size_t cols)
{
    for (size_t c = 0; c < cols; c++)
        OC_SIMD for (size_t r = 0; r < rows; r++) y[c * y_stride + r] = x[r * cols + c];
}

static void separate(const float *x, float *y, size_t y_stride, size_t rows, size_t cols)
{
    if (cols == 2)
        separate_constant(x, y, y_stride, rows, 2);
    else if (cols == 3)
        separate_constant(x, y, y_stride, rows, 3);
    else
        separate_constant(x, y, y_stride, rows, 4);
}

void OC_ISA_NAME(eng_k_transpose)(const float *x, size_t x_stride, float *y, size_t y_stride, size_t rows, size_t cols)
{
    if (rows <= 4 && rows > 1 && y_stride == rows && cols >= BLOCK) {
        interleave(x, x_stride, y, rows, cols);
        return;
    }
    if (cols <= 4 && cols > 1 && x_stride == cols && rows >= BLOCK) {
        separate(x, y, y_stride, rows, cols);
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

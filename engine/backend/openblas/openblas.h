/* What the two files of the OpenBLAS backend share. */
#ifndef ENG_BACKEND_OPENBLAS_H
#define ENG_BACKEND_OPENBLAS_H

#include "engine/backend/post.h"

struct eng_prim {
    bool is_gemm, direct; /* direct: 1x1 without padding or strides, no columns are made */
    bool depthwise;
    struct eng_conv_desc conv;
    struct eng_gemm_desc gemm;
    bool trans_a, trans_b;
    int64_t lda, ldb, ldc;
    int64_t tile_rows, tiles; /* convolution: rows of columns made at a time (output rows; transposed: input rows) */
    size_t columns_bytes;     /* of one thread's tile */
    const float *weight, *bias;
    const struct eng_kernels *kernels;
};

/* Row-major C[m,n] = alpha * A B, or C + that when `add`; trans: the matrix is stored transposed. */
void eng_openblas_sgemm(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t lda,
                        const float *b, int64_t ldb, float *c, int64_t ldc, bool add);
enum oc_status eng_openblas_conv_prepare(const struct eng_conv_desc *d, struct eng_weights *w, struct eng_prim **out, size_t *scratch_bytes,
                                         const char **impl, struct oc_err *err);
enum oc_status eng_openblas_conv_run(const struct eng_prim *p, const float *x, const float *weight, const float *bias,
                                     const float *residual, float *y, void *scratch, struct oc_par *par, struct oc_err *err);

#endif

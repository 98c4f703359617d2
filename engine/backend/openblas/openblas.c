/*
 * OpenBLAS: the portable backend, and an independent check of the others. N,C,H,W only. OpenBLAS itself runs on one
 * thread; our threads split the work. Convolution is in conv.c.
 */
#ifdef OC_WITH_OPENBLAS
#include "engine/backend/openblas/openblas.h"
#include "base/mem.h"
#include <cblas.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void one_thread(void)
{
    openblas_set_num_threads(1);
}

static bool available(void)
{
    pthread_once(&once, one_thread);
    return true;
}

void eng_openblas_sgemm(bool trans_a, bool trans_b, int64_t m, int64_t n, int64_t k, float alpha, const float *a, int64_t lda,
                        const float *b, int64_t ldb, float *c, int64_t ldc, bool add)
{
    cblas_sgemm(CblasRowMajor, trans_a ? CblasTrans : CblasNoTrans, trans_b ? CblasTrans : CblasNoTrans, (blasint)m, (blasint)n, (blasint)k,
                alpha, a, (blasint)lda, b, (blasint)ldb, add ? 1.0f : 0.0f, c, (blasint)ldc);
}

/* A matrix as BLAS wants it: rows or columns contiguous, the other stride at least as long. */
static bool layout(int64_t rows, int64_t cols, int64_t row_stride, int64_t col_stride, bool *trans, int64_t *ld)
{
    if ((col_stride == 1 || cols == 1) && (row_stride >= cols || rows == 1)) {
        *trans = false;
        *ld = row_stride >= cols ? row_stride : cols;
        return true;
    }
    if ((row_stride == 1 || rows == 1) && (col_stride >= rows || cols == 1)) {
        *trans = true;
        *ld = col_stride >= rows ? col_stride : rows;
        return true;
    }
    return false;
}

static enum oc_status gemm_prepare(const struct eng_gemm_desc *d, struct eng_weights *w, struct eng_prim **out, size_t *scratch_bytes,
                                   const char **impl, struct oc_err *err)
{
    (void)w;
    struct eng_prim p = {.is_gemm = true, .gemm = *d, .kernels = eng_kernels()};
    *out = NULL;
    if (!layout(d->m, d->k, d->a_row_stride, d->a_col_stride, &p.trans_a, &p.lda) ||
        !layout(d->k, d->n, d->b_row_stride, d->b_col_stride, &p.trans_b, &p.ldb) || (d->c_row_stride < d->n && d->m > 1) ||
        d->m > INT_MAX || d->n > INT_MAX || d->k > INT_MAX || p.lda > INT_MAX || p.ldb > INT_MAX || d->c_row_stride > INT_MAX)
        return OC_DECLINED;
    p.ldc = d->c_row_stride >= d->n ? d->c_row_stride : d->n;
    p.weight = d->b_const ? d->b_const->t.data : NULL;
    p.bias = d->bias ? d->bias->t.data : NULL;
    *out = oc_mem_alloc(OC_MEM_MODEL, sizeof **out);
    if (!*out)
        return oc_err_nomem(err, "OpenBLAS kernel", sizeof **out);
    **out = p;
    *scratch_bytes = 0;
    *impl = "gemm/openblas";
    return OC_OK;
}

struct gemm_job {
    const struct eng_prim *p;
    const float *a, *b, *bias, *residual;
    float *c;
    int64_t pieces, rows; /* each product in pieces of so many rows */
};

static void gemm_piece(void *arg, size_t i)
{
    const struct gemm_job *j = arg;
    const struct eng_prim *p = j->p;
    const struct eng_gemm_desc *d = &p->gemm;
    int64_t row = (int64_t)i % j->pieces * j->rows, product = (int64_t)i / j->pieces;
    int64_t b1 = product % d->batch[1], b0 = product / d->batch[1], m = d->m - row < j->rows ? d->m - row : j->rows;
    const float *a = j->a + b0 * d->a_batch_stride[0] + b1 * d->a_batch_stride[1] + row * (p->trans_a ? 1 : p->lda);
    const float *b = j->b + b0 * d->b_batch_stride[0] + b1 * d->b_batch_stride[1];
    int64_t at = b0 * d->c_batch_stride[0] + b1 * d->c_batch_stride[1] + row * p->ldc;
    for (int64_t r = 0; j->residual && j->residual != j->c && r < m; r++) /* the product is added to it */
        memcpy(j->c + at + r * p->ldc, j->residual + at + r * p->ldc, (size_t)d->n * sizeof *j->c);
    eng_openblas_sgemm(p->trans_a, p->trans_b, m, d->n, d->k, d->alpha, a, p->lda, b, p->ldb, j->c + at, p->ldc, d->post.has_residual);
    for (int64_t r = 0; r < m; r++)
        eng_post_rows(p->kernels, &d->post, j->bias, NULL, j->c + at + r * p->ldc, 1, (size_t)d->n);
}

static enum oc_status gemm_run(const struct eng_prim *p, const float *a, const float *b, const float *bias, const float *residual, float *c,
                               void *scratch, struct oc_par *par, struct oc_err *err)
{
    (void)scratch, (void)err;
    const struct eng_gemm_desc *d = &p->gemm;
    struct gemm_job j = {.p = p,
                         .a = a,
                         .b = p->weight ? p->weight : b,
                         .bias = p->bias       ? p->bias
                                 : d->has_bias ? bias
                                               : NULL,
                         .residual = d->post.has_residual ? residual : NULL,
                         .c = c,
                         .pieces = 1,
                         .rows = d->m};
    int64_t threads = oc_par_threads(par), products = d->batch[0] * d->batch[1];
    if (products < threads && d->m >= 16 * threads) {
        j.rows = (d->m + threads - 1) / threads;
        j.pieces = (d->m + j.rows - 1) / j.rows;
    }
    oc_par_for(par, (size_t)(products * j.pieces), gemm_piece, &j);
    return OC_OK;
}

static void prim_free(struct eng_prim *p)
{
    oc_mem_free(p);
}

const struct eng_backend eng_backend_openblas = {
    .name = "openblas",
    .channels_last = false,
    .available = available,
    .conv_prepare = eng_openblas_conv_prepare,
    .gemm_prepare = gemm_prepare,
    .conv_run = eng_openblas_conv_run,
    .gemm_run = gemm_run,
    .prim_free = prim_free,
};
#else
typedef int eng_no_openblas;
#endif

/*
 * One table for the heavy arithmetic: convolution and matrix multiplication in f32 (bf16 and int8 have room in
 * `precision`). Three implementations: "onednn", "openblas", "reference". Chosen at run time by name; every test
 * of conv and matmul runs on all of them. An object made by prepare is immutable and may be run by many threads
 * at once, each with its own scratch.
 */
#ifndef ENG_BACKEND_BACKEND_H
#define ENG_BACKEND_BACKEND_H

#include "base/par.h"
#include "engine/ir/graph.h"

struct eng_weights;

/* What happens to a result before it is stored: + bias, + residual, then the activation. */
struct eng_post {
    enum eng_act act;
    float alpha, beta;
    bool has_residual; /* same shape and layout as the output; may be the output's own memory */
};

struct eng_conv_desc {
    int64_t n, c_in, h_in, w_in; /* input                                   */
    int64_t c_out, h_out, w_out; /* output; checked against the rest by the caller */
    int64_t kh, kw, stride_h, stride_w, dil_h, dil_w;
    int64_t pad_top, pad_left, pad_bottom, pad_right;
    int64_t groups;
    bool transposed;                /* ConvTranspose: weights are [c_in, c_out/groups, kh, kw] */
    bool channels_last;             /* input and output are N,H,W,C            */
    bool planes;                    /* with channels_last: the input is N,C,H,W all the same; only our own kernel knows that */
    const struct eng_const *weight; /* [c_out, c_in/groups, kh, kw]; NULL = given at run time (plain layout) */
    const struct eng_const *bias;   /* [c_out]; NULL = none or at run time (has_bias) */
    bool has_bias;
    struct eng_post post;
    enum eng_precision precision;
    int threads;
};

struct eng_gemm_desc {
    int64_t batch[2];                                                /* independent products, two levels (image, head); 1 = none */
    int64_t m, n, k;                                                 /* C[m,n] = alpha * A[m,k] B[k,n] */
    int64_t a_batch_stride[2], b_batch_stride[2], c_batch_stride[2]; /* elements; 0 in a or b: the same matrix for all */
    int64_t a_row_stride, a_col_stride;                              /* elements: transposition and views are strides */
    int64_t b_row_stride, b_col_stride;
    int64_t c_row_stride; /* columns of C are contiguous */
    float alpha;
    const struct eng_const *b_const; /* B when constant: packed once; NULL = given at run time */
    const struct eng_const *bias;    /* [n] when constant */
    bool has_bias;                   /* [n], constant or at run time */
    struct eng_post post;            /* residual: same strides as C */
    enum eng_precision precision;
    int threads;
};

struct eng_prim; /* a prepared convolution or product; each backend has its own */

struct eng_backend {
    const char *name;
    bool channels_last; /* wants N,H,W,C for spatial operators: the layout pass runs */
    bool (*available)(void);
    /* *scratch_bytes: what each run needs. impl: static or owned by the object. OC_E_NOMEM, or OC_DECLINED when this
       backend does not do such a shape: the caller then takes the reference backend. */
    enum oc_status (*conv_prepare)(const struct eng_conv_desc *d, struct eng_weights *w, struct eng_prim **out, size_t *scratch_bytes,
                                   const char **impl, struct oc_err *err);
    enum oc_status (*gemm_prepare)(const struct eng_gemm_desc *d, struct eng_weights *w, struct eng_prim **out, size_t *scratch_bytes,
                                   const char **impl, struct oc_err *err);
    /* weight, bias: NULL when constant or absent. Pointers as the descriptor says. */
    enum oc_status (*conv_run)(const struct eng_prim *p, const float *x, const float *weight, const float *bias, const float *residual,
                               float *y, void *scratch, struct oc_par *par, struct oc_err *err);
    enum oc_status (*gemm_run)(const struct eng_prim *p, const float *a, const float *b, const float *bias, const float *residual, float *c,
                               void *scratch, struct oc_par *par, struct oc_err *err);
    void (*prim_free)(struct eng_prim *p); /* NULL is fine */
};

extern const struct eng_backend eng_backend_reference;
#ifdef OC_WITH_OPENBLAS
extern const struct eng_backend eng_backend_openblas;
#endif
#ifdef OC_WITH_DNNL
extern const struct eng_backend eng_backend_onednn;
#endif

/* By name; NULL = the default: the first available of onednn, openblas, reference (sanitizer builds: reference). OC_E_INVALID lists the
 * names. */
enum oc_status eng_backend_find(const char *name, const struct eng_backend **out, struct oc_err *err) OC_MUST_CHECK;

#endif

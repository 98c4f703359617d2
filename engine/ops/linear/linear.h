/*
 * What Conv, ConvTranspose, Gemm and MatMul share: a prepared product of a backend, a tail for what the backend's
 * product does not do itself, and plain loops for the element types and ranks that backends do not know.
 */
#ifndef ENG_OPS_LINEAR_H
#define ENG_OPS_LINEAR_H

#include "engine/backend/backend.h"
#include "engine/ops/nn/window.h"
#include "engine/ops/op.h"

/* A convolution of any of 1 to 3 spatial dimensions. Sizes are checked; transposed: window.in is what the output scatters from. */
struct eng_conv_shape {
    int64_t n, c_in, c_out, groups;
    struct eng_window window;
    bool transposed, channels_last;
    bool planes; /* channels_last, but the input is N,C,H,W (attribute "planes", which the layout pass sets) */
};

/*
 * Finishes a convolution's prepare: chooses own kernel, backend or plain loops by type and rank. Inputs of the node: X, W, B.
 */
enum oc_status eng_conv_kernel(const struct eng_prepare *c, const struct eng_conv_shape *shape, struct eng_kernel *k) OC_MUST_CHECK;

/* A matrix product with any number of batch dimensions; the last ones go to the backend's desc.batch, the others are looped over. */
struct eng_product {
    struct eng_gemm_desc desc; /* without constants, post and threads: eng_product_kernel sets them */
    int n_loop;
    int64_t loop[LIM_TENSOR_RANK], a_step[LIM_TENSOR_RANK], b_step[LIM_TENSOR_RANK], c_step[LIM_TENSOR_RANK]; /* elements */
};

/* C of Gemm: broadcast to [m, n] by strides of 0 or more; value NULL = none. */
struct eng_addend {
    const struct eng_value *value;
    int input; /* its index among the node's inputs */
    float beta;
    int64_t row_stride, col_stride;
};

enum oc_status eng_product_kernel(const struct eng_prepare *c, const struct eng_product *p, const struct eng_addend *add,
                                  struct eng_kernel *k) OC_MUST_CHECK;

/* Sets p's batch dimensions from `rank` of them with strides in elements: drops those of size 1, merges neighbours, and moves the
   innermost into m when B is the same for all of it. desc's m, n, k and matrix strides must be set. */
void eng_product_batches(struct eng_product *p, int rank, const int64_t *dim, const int64_t *a, const int64_t *b, const int64_t *c);

/* Plain loops for any type, sums in double (integers: modulo 2^64). bias, y as dtype; bias may be NULL. */
void eng_plain_conv(enum eng_dtype t, const struct eng_conv_shape *s, const void *x, const void *w, const void *bias, void *y,
                    struct oc_par *par);
void eng_plain_gemm(enum eng_dtype t, const struct eng_product *p, const struct eng_addend *add, const void *a, const void *b,
                    const void *c_in, void *c);

#endif

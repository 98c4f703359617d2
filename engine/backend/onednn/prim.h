/* What the files of the oneDNN backend share: the prepared primitive, its attributes, packing, and the library's engine. */
#ifndef ENG_BACKEND_ONEDNN_PRIM_H
#define ENG_BACKEND_ONEDNN_PRIM_H

#include "engine/backend/backend.h"
#include "engine/backend/onednn/shim.h"
#include "engine/backend/weights.h"

enum { PRIM_SETS = 8 }; /* argument sets kept for reuse: as many threads can run a primitive without creating one */

/* Memory objects of one execution. They carry the pointers, so two threads cannot share a set. */
struct prim_set {
    dnnl_memory_t src, weights, bias, dst, scratch;
    dnnl_stream_t stream;
};

struct eng_prim {
    dnnl_primitive_desc_t pd;
    dnnl_primitive_t primitive;
    int threads;
    const float *weights, *bias; /* packed or plain constants; NULL = at run time */
    bool has_bias;
    /* where the residual goes before the result is added to it; rows 0 = there is none */
    int64_t residual_rows, residual_cols, residual_stride, residual_batch[2], residual_batch_stride[2];
    const char *name;
    _Atomic(struct prim_set *) sets[PRIM_SETS];
};

/* The library's engine, made once; NULL when it cannot be. */
dnnl_engine_t eng_onednn_engine(void);
/* Compute threads of the calling thread from now on. */
void eng_onednn_set_threads(int threads);
/* OC_E_INTERNAL or OC_E_NOMEM with the library's status. */
enum oc_status eng_onednn_fail(struct oc_err *err, const char *what, dnnl_status_t st);
/* Attributes: user scratchpad, precision, and post-operations: alpha (1 = none), residual as a sum, activation. The caller destroys it. */
dnnl_status_t eng_onednn_attr(const struct eng_post *post, float alpha, enum eng_precision precision, dnnl_primitive_attr_t *out);
/* Packs a constant that lies as `plain` into the layout that the primitive wants, through eng_weights. */
enum oc_status eng_onednn_pack(struct eng_weights *w, const struct eng_const *source, eng_shim_md_ref plain, eng_shim_md_ref wanted,
                               const float **packed, struct oc_err *err);
/* Takes pd over (also on error) and makes the primitive. */
enum oc_status eng_onednn_prim_new_take(dnnl_primitive_desc_t pd, int threads, struct eng_prim **out, size_t *scratch_bytes,
                                        struct oc_err *err);
/* The first set of arguments, when weights and bias are in place: a first run then allocates nothing; only threads that run at once make
 * more. */
enum oc_status eng_onednn_prim_ready(struct eng_prim *p, struct oc_err *err) OC_MUST_CHECK;
void eng_onednn_prim_free(struct eng_prim *p);
enum oc_status eng_onednn_execute(const struct eng_prim *p, const float *src, const float *weights, const float *bias, float *dst,
                                  void *scratch, struct oc_err *err);

enum oc_status eng_onednn_conv_prepare(const struct eng_conv_desc *d, struct eng_weights *w, struct eng_prim **out, size_t *scratch_bytes,
                                       const char **impl, struct oc_err *err);
enum oc_status eng_onednn_gemm_prepare(const struct eng_gemm_desc *d, struct eng_weights *w, struct eng_prim **out, size_t *scratch_bytes,
                                       const char **impl, struct oc_err *err);

#endif

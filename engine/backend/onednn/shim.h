/*
 * The differences between oneDNN's second and third C interface, so that the backend is written once: memory
 * descriptors are structs in v2 and handles in v3, operation descriptors are gone in v3, post-operations lost their scale.
 * Every call of the library is in this folder.
 */
#ifndef ENG_BACKEND_ONEDNN_SHIM_H
#define ENG_BACKEND_ONEDNN_SHIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <dnnl.h>

#define ENG_SHIM_DIMS 5 /* group, out, in, height, width */

#if DNNL_VERSION_MAJOR >= 3
typedef const_dnnl_memory_desc_t eng_shim_md_ref;
#else
typedef const dnnl_memory_desc_t *eng_shim_md_ref;
#endif

/* An owned descriptor; none: no such tensor. */
struct eng_shim_md {
    bool some;
    dnnl_memory_desc_t v;
};

/* f32 with strides in elements; strides NULL: any layout that the primitive likes. */
dnnl_status_t eng_shim_md_init(struct eng_shim_md *md, int rank, const int64_t *dims, const int64_t *strides);
void eng_shim_md_free(struct eng_shim_md *md);
/* For calls; NULL when there is none. */
eng_shim_md_ref eng_shim_md(const struct eng_shim_md *md);
size_t eng_shim_md_bytes(eng_shim_md_ref md);
bool eng_shim_md_equal(eng_shim_md_ref a, eng_shim_md_ref b);
/* Two 64-bit hashes of the layout: packed weights of one source with the same hash are the same bytes. */
void eng_shim_md_fingerprint(eng_shim_md_ref md, uint64_t hash[2]);

/* The product times alpha: an attribute of its own in v2, whose injector mixes up two linear post-operations. */
dnnl_status_t eng_shim_scale(dnnl_primitive_attr_t attr, dnnl_post_ops_t ops, float alpha);
dnnl_status_t eng_shim_post_eltwise(dnnl_post_ops_t ops, dnnl_alg_kind_t kind, float alpha, float beta);
dnnl_status_t eng_shim_post_sum(dnnl_post_ops_t ops);

struct eng_shim_conv {
    bool transposed;
    const struct eng_shim_md *src, *weights, *bias, *dst;
    dnnl_dims_t strides, dilates, pad_begin, pad_end; /* dilates: 0 = dense */
};
dnnl_status_t eng_shim_pd_conv(dnnl_primitive_desc_t *pd, const struct eng_shim_conv *c, dnnl_primitive_attr_t attr, dnnl_engine_t engine);
dnnl_status_t eng_shim_pd_matmul(dnnl_primitive_desc_t *pd, const struct eng_shim_md *src, const struct eng_shim_md *weights,
                                 const struct eng_shim_md *bias, const struct eng_shim_md *dst, dnnl_primitive_attr_t attr,
                                 dnnl_engine_t engine);
dnnl_status_t eng_shim_pd_inner_product(dnnl_primitive_desc_t *pd, const struct eng_shim_md *src, const struct eng_shim_md *weights,
                                        const struct eng_shim_md *bias, const struct eng_shim_md *dst, dnnl_primitive_attr_t attr,
                                        dnnl_engine_t engine);
dnnl_status_t eng_shim_pd_reorder(dnnl_primitive_desc_t *pd, eng_shim_md_ref from, eng_shim_md_ref to, dnnl_engine_t engine);
/* The implementation's name, static. */
const char *eng_shim_pd_impl(const_dnnl_primitive_desc_t pd);
/* A descriptor of the primitive; borrowed from it. */
eng_shim_md_ref eng_shim_pd_md(const_dnnl_primitive_desc_t pd, dnnl_query_t what);
dnnl_status_t eng_shim_memory(dnnl_memory_t *mem, eng_shim_md_ref md, dnnl_engine_t engine, void *data);

#endif

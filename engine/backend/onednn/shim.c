/* See shim.h. */
#ifdef OC_WITH_DNNL
#include "engine/backend/onednn/shim.h"
#include <string.h>

static uint64_t fnv(uint64_t h, const void *p, size_t n)
{
    const unsigned char *b = p;
    for (size_t i = 0; i < n; i++)
        h = (h ^ b[i]) * 1099511628211u;
    return h;
}

dnnl_status_t eng_shim_post_sum(dnnl_post_ops_t ops)
{
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_post_ops_append_sum(ops, 1.0f, 0, dnnl_data_type_undef);
#else
    return dnnl_post_ops_append_sum(ops, 1.0f);
#endif
}

dnnl_status_t eng_shim_post_eltwise(dnnl_post_ops_t ops, dnnl_alg_kind_t kind, float alpha, float beta)
{
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_post_ops_append_eltwise(ops, kind, alpha, beta);
#else
    return dnnl_post_ops_append_eltwise(ops, 1.0f, kind, alpha, beta);
#endif
}

dnnl_status_t eng_shim_scale(dnnl_primitive_attr_t attr, dnnl_post_ops_t ops, float alpha)
{
#if DNNL_VERSION_MAJOR >= 3
    (void)attr;
    return eng_shim_post_eltwise(ops, dnnl_eltwise_linear, alpha, 0.0f);
#else
    (void)ops;
    return dnnl_primitive_attr_set_output_scales(attr, 1, 0, &alpha);
#endif
}

#if DNNL_VERSION_MAJOR >= 3

dnnl_status_t eng_shim_md_init(struct eng_shim_md *md, int rank, const int64_t *dims, const int64_t *strides)
{
    dnnl_dims_t d, s;
    memcpy(d, dims, (size_t)rank * sizeof *dims);
    if (strides)
        memcpy(s, strides, (size_t)rank * sizeof *strides);
    dnnl_status_t st = strides ? dnnl_memory_desc_create_with_strides(&md->v, rank, d, dnnl_f32, s)
                               : dnnl_memory_desc_create_with_tag(&md->v, rank, d, dnnl_f32, dnnl_format_tag_any);
    md->some = st == dnnl_success;
    return st;
}

void eng_shim_md_free(struct eng_shim_md *md)
{
    if (md->some)
        dnnl_memory_desc_destroy(md->v);
    md->some = false;
}

eng_shim_md_ref eng_shim_md(const struct eng_shim_md *md)
{
    return md && md->some ? md->v : NULL;
}

bool eng_shim_md_equal(eng_shim_md_ref a, eng_shim_md_ref b)
{
    return dnnl_memory_desc_equal(a, b);
}

void eng_shim_md_fingerprint(eng_shim_md_ref md, uint64_t hash[2])
{
    int rank = 0, blocks = 0;
    dnnl_dims_t *v = NULL;
    dnnl_memory_desc_query(md, dnnl_query_ndims_s32, &rank);
    hash[0] = 1469598103934665603u;
    hash[1] = 1099511628211u ^ (uint64_t)rank;
    const dnnl_query_t by_dimension[] = {dnnl_query_dims, dnnl_query_padded_dims, dnnl_query_strides};
    for (int q = 0; q < 3; q++)
        if (dnnl_memory_desc_query(md, by_dimension[q], &v) == dnnl_success)
            for (int h = 0; h < 2; h++)
                hash[h] = fnv(hash[h], *v, (size_t)rank * sizeof(int64_t));
    dnnl_memory_desc_query(md, dnnl_query_inner_nblks_s32, &blocks);
    const dnnl_query_t by_block[] = {dnnl_query_inner_blks, dnnl_query_inner_idxs};
    for (int q = 0; q < 2; q++)
        if (dnnl_memory_desc_query(md, by_block[q], &v) == dnnl_success)
            for (int h = 0; h < 2; h++)
                hash[h] = fnv(hash[h], *v, (size_t)blocks * sizeof(int64_t));
}

dnnl_status_t eng_shim_pd_conv(dnnl_primitive_desc_t *pd, const struct eng_shim_conv *c, dnnl_primitive_attr_t attr, dnnl_engine_t engine)
{
    if (c->transposed)
        return dnnl_deconvolution_forward_primitive_desc_create(
            pd, engine, dnnl_forward_inference, dnnl_deconvolution_direct, eng_shim_md(c->src), eng_shim_md(c->weights),
            eng_shim_md(c->bias), eng_shim_md(c->dst), c->strides, c->dilates, c->pad_begin, c->pad_end, attr);
    return dnnl_convolution_forward_primitive_desc_create(pd, engine, dnnl_forward_inference, dnnl_convolution_direct, eng_shim_md(c->src),
                                                          eng_shim_md(c->weights), eng_shim_md(c->bias), eng_shim_md(c->dst), c->strides,
                                                          c->dilates, c->pad_begin, c->pad_end, attr);
}

dnnl_status_t eng_shim_pd_matmul(dnnl_primitive_desc_t *pd, const struct eng_shim_md *src, const struct eng_shim_md *weights,
                                 const struct eng_shim_md *bias, const struct eng_shim_md *dst, dnnl_primitive_attr_t attr,
                                 dnnl_engine_t engine)
{
    return dnnl_matmul_primitive_desc_create(pd, engine, eng_shim_md(src), eng_shim_md(weights), eng_shim_md(bias), eng_shim_md(dst), attr);
}

dnnl_status_t eng_shim_pd_inner_product(dnnl_primitive_desc_t *pd, const struct eng_shim_md *src, const struct eng_shim_md *weights,
                                        const struct eng_shim_md *bias, const struct eng_shim_md *dst, dnnl_primitive_attr_t attr,
                                        dnnl_engine_t engine)
{
    return dnnl_inner_product_forward_primitive_desc_create(pd, engine, dnnl_forward_inference, eng_shim_md(src), eng_shim_md(weights),
                                                            eng_shim_md(bias), eng_shim_md(dst), attr);
}

#else

dnnl_status_t eng_shim_md_init(struct eng_shim_md *md, int rank, const int64_t *dims, const int64_t *strides)
{
    dnnl_status_t st = strides ? dnnl_memory_desc_init_by_strides(&md->v, rank, dims, dnnl_f32, strides)
                               : dnnl_memory_desc_init_by_tag(&md->v, rank, dims, dnnl_f32, dnnl_format_tag_any);
    md->some = st == dnnl_success;
    return st;
}

void eng_shim_md_free(struct eng_shim_md *md)
{
    md->some = false;
}

eng_shim_md_ref eng_shim_md(const struct eng_shim_md *md)
{
    return md && md->some ? &md->v : NULL;
}

bool eng_shim_md_equal(eng_shim_md_ref a, eng_shim_md_ref b)
{
    return dnnl_memory_desc_equal(a, b);
}

void eng_shim_md_fingerprint(eng_shim_md_ref md, uint64_t hash[2])
{
    hash[0] = fnv(1469598103934665603u, md, sizeof *md);
    hash[1] = fnv(1099511628211u, md, sizeof *md);
}

dnnl_status_t eng_shim_pd_conv(dnnl_primitive_desc_t *pd, const struct eng_shim_conv *c, dnnl_primitive_attr_t attr, dnnl_engine_t engine)
{
    if (c->transposed) {
        dnnl_deconvolution_desc_t d;
        dnnl_status_t st = dnnl_dilated_deconvolution_forward_desc_init(
            &d, dnnl_forward_inference, dnnl_deconvolution_direct, eng_shim_md(c->src), eng_shim_md(c->weights), eng_shim_md(c->bias),
            eng_shim_md(c->dst), c->strides, c->dilates, c->pad_begin, c->pad_end);
        return st == dnnl_success ? dnnl_primitive_desc_create(pd, &d, attr, engine, NULL) : st;
    }
    dnnl_convolution_desc_t d;
    dnnl_status_t st = dnnl_dilated_convolution_forward_desc_init(&d, dnnl_forward_inference, dnnl_convolution_direct, eng_shim_md(c->src),
                                                                  eng_shim_md(c->weights), eng_shim_md(c->bias), eng_shim_md(c->dst),
                                                                  c->strides, c->dilates, c->pad_begin, c->pad_end);
    return st == dnnl_success ? dnnl_primitive_desc_create(pd, &d, attr, engine, NULL) : st;
}

dnnl_status_t eng_shim_pd_matmul(dnnl_primitive_desc_t *pd, const struct eng_shim_md *src, const struct eng_shim_md *weights,
                                 const struct eng_shim_md *bias, const struct eng_shim_md *dst, dnnl_primitive_attr_t attr,
                                 dnnl_engine_t engine)
{
    dnnl_matmul_desc_t d;
    dnnl_status_t st = dnnl_matmul_desc_init(&d, eng_shim_md(src), eng_shim_md(weights), eng_shim_md(bias), eng_shim_md(dst));
    return st == dnnl_success ? dnnl_primitive_desc_create(pd, &d, attr, engine, NULL) : st;
}

dnnl_status_t eng_shim_pd_inner_product(dnnl_primitive_desc_t *pd, const struct eng_shim_md *src, const struct eng_shim_md *weights,
                                        const struct eng_shim_md *bias, const struct eng_shim_md *dst, dnnl_primitive_attr_t attr,
                                        dnnl_engine_t engine)
{
    dnnl_inner_product_desc_t d;
    dnnl_status_t st = dnnl_inner_product_forward_desc_init(&d, dnnl_forward_inference, eng_shim_md(src), eng_shim_md(weights),
                                                            eng_shim_md(bias), eng_shim_md(dst));
    return st == dnnl_success ? dnnl_primitive_desc_create(pd, &d, attr, engine, NULL) : st;
}

#endif

size_t eng_shim_md_bytes(eng_shim_md_ref md)
{
    return md ? dnnl_memory_desc_get_size(md) : 0;
}

dnnl_status_t eng_shim_pd_reorder(dnnl_primitive_desc_t *pd, eng_shim_md_ref from, eng_shim_md_ref to, dnnl_engine_t engine)
{
    return dnnl_reorder_primitive_desc_create(pd, from, engine, to, engine, NULL);
}

const char *eng_shim_pd_impl(const_dnnl_primitive_desc_t pd)
{
    const char *name = NULL;
    return dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &name) == dnnl_success && name ? name : "onednn";
}

eng_shim_md_ref eng_shim_pd_md(const_dnnl_primitive_desc_t pd, dnnl_query_t what)
{
    return dnnl_primitive_desc_query_md(pd, what, 0);
}

dnnl_status_t eng_shim_memory(dnnl_memory_t *mem, eng_shim_md_ref md, dnnl_engine_t engine, void *data)
{
    return dnnl_memory_create(mem, md, engine, data);
}
#else
typedef int eng_no_onednn_shim;
#endif

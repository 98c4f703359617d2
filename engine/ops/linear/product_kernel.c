/*
 * From a matrix product's shape to something that runs: the backend's gemm for f32, plain loops for other types.
 * Gemm's C becomes the product's bias where it is one row added once; otherwise a tail adds it.
 */
#include "base/mem.h"
#include "engine/backend/post.h"
#include "engine/ops/linear/linear.h"
#include "engine/ops/types.h"
#include <string.h>

struct product_state {
    const struct eng_backend *backend; /* NULL: plain loops */
    struct eng_prim *prim;
    struct eng_product product;
    struct eng_addend add;
    struct eng_const *scaled_bias; /* a reference; beta * C */
    enum eng_dtype dtype;
    bool empty, runtime_b;
    int bias_input;     /* the node's input that is the product's bias at run time; -1 = none */
    bool bias_is_fused; /* the fused bias is the product's, at run time */
    bool tail;
    struct eng_post post;
};

static void state_free(void *p)
{
    struct product_state *s = p;
    if (s && s->backend)
        s->backend->prim_free(s->prim);
    if (s)
        eng_const_unref(s->scaled_bias);
    oc_mem_free(s);
}

/* The tail of Gemm: the rows of one matrix (no batches). */
static void run_tail(const struct product_state *s, const struct eng_call *call)
{
    const struct eng_gemm_desc *d = &s->product.desc;
    float *y = call->out[0].data;
    const float *bias = call->bias ? call->bias->data : NULL;
    const float *residual = call->residual ? call->residual->data : NULL;
    const float *c = s->add.value && s->bias_input < 0 && !s->scaled_bias ? call->in[s->add.input].data : NULL;
    size_t n = (size_t)d->n, rows = (size_t)(eng_shape_count(&call->out[0].shape) / d->n);
    for (size_t m = 0; c && m < rows; m++)
        for (size_t i = 0; i < n; i++)
            y[m * n + i] += s->add.beta * c[(int64_t)m * s->add.row_stride + (int64_t)i * s->add.col_stride];
    eng_post_rows(eng_kernels(), &s->post, bias, residual, y, rows, n);
}

static enum oc_status run_product(const struct product_state *s, const struct eng_call *call)
{
    const struct eng_product *p = &s->product;
    const float *a = call->in[0].data, *b = s->runtime_b ? call->in[1].data : NULL;
    const float *bias = s->bias_input >= 0 ? call->in[s->bias_input].data : s->bias_is_fused ? call->bias->data : NULL;
    const float *residual = call->residual && !s->tail ? call->residual->data : NULL;
    float *c = call->out[0].data;
    int64_t at[LIM_TENSOR_RANK] = {0}, total = 1;
    for (int l = 0; l < p->n_loop; l++)
        total *= p->loop[l];
    for (int64_t i = 0; i < total; i++) {
        int64_t pa = 0, pb = 0, pc = 0;
        for (int l = 0; l < p->n_loop; l++) {
            pa += at[l] * p->a_step[l];
            pb += at[l] * p->b_step[l];
            pc += at[l] * p->c_step[l];
        }
        enum oc_status st = s->backend->gemm_run(s->prim, a + pa, b ? b + pb : NULL, bias, residual ? residual + pc : NULL, c + pc,
                                                 call->scratch, call->par, call->err);
        if (st)
            return st;
        for (int l = p->n_loop - 1; l >= 0 && ++at[l] == p->loop[l]; l--)
            at[l] = 0;
    }
    return OC_OK;
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct product_state *s = k->state;
    if (s->empty)
        return OC_OK;
    if (!s->backend) {
        eng_plain_gemm(s->dtype, &s->product, &s->add, call->in[0].data, call->in[1].data,
                       s->add.value ? call->in[s->add.input].data : NULL, call->out[0].data);
        if (s->tail)
            eng_post_rows(eng_kernels(), &s->post, call->bias ? call->bias->data : NULL, call->residual ? call->residual->data : NULL,
                          call->out[0].data, (size_t)(eng_shape_count(&call->out[0].shape) / s->product.desc.n), (size_t)s->product.desc.n);
        return OC_OK;
    }
    enum oc_status st = run_product(s, call);
    if (!st && s->tail)
        run_tail(s, call);
    return st;
}

void eng_product_batches(struct eng_product *p, int rank, const int64_t *dim, const int64_t *a, const int64_t *b, const int64_t *c)
{
    struct eng_gemm_desc *d = &p->desc;
    int n = 0; /* dimensions kept so far, outermost first, in the loop arrays */
    for (int i = 0; i < rank; i++) {
        if (dim[i] == 1)
            continue;
        int last = n - 1;
        bool merge = n > 0 && p->a_step[last] == a[i] * dim[i] && p->b_step[last] == b[i] * dim[i] && p->c_step[last] == c[i] * dim[i];
        int at = merge ? last : n++;
        p->loop[at] = merge ? p->loop[at] * dim[i] : dim[i];
        p->a_step[at] = a[i];
        p->b_step[at] = b[i];
        p->c_step[at] = c[i];
    }
    if (n > 0 && p->b_step[n - 1] == 0 && p->a_step[n - 1] == d->m * d->a_row_stride && p->c_step[n - 1] == d->m * d->c_row_stride)
        d->m *= p->loop[--n]; /* one B for all: the batch is more rows */
    d->batch[0] = d->batch[1] = 1;
    for (int level = 1; level >= 0 && n > 0; level--) {
        n--;
        d->batch[level] = p->loop[n];
        d->a_batch_stride[level] = p->a_step[n];
        d->b_batch_stride[level] = p->b_step[n];
        d->c_batch_stride[level] = p->c_step[n];
    }
    p->n_loop = n;
}

/* beta * C as a new constant row. */
static enum oc_status scale_bias(const struct eng_addend *add, int64_t n, struct eng_const **out, struct oc_err *err)
{
    struct eng_shape shape = {1, {n}};
    enum oc_status st = eng_const_new(ENG_DT_F32, &shape, out, err);
    if (st)
        return st;
    const float *c = add->value->constant->t.data;
    float *row = (*out)->t.data;
    for (int64_t i = 0; i < n; i++)
        row[i] = add->beta * c[i * add->col_stride];
    return OC_OK;
}

/* Decides where C, the fused bias, residual and activation are added: by the product, or by the tail. */
static enum oc_status place_addends(const struct eng_prepare *c, struct product_state *s, struct eng_gemm_desc *d)
{
    const struct eng_fused *fused = &c->node->fused;
    const struct eng_addend *add = &s->add;
    struct eng_post post = {fused->act, fused->alpha, fused->beta, c->residual != NULL};
    s->post = post;
    s->bias_input = -1;
    bool scaled = d->alpha != 1.0f; /* backends scale what they added, too: then all is added in the tail */
    const struct eng_value *row = add->value && !scaled && add->row_stride == 0 &&
                                          (add->value->constant || (add->beta == 1.0f && add->col_stride == 1))
                                      ? add->value
                                      : NULL;
    s->tail = (add->value && !row) || (row && c->bias) || (scaled && (c->bias || c->residual));
    if (row && row->constant) {
        enum oc_status st = scale_bias(add, d->n, &s->scaled_bias, c->err);
        if (st)
            return st;
        d->bias = s->scaled_bias;
        d->has_bias = true;
    } else if (row) {
        s->bias_input = add->input;
        d->has_bias = true;
    } else if (c->bias && !s->tail) {
        d->bias = c->bias->constant;
        d->has_bias = true;
        s->bias_is_fused = !c->bias->constant;
    }
    if (!s->tail)
        d->post = post;
    return OC_OK;
}

enum oc_status eng_product_kernel(const struct eng_prepare *c, const struct eng_product *p, const struct eng_addend *add,
                                  struct eng_kernel *k)
{
    struct product_state *s = oc_mem_zero(OC_MEM_MODEL, sizeof *s);
    if (!s)
        return oc_err_nomem(c->err, "matrix product", sizeof *s);
    k->state = s;
    k->free_state = state_free;
    k->run = run;
    s->product = *p;
    s->dtype = c->in[0]->dtype;
    if (add)
        s->add = *add;
    struct eng_gemm_desc *d = &s->product.desc;
    bool something = c->bias || c->residual || c->node->fused.act != ENG_ACT_NONE;
    s->empty = eng_shape_count(&c->out[0]->shape) == 0;
    if (something && s->dtype != ENG_DT_F32)
        return eng_bad_node(c->err, c->node, "something was fused behind a %s product", eng_dtype_name(s->dtype));
    if (s->dtype != ENG_DT_F32 || d->k == 0 || s->empty) {
        s->tail = something;
        s->post = (struct eng_post){c->node->fused.act, c->node->fused.alpha, c->node->fused.beta, c->residual != NULL};
        k->impl = "gemm/plain";
        return OC_OK;
    }
    enum oc_status st = place_addends(c, s, d);
    if (st)
        return st;
    k->residual_in_place = !s->tail; /* a tail reads it after the product was stored */
    s->runtime_b = !c->in[1]->constant || p->n_loop > 0 || d->b_batch_stride[0] || d->b_batch_stride[1];
    d->b_const = s->runtime_b ? NULL : c->in[1]->constant;
    d->precision = c->precision;
    d->threads = c->threads;
    s->backend = c->backend;
    st = s->backend->gemm_prepare(d, c->weights, &s->prim, &k->scratch_bytes, &k->impl, c->err);
    if (st == OC_DECLINED) {
        s->backend = &eng_backend_reference;
        st = s->backend->gemm_prepare(d, c->weights, &s->prim, &k->scratch_bytes, &k->impl, c->err);
    }
    if (st)
        s->backend = NULL;
    return st;
}

/*
 * From a convolution's shape to something that runs: the backend's product (one or two spatial dimensions, f32),
 * or plain loops. Where a node has a bias of its own and a fused one as well, the second is added in a tail.
 */
#include "base/mem.h"
#include "engine/backend/own/own.h"
#include "engine/backend/post.h"
#include "engine/ops/linear/linear.h"
#include "engine/ops/types.h"

struct conv_state {
    const struct eng_backend *backend; /* NULL: plain loops */
    struct eng_prim *prim;
    struct eng_conv_shape shape;
    enum eng_dtype dtype;
    int n_in;
    bool empty, runtime_weight, runtime_bias; /* bias that the product adds comes at run time */
    bool bias_is_fused;                       /* the product's bias is the fused one */
    bool tail;                                /* post is applied afterwards: fused bias, residual, activation */
    struct eng_post post;
};

static void state_free(void *p)
{
    struct conv_state *s = p;
    if (s && s->backend)
        s->backend->prim_free(s->prim);
    oc_mem_free(s);
}

static int64_t spatial(const int64_t *size, int dims)
{
    int64_t n = 1;
    for (int d = 0; d < dims; d++)
        n *= size[d];
    return n;
}

static void run_tail(const struct conv_state *s, const struct eng_call *call)
{
    const struct eng_kernels *k = eng_kernels();
    float *y = call->out[0].data;
    const float *bias = call->bias ? call->bias->data : NULL;
    const float *residual = call->residual ? call->residual->data : NULL;
    size_t plane = (size_t)spatial(s->shape.window.out, s->shape.window.dims), channels = (size_t)s->shape.c_out;
    if (s->shape.channels_last) {
        eng_post_rows(k, &s->post, bias, residual, y, (size_t)s->shape.n * plane, channels);
        return;
    }
    for (size_t i = 0; i < (size_t)s->shape.n * channels; i++)
        eng_post_plane(k, &s->post, bias ? bias[i % channels] : 0.0f, residual ? residual + i * plane : NULL, y + i * plane, plane);
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct conv_state *s = k->state;
    if (s->empty)
        return OC_OK;
    const struct eng_tensor *own = eng_call_in(call, s->n_in, 2), *bias = s->bias_is_fused ? call->bias : own;
    enum oc_status st = OC_OK;
    if (!s->backend)
        eng_plain_conv(s->dtype, &s->shape, call->in[0].data, call->in[1].data, own ? own->data : NULL, call->out[0].data, call->par);
    else
        st = s->backend->conv_run(s->prim, call->in[0].data, s->runtime_weight ? call->in[1].data : NULL,
                                  s->runtime_bias && bias ? bias->data : NULL, call->residual ? call->residual->data : NULL,
                                  call->out[0].data, call->scratch, call->par, call->err);
    if (!st && s->tail)
        run_tail(s, call);
    return st;
}

static void fill_desc(const struct eng_prepare *c, const struct eng_conv_shape *shape, const struct eng_value *bias, bool tail,
                      struct eng_conv_desc *d)
{
    const struct eng_window *w = &shape->window;
    int x = w->dims - 1; /* one dimension: a picture of height 1 */
    *d = (struct eng_conv_desc){
        .n = shape->n,
        .c_in = shape->c_in,
        .c_out = shape->c_out,
        .groups = shape->groups,
        .h_in = x ? w->in[0] : 1,
        .w_in = w->in[x],
        .h_out = x ? w->out[0] : 1,
        .w_out = w->out[x],
        .kh = x ? w->kernel[0] : 1,
        .kw = w->kernel[x],
        .stride_h = x ? w->stride[0] : 1,
        .stride_w = w->stride[x],
        .dil_h = x ? w->dilation[0] : 1,
        .dil_w = w->dilation[x],
        .pad_top = x ? w->pad_begin[0] : 0,
        .pad_left = w->pad_begin[x],
        .pad_bottom = x ? w->pad_end[0] : 0,
        .pad_right = w->pad_end[x],
        .transposed = shape->transposed,
        .channels_last = shape->channels_last,
        .planes = shape->planes,
        .weight = c->in[1]->constant,
        .bias = bias ? bias->constant : NULL,
        .has_bias = bias != NULL,
        .precision = c->precision,
        .threads = c->threads,
    };
    if (!tail)
        d->post = (struct eng_post){c->node->fused.act, c->node->fused.alpha, c->node->fused.beta, c->residual != NULL};
}

/* Own kernels first, then the backend, then the reference, each of which may decline. */
static enum oc_status choose(const struct eng_prepare *c, const struct eng_conv_desc *d, struct conv_state *s, struct eng_kernel *k)
{
    const struct eng_backend *candidates[] = {c->backend->channels_last ? &eng_backend_own : NULL, c->backend, &eng_backend_reference};
    for (size_t i = 0; i < OC_ARRAY_LEN(candidates); i++) {
        if (!candidates[i])
            continue;
        enum oc_status st = candidates[i]->conv_prepare(d, c->weights, &s->prim, &k->scratch_bytes, &k->impl, c->err);
        if (st == OC_DECLINED)
            continue;
        if (!st)
            s->backend = candidates[i];
        return st;
    }
    return eng_bad_node(c->err, c->node, "no backend takes this convolution");
}

enum oc_status eng_conv_kernel(const struct eng_prepare *c, const struct eng_conv_shape *shape, struct eng_kernel *k)
{
    const struct eng_value *own = eng_prepare_in(c, 2);
    const struct eng_fused *fused = &c->node->fused;
    struct conv_state *s = oc_mem_zero(OC_MEM_MODEL, sizeof *s);
    if (!s)
        return oc_err_nomem(c->err, "convolution", sizeof *s);
    k->state = s;
    k->free_state = state_free;
    k->run = run;
    s->shape = *shape;
    s->dtype = c->in[0]->dtype;
    s->n_in = c->n_in;
    s->post = (struct eng_post){fused->act, fused->alpha, fused->beta, c->residual != NULL};
    s->empty = eng_shape_count(&c->out[0]->shape) == 0;
    bool plain = s->dtype != ENG_DT_F32 || shape->window.dims > 2 || s->empty;
    bool something = c->bias || c->residual || fused->act != ENG_ACT_NONE;
    if (something && s->dtype != ENG_DT_F32)
        return eng_bad_node(c->err, c->node, "something was fused behind a %s convolution", eng_dtype_name(s->dtype));
    if (plain) {
        s->tail = something;
        k->impl = "conv/plain";
        return OC_OK;
    }
    s->tail = own && c->bias;
    s->bias_is_fused = !own && c->bias;
    const struct eng_value *bias = own ? own : c->bias;
    s->runtime_weight = !c->in[1]->constant;
    s->runtime_bias = bias && !bias->constant;
    k->residual_in_place = !s->tail; /* a tail reads it after the product was stored */
    struct eng_conv_desc d;
    fill_desc(c, shape, bias, s->tail, &d);
    return choose(c, &d, s, k);
}

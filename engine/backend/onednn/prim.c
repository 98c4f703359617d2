/*
 * Primitives and how they run. A primitive is immutable; what changes with each run are memory objects, which are
 * kept in sets that a run takes and gives back, so that running creates nothing. The library itself still makes a
 * small table of arguments in each execution.
 */
#ifdef OC_WITH_DNNL
#include "engine/backend/onednn/prim.h"
#include "base/mem.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static dnnl_engine_t engine;
static void (*omp_threads)(int); /* omp_set_num_threads, where the library was built with OpenMP */

static void start(void)
{
    union { /* dlsym gives an object pointer; POSIX says that it may be a function's */
        void *object;
        void (*function)(int);
    } symbol = {dlsym(RTLD_DEFAULT, "omp_set_num_threads")};
    omp_threads = symbol.function;
    if (dnnl_engine_create(&engine, dnnl_cpu, 0) != dnnl_success)
        engine = NULL;
}

dnnl_engine_t eng_onednn_engine(void)
{
    pthread_once(&once, start);
    return engine;
}

void eng_onednn_set_threads(int threads)
{
    static _Thread_local int current;
    if (current == threads || !omp_threads)
        return;
    omp_threads(threads);
    current = threads;
}

enum oc_status eng_onednn_fail(struct oc_err *err, const char *what, dnnl_status_t st)
{
    return oc_err_set(err, st == dnnl_out_of_memory ? OC_E_NOMEM : OC_E_INTERNAL, "oneDNN: %s: status %d", what, (int)st);
}

static dnnl_status_t append_activation(dnnl_post_ops_t ops, const struct eng_post *post)
{
    switch (post->act) {
    case ENG_ACT_NONE:
    case ENG_ACT_COUNT:
        break;
    case ENG_ACT_RELU:
        return eng_shim_post_eltwise(ops, dnnl_eltwise_relu, 0.0f, 0.0f);
    case ENG_ACT_LEAKY:
        return eng_shim_post_eltwise(ops, dnnl_eltwise_relu, post->alpha, 0.0f);
    case ENG_ACT_CLIP:
        return eng_shim_post_eltwise(ops, dnnl_eltwise_clip, post->alpha, post->beta);
    case ENG_ACT_SIGMOID:
        return eng_shim_post_eltwise(ops, dnnl_eltwise_logistic, 0.0f, 0.0f);
    case ENG_ACT_TANH:
        return eng_shim_post_eltwise(ops, dnnl_eltwise_tanh, 0.0f, 0.0f);
    case ENG_ACT_SILU:
        return eng_shim_post_eltwise(ops, dnnl_eltwise_swish, post->alpha, 0.0f);
    case ENG_ACT_HARDSIGMOID: {
        dnnl_status_t st = eng_shim_post_eltwise(ops, dnnl_eltwise_linear, post->alpha, post->beta);
        return st == dnnl_success ? eng_shim_post_eltwise(ops, dnnl_eltwise_clip, 0.0f, 1.0f) : st;
    }
    case ENG_ACT_HARDSWISH: /* v3 takes the slope and offset, v2 knows no others */
        return eng_shim_post_eltwise(ops, dnnl_eltwise_hardswish, 1.0f / 6.0f, 0.5f);
    case ENG_ACT_GELU_ERF:
        return eng_shim_post_eltwise(ops, dnnl_eltwise_gelu_erf, 0.0f, 0.0f);
    case ENG_ACT_GELU_TANH:
        return eng_shim_post_eltwise(ops, dnnl_eltwise_gelu_tanh, 0.0f, 0.0f);
    case ENG_ACT_ELU:
        return eng_shim_post_eltwise(ops, dnnl_eltwise_elu, post->alpha, 0.0f);
    case ENG_ACT_MISH:
        return eng_shim_post_eltwise(ops, dnnl_eltwise_mish, 0.0f, 0.0f);
    }
    return dnnl_success;
}

dnnl_status_t eng_onednn_attr(const struct eng_post *post, float alpha, enum eng_precision precision, dnnl_primitive_attr_t *out)
{
    dnnl_post_ops_t ops = NULL;
    *out = NULL;
    dnnl_status_t st = dnnl_primitive_attr_create(out);
    if (st == dnnl_success)
        st = dnnl_primitive_attr_set_scratchpad_mode(*out, dnnl_scratchpad_mode_user);
    if (st == dnnl_success && precision == ENG_PRECISION_BF16)
        st = dnnl_primitive_attr_set_fpmath_mode(*out, dnnl_fpmath_mode_bf16);
    if (st == dnnl_success)
        st = dnnl_post_ops_create(&ops);
    if (st == dnnl_success && alpha != 1.0f)
        st = eng_shim_scale(*out, ops, alpha);
    if (st == dnnl_success && post->has_residual)
        st = eng_shim_post_sum(ops);
    if (st == dnnl_success)
        st = append_activation(ops, post);
    if (st == dnnl_success)
        st = dnnl_primitive_attr_set_post_ops(*out, ops);
    if (ops)
        dnnl_post_ops_destroy(ops);
    if (st != dnnl_success && *out) {
        dnnl_primitive_attr_destroy(*out);
        *out = NULL;
    }
    return st;
}

static void *writable(const void *p)
{
    union { /* the library's memory objects know no const; sources are only read */
        const void *in;
        void *out;
    } u = {p};
    return u.out;
}

struct packing {
    eng_shim_md_ref plain, wanted;
    struct oc_err *err;
};

/* Scratch of a reorder: allocated here, it is a thing of loading. */
static enum oc_status pack(void *arg, const struct eng_const *source, void *packed)
{
    const struct packing *j = arg;
    dnnl_primitive_desc_t pd = NULL;
    dnnl_primitive_t primitive = NULL;
    dnnl_memory_t from = NULL, to = NULL;
    dnnl_stream_t stream = NULL;
    dnnl_status_t st = eng_shim_pd_reorder(&pd, j->plain, j->wanted, eng_onednn_engine());
    if (st == dnnl_success)
        st = dnnl_primitive_create(&primitive, pd);
    if (st == dnnl_success)
        st = eng_shim_memory(&from, j->plain, eng_onednn_engine(), writable(source->t.data));
    if (st == dnnl_success)
        st = eng_shim_memory(&to, j->wanted, eng_onednn_engine(), packed);
    if (st == dnnl_success)
        st = dnnl_stream_create(&stream, eng_onednn_engine(), dnnl_stream_default_flags);
    dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
    if (st == dnnl_success)
        st = dnnl_primitive_execute(primitive, stream, 2, args);
    if (st == dnnl_success)
        st = dnnl_stream_wait(stream);
    if (stream)
        dnnl_stream_destroy(stream);
    if (to)
        dnnl_memory_destroy(to);
    if (from)
        dnnl_memory_destroy(from);
    if (primitive)
        dnnl_primitive_destroy(primitive);
    if (pd)
        dnnl_primitive_desc_destroy(pd);
    return st == dnnl_success ? OC_OK : eng_onednn_fail(j->err, "packing weights", st);
}

enum oc_status eng_onednn_pack(struct eng_weights *w, const struct eng_const *source, eng_shim_md_ref plain, eng_shim_md_ref wanted,
                               const float **packed, struct oc_err *err)
{
    if (eng_shim_md_equal(plain, wanted)) {
        *packed = source->t.data;
        return OC_OK;
    }
    struct {
        char kind[8];
        uint64_t plain[2], wanted[2];
    } key = {.kind = "onednn"};
    eng_shim_md_fingerprint(plain, key.plain);
    eng_shim_md_fingerprint(wanted, key.wanted);
    struct packing j = {plain, wanted, err};
    const void *p;
    enum oc_status st = eng_weights_get(w, source, &key, sizeof key, eng_shim_md_bytes(wanted), pack, &j, &p, err);
    *packed = p;
    return st;
}

static void set_free(struct prim_set *s)
{
    if (!s)
        return;
    dnnl_memory_t all[] = {s->src, s->weights, s->bias, s->dst, s->scratch};
    for (size_t i = 0; i < OC_ARRAY_LEN(all); i++)
        if (all[i])
            dnnl_memory_destroy(all[i]);
    if (s->stream)
        dnnl_stream_destroy(s->stream);
    oc_mem_free(s);
}

static enum oc_status set_new(const struct eng_prim *p, struct prim_set **out, struct oc_err *err)
{
    struct prim_set *s = oc_mem_zero(OC_MEM_MODEL, sizeof *s);
    *out = NULL;
    if (!s)
        return oc_err_nomem(err, "oneDNN arguments", sizeof *s);
    dnnl_engine_t e = eng_onednn_engine();
    dnnl_status_t st = eng_shim_memory(&s->src, eng_shim_pd_md(p->pd, dnnl_query_src_md), e, DNNL_MEMORY_NONE);
    if (st == dnnl_success)
        st = eng_shim_memory(&s->weights, eng_shim_pd_md(p->pd, dnnl_query_weights_md), e, writable(p->weights));
    if (st == dnnl_success && p->has_bias)
        st = dnnl_memory_create(&s->bias, dnnl_primitive_desc_query_md(p->pd, dnnl_query_weights_md, 1), e, writable(p->bias));
    if (st == dnnl_success)
        st = eng_shim_memory(&s->dst, eng_shim_pd_md(p->pd, dnnl_query_dst_md), e, DNNL_MEMORY_NONE);
    if (st == dnnl_success)
        st = eng_shim_memory(&s->scratch, eng_shim_pd_md(p->pd, dnnl_query_scratchpad_md), e, DNNL_MEMORY_NONE);
    if (st == dnnl_success)
        st = dnnl_stream_create(&s->stream, e, dnnl_stream_default_flags);
    if (st != dnnl_success) {
        set_free(s);
        return eng_onednn_fail(err, "memory objects", st);
    }
    *out = s;
    return OC_OK;
}

enum oc_status eng_onednn_prim_new_take(dnnl_primitive_desc_t pd, int threads, struct eng_prim **out, size_t *scratch_bytes,
                                        struct oc_err *err)
{
    struct eng_prim *p = oc_mem_zero(OC_MEM_MODEL, sizeof *p);
    *out = NULL;
    if (!p) {
        dnnl_primitive_desc_destroy(pd);
        return oc_err_nomem(err, "oneDNN primitive", sizeof *p);
    }
    p->pd = pd;
    p->threads = threads < 1 ? 1 : threads;
    p->name = eng_shim_pd_impl(pd);
    dnnl_status_t st = dnnl_primitive_create(&p->primitive, pd);
    if (st != dnnl_success) {
        eng_onednn_prim_free(p);
        return eng_onednn_fail(err, "creating a primitive", st);
    }
    *scratch_bytes = eng_shim_md_bytes(eng_shim_pd_md(pd, dnnl_query_scratchpad_md));
    *out = p;
    return OC_OK;
}

void eng_onednn_prim_free(struct eng_prim *p)
{
    if (!p)
        return;
    for (int i = 0; i < PRIM_SETS; i++)
        set_free(atomic_load(&p->sets[i]));
    if (p->primitive)
        dnnl_primitive_destroy(p->primitive);
    if (p->pd)
        dnnl_primitive_desc_destroy(p->pd);
    oc_mem_free(p);
}

static struct eng_prim *shared(const struct eng_prim *p)
{
    union { /* the sets are the one thing that a run changes, atomically */
        const struct eng_prim *in;
        struct eng_prim *out;
    } u = {p};
    return u.out;
}

static struct prim_set *set_take(struct eng_prim *p)
{
    for (int i = 0; i < PRIM_SETS; i++) {
        if (!atomic_load_explicit(&p->sets[i], memory_order_relaxed))
            continue;
        struct prim_set *s = atomic_exchange_explicit(&p->sets[i], NULL, memory_order_acquire);
        if (s)
            return s;
    }
    return NULL;
}

static void set_give(struct eng_prim *p, struct prim_set *s)
{
    for (int i = 0; i < PRIM_SETS; i++) {
        struct prim_set *none = NULL;
        if (atomic_compare_exchange_strong_explicit(&p->sets[i], &none, s, memory_order_release, memory_order_relaxed))
            return;
    }
    set_free(s);
}

enum oc_status eng_onednn_prim_ready(struct eng_prim *p, struct oc_err *err)
{
    struct prim_set *s;
    enum oc_status st = set_new(p, &s, err);
    if (!st)
        set_give(p, s);
    return st;
}

enum oc_status eng_onednn_execute(const struct eng_prim *p, const float *src, const float *weights, const float *bias, float *dst,
                                  void *scratch, struct oc_err *err)
{
    struct prim_set *s = set_take(shared(p));
    if (!s) {
        enum oc_status st = set_new(p, &s, err);
        if (st)
            return st;
    }
    dnnl_memory_set_data_handle(s->src, writable(src));
    dnnl_memory_set_data_handle(s->dst, dst);
    dnnl_memory_set_data_handle(s->scratch, scratch);
    if (!p->weights)
        dnnl_memory_set_data_handle(s->weights, writable(weights));
    if (p->has_bias && !p->bias)
        dnnl_memory_set_data_handle(s->bias, writable(bias));
    dnnl_exec_arg_t args[] = {{DNNL_ARG_SRC, s->src},
                              {DNNL_ARG_WEIGHTS, s->weights},
                              {DNNL_ARG_DST, s->dst},
                              {DNNL_ARG_SCRATCHPAD, s->scratch},
                              {DNNL_ARG_BIAS, s->bias}};
    eng_onednn_set_threads(p->threads);
    dnnl_status_t st = dnnl_primitive_execute(p->primitive, s->stream, p->has_bias ? 5 : 4, args);
    set_give(shared(p), s);
    return st == dnnl_success ? OC_OK : eng_onednn_fail(err, p->name, st);
}
#else
typedef int eng_no_onednn_prim;
#endif

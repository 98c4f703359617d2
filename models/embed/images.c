/*
 * Vectors of pictures: cut, normalised, run one by one, or as many at once as a file's fixed batch says. More at once gain nothing
 * on one thread: 24 pictures through ViT-B/32 took 4.2 s of processor time singly, 4.0 in pairs, 4.4 in fours, 5.8 in eights
 * (loading included); single runs need one plan and can be cancelled sooner.
 */
#include "base/clock.h"
#include "models/embed/embed.h"
#include "models/run/pixels.h"
#include "models/embed/towers.h"
#include "models/run/vectors.h"

/* What lives during one call. */
struct pass {
    struct oc_model *model;
    const struct oc_recipe *recipe;
    struct oc_run *run;
    struct oc_session *session;
    const struct eng_io *input;
    size_t group;   /* pictures in one run */
    float *scratch; /* owned: one picture of float32, for inputs of float16 */
};

static enum oc_status begin(struct pass *p, struct oc_err *err)
{
    struct eng_model *m = oc_model_engine(p->model);
    enum oc_status st = oc_session_borrow(p->model, &p->session, err);
    if (st)
        return st;
    p->input = eng_model_input(m, 0);
    int64_t batch = p->input->shape.dim[0];
    p->group = batch < 1 ? 1 : (size_t)batch;
    size_t bytes = p->group * oc_embed_picture_bytes(p->recipe, p->input->dtype); /* LIM_BATCH pictures of LIM_NETWORK_SIDE a side fit */
    if (p->group > LIM_BATCH)
        return oc_err_set(err, OC_E_MODEL, "the model's batch is fixed at %zu, %d at most", p->group, LIM_BATCH);
    st = oc_session_input(p->session, (bytes + sizeof(float) - 1) / sizeof(float), err);
    if (!st && p->input->dtype == ENG_DT_F16) {
        p->scratch = oc_mem_alloc(OC_MEM_SESSION, oc_embed_picture_bytes(p->recipe, ENG_DT_F32));
        if (!p->scratch)
            st = oc_err_nomem(err, "a network's input", oc_embed_picture_bytes(p->recipe, ENG_DT_F32));
    }
    return st;
}

static void end(struct pass *p)
{
    oc_mem_free(p->scratch);
    oc_session_return(p->session);
}

/* Pictures first..first+n-1 into the input; the rest of a fixed batch repeats the last. */
static enum oc_status prepare(struct pass *p, const struct oc_image *images, size_t n, struct oc_err *err)
{
    size_t bytes = oc_embed_picture_bytes(p->recipe, p->input->dtype);
    for (size_t i = 0; i < p->group; i++) {
        char *dst = (char *)p->session->input + i * bytes;
        struct oc_image cut;
        if (i >= n) {
            memcpy(dst, (char *)p->session->input + (n - 1) * bytes, bytes);
            continue;
        }
        enum oc_status st = oc_embed_cut(p->recipe, &images[i], &cut, err);
        if (st)
            return st;
        oc_embed_write(p->recipe, &cut, p->input->dtype, dst, p->scratch);
        oc_image_deinit(&cut);
    }
    return OC_OK;
}

static enum oc_status infer(struct pass *p, struct oc_err *err)
{
    const struct oc_input_recipe *in = &p->recipe->input;
    int64_t n = (int64_t)p->group, c = p->recipe->embed.channels;
    struct eng_tensor input = {p->input->dtype, {4, {n, c, in->height, in->width}}, p->session->input};
    if (in->pixels.channels_last)
        input.shape = (struct eng_shape){4, {n, in->height, in->width, c}};
    struct eng_run_options opt = {.cancelled = p->run->cancelled, .arg = p->run->cancel_arg};
    return eng_session_run(p->session->engine, &input, &opt, err);
}

/* Rows at..at+n-1 from the last run; the first run tells how long vectors are. */
static enum oc_status keep(struct pass *p, size_t at, size_t n, size_t all, struct oc_vectors *out, struct oc_err *err)
{
    const struct eng_tensor *o = eng_session_output(p->session->engine, 0); /* the only one that is computed: models/run/model.c */
    enum oc_embed_pooling pooling = p->recipe->embed.image_pooling;
    size_t dim = oc_vectors_dim(o, pooling);
    struct oc_vectors group = {0};
    enum oc_status st = OC_OK;
    if (!out->data && dim)
        st = oc_vectors_make(out, all, dim, err);
    if (!st)
        st = oc_vectors_make(&group, p->group, dim ? dim : 1, err);
    if (!st)
        st = oc_vectors_pool(o, p->group, dim, pooling, NULL, NULL, group.data, err);
    if (!st)
        memcpy(out->data + at * dim, group.data, n * dim * sizeof *out->data);
    oc_vectors_deinit(&group);
    return st;
}

static enum oc_status run_group(struct pass *p, const struct oc_image *images, size_t at, size_t n, size_t all, struct oc_vectors *out,
                                struct oc_err *err)
{
    int64_t t0 = oc_now_ns();
    if (p->run->cancelled && p->run->cancelled(p->run->cancel_arg))
        return oc_err_set(err, OC_E_CANCELLED, "stopped after picture %zu of %zu", at, all);
    enum oc_status st = prepare(p, images + at, n, err);
    int64_t t1 = oc_now_ns();
    p->run->preprocess_ns += t1 - t0;
    if (!st)
        st = infer(p, err);
    int64_t t2 = oc_now_ns();
    p->run->inference_ns += t2 - t1;
    if (!st)
        st = keep(p, at, n, all, out, err);
    p->run->postprocess_ns += oc_now_ns() - t2;
    return st;
}

static enum oc_status check(const struct oc_recipe *r, struct oc_err *err)
{
    if (r->embed.image_output)
        return OC_OK;
    if (r->embed.text_output)
        return oc_err_set(err, OC_E_INVALID, "the model gives vectors of texts, not of pictures");
    return oc_err_set(err, OC_E_INVALID, "the model's task is %s: it gives no vectors of pictures", oc_task_name(r->task));
}

enum oc_status oc_model_embed_images(struct oc_model *m, const struct oc_image *images, size_t n, bool normalise, struct oc_run *run,
                                     struct oc_vectors *out, struct oc_err *err)
{
    struct oc_run own = {0};
    struct pass p = {.model = m, .recipe = oc_model_recipe(m), .run = run ? run : &own};
    *out = (struct oc_vectors){0};
    enum oc_status st = check(p.recipe, err);
    if (st || n == 0)
        return st;
    st = begin(&p, err);
    for (size_t at = 0; !st && at < n;) {
        size_t group = n - at < p.group ? n - at : p.group;
        st = run_group(&p, images, at, group, n, out, err);
        at += group;
    }
    end(&p);
    if (st)
        oc_vectors_deinit(out);
    else if (normalise)
        oc_vectors_normalise(out);
    return st;
}

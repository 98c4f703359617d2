/* See embedding.h. */
#include "handlers/embed/embedding.h"
#include <math.h>
#include "handlers/input/texts.h"
#include "handlers/model_name.h"

/* Pictures that are decoded and wait for their run. */
struct chunk {
    struct oc_image images[LIM_DECODED_PICTURES];
    size_t n, bytes;
};

static void empty(struct chunk *c)
{
    for (size_t i = 0; i < c->n; i++)
        oc_image_deinit(&c->images[i]);
    c->n = c->bytes = 0;
}

enum oc_status oc_embedding_decode(const struct oc_inputs *in, const struct oc_embedding_ask *ask, size_t i, struct oc_image *im,
                                   struct oc_err *err)
{
    const struct oc_image_source *source = &ask->images[i];
    enum oc_status st;
    do
        st = oc_source_decode(in->req, source, !ask->as_stored, im, NULL, err);
    while (oc_infer_again(in, st));
    if (st) /* a path like input/3 says which one by itself */
        return ask->n_images > 1 && !strchr(source->field, '/') ? oc_err_prefix(err, st, "image %zu: ", i) : st;
    return OC_OK;
}

static enum oc_status decode_one(const struct oc_inputs *in, const struct oc_embedding_ask *ask, size_t i, struct chunk *c,
                                 struct oc_err *err)
{
    struct oc_image *im = &c->images[c->n];
    enum oc_status st = oc_embedding_decode(in, ask, i, im, err);
    if (st)
        return st;
    c->bytes += (size_t)im->width * (size_t)im->height * 3;
    c->n++;
    return OC_OK;
}

/* Rows of a run, into their place among all of them. */
static enum oc_status keep_rows(struct oc_vectors *all, size_t n_all, size_t at, const struct oc_vectors *some, struct oc_err *err)
{
    if (!all->data) {
        size_t floats;
        bool fits = oc_size_mul(n_all, some->dim, &floats);
        all->data = fits ? oc_mem_array(OC_MEM_OTHER, floats, sizeof *all->data) : NULL;
        if (!all->data)
            return oc_err_nomem(err, "vectors", n_all * some->dim);
        all->n = n_all;
        all->dim = some->dim;
    }
    memcpy(all->data + at * all->dim, some->data, some->n * some->dim * sizeof *all->data);
    return OC_OK;
}

static enum oc_status run_images(struct oc_embedding *e, const struct oc_image *images, size_t n, bool normalise, struct oc_vectors *out,
                                 struct oc_err *err)
{
    struct oc_run run = oc_infer_begin(e->in);
    enum oc_status st;
    do
        st = oc_model_embed_images(e->image.model, images, n, normalise, &run, out, err);
    while (oc_infer_again(e->in, st));
    return oc_infer_finish(e->in, &run, st, err);
}

static enum oc_status run_texts(struct oc_embedding *e, const struct oc_text *texts, size_t n, bool normalise, struct oc_err *err)
{
    struct oc_run run = oc_infer_begin(e->in);
    enum oc_status st;
    do
        st = oc_model_embed_texts(e->text.model, texts, n, normalise, &run, &e->texts, err);
    while (oc_infer_again(e->in, st));
    return oc_infer_finish(e->in, &run, st, err);
}

static enum oc_status run_chunk(struct oc_embedding *e, const struct oc_embedding_ask *ask, const struct chunk *c, size_t at,
                                struct oc_err *err)
{
    struct oc_vectors some;
    enum oc_status st = run_images(e, c->images, c->n, !ask->raw, &some, err);
    if (!st && c->n == ask->n_images) { /* all in one */
        e->images = some;
        return OC_OK;
    }
    if (!st)
        st = keep_rows(&e->images, ask->n_images, at, &some, err);
    oc_vectors_deinit(&some);
    return st;
}

static enum oc_status embed_images(struct oc_embedding *e, const struct oc_embedding_ask *ask, struct oc_err *err)
{
    const struct oc_request *req = e->in->req;
    struct chunk c = {.n = 0};
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < ask->n_images; i++) {
        if (req->cancelled && req->cancelled(req->cancel_arg))
            st = oc_err_set(err, OC_E_CANCELLED, "stopped before image %zu", i);
        else
            st = decode_one(e->in, ask, i, &c, err);
        if (!st && (c.n == LIM_DECODED_PICTURES || c.bytes >= LIM_DECODED_BYTES || i + 1 == ask->n_images)) {
            st = run_chunk(e, ask, &c, i + 1 - c.n, err);
            empty(&c);
        }
    }
    empty(&c);
    return st;
}

/* Texts take the tower of the package that the pictures have. */
enum oc_status oc_embedding_acquire(const struct oc_inputs *in, const struct oc_embedding_ask *ask, struct oc_embedding *out,
                                    struct oc_err *err)
{
    *out = (struct oc_embedding){.in = in};
    struct oc_request *req = out->in->req;
    const char *name = oc_model_alias_resolve(req->service, ask->model);
    char pair[OC_PACKAGE_NAME_MAX];
    enum oc_status st = OC_OK;
    if (ask->n_images && ask->n_texts && !(name && *name)) {
        st = oc_registry_pair(req->service->registry, pair, err);
        name = pair;
    }
    if (!st && ask->n_images)
        st = oc_infer_acquire_named(out->in, name, OC_TASK_EMBED_IMAGE, &out->image, err);
    if (!st && ask->n_texts)
        st = oc_infer_acquire_named(out->in, ask->n_images ? out->image.package : name, OC_TASK_EMBED_TEXT, &out->text, err);
    if (st)
        return st;
    out->model = ask->n_images ? out->image.package : out->text.package;
    req->model_used = oc_arena_strndup(req->arena, out->model, strlen(out->model)); /* without memory only the log lacks it */
    return OC_OK;
}

enum oc_status oc_embedding_run(const struct oc_inputs *in, const struct oc_embedding_ask *ask, struct oc_embedding *out,
                                struct oc_err *err)
{
    enum oc_status st = oc_embedding_acquire(in, ask, out, err);
    return st ? st : oc_embedding_infer(out, ask, err);
}

enum oc_status oc_embedding_infer(struct oc_embedding *out, const struct oc_embedding_ask *ask, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    if (ask->n_texts)
        st = run_texts(out, ask->texts, ask->n_texts, !ask->raw, err);
    if (!st && ask->n_images && ask->decoded)
        st = run_images(out, ask->decoded, ask->n_images, !ask->raw, &out->images, err);
    else if (!st && ask->n_images)
        st = embed_images(out, ask, err);
    if (st)
        return st;
    out->dim = ask->n_images ? out->images.dim : out->texts.dim;
    if (ask->n_images && ask->n_texts && out->images.dim != out->texts.dim)
        return oc_err_set(err, OC_E_MODEL, "model '%s': vectors of pictures have %zu numbers, those of texts %zu", out->model,
                          out->images.dim, out->texts.dim);
    return OC_OK;
}

void oc_embedding_deinit(struct oc_embedding *e)
{
    oc_vectors_deinit(&e->images);
    oc_vectors_deinit(&e->texts);
    oc_infer_release(e->in, &e->image);
    oc_infer_release(e->in, &e->text);
}

void oc_vectors_cut(struct oc_vectors *v, size_t n)
{
    for (size_t i = 0; i < v->n; i++) {
        const float *from = v->data + i * v->dim;
        float *to = v->data + i * n;
        double length = sqrt(oc_vector_dot(from, from, n));
        for (size_t k = 0; k < n; k++)
            to[k] = length > 0 ? (float)((double)from[k] / length) : 0;
    }
    v->dim = n;
}

enum oc_status oc_embedding_read(const struct oc_inputs *in, struct oc_texts *texts, struct oc_embedding_ask *ask, struct oc_err *err)
{
    static const char *const lists[] = {"image", "images"};
    for (size_t i = 0; i < OC_ARRAY_LEN(lists); i++) {
        const json_t *v = oc_inputs_member(in, lists[i]);
        if (json_is_array(v) && !json_array_size(v))
            return oc_err_set(err, OC_E_INVALID, "%s: the list is empty", lists[i]);
    }
    bool exif = true;
    *ask = (struct oc_embedding_ask){.images = in->images, .n_images = in->n_images};
    enum oc_status st = oc_texts_read(in, texts, err);
    if (!st)
        st = oc_param_string(in, "model", LIM_MODEL_ID, &ask->model, err);
    if (!st)
        st = oc_param_bool(in, "exif", &exif, err);
    ask->texts = texts->items;
    ask->n_texts = texts->n;
    ask->as_stored = !exif;
    return st;
}

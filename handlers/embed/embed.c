/*
 * POST /v1/embed: any number of pictures and texts, one vector each. Parameters: image, text (several), model, normalize,
 * encoding=float|base64, exif.
 */
#include "handlers/embed/embedding.h"
#include "handlers/input/texts.h"
#include "handlers/output/render.h"
#include "handlers/routes.h"

static void render_rows(struct oc_json *j, const struct oc_vectors *v, const char *kind, bool base64)
{
    for (size_t i = 0; i < v->n; i++) {
        oc_json_open(j, '{');
        oc_json_put_string(j, "kind", kind);
        oc_json_put_int(j, "index", (int64_t)i);
        oc_json_key(j, "vector");
        (base64 ? oc_json_base64_floats : oc_json_floats)(j, oc_vectors_row(v, i), v->dim);
        oc_json_close(j, '}');
    }
}

static enum oc_status render(const struct oc_embedding *e, bool base64, struct oc_response *res)
{
    struct oc_json j = oc_json_begin(&res->body);
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "model", e->model);
    oc_json_put_int(&j, "dim", (int64_t)e->dim);
    oc_json_key(&j, "embeddings");
    oc_json_open(&j, '[');
    render_rows(&j, &e->images, "image", base64);
    render_rows(&j, &e->texts, "text", base64);
    oc_json_close(&j, ']');
    if (e->texts.n) {
        oc_json_put_int(&j, "tokens", (int64_t)e->texts.tokens);
        oc_json_put_int(&j, "truncated_texts", (int64_t)e->texts.cut);
    }
    oc_render_timing(&j, &e->in->req->timing);
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

static enum oc_status check(const struct oc_embedding_ask *ask, struct oc_err *err)
{
    if (ask->n_images || ask->n_texts)
        return OC_OK;
    return oc_err_set(
        err, OC_E_INVALID,
        "an image or a text is expected: images as the body, as multipart parts 'image', or as the JSON member 'images' (base64 or "
        "data URIs); texts as the parameter 'text', several times, or as the JSON member 'texts'");
}

enum oc_status oc_embed(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    static const char *const encodings[] = {"float", "base64", NULL};
    struct oc_inputs in;
    struct oc_texts texts;
    struct oc_embedding_ask ask;
    struct oc_embedding e = {.in = &in};
    bool normalise = true;
    int encoding = 0;
    enum oc_status st = oc_inputs_read(req, &in, err);
    (void)(st || (st = oc_embedding_read(&in, &texts, &ask, err)) || (st = oc_param_bool(&in, "normalize", &normalise, err)) ||
           (st = oc_param_word(&in, "encoding", encodings, &encoding, err)) || (st = check(&ask, err)));
    if (!st) {
        ask.raw = !normalise;
        st = oc_embedding_run(&in, &ask, &e, err);
    }
    if (!st)
        st = render(&e, encoding == 1, res);
    oc_embedding_deinit(&e);
    oc_inputs_deinit(&in);
    return st;
}

/*
 * Weaviate's multi2vec-clip inference container: POST /vectorize, GET /meta, GET /.well-known/live and /ready. The default model of
 * pictures and texts.
 */
#include "handlers/dialects/dialects.h"
#include "handlers/embed/embedding.h"
#include "handlers/input/texts.h"

/* Both lists may be empty here, or null. */
static enum oc_status read(struct oc_inputs *in, struct oc_texts *texts, struct oc_err *err)
{
    const json_t *v = json_object_get(in->json, "texts");
    if (!v || json_is_null(v) || (json_is_array(v) && !json_array_size(v)))
        return OC_OK;
    return oc_texts_add_json(texts, "texts", v, err);
}

static void render_rows(struct oc_json *j, const char *name, const struct oc_vectors *v)
{
    oc_json_key(j, name);
    oc_json_open(j, '[');
    for (size_t i = 0; i < v->n; i++)
        oc_json_floats(j, oc_vectors_row(v, i), v->dim);
    oc_json_close(j, ']');
}

enum oc_status oc_weaviate_vectorize(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_inputs in;
    struct oc_texts texts = {.req = req};
    struct oc_embedding e = {.in = &in};
    enum oc_status st = oc_dialect_json(req, &in, err);
    if (!st)
        st = read(&in, &texts, err);
    if (!st && (in.n_images || texts.n)) {
        /* The default of both kinds, so that a picture and a text of two requests can be compared. */
        char pair[OC_PACKAGE_NAME_MAX];
        st = oc_registry_pair(req->service->registry, pair, err);
        struct oc_embedding_ask ask = {.model = pair, .images = in.images, .n_images = in.n_images};
        ask.texts = texts.items;
        ask.n_texts = texts.n;
        st = st ? st : oc_embedding_run(&in, &ask, &e, err);
    }
    if (!st) {
        struct oc_json j = oc_json_begin(&res->body);
        oc_json_open(&j, '{');
        render_rows(&j, "textVectors", &e.texts);
        render_rows(&j, "imageVectors", &e.images);
        oc_json_close(&j, '}');
        st = oc_json_end(&j);
    }
    oc_embedding_deinit(&e);
    oc_inputs_deinit(&in);
    return st;
}

enum oc_status oc_weaviate_meta(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    char pair[OC_PACKAGE_NAME_MAX];
    enum oc_status st = oc_registry_pair(req->service->registry, pair, err);
    if (st)
        return st;
    struct oc_json j = oc_json_begin(&res->body);
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "model", pair);
    oc_json_put_string(&j, "server", "ocelli");
    oc_json_put_string(&j, "version", req->service->version);
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

enum oc_status oc_weaviate_live(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    (void)req, (void)err;
    res->status = 204;
    return OC_OK;
}

enum oc_status oc_weaviate_ready(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    const char *why = "";
    if (!req->service->is_ready(req->service->server_arg, &why))
        return oc_err_set(err, OC_E_NOT_READY, "%s", why);
    res->status = 204;
    return OC_OK;
}

enum oc_status oc_weaviate_error(enum oc_status code, const char *detail, const char *request_id, struct oc_buf *out)
{
    (void)request_id;
    struct oc_json j = oc_json_begin(out);
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "error", detail && *detail ? detail : oc_status_title(code));
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

/*
 * OpenAI's POST /v1/embeddings, with pictures beside texts (OpenAI has no form for them; these are the ones in use): a string that is a
 * data URI, {"image": base64, data URI or URL} (Jina), {"type":"image_url","image_url":{"url":...}} (chat messages), or "modality":"image"
 * for all strings (infinity). Unknown members are ignored, as OpenAI's servers of other makes do.
 */
#include "handlers/dialects/dialects.h"
#include "handlers/input/base64.h"
#include "handlers/embed/embedding.h"
#include "handlers/input/json_in.h"
#include "handlers/input/texts.h"

enum { ENCODING_FLOAT, ENCODING_BASE64 };

/* The items of `input` in their order: each is the next picture or the next text. */
struct reader {
    struct oc_inputs *in;
    struct oc_texts texts;
    bool *is_image; /* one for each item, in the arena */
    size_t n;
    bool all_images; /* modality */
};

static enum oc_status bad_item(const char *path, struct oc_err *err)
{
    return oc_err_set(err, OC_E_INVALID, "%s: must be a string, or an object with 'text' or 'image'", path);
}

static enum oc_status add_image(struct reader *r, const char *path, const json_t *v, struct oc_err *err)
{
    if (!json_is_string(v))
        return bad_item(path, err);
    r->is_image[r->n++] = true;
    return oc_inputs_add_json(r->in, path, v, err);
}

static enum oc_status add_text(struct reader *r, const char *path, const json_t *v, struct oc_err *err)
{
    if (!json_is_string(v))
        return bad_item(path, err);
    r->is_image[r->n++] = false;
    return oc_texts_add(&r->texts, path, json_string_value(v), json_string_length(v), err);
}

static enum oc_status add_object(struct reader *r, const char *path, const json_t *v, struct oc_err *err)
{
    const json_t *text = json_object_get(v, "text"), *image = json_object_get(v, "image"), *url = json_object_get(v, "image_url");
    if (json_is_object(url))
        url = json_object_get(url, "url");
    if (!text + !image + !url != 2)
        return oc_err_set(err, OC_E_INVALID, "%s: one of 'text', 'image' and 'image_url' is expected", path);
    return text ? add_text(r, path, text, err) : add_image(r, path, image ? image : url, err);
}

static enum oc_status add_item(struct reader *r, const char *path, const json_t *v, struct oc_err *err)
{
    if (json_is_array(v) && (!json_array_size(v) || json_is_string(json_array_get(v, 0))))
        return oc_err_set(err, OC_E_INVALID, "%s: a list in the list; one list of texts is expected", path);
    if (json_is_integer(v) || json_is_array(v))
        return oc_err_set(err, OC_E_INVALID,
                          "%s: token ids are not taken: they belong to the tokenizers of OpenAI's own models; send the text itself", path);
    if (json_is_object(v))
        return add_object(r, path, v, err);
    bool image = r->all_images || oc_is_data_uri(json_string_value(v), json_string_length(v));
    return image ? add_image(r, path, v, err) : add_text(r, path, v, err);
}

static enum oc_status read_input(struct reader *r, struct oc_err *err)
{
    struct oc_request *req = r->in->req;
    const json_t *input = json_object_get(r->in->json, "input");
    size_t n = json_is_array(input) ? json_array_size(input) : 1, most = LIM_TEXTS;
    if (req->service->max_texts > 0)
        most = (size_t)req->service->max_texts;
    if (!input || json_is_null(input))
        return oc_err_set(err, OC_E_INVALID, "input: is missing");
    if (!n || n > most)
        return oc_err_set(err, OC_E_INVALID, "input: 1..%zu items are expected, there are %zu", most, n);
    r->is_image = oc_arena_array(req->arena, n, sizeof *r->is_image);
    if (!r->is_image)
        return oc_err_nomem(err, "input", n);
    if (!json_is_array(input))
        return add_item(r, "input", input, err);
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < n; i++) {
        char *path = oc_arena_alloc(req->arena, 32); /* lives on in the source of a picture */
        if (!path)
            return oc_err_nomem(err, "input", 32);
        snprintf(path, 32, "input/%zu", i);
        st = add_item(r, path, json_array_get(input, i), err);
    }
    return st;
}

struct options {
    const char *model;
    int encoding;
    int64_t dimensions; /* 0: all */
    bool truncate;
};

static enum oc_status read_options(const struct oc_inputs *in, struct options *o, bool *all_images, struct oc_err *err)
{
    static const char *const encodings[] = {"float", "base64", NULL}, *const modalities[] = {"text", "image", NULL};
    const char *user = NULL;
    int modality = 0;
    *o = (struct options){.truncate = true};
    enum oc_status st = oc_param_string(in, "model", LIM_MODEL_ID, &o->model, err);
    (void)(st || (st = oc_param_word(in, "encoding_format", encodings, &o->encoding, err)) ||
           (st = oc_param_int(in, "dimensions", 1, INT32_MAX, &o->dimensions, err)) ||
           (st = oc_param_string(in, "user", LIM_FIELD_BYTES, &user, err)) || (st = oc_param_truncate(in, &o->truncate, err)) ||
           (st = oc_param_word(in, "modality", modalities, &modality, err)));
    *all_images = modality == 1;
    return st;
}

static enum oc_status fit(struct oc_embedding *e, const struct options *o, struct oc_err *err)
{
    if (!o->truncate && e->texts.cut)
        return oc_err_set(err, OC_E_INVALID, "input: %zu of the texts are longer than the model reads (%d tokens), and truncate is false",
                          e->texts.cut, e->text.recipe->embed.context_length);
    if (!o->dimensions)
        return OC_OK;
    if ((size_t)o->dimensions > e->dim)
        return oc_err_set(err, OC_E_INVALID, "dimensions: at most %zu for model '%s', is %lld", e->dim, e->model, (long long)o->dimensions);
    oc_vectors_cut(&e->images, (size_t)o->dimensions);
    oc_vectors_cut(&e->texts, (size_t)o->dimensions);
    return OC_OK;
}

static enum oc_status render(const struct oc_embedding *e, const struct reader *r, const struct options *o, struct oc_response *res)
{
    struct oc_json j = oc_json_begin(&res->body);
    size_t image = 0, text = 0;
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "object", "list");
    oc_json_key(&j, "data");
    oc_json_open(&j, '[');
    for (size_t i = 0; i < r->n; i++) {
        const struct oc_vectors *v = r->is_image[i] ? &e->images : &e->texts;
        const float *row = oc_vectors_row(v, r->is_image[i] ? image++ : text++);
        oc_json_open(&j, '{');
        oc_json_put_string(&j, "object", "embedding");
        oc_json_put_int(&j, "index", (int64_t)i);
        oc_json_key(&j, "embedding");
        (o->encoding == ENCODING_BASE64 ? oc_json_base64_floats : oc_json_floats)(&j, row, v->dim);
        oc_json_close(&j, '}');
    }
    oc_json_close(&j, ']');
    oc_json_put_string(&j, "model", e->model);
    oc_json_key(&j, "usage");
    oc_json_open(&j, '{');
    oc_json_put_int(&j, "prompt_tokens", (int64_t)e->texts.tokens);
    oc_json_put_int(&j, "total_tokens", (int64_t)e->texts.tokens);
    oc_json_close(&j, '}');
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

enum oc_status oc_openai_embeddings(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_inputs in;
    struct reader r = {.in = &in, .texts = {.req = req}};
    struct options o;
    struct oc_embedding e = {.in = &in};
    enum oc_status st = oc_dialect_json(req, &in, err);
    in.n_images = 0; /* members called "image" are none of this protocol's */
    (void)(st || (st = read_options(&in, &o, &r.all_images, err)) || (st = read_input(&r, err)));
    if (!st) {
        struct oc_embedding_ask ask = {.model = o.model, .images = in.images, .n_images = in.n_images};
        ask.texts = r.texts.items;
        ask.n_texts = r.texts.n;
        st = oc_embedding_run(&in, &ask, &e, err);
    }
    (void)(st || (st = fit(&e, &o, err)) || (st = render(&e, &r, &o, res)));
    oc_embedding_deinit(&e);
    oc_inputs_deinit(&in);
    return st;
}

/* Errors: {"error":{"message","type","param","code"}}, statuses as the client library knows them. */

int oc_openai_status(enum oc_status code)
{
    return code == OC_E_BUSY ? 429 : oc_status_http(code); /* retried after Retry-After */
}

/* Our messages begin with the parameter they are about. */
static const char *parameter_of(const char *detail)
{
    static const char *const names[] = {"input", "model", "encoding_format", "dimensions", "user", "truncate", "modality"};
    for (size_t i = 0; i < OC_ARRAY_LEN(names); i++) {
        size_t n = strlen(names[i]);
        if (!strncmp(detail, names[i], n) && (detail[n] == ':' || detail[n] == '/'))
            return names[i];
    }
    return NULL;
}

static const char *code_of(enum oc_status code)
{
    switch (code) {
    case OC_E_UNAUTHORIZED:
        return "invalid_api_key";
    case OC_E_UNKNOWN_MODEL:
        return "model_not_found";
    case OC_E_BUSY:
        return "rate_limit_exceeded";
    case OC_E_INVALID:
        return NULL;
    default:
        return oc_status_code(code);
    }
}

enum oc_status oc_openai_error(enum oc_status code, const char *detail, const char *request_id, struct oc_buf *out)
{
    (void)request_id; /* in the header x-request-id, where the client library looks */
    int status = oc_openai_status(code);
    const char *text = detail && *detail ? detail : oc_status_title(code);
    struct oc_json j = oc_json_begin(out);
    oc_json_open(&j, '{');
    oc_json_key(&j, "error");
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "message", text);
    oc_json_put_string(&j, "type", status == 429 ? "rate_limit_error" : status >= 500 ? "server_error" : "invalid_request_error");
    oc_json_put_string(&j, "param", code == OC_E_UNKNOWN_MODEL ? "model" : parameter_of(text));
    oc_json_put_string(&j, "code", code_of(code));
    oc_json_close(&j, '}');
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

/*
 * Hugging Face's text-embeddings-inference: POST /embed, GET /info. Texts alone, one model: the default one of texts. As there, a text
 * longer than the model reads is an error unless "truncate" is true.
 */
#include "handlers/dialects/dialects.h"
#include "handlers/embed/embedding.h"
#include "handlers/input/json_in.h"
#include "handlers/input/texts.h"

struct options {
    bool truncate, normalise;
    int64_t dimensions; /* 0: all */
};

static enum oc_status read_options(const struct oc_inputs *in, struct options *o, struct oc_err *err)
{
    static const char *const directions[] = {"right", "Right", NULL};
    int direction;
    *o = (struct options){.normalise = true};
    enum oc_status st = oc_param_truncate(in, &o->truncate, err);
    (void)(st || (st = oc_param_bool(in, "normalize", &o->normalise, err)) ||
           (st = oc_param_int(in, "dimensions", 1, INT32_MAX, &o->dimensions, err)) ||
           (st = oc_param_word(in, "truncation_direction", directions, &direction, err)));
    if (!st && oc_param_given(in, "prompt_name"))
        st = oc_err_set(err, OC_E_INVALID, "prompt_name: no prompts are configured");
    return st;
}

static enum oc_status read_texts(const struct oc_inputs *in, struct oc_texts *texts, struct oc_err *err)
{
    const json_t *v = json_object_get(in->json, "inputs");
    if (!v || json_is_null(v))
        return oc_err_set(err, OC_E_INVALID, "inputs: is missing");
    enum oc_status st = oc_texts_add_json(texts, "inputs", v, err);
    for (size_t i = 0; !st && i < texts->n; i++)
        if (!texts->items[i].len)
            st = oc_err_set(err, OC_E_INVALID, "inputs: text %zu is empty", i); /* as that server has it; other dialects embed it */
    return st;
}

static enum oc_status fit(struct oc_embedding *e, const struct options *o, struct oc_err *err)
{
    if (!o->truncate && e->texts.cut)
        return oc_err_set(err, OC_E_BODY_TOO_LARGE, "inputs: %zu of the texts have more than %d tokens, and truncate is false",
                          e->texts.cut, e->text.recipe->embed.context_length);
    if (o->dimensions && (size_t)o->dimensions > e->dim)
        return oc_err_set(err, OC_E_INVALID, "dimensions: at most %zu, is %lld", e->dim, (long long)o->dimensions);
    if (o->dimensions)
        oc_vectors_cut(&e->texts, (size_t)o->dimensions);
    return OC_OK;
}

static enum oc_status render(const struct oc_embedding *e, struct oc_response *res)
{
    struct oc_json j = oc_json_begin(&res->body);
    oc_json_open(&j, '[');
    for (size_t i = 0; i < e->texts.n; i++)
        oc_json_floats(&j, oc_vectors_row(&e->texts, i), e->texts.dim);
    oc_json_close(&j, ']');
    return oc_json_end(&j);
}

enum oc_status oc_tei_embed(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_inputs in;
    struct options o;
    struct oc_texts texts = {.req = req};
    struct oc_embedding e = {.in = &in};
    enum oc_status st = oc_dialect_json(req, &in, err);
    (void)(st || (st = read_options(&in, &o, err)) || (st = read_texts(&in, &texts, err)));
    if (!st) {
        struct oc_embedding_ask ask = {.texts = texts.items, .n_texts = texts.n, .raw = !o.normalise};
        st = oc_embedding_run(&in, &ask, &e, err);
    }
    (void)(st || (st = fit(&e, &o, err)) || (st = render(&e, res)));
    oc_embedding_deinit(&e);
    oc_inputs_deinit(&in);
    return st;
}

/* Finds the default model of texts. */
struct about {
    struct oc_json *json;
    const struct oc_request *req;
    bool found;
};

static enum oc_status describe(void *arg, const struct oc_model_info *info)
{
    struct about *a = arg;
    if (a->found || !info->recipe || !info->is_default || !oc_recipe_can(info->recipe, OC_TASK_EMBED_TEXT))
        return OC_OK;
    a->found = true;
    oc_json_open(a->json, '{');
    oc_json_put_string(a->json, "model_id", info->name);
    oc_json_put_string(a->json, "model_sha", NULL);
    oc_json_put_string(a->json, "model_dtype", "float32");
    oc_json_key(a->json, "model_type");
    oc_json_open(a->json, '{');
    oc_json_key(a->json, "embedding");
    oc_json_open(a->json, '{');
    oc_json_put_string(a->json, "pooling", oc_embed_pooling_words[info->recipe->embed.text_pooling]);
    oc_json_close(a->json, '}');
    oc_json_close(a->json, '}');
    oc_json_put_int(a->json, "max_input_length", info->recipe->embed.context_length);
    oc_json_put_int(a->json, "max_client_batch_size", a->req->service->max_texts);
    oc_json_put_bool(a->json, "auto_truncate", false);
    oc_json_put_string(a->json, "version", a->req->service->version);
    oc_json_close(a->json, '}');
    return OC_OK;
}

enum oc_status oc_tei_info(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_json j = oc_json_begin(&res->body);
    struct about a = {.json = &j, .req = req};
    enum oc_status st = oc_registry_each(req->service->registry, describe, &a);
    if (!st && !a.found)
        return oc_err_set(err, OC_E_UNKNOWN_MODEL, "no model is installed for texts");
    return st ? st : oc_json_end(&j);
}

/* Errors: {"error","error_type"}; statuses by the type, as there. */

static const char *type_of(enum oc_status code)
{
    switch (code) {
    case OC_E_BUSY:
        return "Overloaded";
    case OC_E_NOT_READY:
        return "Unhealthy";
    case OC_E_INVALID:
    case OC_E_JSON:
    case OC_E_MEDIA:
    case OC_E_BODY_TOO_LARGE:
        return "Validation";
    default:
        return "Backend";
    }
}

int oc_tei_status(enum oc_status code)
{
    bool backend = code == OC_E_INTERNAL || code == OC_E_IO || code == OC_E_MODEL || code == OC_E_UNKNOWN_MODEL || code == OC_E_UNSUPPORTED;
    return code == OC_E_BUSY ? 429 : backend ? 424 : oc_status_http(code);
}

enum oc_status oc_tei_error(enum oc_status code, const char *detail, const char *request_id, struct oc_buf *out)
{
    (void)request_id;
    struct oc_json j = oc_json_begin(out);
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "error", detail && *detail ? detail : oc_status_title(code));
    oc_json_put_string(&j, "error_type", type_of(code));
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

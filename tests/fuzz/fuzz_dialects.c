/* room: handlers */
/*
 * The first byte chooses a route of embeddings, ours or a dialect's; then a line with a content type, then a body. No model is installed,
 * so that requests end where models would begin: what is tested is the reading. Errors are rendered as the route does it, and must be JSON.
 */
#include "base/log.h"
#include "handlers/dialects/compreface/recognition.h"
#include "handlers/dialects/deepface/deepface.h"
#include "handlers/dialects/deepstack/faces.h"
#include "handlers/dialects/dialects.h"
#include "handlers/input/json_in.h"
#include "handlers/routes.h"
#include "models/installed/registry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* DeepStack's key is found before anything else is read. */
static enum oc_status read_key(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    const char *key;
    enum oc_status st = oc_deepstack_key(req, &key, err);
    if (!st && key && strlen(key) > req->body.len)
        abort();
    return st ? st : oc_buf_add_str(&res->body, "{}");
}

static const struct {
    enum oc_status (*run)(struct oc_request *req, struct oc_response *res, struct oc_err *err);
    enum oc_status (*error)(enum oc_status code, const char *detail, const char *request_id, struct oc_buf *out);
} routes[] = {
    {oc_embed, oc_problem},
    {oc_classify, oc_problem},
    {oc_similarity, oc_problem},
    {oc_openai_embeddings, oc_openai_error},
    {oc_immich_predict, oc_immich_error},
    {oc_tei_embed, oc_tei_error},
    {oc_weaviate_vectorize, oc_weaviate_error},
    {read_key, oc_deepstack_error},
    {oc_deepstack_detection, oc_deepstack_error},
    {oc_detect, oc_problem},
    {oc_deepface_represent, oc_deepface_error},
    {oc_deepface_verify, oc_deepface_error},
    {oc_cf_detect, oc_cf_error},
    {oc_cf_verify, oc_cf_error},
    {oc_cf_verify_vectors, oc_cf_error},
    {oc_cf_subject_add, oc_cf_error},
    {oc_cf_subject_rename, oc_cf_error},
    {oc_cf_example_add, oc_cf_error},
    {oc_cf_examples, oc_cf_error},
    {oc_cf_examples_delete_ids, oc_cf_error},
    {oc_cf_recognise_vectors, oc_cf_error},
    {oc_deepstack_face, oc_deepstack_error},
    {oc_deepstack_match, oc_deepstack_error},
    {oc_deepstack_register, oc_deepstack_error},
    {oc_deepstack_recognize, oc_deepstack_error},
    {oc_deepstack_delete, oc_deepstack_error},
    {oc_faces_verify, oc_problem},
};

static struct oc_registry *empty_registry(void)
{
    static struct oc_registry *reg;
    struct oc_err err;
    if (!reg) {
        oc_log_init(OC_LOG_TEXT, OC_LOG_NONE);
        if (oc_registry_new(&(struct oc_registry_options){.engine = {.threads = 1}}, &reg, &err))
            abort();
    }
    return reg;
}

/* Empty, of a file that is not there and is not made. */
static struct oc_gallery *empty_gallery(void)
{
    static struct oc_gallery *g;
    struct oc_err err;
    if (!g && oc_gallery_new(&(struct oc_gallery_options){.path = "/nonexistent/gallery.sqlite", .read_only = true}, &g, &err))
        abort();
    return g;
}

static void check_json(const struct oc_buf *b)
{
    json_t *v;
    if (!b->data || oc_json_parse(NULL, b->data, b->len, &v, NULL))
        abort();
    json_decref(v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const aliases[] = {"a=b"};
    struct oc_service service = {.registry = empty_registry(), .max_images = 4, .max_texts = 8, .max_pixels = 10000, .aliases = aliases};
    struct oc_arena arena;
    struct oc_err err = {0};
    char type[200];
    service.gallery = empty_gallery();
    service.max_body = OC_KIB(64);
    service.n_aliases = 1;
    if (!size)
        return 0;
    size_t which = *data++ % OC_ARRAY_LEN(routes);
    const uint8_t *line = memchr(data, '\n', --size);
    size_t n = line ? (size_t)(line - data) : size;
    if (n >= sizeof type)
        return 0;
    memcpy(type, data, n);
    type[n] = 0;
    struct oc_request req = {.service = &service, .content_type = type, .accept = "", .arena = &arena, .route_arg = "Ada"};
    struct oc_response res = {.status = 200};
    oc_arena_init(&arena, OC_MEM_OTHER, OC_MIB(4));
    oc_buf_init(&req.body, OC_MEM_BODY, OC_MIB(1));
    oc_buf_init(&res.body, OC_MEM_JSON, OC_MIB(1));
    enum oc_status st = line ? oc_buf_add(&req.body, line + 1, size - n - 1) : OC_OK;
    st = st ? st : routes[which].run(&req, &res, &err);
    if (st) {
        oc_buf_reset(&res.body);
        if (routes[which].error(st, err.msg, "id", &res.body))
            abort();
    }
    check_json(&res.body);
    oc_buf_deinit(&req.body);
    oc_buf_deinit(&res.body);
    oc_arena_deinit(&arena);
    return 0;
}

/*
 * The n-th allocation fails, for every n, while requests are answered: each must end with OK or out of memory, lose nothing, and
 * the next one must work.
 */
#include <jansson.h>
#include "base/log.h"
#include "handlers/dialects/compreface/compreface.h"
#include "handlers/dialects/deepface/deepface.h"
#include "handlers/dialects/deepstack/faces.h"
#include "handlers/dialects/dialects.h"
#include "handlers/metrics/sessions.h"
#include "handlers/routes.h"
#include "models/installed/registry.h"

#ifndef OC_TEST_DATA_DIR
#define OC_TEST_DATA_DIR "tests/data"
#endif

static int failures;

/* A 64x64 bitmap with a red square, 24 bits, bottom up. */
enum { SIDE = 64, BMP_BYTES = 54 + SIDE * SIDE * 3 };
static unsigned char bmp[BMP_BYTES];
static char body_json[BMP_BYTES * 4 / 3 + 200], body_tiled[sizeof body_json + 60], body_multipart[BMP_BYTES + 400];
static char body_pair[2 * BMP_BYTES + 400], body_vector[4000];
static char body_source[2 * BMP_BYTES + 400], body_img[2 * BMP_BYTES + 400];
static size_t json_len, tiled_len, multipart_len, pair_len, vector_len, source_len, img_len;

static void put32(unsigned char *p, unsigned v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (unsigned char)(v >> 8 * i);
}

static void make_bodies(void)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    memcpy(bmp, "BM", 2);
    put32(bmp + 2, BMP_BYTES);
    put32(bmp + 10, 54);
    put32(bmp + 14, 40);
    put32(bmp + 18, SIDE);
    put32(bmp + 22, SIDE);
    bmp[26] = 1;
    bmp[28] = 24;
    for (int y = 16; y < 32; y++)
        for (int x = 16; x < 32; x++)
            bmp[54 + ((SIDE - 1 - y) * SIDE + x) * 3 + 2] = 255;
    char *p = body_json +
              snprintf(body_json, sizeof body_json, "{\"model\":\"tiny_yolox\",\"classes\":[\"red\"],\"image\":\"data:image/bmp;base64,");
    for (size_t i = 0; i < BMP_BYTES; i += 3) { /* a multiple of three */
        unsigned v = (unsigned)bmp[i] << 16 | (unsigned)bmp[i + 1] << 8 | bmp[i + 2];
        for (int k = 18; k >= 0; k -= 6)
            *p++ = alphabet[v >> k & 63];
    }
    memcpy(p, "\"}", 2);
    json_len = (size_t)(p + 2 - body_json);
    memcpy(body_tiled, body_json, json_len);
    tiled_len = json_len - 1 +
                (size_t)snprintf(body_tiled + json_len - 1, sizeof body_tiled - json_len, ",\"tile\":\"48x48\",\"merge\":\"wbf\"}");
    p = body_multipart + snprintf(body_multipart, sizeof body_multipart,
                                  "--X\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\ntiny_yolox\r\n"
                                  "--X\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\n");
    memcpy(p, bmp, BMP_BYTES);
    p += BMP_BYTES;
    memcpy(p, "\r\n--X--\r\n", 9);
    multipart_len = (size_t)(p + 9 - body_multipart);
}

/* The same face twice, in parts of those names. */
static size_t make_pair(char *out, const char *const names[2])
{
    size_t n = 0;
    for (int i = 0; i < 2; i++) {
        n += (size_t)snprintf(out + n, 200, "%s--X\r\nContent-Disposition: form-data; name=\"%s\"; filename=\"a\"\r\n\r\n", i ? "\r\n" : "",
                              names[i]);
        memcpy(out + n, bmp, BMP_BYTES);
        n += BMP_BYTES;
    }
    memcpy(out + n, "\r\n--X--\r\n", 9);
    return n + 9;
}

/* Two faces in each protocol; two vectors of the tiny embedder's length. */
static void make_pairs(void)
{
    pair_len = make_pair(body_pair, (const char *const[]){"image1", "image2"});
    source_len = make_pair(body_source, (const char *const[]){"source_image", "target_image"});
    img_len = make_pair(body_img, (const char *const[]){"img1", "img2"});
    for (int k = 1; k <= 2; k++) {
        vector_len += (size_t)snprintf(body_vector + vector_len, sizeof body_vector - vector_len, "%s\"embedding%d\":[", k == 1 ? "{" : ",",
                                       k);
        for (int i = 0; i < 192; i++)
            vector_len += (size_t)snprintf(body_vector + vector_len, sizeof body_vector - vector_len, "%s%d", i ? "," : "", i % 7 - k);
        body_vector[vector_len++] = ']';
    }
    body_vector[vector_len++] = '}';
}

static const char metric_body[] =
    "{\"truth\":[{\"size\":[2,2],\"counts\":\"112\"}],\"prediction\":{\"size\":[2,2],\"segments\":[{\"class_id\":1,\"counts\":[1,1,2]}]},"
    "\"labels\":[\"a\",\"b\"],\"boundary_iou\":true}";

static const char terms_body[] = "{\"labels\":[\"a\",\"b\",\"c\"],\"boundary_iou\":true}",
                  pair_body[] = "{\"truth\":[{\"size\":[2,2],\"counts\":\"112\"}],\"prediction\":[{\"size\":[2,2],\"counts\":[1,1,2]}]}";
static char from_body[64];

#define BOXES "{\"image_id\":1,\"category_id\":2,\"bbox\":[0,0,9,9],\"score\":1,\"segmentation\":{\"size\":[2,2],\"counts\":[1,2,1]}}"
#define COCO_BODY "{\"truth\":{\"annotations\":[" BOXES "]},\"prediction\":[" BOXES "," BOXES "],"
static const char boxes_body[] = COCO_BODY "\"style\":\"voc\"}", masks_body[] = COCO_BODY "\"iou_type\":\"segm\"}";

struct ask {
    const char *what, *type, *route_arg;
    const void *body;
    size_t len;
    enum oc_status (*run)(struct oc_request *req, struct oc_response *res, struct oc_err *err);
    const char *answer; /* must be in the response */
    const char *accept; /* NULL: JSON is asked for; else a picture */
    const char *format; /* of that picture; NULL: "image" */
};

static struct oc_metric_sessions *sessions;
static char session[OC_SESSION_ID + 1], other_session[OC_SESSION_ID + 1];

/* Makes a session and ends it: what is left must be what was there before. */
static enum oc_status make_and_drop(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    enum oc_status st = oc_metrics_session_make(req, res, err);
    struct oc_err ignored;
    if (!st && res->location && oc_metric_session_drop(sessions, strrchr(res->location, '/') + 1, &ignored))
        return OC_E_INTERNAL;
    return st;
}

static void make_sessions(void)
{
    const struct oc_session_limits limits = {.sessions = 4, .bytes = OC_MIB(1), .idle_ns = INT64_C(3600000000000)};
    const struct oc_session_terms terms = {.classes = 2, .ignore = -1, .boundary_ratio = .02};
    struct oc_err err;
    if (oc_metric_sessions_new(&limits, &sessions, &err) || oc_metric_session_make(sessions, &terms, session, &err) ||
        oc_metric_session_make(sessions, &terms, other_session, &err))
        abort();
}

static enum oc_status answer(const struct ask *a, struct oc_registry *reg, bool *good)
{
    struct oc_service service = {.registry = reg, .metric_sessions = sessions, .max_images = 4, .max_body = OC_MIB(1)};
    struct oc_arena arena;
    struct oc_response res = {.status = 200};
    struct oc_err err = {0};
    const char *kind = a->format ? a->format : "image";
    const struct oc_field format = {"format", kind, strlen(kind)};
    struct oc_request req = {.service = &service,
                             .method = "POST",
                             .path = "/",
                             .route_arg = a->route_arg,
                             .content_type = a->type,
                             .accept = a->accept ? a->accept : "",
                             .query = &format,
                             .n_query = a->accept ? 1 : 0,
                             .arena = &arena};
    oc_arena_init(&arena, OC_MEM_OTHER, OC_MIB(4));
    oc_buf_init(&req.body, OC_MEM_BODY, OC_MIB(1));
    oc_buf_init(&res.body, OC_MEM_JSON, OC_MIB(1));
    enum oc_status st = oc_buf_add(&req.body, a->body, a->len);
    if (!st)
        st = a->run(&req, &res, &err);
    *good = !st && res.body.data && strstr(res.body.data, a->answer);
    oc_buf_deinit(&req.body);
    oc_buf_deinit(&res.body);
    oc_arena_deinit(&arena);
    return st;
}

/* A red pixel, and what is asked about it in each protocol. */
#define PIXEL "Qk06AAAAAAAAADYAAAAoAAAAAQAAAAEAAAABABgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAD/AA=="
#define MODEL(kind, part, rest)                                                                                                    \
    "--X\r\nContent-Disposition: form-data; name=\"entries\"\r\n\r\n{\"clip\":{\"" kind "\":{\"modelName\":\"a/tiny_clip\"}}}\r\n" \
    "--X\r\nContent-Disposition: form-data; name=\"" part "\"\r\n\r\n" rest "\r\n--X--\r\n"

static const struct embed_ask {
    const char *what, *body, *answer;
    enum oc_status (*run)(struct oc_request *req, struct oc_response *res, struct oc_err *err);
} embed_asks[] = {
    {"embed", "{\"images\":[\"" PIXEL "\",\"" PIXEL "\"],\"texts\":[\"red\",\"a blue\"],\"model\":\"tiny_clip\",\"encoding\":\"base64\"}",
     "\"vector\":\"AACAPwAAAAAAAAAAAAAAAA==\"", oc_embed},
    {"embed, the default", "{\"image\":\"" PIXEL "\",\"text\":\"red\"}", "\"model\":\"tiny_clip\"", oc_embed},
    {"classify", "{\"image\":\"" PIXEL "\",\"labels\":[\"red\",\"blue\"],\"template\":\"{}\",\"top_k\":1}", "\"label\":\"red\"",
     oc_classify},
    {"similarity", "{\"a\":{\"images\":[\"" PIXEL "\"]},\"b\":{\"texts\":[\"red\",\"blue\"]}}", "\"similarity\":[[", oc_similarity},
    {"matching", "{\"images\":[\"" PIXEL "\"],\"texts\":[\"red\",\"blue\"],\"scoring\":\"matching\"}", "\"scoring\":\"matching\"",
     oc_similarity},
    {"OpenAI", "{\"input\":[\"red\",{\"image\":\"" PIXEL "\"}],\"model\":\"tiny_clip\",\"dimensions\":2}", "\"embedding\":[1,0]",
     oc_openai_embeddings},
    {"Immich", MODEL("textual", "text", "red"), "{\"clip\":\"[1,0,0,0]\"}", oc_immich_predict},
    {"text-embeddings-inference", "{\"inputs\":[\"red\",\"blue\"]}", "[[1,0,0,0],[0,0,1,0]]", oc_tei_embed},
    {"Weaviate", "{\"texts\":[\"red\"],\"images\":[\"" PIXEL "\"]}", "\"textVectors\":[[1,0,0,0]]", oc_weaviate_vectorize},
};

static void check(bool ok, const char *what, const char *why, unsigned n)
{
    if (ok)
        return;
    printf("%s: %s at allocation %u\n", what, why, n);
    failures++;
}

/* Every allocation of one request in turn; models are loaded before, so that what remains afterwards can be counted. */
static void torture(const struct ask *a, struct oc_registry *reg)
{
    bool good;
    enum oc_status st = answer(a, reg, &good);
    check(!st && good, a->what, "does not work without failures", 0);
    size_t blocks = oc_mem_blocks();
    unsigned n = 1, refused = 0;
    for (; n < 20000; n++) {
        uint64_t before = oc_mem_calls();
        oc_mem_fail_at(n);
        st = answer(a, reg, &good);
        bool reached = oc_mem_calls() - before >= n;
        oc_mem_fail_at(0);
        check(st == OC_E_NOMEM || (!st && good), a->what, oc_status_name(st), n);
        check(oc_mem_blocks() <= blocks, a->what, "a block is lost", n);
        refused += st == OC_E_NOMEM;
        if (!st && !reached)
            break;
    }
    st = answer(a, reg, &good);
    check(!st && good, a->what, "does not work afterwards", n);
    check(oc_mem_blocks() <= blocks, a->what, "blocks are lost at the end", n);
    printf("%s: %u allocations, %u of them refused\n", a->what, n - 1, refused);
}

/* Making a registry, with every allocation failing once: scanning, facts, recipes. */
static void torture_registry(const struct oc_registry_options *opt)
{
    size_t blocks = oc_mem_blocks();
    unsigned n = 1;
    for (; n < 50000; n++) {
        struct oc_registry *reg;
        struct oc_err err = {0};
        uint64_t before = oc_mem_calls();
        oc_mem_fail_at(n);
        enum oc_status st = oc_registry_new(opt, &reg, &err);
        bool reached = oc_mem_calls() - before >= n;
        oc_mem_fail_at(0);
        check(st == OC_OK || st == OC_E_NOMEM, "registry", oc_status_name(st), n);
        if (!st)
            oc_registry_free(reg);
        check(oc_mem_blocks() == blocks, "registry", "a block is lost", n);
        if (!st && !reached)
            break;
    }
    printf("registry: %u allocations\n", n - 1);
}

static void *json_alloc(size_t n)
{
    return oc_mem_alloc(OC_MEM_JSON, n);
}

int main(void)
{
    const char *const directories[] = {OC_TEST_DATA_DIR "/models", OC_TEST_DATA_DIR "/face_models", OC_TEST_DATA_DIR "/embed_models"};
    struct oc_registry_options opt = {.directories = directories, .n_directories = OC_ARRAY_LEN(directories), .engine = {.threads = 1}};
    struct oc_registry *reg;
    struct oc_err err;
    json_set_alloc_funcs(json_alloc, oc_mem_free);
    oc_log_init(OC_LOG_TEXT, OC_LOG_NONE);
    make_bodies();
    make_pairs();
    torture_registry(&opt);
    make_sessions();
    snprintf(from_body, sizeof from_body, "from=%s", other_session);
    if (oc_registry_new(&opt, &reg, &err)) {
        printf("%s\n", err.msg);
        return 1;
    }
    const struct ask asks[] = {
        {"detect, raw body", "image/bmp", NULL, bmp, sizeof bmp, oc_detect, "\"label\":\"red\"", NULL, NULL},
        {"detect, JSON", "application/json", NULL, body_json, json_len, oc_detect, "\"label\":\"red\"", NULL, NULL},
        {"detect, tiled", "application/json", NULL, body_tiled, tiled_len, oc_detect, "\"tiles\":5", NULL, NULL},
        {"detect, multipart", "multipart/form-data; boundary=X", NULL, body_multipart, multipart_len, oc_detect, "\"label\":\"red\"", NULL,
         NULL},
        {"detect, DeepStack", "multipart/form-data; boundary=X", NULL, body_multipart, multipart_len, oc_deepstack_detection,
         "\"label\":\"red\"", NULL, NULL},
        {"models, DeepStack", "", NULL, "", 0, oc_deepstack_custom_list, "tiny_yolox", NULL, NULL},
        {"faces", "image/bmp", NULL, bmp, sizeof bmp, oc_faces_detect, "\"left_eye\":[20,20]", NULL, NULL},
        {"faces as vectors", "image/bmp", NULL, bmp, sizeof bmp, oc_faces_embed, "\"embedding\":[", NULL, NULL},
        {"faces compared", "multipart/form-data; boundary=X", NULL, body_pair, pair_len, oc_faces_verify, "\"verified\":true", NULL, NULL},
        {"a face and a vector", "application/json", NULL, body_vector, vector_len, oc_faces_verify, "\"compared\":[null,null]", NULL, NULL},
        {"faces, DeepStack", "image/bmp", NULL, bmp, sizeof bmp, oc_deepstack_face, "\"x_min\":16", NULL, NULL},
        {"compared, DeepStack", "multipart/form-data; boundary=X", NULL, body_pair, pair_len, oc_deepstack_match, "\"similarity\":1", NULL,
         NULL},
        {"faces, CompreFace", "image/bmp", NULL, bmp, sizeof bmp, oc_cf_detect, "\"x_min\":16", NULL, NULL},
        {"compared, CompreFace", "multipart/form-data; boundary=X", NULL, body_source, source_len, oc_cf_verify, "\"face_matches\":[{",
         NULL, NULL},
        {"compared, deepface", "multipart/form-data; boundary=X", NULL, body_img, img_len, oc_deepface_verify, "\"verified\":true", NULL,
         NULL},
        {"detect, a JPEG", "image/bmp", NULL, bmp, sizeof bmp, oc_detect, "\xff\xd8\xff\xe0", "image/jpeg", NULL},
        {"faces, a PNG", "image/bmp", NULL, bmp, sizeof bmp, oc_faces_detect, "\x89PNG\r\n", "image/png", NULL},
        {"segment", "image/bmp", NULL, bmp, sizeof bmp, oc_segment, "\"encoding\":\"coco_rle\"", NULL, NULL},
        {"segment, a mask", "image/bmp", NULL, bmp, sizeof bmp, oc_segment, "\x89PNG\r\n", "image/png", "mask"},
        {"segment, painted", "image/bmp", NULL, bmp, sizeof bmp, oc_segment, "\xff\xd8\xff\xe0", "image/jpeg", NULL},
        {"metrics", "application/json", NULL, metric_body, sizeof metric_body - 1, oc_metrics_segmentation, "\"mean_iou\":1", NULL, NULL},
        {"metrics of boxes", "application/json", NULL, boxes_body, sizeof boxes_body - 1, oc_metrics_detection, "\"map\":1", NULL, NULL},
        {"metrics of masks", "application/json", NULL, masks_body, sizeof masks_body - 1, oc_metrics_detection, "\"ap\":1", NULL, NULL},
        {"a session made", "application/json", NULL, terms_body, sizeof terms_body - 1, make_and_drop, "\"num_classes\":3", NULL, NULL},
        {"a session fed", "application/json", session, pair_body, sizeof pair_body - 1, oc_metrics_session_pairs, "\"pairs\":", NULL, NULL},
        {"a session asked", "", session, "", 0, oc_metrics_session_get, "\"mean_iou\":1", NULL, NULL},
        {"sessions put together", "application/x-www-form-urlencoded", session, from_body, strlen(from_body), oc_metrics_session_merge,
         "\"pairs\":", NULL, NULL},
        {"list", "", NULL, "", 0, oc_models_list, "tiny_yunet", NULL, NULL},
        {"one model", "", "tiny_yolox", "", 0, oc_models_get, "\"labels\":[\"red\",\"blue\"]", NULL, NULL},
        {"a page", "", NULL, "", 0, oc_page_docs, "<title>Ocelli: API", NULL, NULL},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(asks); i++)
        torture(&asks[i], reg);
    for (size_t i = 0; i < OC_ARRAY_LEN(embed_asks); i++) {
        const struct embed_ask *e = &embed_asks[i];
        const char *type = e->body[0] == '{' ? "application/json" : "multipart/form-data; boundary=X";
        torture(&(struct ask){e->what, type, NULL, e->body, strlen(e->body), e->run, e->answer, NULL, NULL}, reg);
    }
    oc_registry_free(reg);
    oc_metric_sessions_free(sessions);
    check(oc_mem_blocks() == 0, "end", "blocks are left", 0);
    printf(failures ? "%d failures\n" : "no failures\n", failures);
    return failures != 0;
}

/*
 * Vectors through the registry, from a file of both towers that this program writes: the mean colour of a picture, the mean of
 * a text's rows in a table. All numbers are known. Groups and fixed batches, the cache, cancelling, wrong tasks, and every
 * allocation failing once.
 */
#include <math.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/log.h"
#include "models/detect/detect.h"
#include "models/embed/embed.h"
#include "models/run/text_tower.h"
#include "models/installed/registry.h"
#include "tests/support/onnx_writer.h"

enum { SIDE = 8, CONTEXT = 8, TOKENS = 6, DIM = 3 };
static char top[] = "/tmp/ocelli-embed-XXXXXX";
static int failures;

#define CHECK(x)                                           \
    do {                                                   \
        if (!(x)) {                                        \
            printf("%s:%d: %s\n", __FILE__, __LINE__, #x); \
            failures++;                                    \
        }                                                  \
    } while (0)

static void write_file(const char *folder, const char *name, const void *data, size_t n)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", top, folder);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/%s/%s", top, folder, name);
    FILE *f = fopen(path, "wb");
    CHECK(f && fwrite(data, 1, n, f) == n);
    if (f)
        fclose(f);
}

static const char tokenizer[] =
    "{\"version\":\"1.0\",\"added_tokens\":["
    "{\"id\":1,\"content\":\"<s>\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"normalized\":false,\"special\":true},"
    "{\"id\":2,\"content\":\"</s>\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,\"normalized\":false,\"special\":true}],"
    "\"normalizer\":null,\"pre_tokenizer\":{\"type\":\"WhitespaceSplit\"},\"decoder\":null,"
    "\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"<s>\",\"type_id\":0}},"
    "{\"Sequence\":{\"id\":\"A\",\"type_id\":0}},{\"SpecialToken\":{\"id\":\"</s>\",\"type_id\":0}}],\"pair\":[],"
    "\"special_tokens\":{\"<s>\":{\"id\":\"<s>\",\"ids\":[1],\"tokens\":[\"<s>\"]},\"</s>\":{\"id\":\"</s>\",\"ids\":[2],\"tokens\":[\"</"
    "s>\"]}}},"
    "\"model\":{\"type\":\"BPE\",\"dropout\":null,\"unk_token\":\"<pad>\",\"continuing_subword_prefix\":null,\"end_of_word_suffix\":null,"
    "\"fuse_unk\":false,\"vocab\":{\"<pad>\":0,\"<s>\":1,\"</s>\":2,\"a\":3,\"b\":4,\"c\":5},\"merges\":[]}}";

/* Row i of the table; the padding's is zero. */
static float table(int id, int k)
{
    return id == 0 ? 0 : k == 0 ? (float)id : k == 1 ? (float)(id * id) : 1;
}

static void add(struct message *graph, struct message node)
{
    put_message(graph, 1, node);
}

/* Both towers in one graph; batch and length below 0: free. A text's vector is made of its rows by `reduce`. */
static void write_model(const char *folder, int64_t batch, int64_t length, const char *reduce)
{
    struct message graph = {0}, model = {0}, mean, flat = node_head("Flatten", "flat", "mean", "image_embeds");
    const int64_t pixels[] = {batch, 3, SIDE, SIDE}, ids[] = {batch, length}, rows[] = {TOKENS, DIM}, out[] = {batch, DIM}, axes[] = {1};
    float numbers[TOKENS * DIM], scale = 3.0f;
    for (int i = 0; i < TOKENS * DIM; i++)
        numbers[i] = table(i / DIM, i % DIM);
    add(&graph, node_head("GlobalAveragePool", "average", "pixel_values", "mean"));
    put_message(&flat, 5, attr_int("axis", 1));
    add(&graph, flat);
    add(&graph, node_head("Gather", "gather", "table,input_ids", "words"));
    mean = node_head(reduce, "reduce", "words", "text_embeds");
    struct message axes_attr = {0};
    put_text(&axes_attr, 1, "axes");
    for (size_t i = 0; i < 1; i++)
        put_int(&axes_attr, 8, axes[i]);
    put_int(&axes_attr, 20, 7);
    put_message(&mean, 5, axes_attr);
    put_message(&mean, 5, attr_int("keepdims", 0));
    add(&graph, mean);
    add(&graph, node_head("Mul", "scaled", "text_embeds,logit_scale", "logits"));
    put_text(&graph, 2, "both");
    struct message t = tensor_head("table", 1, rows, 2);
    put_bytes(&t, 9, numbers, sizeof numbers);
    put_message(&graph, 5, t);
    put_message(&graph, 5, tensor_raw("logit_scale", 1, 1, &scale, sizeof scale));
    put_message(&graph, 11, value_info("input_ids", 7, ids, 2));
    put_message(&graph, 11, value_info("pixel_values", 1, pixels, 4));
    put_message(&graph, 11, value_info("attention_mask", 7, ids, 2)); /* nobody needs it: not asked for */
    put_message(&graph, 12, value_info("logits", 1, out, 2));
    put_message(&graph, 12, value_info("text_embeds", 1, out, 2));
    put_message(&graph, 12, value_info("image_embeds", 1, out, 2));
    put_int(&model, 1, 8);
    put_message(&model, 7, graph);
    put_message(&model, 8, opset("", 13));
    write_file(folder, "model.onnx", model.p, model.n);
    free(model.p);
    write_file(folder, "tokenizer.json", tokenizer, sizeof tokenizer - 1);
    static const char json[] = "{\"format\":1,\"task\":\"embed\",\"embed\":{\"pad_id\":0},\"input\":{\"mean\":0,\"scale\":1}}";
    write_file(folder, "model.json", json, sizeof json - 1);
}

static struct oc_registry *open_registry(size_t cache)
{
    const char *directory = top;
    struct oc_registry_options opt = {
        .directories = &directory, .n_directories = 1, .engine = {.threads = 1, .backend = "reference"}, .text_cache_bytes = cache};
    struct oc_registry *reg = NULL;
    CHECK(oc_registry_new(&opt, &reg, NULL) == OC_OK);
    return reg;
}

/* Pictures of one colour each: number i has (i, 2 i, 3 i). */
static uint8_t colours[12][SIDE * SIDE * 3];
static struct oc_image pictures[12];

static void make_pictures(void)
{
    for (int i = 0; i < 12; i++) {
        for (int k = 0; k < SIDE * SIDE * 3; k++)
            colours[i][k] = (uint8_t)(i * (k % 3 + 1));
        pictures[i] = (struct oc_image){SIDE, SIDE, 3, colours[i]};
    }
}

static void check_pictures(struct oc_model *m, size_t n)
{
    struct oc_vectors v;
    struct oc_err err = {0};
    CHECK(oc_model_embed_images(m, pictures, n, false, NULL, &v, &err) == OC_OK);
    CHECK(v.n == n && (n == 0 || v.dim == DIM));
    for (size_t i = 0; i < v.n; i++)
        for (size_t k = 0; k < DIM; k++)
            CHECK(fabsf(v.data[i * DIM + k] - (float)(i * (k + 1))) < 1e-4f);
    oc_vectors_deinit(&v);
}

static const char *const words[] = {"a", "ab", "b a", "cc", "", "abcabc", "abcabcabc", "c", "a a", "x"};
/* Their ids without start and end; "abcabcabc" is cut to six, "x" is unknown. */
static const char *const inner[] = {"a", "ab", "ba", "cc", "", "abcabc", "abcabc", "c", "aa", "?"};

static void expected_text(size_t i, float out[DIM])
{
    for (int k = 0; k < DIM; k++) {
        out[k] = table(1, k) + table(2, k);
        for (const char *c = inner[i]; *c; c++)
            out[k] += table(*c == '?' ? 0 : *c - 'a' + 3, k);
        out[k] /= CONTEXT;
    }
}

static size_t check_texts(struct oc_model *m, size_t n)
{
    struct oc_text texts[OC_ARRAY_LEN(words)];
    struct oc_vectors v;
    struct oc_err err = {0};
    size_t tokens = 0, cut = 0, from_cache;
    for (size_t i = 0; i < n; i++) {
        texts[i] = (struct oc_text){words[i], strlen(words[i])};
        tokens += strlen(inner[i]) + 2;
        cut += i == 6;
    }
    CHECK(oc_model_embed_texts(m, texts, n, false, NULL, &v, &err) == OC_OK);
    if (*err.msg)
        printf("%s\n", err.msg);
    CHECK(v.n == n && v.tokens == tokens && v.cut == cut);
    for (size_t i = 0; i < v.n; i++) {
        float want[DIM];
        expected_text(i, want);
        for (size_t k = 0; k < DIM; k++)
            CHECK(fabsf(v.data[i * DIM + k] - want[k]) < 1e-5f);
    }
    from_cache = v.from_cache;
    oc_vectors_deinit(&v);
    return from_cache;
}

static bool stop(void *arg)
{
    int *left = arg;
    return --*left < 0;
}

static void test_cancelling(struct oc_model *m)
{
    struct oc_vectors v;
    struct oc_err err = {0};
    int left = 3;
    struct oc_run run = {.cancelled = stop, .cancel_arg = &left};
    CHECK(oc_model_embed_images(m, pictures, 12, true, &run, &v, &err) == OC_E_CANCELLED);
    CHECK(!v.data && v.n == 0);
    left = 0;
    CHECK(oc_model_embed_texts(m, &(struct oc_text){"cab", 3}, 1, true, &run, &v, &err) == OC_E_CANCELLED);
    CHECK(!v.data);
}

static enum oc_status keep_info(void *arg, const struct oc_model_info *info)
{
    *(struct oc_text_cache_stats *)arg = info->text_cache;
    return OC_OK;
}

static void test_model(struct oc_registry *reg, const char *name, bool cache)
{
    struct oc_lease lease = {0}, texts = {0};
    struct oc_err err = {0};
    CHECK(oc_registry_acquire(reg, name, OC_TASK_EMBED_IMAGE, NULL, &lease, &err) == OC_OK);
    CHECK(oc_registry_acquire(reg, name, OC_TASK_EMBED_TEXT, NULL, &texts, &err) == OC_OK);
    if (!lease.model) {
        printf("%s\n", err.msg);
        return;
    }
    CHECK(lease.model == texts.model && fabs(lease.recipe->embed.logit_scale - exp(3.0)) < 1e-6);
    for (size_t n = 0; n <= 12; n += n < 5 ? 1 : 7)
        check_pictures(lease.model, n);
    CHECK(check_texts(lease.model, 0) == 0);
    CHECK(check_texts(lease.model, 1) == 0);
    CHECK(check_texts(lease.model, 3) == (cache ? 1 : 0));
    CHECK(check_texts(lease.model, OC_ARRAY_LEN(words)) == (cache ? 3 : 0));
    CHECK(check_texts(lease.model, OC_ARRAY_LEN(words)) == (cache ? OC_ARRAY_LEN(words) : 0));
    struct oc_text_cache_stats stats = {0};
    CHECK(oc_registry_info(reg, name, keep_info, &stats, &err) == OC_OK);
    CHECK(stats.hits == (cache ? 14 : 0) && stats.entries == (cache ? OC_ARRAY_LEN(words) : 0));
    test_cancelling(lease.model);
    struct oc_detections d;
    CHECK(oc_model_detect(lease.model, &pictures[0], &(struct oc_detect_options){.score_threshold = -1, .iou_threshold = -1}, NULL, &d,
                          &err) == OC_E_INVALID);
    oc_registry_release(reg, &texts);
    oc_registry_release(reg, &lease);
}

/* Everything once, as often as it takes until no allocation fails any more. */
static enum oc_status everything(struct oc_model *m)
{
    struct oc_vectors v = {0}, w = {0};
    struct oc_text texts[] = {{"ab", 2}, {"c", 1}, {"a", 1}, {"b", 1}, {"ca", 2}};
    struct oc_err err = {0};
    enum oc_status st = oc_model_embed_images(m, pictures, 5, true, NULL, &v, &err);
    if (!st)
        st = oc_model_embed_texts(m, texts, 5, true, NULL, &w, &err);
    CHECK(!st || (*err.msg && !w.data));
    oc_vectors_deinit(&v);
    oc_vectors_deinit(&w);
    return st;
}

static void test_torture(const char *name)
{
    for (uint64_t n = 1;; n++) {
        struct oc_registry *reg = open_registry(0);
        struct oc_lease lease = {0};
        struct oc_err err;
        oc_mem_fail_at(n);
        enum oc_status st = oc_registry_acquire(reg, name, OC_TASK_EMBED_TEXT, NULL, &lease, &err);
        if (!st)
            st = everything(lease.model);
        oc_mem_fail_at(0);
        CHECK(st == OC_OK || st == OC_E_NOMEM);
        if (lease.model)
            CHECK(everything(lease.model) == OC_OK);
        oc_registry_release(reg, &lease);
        oc_registry_free(reg);
        if (!st || failures > 20)
            break;
    }
}

/* Rows as short as texts need only where the padding behind them changes nothing. */
static void test_short_rows(struct oc_registry *reg, const char *name, enum oc_short_rows expected)
{
    struct oc_lease lease;
    struct oc_err err;
    const struct oc_text texts[] = {{"a b", 3}, {"a c a", 5}, {"b", 1}};
    const float largest[] = {4, 5, 4};
    CHECK(oc_registry_acquire(reg, name, OC_TASK_EMBED_TEXT, NULL, &lease, &err) == OC_OK);
    if (!lease.model)
        return;
    struct oc_text_tower *tower = oc_model_text_tower(lease.model);
    CHECK(atomic_load(&tower->short_rows) == OC_SHORT_ROWS_UNKNOWN);
    for (size_t i = 0; i < OC_ARRAY_LEN(texts); i++) {
        struct oc_vectors v;
        CHECK(oc_model_embed_texts(lease.model, &texts[i], 1, false, NULL, &v, &err) == OC_OK);
        CHECK(v.dim == DIM && (expected == OC_SHORT_ROWS_DIFFER || fabsf(v.data[0] - largest[i]) < 1e-5f));
        CHECK(atomic_load(&tower->short_rows) == (int)expected);
        oc_vectors_deinit(&v);
    }
    oc_registry_release(reg, &lease);
}

static void clean_up(void)
{
    static const char *const files[] = {"model.onnx", "tokenizer.json", "model.json", ""}, *const folders[] = {"free", "fixed", "largest",
                                                                                                               "mean"};
    char path[300];
    for (size_t i = 0; i < 4 * OC_ARRAY_LEN(folders); i++) {
        snprintf(path, sizeof path, "%s/%s/%s", top, folders[i / 4], files[i % 4]);
        CHECK(!remove(path));
    }
    CHECK(!rmdir(top));
}

int main(void)
{
    oc_log_init(OC_LOG_TEXT, OC_LOG_NONE);
    CHECK(mkdtemp(top));
    make_pictures();
    write_model("free", -1, CONTEXT, "ReduceMean");
    write_model("fixed", 3, CONTEXT, "ReduceMean");
    write_model("largest", -1, -1, "ReduceMax");
    write_model("mean", -1, -1, "ReduceMean");
    for (size_t cache = 0; cache <= OC_MIB(1); cache += OC_MIB(1)) {
        struct oc_registry *reg = open_registry(cache);
        test_model(reg, "free", cache);
        test_model(reg, "fixed", cache);
        test_short_rows(reg, "largest", OC_SHORT_ROWS_SAME);
        test_short_rows(reg, "mean", OC_SHORT_ROWS_DIFFER);
        oc_registry_free(reg);
    }
    size_t before = oc_mem_blocks();
    test_torture("free");
    test_torture("largest");
    CHECK(oc_mem_blocks() == before);
    clean_up();
    printf(failures ? "%d failures\n" : "no failures\n", failures);
    return failures ? 1 : 0;
}

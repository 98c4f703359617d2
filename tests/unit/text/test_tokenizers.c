/*
 * Tokenizers as a whole: ids that other implementations gave (tests/data/tokenizers/ids.json; its versions are in it), lengths and padding,
 * bytes that are not UTF-8, and refusals that name what is not known.
 */
#include <criterion/criterion.h>
#include <jansson.h>
#include "base/limits.h"
#include "base/mem.h"
#include "text/models/words.h"
#include "text/tokenizer.h"

static struct oc_tokenizer *load(const char *name)
{
    char path[4096];
    struct oc_tokenizer *t;
    struct oc_err err;
    snprintf(path, sizeof path, "%s/tokenizers/%s", OC_TEST_DATA_DIR, name);
    cr_assert_eq(oc_tokenizer_load(path, &t, &err), OC_OK, "%s: %s", name, err.msg);
    return t;
}

static struct oc_encoding encode(const struct oc_tokenizer *t, const char *text, size_t n, struct oc_encode_options opt)
{
    struct oc_encoding e;
    struct oc_err err;
    cr_assert_eq(oc_tokenizer_encode(t, text, n, &opt, &e, &err), OC_OK, "%s", err.msg);
    return e;
}

static void expect_ids(const struct oc_tokenizer *t, const char *name, const json_t *text, const json_t *ids)
{
    struct oc_encoding e = encode(t, json_string_value(text), json_string_length(text), (struct oc_encode_options){0});
    cr_expect_eq(e.n, json_array_size(ids), "%s: %zu ids, %zu expected: %s", name, e.n, json_array_size(ids), json_string_value(text));
    for (size_t i = 0; i < e.n && i < json_array_size(ids); i++)
        cr_expect_eq(e.ids[i], json_integer_value(json_array_get(ids, i)), "%s, id %zu: %s", name, i, json_string_value(text));
    oc_encoding_deinit(&e);
}

Test(tokenizers, ids_are_those_of_other_implementations)
{
    json_t *root = json_load_file(OC_TEST_DATA_DIR "/tokenizers/ids.json", JSON_ALLOW_NUL, NULL);
    json_t *texts = json_object_get(root, "texts"), *lists;
    const char *name;
    cr_assert_gt(json_array_size(texts), 100u);
    cr_assert_geq(json_object_size(json_object_get(root, "ids")), 7u);
    json_object_foreach(json_object_get(root, "ids"), name, lists)
    {
        struct oc_tokenizer *t = load(name);
        cr_assert_eq(json_array_size(lists), json_array_size(texts));
        for (size_t i = 0; i < json_array_size(texts); i++)
            expect_ids(t, name, json_array_get(texts, i), json_array_get(lists, i));
        oc_tokenizer_free(t);
    }
    json_decref(root);
}

Test(tokenizers, clip_gives_the_recorded_ids)
{
    const char *data = getenv("OCELLI_TEST_DATA");
    char path[4096];
    if (!data) {
        cr_log_info("OCELLI_TEST_DATA is not set: CLIP's own vocabulary is not checked\n");
        return;
    }
    snprintf(path, sizeof path, "%s/expected/clip_tokens.json", data);
    json_t *root = json_load_file(path, 0, NULL), *ids;
    const char *text;
    cr_assert_geq(json_object_size(json_object_get(root, "tokens")), 20u);
    static const char *const files[] = {"ortx_clip_tokenizer.json", "clip_bpe_simple_vocab_16e6.txt.gz"};
    for (size_t i = 0; i < OC_ARRAY_LEN(files); i++) {
        struct oc_tokenizer *t;
        struct oc_err err;
        snprintf(path, sizeof path, "%s/vocab/%s", data, files[i]);
        cr_assert_eq(oc_tokenizer_load(path, &t, &err), OC_OK, "%s", err.msg);
        cr_expect_eq(oc_tokenizer_info(t).n_tokens, 49408);
        cr_expect_eq(oc_tokenizer_info(t).end_id, 49407);
        json_object_foreach(json_object_get(root, "tokens"), text, ids)
        {
            json_t *string = json_string(text);
            expect_ids(t, files[i], string, ids);
            json_decref(string);
        }
        oc_tokenizer_free(t);
    }
    json_decref(root);
}

/* The first sentence is encoded, those behind it are mostly remembered: both must be the same. */
Test(tokenizers, words_that_come_again_have_the_ids_they_had)
{
    static const char *const names[] = {"clip.json",    "llama3.json",   "bert.json", "mixed.json",
                                        "unigram.json", "unigram.model", "bpe.model"};
    static const char sentence[] =
        " The unbelievable na\xc3\xafve cats' 2024 photographs, \xe7\x8c\xab\xe7\x8c\xab re-entered: \xf0\x9f\x98\x80!!"
        " don't don internationalizationinternationalizationinternationalization 12 1 2";
    enum { TIMES = 60, SKIPPED = 5 };
    char *text = oc_mem_alloc(OC_MEM_OTHER, TIMES * sizeof sentence);
    cr_assert(text);
    for (size_t i = 0; i < TIMES; i++)
        memcpy(text + i * (sizeof sentence - 1), sentence, sizeof sentence);
    for (size_t k = 0; k < OC_ARRAY_LEN(names); k++) {
        struct oc_tokenizer *t = load(names[k]);
        struct oc_encode_options all = {.length = 1 << 20, .no_padding = true, .no_special = true};
        struct oc_encoding one = encode(t, text, sizeof sentence - 1, all), half = encode(t, text, TIMES / 2 * (sizeof sentence - 1), all),
                           whole = encode(t, text, TIMES * (sizeof sentence - 1), all);
        size_t period = (whole.n - half.n) / (TIMES / 2);
        cr_assert(period >= one.n - 1 && period <= one.n + 1, "%s: %zu ids of one, %zu of each", names[k], one.n, period);
        cr_assert(!memcmp(one.ids, whole.ids, (one.n - 1) * sizeof *one.ids), "%s", names[k]);
        for (size_t i = SKIPPED; i + period + SKIPPED < whole.n; i++)
            cr_assert_eq(whole.ids[i], whole.ids[i + period], "%s, id %zu", names[k], i);
        oc_encoding_deinit(&one);
        oc_encoding_deinit(&half);
        oc_encoding_deinit(&whole);
        oc_tokenizer_free(t);
    }
    oc_mem_free(text);
}

/* More words than there are places for. */
Test(tokenizers, kept_words_are_never_mixed_up)
{
    enum { WORDS = 20000, WIDTH = 6, PASSES = 3 };
    struct oc_ids ids = {0};
    struct oc_words words;
    struct oc_err err;
    char *text = oc_mem_alloc(OC_MEM_OTHER, WORDS * WIDTH + 1);
    size_t found = 0, bytes = WORDS * WIDTH;
    cr_assert(text);
    for (size_t i = 0; i < WORDS; i++)
        snprintf(text + i * WIDTH, WIDTH + 1, "%06zu", i % 5000 * 7); /* each four times */
    oc_words_init(&words, text, bytes);
    for (size_t i = 0; i < PASSES * WORDS; i++) {
        const char *word = text + i % WORDS * WIDTH;
        enum oc_word_kind kind = i % 5 ? OC_WORD_INSIDE : OC_WORD_WHOLE;
        int32_t expected = (int32_t)(i % 5000 * 14) + (kind == OC_WORD_WHOLE);
        struct oc_word *slot;
        enum oc_status st = OC_OK;
        size_t first = ids.n;
        if (oc_words_find(&words, word, WIDTH, kind, &ids, &slot, &st, &err)) {
            found++;
        } else {
            cr_assert_not_null(slot);
            for (int k = 0; k <= expected % 3; k++)
                cr_assert_eq(oc_ids_add(&ids, expected, &err), OC_OK);
            oc_words_keep(&words, slot, word, WIDTH, kind, &ids, first);
        }
        cr_assert_eq(st, OC_OK);
        cr_assert_eq(ids.n - first, (size_t)(expected % 3 + 1), "word %zu", i);
        cr_assert_eq(ids.data[first], expected, "word %zu", i);
        cr_assert_eq(ids.data[ids.n - 1], expected, "word %zu", i);
    }
    cr_assert_gt(found, (size_t)(PASSES * WORDS / 2));
    oc_words_deinit(&words);
    oc_mem_free(ids.data);
    oc_mem_free(text);
}

Test(tokenizers, longer_texts_are_cut_before_the_end_token_and_shorter_ones_padded)
{
    struct oc_tokenizer *t = load("clip.json");
    const char *text = "a photo of a model that is long enough to be cut";
    struct oc_encoding all = encode(t, text, strlen(text), (struct oc_encode_options){.no_padding = true});
    struct oc_encoding cut = encode(t, text, strlen(text), (struct oc_encode_options){.length = 5});
    struct oc_encoding padded = encode(t, "a", 1, (struct oc_encode_options){.length = 9, .pad = true, .pad_id = 7});
    struct oc_encoding bare = encode(t, "a", 1, (struct oc_encode_options){.no_special = true, .no_padding = true});
    cr_expect(cut.was_cut && cut.n == 5 && cut.n_real == 5 && !all.was_cut);
    cr_expect_arr_eq(cut.ids, all.ids, 4 * sizeof *cut.ids);
    cr_expect_eq(cut.ids[4], all.ids[all.n - 1]);
    cr_expect(padded.n == 9 && padded.n_real == 3 && padded.ids[3] == 7 && padded.ids[8] == 7);
    cr_expect(bare.n == 1 && bare.ids[0] == padded.ids[1]);
    struct oc_err err;
    struct oc_encoding none;
    cr_expect_eq(oc_tokenizer_encode(t, "a", 1, &(struct oc_encode_options){.length = 1}, &none, &err), OC_E_INVALID);
    oc_encoding_deinit(&all);
    oc_encoding_deinit(&cut);
    oc_encoding_deinit(&padded);
    oc_encoding_deinit(&bare);
    oc_tokenizer_free(t);
}

Test(tokenizers, each_malformed_part_is_read_as_one_replacement_character)
{
    static const struct {
        const char *bytes, *same;
    } cases[] = {{"a\xff"
                  "b",
                  "a\xef\xbf\xbd"
                  "b"},
                 {"\xe2\x82", "\xef\xbf\xbd"},
                 {"\xf0\x9f\x98x", "\xef\xbf\xbdx"},
                 {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
                 {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"}};
    struct oc_tokenizer *t = load("llama3.json");
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        struct oc_encoding a = encode(t, cases[i].bytes, strlen(cases[i].bytes), (struct oc_encode_options){0});
        struct oc_encoding b = encode(t, cases[i].same, strlen(cases[i].same), (struct oc_encode_options){0});
        cr_assert_eq(a.n, b.n);
        cr_expect_arr_eq(a.ids, b.ids, a.n * sizeof *a.ids);
        oc_encoding_deinit(&a);
        oc_encoding_deinit(&b);
    }
    oc_tokenizer_free(t);
}

Test(tokenizers, what_is_not_known_is_refused_by_name)
{
    static const struct {
        const char *json, *word;
        enum oc_status status;
    } cases[] = {
        {"{\"model\":{\"type\":\"WordLevel\",\"vocab\":{}}}", "'WordLevel'", OC_E_UNSUPPORTED},
        {"{\"model\":{\"type\":\"BPE\",\"dropout\":0.1,\"vocab\":{},\"merges\":[]}}", "dropout", OC_E_UNSUPPORTED},
        {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]},\"normalizer\":{\"type\":\"Foo\"}}", "'Foo'", OC_E_UNSUPPORTED},
        {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]},\"pre_tokenizer\":{\"type\":\"UnicodeScripts\"}}",
         "'UnicodeScripts'", OC_E_UNSUPPORTED},
        {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]},\"post_processor\":{\"type\":\"Bar\"}}", "'Bar'",
         OC_E_UNSUPPORTED},
        {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[]},\"pre_tokenizer\":{\"type\":\"Split\",\"pattern\":{\"Regex\":"
         "\"(a)\\\\1\"},\"behavior\":\"Isolated\"}}",
         "\\1", OC_E_UNSUPPORTED},
        {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0},\"merges\":[\"a b\"]}}", "'b'", OC_E_MODEL},
        {"{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":1048576},\"merges\":[]}}", "1048576", OC_E_MODEL},
        {"{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":0}}}", "'[UNK]'", OC_E_MODEL},
        {"{\"model\":", "line 1", OC_E_MODEL},
        {"[]", "object", OC_E_MODEL},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        struct oc_tokenizer *t;
        struct oc_err err = {0};
        enum oc_status st = oc_tokenizer_parse(OC_TOKENIZER_JSON, cases[i].json, strlen(cases[i].json), &t, &err);
        cr_expect_eq(st, cases[i].status, "%s: %s", cases[i].json, err.msg);
        cr_expect(strstr(err.msg, cases[i].word), "%s: %s", cases[i].json, err.msg);
        cr_expect_null(t);
    }
}

Test(tokenizers, a_text_that_is_too_long_is_refused)
{
    struct oc_tokenizer *t = load("bert.json");
    struct oc_encoding e;
    struct oc_err err;
    char *text = oc_mem_zero(OC_MEM_OTHER, LIM_TEXT_BYTES + 1);
    cr_assert_eq(oc_tokenizer_encode(t, text, LIM_TEXT_BYTES + 1, &(struct oc_encode_options){0}, &e, &err), OC_E_INVALID);
    cr_expect(strstr(err.msg, "1048577"));
    oc_mem_free(text);
    oc_tokenizer_free(t);
}

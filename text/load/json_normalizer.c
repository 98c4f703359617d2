/* The member "normalizer": a list of normalisers, sequences laid out flat. */
#include "base/base64.h"
#include "base/limits.h"
#include "text/load/json.h"
#include "text/unicode/charsmap.h"

static enum oc_status copy_content(struct oc_text_part p, const char *member, struct oc_normaliser *n)
{
    const json_t *content = oc_part_member(p, member);
    if (!json_is_string(content))
        return oc_part_broken(p, "a text is missing");
    n->n_content = json_string_length(content);
    n->content = oc_mem_strndup(OC_MEM_MODEL, json_string_value(content), n->n_content);
    return n->content ? OC_OK : oc_err_nomem(p.err, "normalizer", n->n_content);
}

static enum oc_status read_replace(struct oc_text_part p, struct oc_normaliser *n)
{
    n->kind = OC_NORMALISE_REPLACE;
    enum oc_status st = oc_part_pattern(p, &n->pattern);
    return st ? st : copy_content(p, "content", n);
}

static enum oc_status read_strip(struct oc_text_part p, struct oc_normaliser *n)
{
    n->kind = OC_NORMALISE_STRIP;
    enum oc_status st = oc_part_bool(p, "strip_left", &n->left);
    return st ? st : oc_part_bool(p, "strip_right", &n->right);
}

static enum oc_status read_bert(struct oc_text_part p, struct oc_normaliser *n)
{
    n->kind = OC_NORMALISE_BERT;
    n->clean = n->chinese = n->lower = true;
    enum oc_status st = oc_part_bool(p, "clean_text", &n->clean);
    if (!st)
        st = oc_part_bool(p, "handle_chinese_chars", &n->chinese);
    if (!st)
        st = oc_part_bool(p, "lowercase", &n->lower);
    n->strip_accents = n->lower; /* where it is null */
    return st ? st : oc_part_bool(p, "strip_accents", &n->strip_accents);
}

static enum oc_status read_charsmap(struct oc_text_part p, struct oc_normaliser *n)
{
    n->kind = OC_NORMALISE_CHARSMAP;
    const json_t *text = oc_part_member(p, "precompiled_charsmap");
    if (!json_is_string(text))
        return oc_part_broken(p, "'precompiled_charsmap' is missing");
    struct oc_buf bytes;
    oc_buf_init(&bytes, OC_MEM_OTHER, LIM_TOKENIZER_FILE);
    enum oc_status st = oc_base64_decode(json_string_value(text), json_string_length(text), &bytes, p.err);
    if (st == OC_E_INVALID)
        st = oc_err_set(p.err, OC_E_MODEL, "precompiled_charsmap: not base64");
    else if (!st)
        st = oc_charsmap_new(bytes.data ? bytes.data : "", bytes.len, &n->charsmap, p.err);
    oc_buf_deinit(&bytes);
    return st;
}

static enum oc_status read_one(struct oc_text_part p, struct oc_normaliser *n)
{
    static const struct {
        const char *type;
        struct oc_normaliser value;
    } plain[] = {
        {"NFC", {.kind = OC_NORMALISE_FORM, .form = OC_FORM_NFC}},
        {"NFD", {.kind = OC_NORMALISE_FORM, .form = OC_FORM_NFD}},
        {"NFKC", {.kind = OC_NORMALISE_FORM, .form = OC_FORM_NFKC}},
        {"NFKD", {.kind = OC_NORMALISE_FORM, .form = OC_FORM_NFKD}},
        {"Lowercase", {.kind = OC_NORMALISE_LOWER}},
        {"StripAccents", {.kind = OC_NORMALISE_MARKS}},
        {"ByteLevel", {.kind = OC_NORMALISE_BYTES}},
        {"Nmt", {.kind = OC_NORMALISE_NMT}},
    };
    static const struct {
        const char *type;
        enum oc_status (*read)(struct oc_text_part p, struct oc_normaliser *n);
    } others[] = {{"Replace", read_replace}, {"Strip", read_strip}, {"BertNormalizer", read_bert}, {"Precompiled", read_charsmap}};
    const char *type = oc_part_type(p);
    for (size_t i = 0; i < OC_ARRAY_LEN(plain); i++)
        if (!strcmp(type, plain[i].type)) {
            *n = plain[i].value;
            return OC_OK;
        }
    for (size_t i = 0; i < OC_ARRAY_LEN(others); i++)
        if (!strcmp(type, others[i].type))
            return others[i].read(p, n);
    if (!strcmp(type, "Prepend")) {
        n->kind = OC_NORMALISE_PREPEND;
        return copy_content(p, "prepend", n);
    }
    return oc_part_unknown(p, type);
}

enum oc_status oc_json_normalizer(struct oc_tokenizer *t, const json_t *json, int depth, struct oc_err *err)
{
    struct oc_text_part p = {json, "normalizer", err};
    if (!json || json_is_null(json))
        return OC_OK;
    if (strcmp(oc_part_type(p), "Sequence")) {
        if (t->n_normalisers == OC_MOST_STEPS)
            return oc_part_broken(p, "more than 64 steps");
        return read_one(p, &t->normalisers[t->n_normalisers++]);
    }
    const json_t *list = oc_part_member(p, "normalizers");
    if (!json_is_array(list) || depth > 8)
        return oc_part_broken(p, "a sequence without a list, or too deep");
    enum oc_status st = OC_OK;
    for (size_t i = 0; i < json_array_size(list) && !st; i++)
        st = oc_json_normalizer(t, json_array_get(list, i), depth + 1, err);
    return st;
}

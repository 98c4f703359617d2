/* tokenizer.json as a whole. */
#include "base/limits.h"
#include "text/load/json.h"
#include "text/load/load.h"

/* Ids go on behind the model's vocabulary, as the reference counts them; a token the vocabulary has keeps its id there. */
enum oc_status oc_json_added_tokens(struct oc_tokenizer *t, const json_t *json, struct oc_err *err)
{
    int64_t next = (int64_t)t->vocabulary.n;
    enum oc_status st = OC_OK;
    for (size_t i = 0; i < json_array_size(json) && !st; i++) {
        struct oc_text_part p = {json_array_get(json, i), "added_tokens", err};
        const json_t *content = oc_part_member(p, "content");
        struct oc_added_token token = {.id = 0};
        bool normalised = true;
        if (!json_is_string(content))
            return oc_part_broken(p, "'content' must be a string");
        if (!json_string_length(content))
            continue;
        st = oc_part_bool(p, "single_word", &token.single_word);
        if (!st)
            st = oc_part_bool(p, "lstrip", &token.left);
        if (!st)
            st = oc_part_bool(p, "rstrip", &token.right);
        if (!st)
            st = oc_part_bool(p, "normalized", &normalised);
        if (!st)
            st = oc_tokenizer_add(t, json_string_value(content), json_string_length(content), token, normalised, &next, err);
    }
    if (!st)
        st = oc_added_finish(&t->raw, err);
    return st ? st : oc_added_finish(&t->normalised, err);
}

static enum oc_status read_direction(struct oc_text_part p, bool *left)
{
    const char *direction = "Right";
    enum oc_status st = oc_part_string(p, "direction", &direction);
    *left = !strcmp(direction, "Left");
    if (!st && !*left && strcmp(direction, "Right"))
        return oc_err_set(p.err, OC_E_UNSUPPORTED, "%s: direction '%.64s' is not known here", p.name, direction);
    return st;
}

static enum oc_status read_truncation(struct oc_tokenizer *t, const json_t *json, struct oc_err *err)
{
    struct oc_text_part p = {json, "truncation", err};
    const char *strategy = "LongestFirst";
    if (!json || json_is_null(json))
        return OC_OK;
    enum oc_status st = oc_part_size(p, "max_length", LIM_TEXT_BYTES, &t->max_length);
    if (!st)
        st = oc_part_string(p, "strategy", &strategy);
    if (!st && strcmp(strategy, "LongestFirst") && strcmp(strategy, "OnlyFirst"))
        st = oc_err_set(err, OC_E_UNSUPPORTED, "truncation: strategy '%.64s' is not known here", strategy);
    return st ? st : read_direction(p, &t->cut_left);
}

static enum oc_status read_padding(struct oc_tokenizer *t, const json_t *json, struct oc_err *err)
{
    struct oc_text_part p = {json, "padding", err};
    if (!json || json_is_null(json))
        return OC_OK;
    size_t id = 0;
    const json_t *strategy = oc_part_member(p, "strategy");
    const char *word = json_string_value(strategy);
    enum oc_status st = oc_part_size(p, "pad_id", LIM_VOCABULARY - 1, &id);
    if (!st && word && strcmp(word, "BatchLongest"))
        st = oc_err_set(err, OC_E_UNSUPPORTED, "padding: strategy '%.64s' is not known here", word);
    else if (!st && !word)
        st = oc_part_size((struct oc_text_part){strategy, "padding", err}, "Fixed", LIM_TEXT_BYTES, &t->pad_length);
    if (!st)
        st = oc_part_size(p, "pad_to_multiple_of", LIM_TEXT_BYTES, &t->pad_multiple);
    t->pads = true;
    t->pad_id = (int32_t)id;
    return st ? st : read_direction(p, &t->pad_left);
}

static enum oc_status read_document(struct oc_tokenizer *t, const json_t *root, struct oc_err *err)
{
    if (!json_is_object(root))
        return oc_err_set(err, OC_E_MODEL, "not an object");
    const char *version = json_string_value(json_object_get(root, "version"));
    if (version && strcmp(version, "1.0"))
        return oc_err_set(err, OC_E_UNSUPPORTED, "version '%.32s' is not known here", version);
    enum oc_status st = oc_json_model(t, json_object_get(root, "model"), err);
    if (!st)
        st = oc_json_normalizer(t, json_object_get(root, "normalizer"), 0, err);
    if (!st)
        st = oc_json_pre_tokenizer(t, json_object_get(root, "pre_tokenizer"), 0, err);
    if (!st)
        st = oc_json_post_processor(t, json_object_get(root, "post_processor"), 0, err);
    if (!st)
        st = read_truncation(t, json_object_get(root, "truncation"), err);
    if (!st)
        st = read_padding(t, json_object_get(root, "padding"), err);
    return st ? st : oc_json_added_tokens(t, json_object_get(root, "added_tokens"), err);
}

enum oc_status oc_load_json(struct oc_tokenizer *t, const char *bytes, size_t n, struct oc_err *err)
{
    json_t *root = NULL;
    enum oc_status st = oc_json_text(bytes, n, &root, err);
    if (!st)
        st = read_document(t, root, err);
    json_decref(root);
    return st;
}

/* The member "model": BPE, Unigram or WordPiece, with its vocabulary. */
#include "base/limits.h"
#include "text/load/json.h"

/* {"token": id, ...} */
static enum oc_status read_vocabulary(struct oc_tokenizer *t, struct oc_text_part p)
{
    json_t *vocab = json_object_get(p.json, "vocab");
    if (!json_is_object(vocab))
        return oc_part_broken(p, "'vocab' must be an object");
    enum oc_status st = OC_OK;
    for (void *at = json_object_iter(vocab); at && !st; at = json_object_iter_next(vocab, at)) {
        const json_t *id = json_object_iter_value(at);
        if (!json_is_integer(id))
            return oc_part_broken(p, "'vocab' has an id that is not a number");
        st = oc_vocabulary_add(&t->vocabulary, json_object_iter_key(at), json_object_iter_key_len(at), json_integer_value(id), p.err);
    }
    return st;
}

static enum oc_status bad_merge(struct oc_text_part p, size_t i)
{
    return oc_err_set(p.err, OC_E_MODEL, "model: merge %zu is not two tokens", i);
}

/* "a b" in older files, ["a", "b"] in newer ones. */
static enum oc_status read_merge(struct oc_tokenizer *t, struct oc_text_part p, const json_t *merge, size_t i)
{
    if (json_is_array(merge)) {
        const json_t *a = json_array_get(merge, 0), *b = json_array_get(merge, 1);
        if (json_array_size(merge) != 2 || !json_is_string(a) || !json_is_string(b))
            return bad_merge(p, i);
        return oc_bpe_add_merge(&t->bpe, json_string_value(a), json_string_length(a), json_string_value(b), json_string_length(b), p.err);
    }
    const char *text = json_string_value(merge);
    size_t n = text ? json_string_length(merge) : 0;
    if (text && n >= 8 && !memcmp(text, "#version", 8))
        return OC_OK;
    const char *blank = text ? memchr(text, ' ', n) : NULL;
    if (!blank || memchr(blank + 1, ' ', n - (size_t)(blank + 1 - text)))
        return bad_merge(p, i);
    return oc_bpe_add_merge(&t->bpe, text, (size_t)(blank - text), blank + 1, n - (size_t)(blank + 1 - text), p.err);
}

static enum oc_status read_merges(struct oc_tokenizer *t, struct oc_text_part p)
{
    const json_t *merges = oc_part_member(p, "merges");
    size_t n = json_array_size(merges);
    if (!json_is_array(merges))
        return oc_part_broken(p, "'merges' must be a list");
    if (n > LIM_MERGES)
        return oc_err_set(p.err, OC_E_MODEL, "model: %zu merges; %d are allowed", n, LIM_MERGES);
    enum oc_status st = OC_OK;
    for (size_t i = 0; i < n && !st; i++)
        st = read_merge(t, p, json_array_get(merges, i), i);
    return st;
}

static enum oc_status read_bpe(struct oc_tokenizer *t, struct oc_text_part p)
{
    struct oc_bpe_options opt = {.prefix = NULL};
    const json_t *dropout = oc_part_member(p, "dropout");
    if (dropout && !(json_is_number(dropout) && !(json_number_value(dropout) > 0)))
        return oc_err_set(p.err, OC_E_UNSUPPORTED, "model: dropout would give other tokens each time");
    enum oc_status st = oc_part_string(p, "continuing_subword_prefix", &opt.prefix);
    if (!st)
        st = oc_part_string(p, "end_of_word_suffix", &opt.suffix);
    if (!st)
        st = oc_part_string(p, "unk_token", &opt.unknown);
    if (!st)
        st = oc_part_bool(p, "fuse_unk", &opt.fuse_unknown);
    if (!st)
        st = oc_part_bool(p, "byte_fallback", &opt.byte_fallback);
    if (!st)
        st = oc_part_bool(p, "ignore_merges", &opt.whole_words);
    if (!st)
        st = read_vocabulary(t, p);
    if (!st)
        st = oc_bpe_init(&t->bpe, &t->vocabulary, &opt, p.err);
    t->model = OC_TEXT_BPE;
    return st ? st : read_merges(t, p);
}

/* Files from before "type" was written: each model has a member of its own. */
static const char *guess_type(struct oc_text_part p)
{
    const char *type = oc_part_type(p);
    if (*type)
        return type;
    return oc_part_member(p, "merges") ? "BPE" : oc_part_member(p, "max_input_chars_per_word") ? "WordPiece" : "Unigram";
}

enum oc_status oc_json_model(struct oc_tokenizer *t, const json_t *json, struct oc_err *err)
{
    struct oc_text_part p = {json, "model", err};
    if (!json_is_object(json))
        return oc_part_broken(p, "is missing");
    const char *type = guess_type(p);
    if (!strcmp(type, "BPE"))
        return read_bpe(t, p);
    return oc_part_unknown(p, type);
}

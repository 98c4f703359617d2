/* The member "model": BPE, Unigram or WordPiece, with its vocabulary. */
#include <math.h>
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

/*
 * "a b" in older files. Tokens with blanks in them make that ambiguous: then the first blank counts that has tokens on both
 * sides.
 */
static enum oc_status read_joined(struct oc_tokenizer *t, struct oc_text_part p, const char *text, size_t n, size_t i)
{
    const char *end = text + n, *first = memchr(text, ' ', n);
    for (const char *blank = first; blank; blank = memchr(blank + 1, ' ', (size_t)(end - blank - 1))) {
        size_t left = (size_t)(blank - text), right = (size_t)(end - blank - 1);
        bool only = blank == first && !memchr(blank + 1, ' ', right);
        if (only || (oc_vocabulary_find(&t->vocabulary, text, left) >= 0 && oc_vocabulary_find(&t->vocabulary, blank + 1, right) >= 0))
            return oc_bpe_add_merge(&t->bpe, text, left, blank + 1, right, p.err);
    }
    return bad_merge(p, i);
}

/* ["a", "b"] in newer files. */
static enum oc_status read_merge(struct oc_tokenizer *t, struct oc_text_part p, const json_t *merge, size_t i)
{
    const json_t *a = json_array_get(merge, 0), *b = json_array_get(merge, 1);
    if (json_is_string(merge)) {
        size_t n = json_string_length(merge);
        bool header = n >= 8 && !memcmp(json_string_value(merge), "#version", 8);
        return header ? OC_OK : read_joined(t, p, json_string_value(merge), n, i);
    }
    if (json_array_size(merge) != 2 || !json_is_string(a) || !json_is_string(b))
        return bad_merge(p, i);
    return oc_bpe_add_merge(&t->bpe, json_string_value(a), json_string_length(a), json_string_value(b), json_string_length(b), p.err);
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

/* [["token", score], ...] into the vocabulary and `scores`, which has room for them; *lowest: the smallest score. */
static enum oc_status read_pieces(struct oc_tokenizer *t, struct oc_text_part p, const json_t *vocab, double *scores, double *lowest)
{
    enum oc_status st = OC_OK;
    *lowest = HUGE_VAL;
    for (size_t i = 0; i < json_array_size(vocab) && !st; i++) {
        const json_t *pair = json_array_get(vocab, i), *text = json_array_get(pair, 0), *score = json_array_get(pair, 1);
        if (json_array_size(pair) != 2 || !json_is_string(text) || !json_is_number(score))
            return oc_err_set(p.err, OC_E_MODEL, "model: entry %zu of 'vocab' is not a text and a score", i);
        scores[i] = json_number_value(score);
        *lowest = scores[i] < *lowest ? scores[i] : *lowest;
        st = oc_vocabulary_add(&t->vocabulary, json_string_value(text), json_string_length(text), (int64_t)i, p.err);
    }
    return st;
}

static enum oc_status read_unigram(struct oc_tokenizer *t, struct oc_text_part p)
{
    const json_t *vocab = oc_part_member(p, "vocab"), *unknown = oc_part_member(p, "unk_id");
    size_t n = json_array_size(vocab), unknown_id = 0;
    if (!json_is_array(vocab) || n > LIM_VOCABULARY)
        return oc_err_set(p.err, OC_E_MODEL, "model: 'vocab' must be a list of at most %d", LIM_VOCABULARY);
    enum oc_status st = oc_part_size(p, "unk_id", n ? n - 1 : 0, &unknown_id);
    t->unigram.unknown = unknown ? (int32_t)unknown_id : -1;
    if (!st)
        st = oc_part_bool(p, "byte_fallback", &t->unigram.byte_fallback);
    double lowest, *scores = oc_mem_array(OC_MEM_MODEL, n ? n : 1, sizeof *scores);
    if (!st && !scores)
        st = oc_err_nomem(p.err, "vocabulary", n * sizeof *scores);
    if (!st)
        st = read_pieces(t, p, vocab, scores, &lowest);
    if (!st)
        st = oc_unigram_build(&t->unigram, &t->vocabulary, scores, NULL, n, lowest, p.err);
    oc_mem_free(scores);
    t->model = OC_TEXT_UNIGRAM;
    return st;
}

static enum oc_status read_wordpiece(struct oc_tokenizer *t, struct oc_text_part p)
{
    const char *unknown = "[UNK]", *prefix = "##";
    size_t longest = 100;
    enum oc_status st = oc_part_string(p, "unk_token", &unknown);
    if (!st)
        st = oc_part_string(p, "continuing_subword_prefix", &prefix);
    if (!st)
        st = oc_part_size(p, "max_input_chars_per_word", LIM_TEXT_BYTES, &longest);
    if (!st)
        st = read_vocabulary(t, p);
    t->model = OC_TEXT_WORDPIECE;
    return st ? st : oc_wordpiece_build(&t->wordpiece, &t->vocabulary, unknown, prefix, longest, p.err);
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
    if (!strcmp(type, "Unigram"))
        return read_unigram(t, p);
    if (!strcmp(type, "WordPiece"))
        return read_wordpiece(t, p);
    return oc_part_unknown(p, type);
}

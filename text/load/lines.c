/* See lines.h. */
#include "text/load/lines.h"
#include "base/limits.h"
#include "text/steps/scan.h"

bool oc_lines_next(struct oc_lines *l, const char **line, size_t *n)
{
    if (l->p == l->end)
        return false;
    const char *stop = memchr(l->p, '\n', (size_t)(l->end - l->p));
    *line = l->p;
    *n = (size_t)((stop ? stop : l->end) - l->p);
    l->p = stop ? stop + 1 : l->end;
    *n -= *n && (*line)[*n - 1] == '\r';
    l->number++;
    return true;
}

enum oc_status oc_lines_add_merge(struct oc_bpe *b, const struct oc_lines *l, const char *line, size_t n, struct oc_err *err)
{
    const char *blank = memchr(line, ' ', n);
    size_t left = blank ? (size_t)(blank - line) : 0;
    if (!left || left + 1 == n || memchr(blank + 1, ' ', n - left - 1))
        return oc_err_set(err, OC_E_MODEL, "line %zu: two tokens are expected", l->number);
    if (l->number > LIM_MERGES)
        return oc_err_set(err, OC_E_MODEL, "more than %d lines", LIM_MERGES);
    enum oc_status st = oc_bpe_add_merge(b, line, left, blank + 1, n - left - 1, err);
    return st ? oc_err_prefix(err, st, "line %zu: ", l->number) : OC_OK;
}

struct oc_normaliser *oc_add_normaliser(struct oc_tokenizer *t, enum oc_normaliser_kind kind)
{
    struct oc_normaliser *n = &t->normalisers[t->n_normalisers++];
    *n = (struct oc_normaliser){.kind = kind};
    return n;
}

enum oc_status oc_add_space_normaliser(struct oc_tokenizer *t, struct oc_err *err)
{
    struct oc_normaliser *n = oc_add_normaliser(t, OC_NORMALISE_REPLACE);
    n->pattern.scan = oc_scan_spaces;
    n->content = oc_mem_strdup(OC_MEM_MODEL, " ");
    n->n_content = 1;
    return n->content ? OC_OK : oc_err_nomem(err, "normaliser", 1);
}

enum oc_status oc_add_special(struct oc_tokenizer *t, const char *token, struct oc_err *err)
{
    int64_t next = (int64_t)t->vocabulary.n;
    if (oc_vocabulary_find(&t->vocabulary, token, strlen(token)) < 0)
        return OC_OK;
    return oc_tokenizer_add(t, token, strlen(token), (struct oc_added_token){.id = 0}, false, &next, err);
}

enum oc_status oc_clip_finish(struct oc_tokenizer *t, oc_scan scan, struct oc_err *err)
{
    t->pretokenisers[t->n_pretokenisers++] = (struct oc_pretokeniser){
        .kind = OC_PRETOKENISE_SPLIT, .pattern = {.scan = scan}, .behaviour = OC_SPLIT_REMOVED, .invert = true};
    t->pretokenisers[t->n_pretokenisers++] = (struct oc_pretokeniser){.kind = OC_PRETOKENISE_WHOLE, .tokens = &t->added_texts};
    t->pretokenisers[t->n_pretokenisers++] = (struct oc_pretokeniser){.kind = OC_PRETOKENISE_BYTES};
    int64_t start = oc_vocabulary_find(&t->vocabulary, "<|startoftext|>", 15),
            end = oc_vocabulary_find(&t->vocabulary, "<|endoftext|>", 13);
    if (start < 0 || end < 0)
        return oc_err_set(err, OC_E_MODEL, "vocabulary: <|startoftext|> or <|endoftext|> is missing");
    t->before = (struct oc_around){.ids = {(int32_t)start}, .n = 1};
    t->behind = (struct oc_around){.ids = {(int32_t)end}, .n = 1};
    enum oc_status st = oc_added_finish(&t->raw, err);
    return st ? st : oc_added_finish(&t->normalised, err);
}

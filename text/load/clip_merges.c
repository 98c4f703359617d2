/*
 * bpe_simple_vocab_16e6.txt: a header, then the rules, of which OpenAI's simple_tokenizer.py takes the first 48894. The vocabulary
 * follows from them: the characters of the 256 bytes, the same with </w>, what the rules make, and the two special tokens.
 */
#include "base/limits.h"
#include "text/load/lines.h"
#include "text/load/load.h"
#include "text/steps/scan.h"

enum { RULES = 49152 - 256 - 2 };

static enum oc_status add(struct oc_tokenizer *t, const char *text, size_t n, struct oc_err *err)
{
    return oc_vocabulary_add(&t->vocabulary, text, n, (int64_t)t->vocabulary.n, err);
}

/* In the order of bytes_to_unicode: the printable bytes first. */
static enum oc_status add_bytes(struct oc_tokenizer *t, const char *behind, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    for (int others = 0; others < 2; others++)
        for (int b = 0; b < 256 && !st; b++) {
            bool printable = (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
            char byte = (char)b;
            struct oc_buf text;
            if (printable == (others == 1))
                continue;
            oc_buf_init(&text, OC_MEM_OTHER, 64);
            st = oc_bytes_add(&byte, 1, &text);
            if (!st)
                st = oc_buf_add_str(&text, behind);
            st = st ? oc_err_nomem(err, "vocabulary", 64) : add(t, text.data, text.len, err);
            oc_buf_deinit(&text);
        }
    return st;
}

/* What a line's two tokens make becomes a token. */
static enum oc_status add_joined(struct oc_tokenizer *t, const char *line, size_t n, size_t number, struct oc_err *err)
{
    char joined[2 * LIM_TOKEN_BYTES];
    const char *blank = memchr(line, ' ', n);
    if (!blank || n > sizeof joined)
        return oc_err_set(err, OC_E_MODEL, "line %zu: two tokens are expected", number);
    size_t left = (size_t)(blank - line);
    memcpy(joined, line, left);
    memcpy(joined + left, blank + 1, n - left - 1);
    if (oc_vocabulary_find(&t->vocabulary, joined, n - 1) >= 0)
        return oc_err_set(err, OC_E_MODEL, "line %zu: makes a token that is there already", number);
    return add(t, joined, n - 1, err);
}

enum oc_status oc_load_clip_merges(struct oc_tokenizer *t, const char *bytes, size_t n, struct oc_err *err)
{
    struct oc_lines l = {.p = bytes, .end = bytes + n};
    const char *line;
    size_t len;
    enum oc_status st = add_bytes(t, "", err);
    if (!st)
        st = add_bytes(t, "</w>", err);
    (void)oc_lines_next(&l, &line, &len); /* the header */
    while (!st && l.number <= RULES && oc_lines_next(&l, &line, &len))
        st = add_joined(t, line, len, l.number, err);
    if (!st && l.number <= RULES)
        st = oc_err_set(err, OC_E_MODEL, "%zu lines; %d are expected", l.number, RULES + 1);
    if (!st)
        st = add(t, "<|startoftext|>", 15, err);
    if (!st)
        st = add(t, "<|endoftext|>", 13, err);
    if (!st)
        st = oc_bpe_init(&t->bpe, &t->vocabulary, &(struct oc_bpe_options){.suffix = "</w>"}, err);
    l = (struct oc_lines){.p = bytes, .end = bytes + n};
    (void)oc_lines_next(&l, &line, &len);
    while (!st && l.number <= RULES && oc_lines_next(&l, &line, &len))
        st = oc_lines_add_merge(&t->bpe, &l, line, len, err);
    t->model = OC_TEXT_BPE;
    oc_add_normaliser(t, OC_NORMALISE_ENTITIES);
    oc_add_normaliser(t, OC_NORMALISE_ENTITIES); /* twice, as the original */
    struct oc_normaliser *strip = oc_add_normaliser(t, OC_NORMALISE_STRIP);
    strip->left = strip->right = strip->python = true;
    if (!st)
        st = oc_add_space_normaliser(t, err);
    oc_add_normaliser(t, OC_NORMALISE_LOWER)->python = true;
    if (!st)
        st = oc_vocabulary_add(&t->added_texts, "<|startoftext|>", 15, (int64_t)t->vocabulary.n - 2, err);
    if (!st)
        st = oc_vocabulary_add(&t->added_texts, "<|endoftext|>", 13, (int64_t)t->vocabulary.n - 1, err);
    t->pad_id = 0; /* what clip.tokenize fills up with */
    return st ? st : oc_clip_finish(t, oc_scan_clip_python, err);
}

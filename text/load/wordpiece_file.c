/* vocab.txt: a token a line, its number the id; BERT's steps around it (transformers: BertConverter). */
#include "base/limits.h"
#include "text/load/lines.h"
#include "text/load/load.h"
#include "text/unicode/chars.h"

static bool is_space(int32_t c)
{
    return oc_char_is_space(c);
}

static enum oc_status read_lines(struct oc_tokenizer *t, const char *bytes, size_t n, struct oc_err *err)
{
    struct oc_lines l = {.p = bytes, .end = bytes + n};
    const char *line;
    size_t len;
    enum oc_status st = OC_OK;
    while (!st && oc_lines_next(&l, &line, &len)) {
        while (len && (line[len - 1] == ' ' || line[len - 1] == '\t'))
            len--;
        st = oc_vocabulary_add(&t->vocabulary, line, len, (int64_t)l.number - 1, err);
    }
    return st;
}

enum oc_status oc_load_wordpiece(struct oc_tokenizer *t, const char *bytes, size_t n, struct oc_err *err)
{
    static const char *const special[] = {"[UNK]", "[SEP]", "[PAD]", "[CLS]", "[MASK]"};
    enum oc_status st = read_lines(t, bytes, n, err);
    t->model = OC_TEXT_WORDPIECE;
    if (!st)
        st = oc_wordpiece_build(&t->wordpiece, &t->vocabulary, "[UNK]", "##", 100, err);
    for (size_t i = 0; i < OC_ARRAY_LEN(special) && !st; i++)
        st = oc_add_special(t, special[i], err);
    if (st)
        return st;
    struct oc_normaliser *bert = oc_add_normaliser(t, OC_NORMALISE_BERT);
    bert->clean = bert->chinese = bert->strip_accents = bert->lower = true;
    t->pretokenisers[t->n_pretokenisers++] = (struct oc_pretokeniser){
        .kind = OC_PRETOKENISE_SPLIT, .pattern = oc_pattern_of_kind(is_space), .behaviour = OC_SPLIT_REMOVED};
    t->pretokenisers[t->n_pretokenisers++] = (struct oc_pretokeniser){
        .kind = OC_PRETOKENISE_SPLIT, .pattern = oc_pattern_of_kind(oc_char_is_punctuation), .behaviour = OC_SPLIT_ISOLATED};
    int32_t start = oc_vocabulary_find(&t->vocabulary, "[CLS]", 5), end = oc_vocabulary_find(&t->vocabulary, "[SEP]", 5);
    if (start >= 0 && end >= 0) {
        t->before = (struct oc_around){.ids = {start}, .n = 1};
        t->behind = (struct oc_around){.ids = {end}, .n = 1};
    }
    t->pad_id = oc_vocabulary_find(&t->vocabulary, "[PAD]", 5);
    st = oc_added_finish(&t->raw, err);
    return st ? st : oc_added_finish(&t->normalised, err);
}

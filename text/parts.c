/* A tokenizer as a whole: making, describing, freeing. See parts.h and, for the public part, tokenizer.h. */
#include "text/parts.h"
#include "text/unicode/charsmap.h"

enum oc_status oc_tokenizer_new(struct oc_tokenizer **out, struct oc_err *err)
{
    struct oc_tokenizer *t = *out = oc_mem_zero(OC_MEM_MODEL, sizeof *t);
    if (!t)
        return oc_err_nomem(err, "tokenizer", sizeof *t);
    oc_vocabulary_init(&t->vocabulary);
    oc_vocabulary_init(&t->added_texts);
    t->pad_id = -1;
    return OC_OK;
}

void oc_tokenizer_free(struct oc_tokenizer *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < t->n_normalisers; i++)
        oc_normaliser_deinit(&t->normalisers[i]);
    for (size_t i = 0; i < t->n_pretokenisers; i++)
        oc_pretokeniser_deinit(&t->pretokenisers[i]);
    oc_added_deinit(&t->raw);
    oc_added_deinit(&t->normalised);
    oc_bpe_deinit(&t->bpe);
    oc_unigram_deinit(&t->unigram);
    oc_wordpiece_deinit(&t->wordpiece);
    oc_vocabulary_deinit(&t->added_texts);
    oc_vocabulary_deinit(&t->vocabulary);
    oc_mem_free(t);
}

/* The normalised text of an added token. */
static enum oc_status add_normalised(struct oc_tokenizer *t, const char *text, size_t n, struct oc_added_token token, struct oc_err *err)
{
    struct oc_passage p;
    bool moved;
    oc_passage_init(&p);
    enum oc_status st = oc_normalise(t->normalisers, t->n_normalisers, text, n, &p, &moved, err);
    if (!st && p.text.len)
        st = oc_added_add(&t->normalised, p.text.data, p.text.len, token, err);
    oc_passage_deinit(&p);
    return st;
}

enum oc_status oc_tokenizer_add(struct oc_tokenizer *t, const char *text, size_t n, struct oc_added_token token, bool normalised,
                                int64_t *next_id, struct oc_err *err)
{
    int64_t id = oc_vocabulary_find(&t->added_texts, text, n);
    if (id < 0)
        id = oc_vocabulary_find(&t->vocabulary, text, n);
    if (id < 0)
        id = (*next_id)++;
    enum oc_status st = oc_vocabulary_add(&t->added_texts, text, n, id, err);
    if (st)
        return st;
    token.id = (int32_t)id;
    return normalised ? add_normalised(t, text, n, token, err) : oc_added_add(&t->raw, text, n, token, err);
}

static const char *kind_of(const struct oc_tokenizer *t)
{
    switch (t->model) {
    case OC_TEXT_BPE:
        return t->bpe.byte_fallback ? "byte_fallback_bpe" : "bpe";
    case OC_TEXT_UNIGRAM:
        return "unigram";
    case OC_TEXT_WORDPIECE:
        break;
    }
    return "wordpiece";
}

static size_t memory_of(const struct oc_tokenizer *t)
{
    size_t n = sizeof *t + oc_vocabulary_bytes(&t->vocabulary) + oc_vocabulary_bytes(&t->added_texts) + oc_bpe_bytes(&t->bpe);
    n += oc_unigram_bytes(&t->unigram) + oc_wordpiece_bytes(&t->wordpiece);
    n += oc_trie_bytes(&t->raw.trie) + oc_trie_bytes(&t->normalised.trie);
    for (size_t i = 0; i < t->n_normalisers; i++)
        n += oc_charsmap_bytes(t->normalisers[i].charsmap);
    return n;
}

struct oc_tokenizer_info oc_tokenizer_info(const struct oc_tokenizer *t)
{
    size_t ids = t->vocabulary.n_ids > t->added_texts.n_ids ? t->vocabulary.n_ids : t->added_texts.n_ids;
    return (struct oc_tokenizer_info){
        .kind = kind_of(t),
        .n_tokens = (int64_t)ids,
        .pad_id = t->pad_id,
        .end_id = t->behind.n ? t->behind.ids[t->behind.n - 1] : -1,
        .start_id = t->before.n ? t->before.ids[0] : -1,
        .truncation = (int)t->max_length,
        .padding = t->pads ? (int)t->pad_length : 0,
        .bytes = memory_of(t),
    };
}

int64_t oc_tokenizer_id(const struct oc_tokenizer *t, const char *token)
{
    size_t n = strlen(token);
    int64_t id = oc_vocabulary_find(&t->added_texts, token, n);
    return id >= 0 ? id : oc_vocabulary_find(&t->vocabulary, token, n);
}

const char *oc_tokenizer_token(const struct oc_tokenizer *t, int64_t id, size_t *n)
{
    const char *text = oc_vocabulary_text(&t->added_texts, id, n);
    return text ? text : oc_vocabulary_text(&t->vocabulary, id, n);
}

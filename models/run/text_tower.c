/* Tokenizer and cache of a model of texts; see text_tower.h. */
#include "models/run/text_tower.h"

/* What pads, and what ends a text: the recipe's, else the tokenizer's, else 0 and none. */
static void choose_ids(const struct oc_embed_recipe *e, struct oc_text_tower *t)
{
    struct oc_tokenizer_info info = oc_tokenizer_info(t->tokenizer);
    t->pad_id = e->pad_id >= 0 ? e->pad_id : info.pad_id >= 0 ? info.pad_id : 0;
    t->end_id = e->end_id >= 0 ? e->end_id : info.end_id;
}

enum oc_status oc_text_tower_new(const struct oc_recipe *r, size_t cache_bytes, struct oc_text_tower **out, struct oc_err *err)
{
    *out = NULL;
    if (!r->embed.tokenizer)
        return oc_err_set(err, OC_E_MODEL,
                          "no tokenizer beside the model: tokenizer.json, vocab.json with merges.txt, bpe_simple_vocab_16e6.txt.gz, "
                          "spiece.model, sentencepiece.bpe.model, tokenizer.model or vocab.txt is expected");
    struct oc_text_tower *t = oc_mem_zero(OC_MEM_MODEL, sizeof *t);
    if (!t)
        return oc_err_nomem(err, "a tokenizer", sizeof *t);
    enum oc_status st = oc_tokenizer_load(r->embed.tokenizer, &t->tokenizer, err);
    if (!st)
        choose_ids(&r->embed, t);
    if (!st && cache_bytes)
        st = oc_text_cache_new(cache_bytes, &t->cache, err);
    if (st)
        oc_text_tower_free(t);
    else
        *out = t;
    return st;
}

void oc_text_tower_free(struct oc_text_tower *t)
{
    if (!t)
        return;
    oc_text_cache_free(t->cache);
    oc_tokenizer_free(t->tokenizer);
    oc_mem_free(t);
}

size_t oc_text_tower_bytes(const struct oc_text_tower *t)
{
    return t ? sizeof *t + oc_tokenizer_info(t->tokenizer).bytes + (size_t)oc_text_cache_stats(t->cache).bytes : 0;
}

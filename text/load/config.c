/*
 * tokenizer_config.json beside one of the older files: what the file itself does not say. For sentencepiece models the class of the
 * tokenizer decides which tokens go around a text, and XLM-R's ids are not the model's (transformers: tokenization_xlm_roberta.py).
 */
#include "text/load/json.h"
#include "text/load/load.h"

static enum oc_status read_wordpiece(struct oc_tokenizer *t, struct oc_text_part p)
{
    struct oc_normaliser *bert = &t->normalisers[0];
    enum oc_status st = oc_part_bool(p, "do_lower_case", &bert->lower);
    bert->strip_accents = bert->lower;
    if (!st)
        st = oc_part_bool(p, "strip_accents", &bert->strip_accents);
    return st ? st : oc_part_bool(p, "tokenize_chinese_chars", &bert->chinese);
}

static enum oc_status read_byte_level(struct oc_tokenizer *t, struct oc_text_part p)
{
    bool prefix = false;
    enum oc_status st = oc_part_bool(p, "add_prefix_space", &prefix);
    if (st || !prefix || t->bpe.suffix)
        return st;
    memmove(t->pretokenisers + 1, t->pretokenisers, t->n_pretokenisers * sizeof *t->pretokenisers);
    t->pretokenisers[0] = (struct oc_pretokeniser){.kind = OC_PRETOKENISE_PREFIX, .content = " "};
    t->n_pretokenisers++;
    return OC_OK;
}

static void surround(struct oc_around *a, const struct oc_tokenizer *t, const char *token)
{
    int64_t id = oc_tokenizer_id(t, token);
    if (id >= 0)
        *a = (struct oc_around){.ids = {(int32_t)id}, .n = 1};
}

static enum oc_status read_sentencepiece(struct oc_tokenizer *t, struct oc_text_part p)
{
    const char *type = "";
    bool start = false, end = false;
    enum oc_status st = oc_part_string(p, "tokenizer_class", &type);
    if (!strncmp(type, "T5Tokenizer", 11) || !strncmp(type, "SiglipTokenizer", 15))
        end = true;
    else if (!strncmp(type, "LlamaTokenizer", 14) || !strncmp(type, "GemmaTokenizer", 14))
        start = true;
    else if (!strncmp(type, "XLMRobertaTokenizer", 19) || !strncmp(type, "CamembertTokenizer", 18) || !strncmp(type, "MBart", 5))
        return oc_err_set(p.err, OC_E_UNSUPPORTED, "tokenizer_class '%.64s' counts ids in its own way; its tokenizer.json is needed", type);
    if (!st)
        st = oc_part_bool(p, "add_bos_token", &start);
    if (!st)
        st = oc_part_bool(p, "add_eos_token", &end);
    if (start)
        surround(&t->before, t, oc_tokenizer_id(t, "<bos>") >= 0 ? "<bos>" : "<s>");
    if (end)
        surround(&t->behind, t, oc_tokenizer_id(t, "<eos>") >= 0 ? "<eos>" : "</s>");
    return st;
}

enum oc_status oc_load_config(struct oc_tokenizer *t, enum oc_tokenizer_form form, const char *bytes, size_t n, struct oc_err *err)
{
    json_t *root = NULL;
    enum oc_status st = oc_json_text(bytes, n, &root, err);
    struct oc_text_part p = {root, "tokenizer_config.json", err};
    if (!st && form == OC_TOKENIZER_WORDPIECE)
        st = read_wordpiece(t, p);
    else if (!st && form == OC_TOKENIZER_SENTENCEPIECE)
        st = read_sentencepiece(t, p);
    else if (!st && form == OC_TOKENIZER_VOCAB_MERGES)
        st = read_byte_level(t, p);
    json_decref(root);
    return st;
}

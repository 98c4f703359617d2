/*
 * vocab.json with merges.txt, the form of Hugging Face's slow tokenizers. Which one it is shows in the tokens: CLIP's have
 * <|startoftext|>, RoBERTa's <s> and </s>, GPT-2's neither. The steps are those that transformers gives the fast ones
 * (convert_slow_tokenizer.py).
 */
#include "base/limits.h"
#include "text/load/json.h"
#include "text/load/lines.h"
#include "text/load/load.h"
#include "text/steps/scan.h"

static enum oc_status read_vocab(struct oc_tokenizer *t, json_t *root, struct oc_err *err)
{
    if (!json_is_object(root))
        return oc_err_set(err, OC_E_MODEL, "vocab.json: an object of tokens and ids is expected");
    enum oc_status st = OC_OK;
    for (void *at = json_object_iter(root); at && !st; at = json_object_iter_next(root, at)) {
        const json_t *id = json_object_iter_value(at);
        if (!json_is_integer(id))
            return oc_err_set(err, OC_E_MODEL, "vocab.json: an id that is not a number");
        st = oc_vocabulary_add(&t->vocabulary, json_object_iter_key(at), json_object_iter_key_len(at), json_integer_value(id), err);
    }
    return st;
}

static int64_t find(const struct oc_tokenizer *t, const char *token)
{
    return oc_vocabulary_find(&t->vocabulary, token, strlen(token));
}

static enum oc_status read_merges(struct oc_tokenizer *t, const char *merges, size_t n, bool clip, struct oc_err *err)
{
    const char *unknown = clip ? "<|endoftext|>" : find(t, "<unk>") >= 0 ? "<unk>" : "<|endoftext|>";
    enum oc_status st = oc_bpe_init(&t->bpe, &t->vocabulary, &(struct oc_bpe_options){.suffix = clip ? "</w>" : NULL, .unknown = unknown},
                                    err);
    struct oc_lines l = {.p = merges, .end = merges + n};
    const char *line;
    size_t len;
    while (!st && oc_lines_next(&l, &line, &len))
        if (len && !(len >= 8 && !memcmp(line, "#version", 8)))
            st = oc_lines_add_merge(&t->bpe, &l, line, len, err);
    return st ? oc_err_prefix(err, st, "merges.txt: ") : OC_OK;
}

static enum oc_status finish_clip(struct oc_tokenizer *t, struct oc_err *err)
{
    oc_add_normaliser(t, OC_NORMALISE_FORM)->form = OC_FORM_NFC;
    enum oc_status st = oc_add_space_normaliser(t, err);
    oc_add_normaliser(t, OC_NORMALISE_LOWER);
    if (!st)
        st = oc_add_special(t, "<|startoftext|>", err);
    if (!st)
        st = oc_add_special(t, "<|endoftext|>", err);
    t->pad_id = (int32_t)find(t, "<|endoftext|>");
    return st ? st : oc_clip_finish(t, oc_scan_clip, err);
}

static enum oc_status finish_byte_level(struct oc_tokenizer *t, struct oc_err *err)
{
    static const char *const special[] = {"<s>", "</s>", "<unk>", "<pad>", "<|endoftext|>"};
    int64_t start = find(t, "<s>"), end = find(t, "</s>"), mask = find(t, "<mask>"), next = 0;
    enum oc_status st = OC_OK;
    for (size_t i = 0; i < OC_ARRAY_LEN(special) && !st; i++)
        st = oc_add_special(t, special[i], err);
    if (!st && mask >= 0)
        st = oc_tokenizer_add(t, "<mask>", 6, (struct oc_added_token){.left = true}, false, &next, err);
    t->pretokenisers[t->n_pretokenisers++] = (struct oc_pretokeniser){
        .kind = OC_PRETOKENISE_SPLIT, .pattern = {.scan = oc_scan_gpt2}, .behaviour = OC_SPLIT_ISOLATED};
    t->pretokenisers[t->n_pretokenisers++] = (struct oc_pretokeniser){.kind = OC_PRETOKENISE_BYTES};
    if (start >= 0 && end >= 0) {
        t->before = (struct oc_around){.ids = {(int32_t)start}, .n = 1};
        t->behind = (struct oc_around){.ids = {(int32_t)end}, .n = 1};
    }
    t->pad_id = (int32_t)find(t, "<pad>");
    if (!st)
        st = oc_added_finish(&t->raw, err);
    return st ? st : oc_added_finish(&t->normalised, err);
}

enum oc_status oc_load_vocab_merges(struct oc_tokenizer *t, const char *vocab, size_t n_vocab, const char *merges, size_t n_merges,
                                    struct oc_err *err)
{
    json_t *root = NULL;
    enum oc_status st = oc_json_text(vocab, n_vocab, &root, err);
    st = st ? oc_err_prefix(err, st, "vocab.json: ") : read_vocab(t, root, err);
    json_decref(root);
    bool clip = !st && find(t, "<|startoftext|>") >= 0;
    if (!st)
        st = read_merges(t, merges, n_merges, clip, err);
    t->model = OC_TEXT_BPE;
    return st ? st : clip ? finish_clip(t, err) : finish_byte_level(t, err);
}

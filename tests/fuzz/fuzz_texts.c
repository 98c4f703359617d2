/* room: text */
/* Any bytes as a text, with each of the project's own tokenizers. */
#include "base/mem.h"
#include "text/tokenizer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"clip.json",    "llama3.json",   "bert.json", "mixed.json",
                                        "unigram.json", "unigram.model", "bpe.model"};
    static struct oc_tokenizer *tokenizers[OC_ARRAY_LEN(names)];
    struct oc_err err;
    for (size_t i = 0; i < OC_ARRAY_LEN(names); i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/tokenizers/%s", OC_TEST_DATA_DIR, names[i]);
        if (!tokenizers[i] && oc_tokenizer_load(path, &tokenizers[i], &err))
            abort();
        struct oc_encoding e;
        enum oc_status st = oc_tokenizer_encode(tokenizers[i], (const char *)data, size, &(struct oc_encode_options){.no_padding = true},
                                                &e, &err);
        if (st && st != OC_E_INVALID)
            abort();
        for (size_t k = 0; k < e.n; k++)
            if (e.ids[k] < 0 || e.ids[k] >= oc_tokenizer_info(tokenizers[i]).n_tokens)
                abort();
        oc_encoding_deinit(&e);
    }
    return 0;
}

/* room: text */
/* Any bytes as a tokenizer file: the first says of which form. What can be read then encodes a text. */
#include "base/mem.h"
#include "text/tokenizer.h"

enum { TIMES = 12 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char text[] = "A photo of 12 cats, naïve <s> \xe7\x8c\xab\xff e\xcc\x81 &amp; don't";
    struct oc_tokenizer *t;
    struct oc_err err;
    if (!size || oc_tokenizer_parse((enum oc_tokenizer_form)(data[0] % 5), (const char *)data + 1, size - 1, &t, &err))
        return 0;
    struct oc_encoding e;
    char texts[TIMES * (sizeof text - 1)]; /* long enough for words to be remembered */
    for (size_t i = 0; i < TIMES; i++)
        memcpy(texts + i * (sizeof text - 1), text, sizeof text - 1);
    if (!oc_tokenizer_encode(t, texts, sizeof texts, &(struct oc_encode_options){.no_padding = true}, &e, &err)) {
        int64_t n = oc_tokenizer_info(t).n_tokens;
        for (size_t i = 0; i < e.n; i++)
            if (e.ids[i] < 0 || (e.ids[i] >= n && e.ids[i] >= 1 << 20))
                abort();
    }
    oc_encoding_deinit(&e);
    oc_tokenizer_free(t);
    return 0;
}

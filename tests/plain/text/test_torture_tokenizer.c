/*
 * Every allocation of reading a tokenizer and of encoding a text fails once: the answer is OC_E_NOMEM, and nothing is left behind.
 * jansson's own allocations are left out: it does not look at all of them (lex_scan_string goes on with a text that lacks characters).
 */
#include "base/mem.h"
#include "text/tokenizer.h"

static const char text[] = "A photo of 2 cats -- <s>naïve&amp; JPEG PNG 猫 \xff e\xcc\x81\xcc\xa3 running 😀  end";

static int fail(const char *name, uint64_t n, enum oc_status st, const char *message)
{
    fprintf(stderr, "%s, allocation %llu: %s (%s), %zu blocks\n", name, (unsigned long long)n, oc_status_name(st), message,
            oc_mem_blocks());
    return 1;
}

/* Loads with the n-th allocation failing until none fails; steps of `stride`, for there are thousands. */
static int torture_load(const char *name, const char *path, uint64_t stride)
{
    for (uint64_t n = 1;; n += n < 300 ? 1 : stride) {
        struct oc_tokenizer *t;
        struct oc_err err = {0};
        size_t before = oc_mem_blocks();
        oc_mem_fail_at(n);
        enum oc_status st = oc_tokenizer_load(path, &t, &err);
        oc_mem_fail_at(0);
        oc_tokenizer_free(t);
        if ((st && st != OC_E_NOMEM) || oc_mem_blocks() != before)
            return fail(name, n, st, err.msg);
        if (!st)
            return 0;
    }
}

static int torture_encode(const char *name, const char *path)
{
    struct oc_tokenizer *t;
    struct oc_err err = {0};
    if (oc_tokenizer_load(path, &t, &err))
        return fail(name, 0, OC_E_IO, err.msg);
    int status = 0;
    for (uint64_t n = 1; !status; n++) {
        struct oc_encoding e;
        size_t before = oc_mem_blocks();
        oc_mem_fail_at(n);
        enum oc_status st = oc_tokenizer_encode(t, text, sizeof text - 1, &(struct oc_encode_options){.no_padding = true}, &e, &err);
        oc_mem_fail_at(0);
        oc_encoding_deinit(&e);
        if ((st && st != OC_E_NOMEM) || oc_mem_blocks() != before)
            status = fail(name, n, st, err.msg);
        if (!st)
            break;
    }
    oc_tokenizer_free(t);
    return status;
}

int main(void)
{
    static const char *const names[] = {"clip.json",    "llama3.json",   "bert.json", "mixed.json",
                                        "unigram.json", "unigram.model", "bpe.model"};
    int status = 0;
    for (size_t i = 0; i < OC_ARRAY_LEN(names); i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/tokenizers/%s", OC_TEST_DATA_DIR, names[i]);
        status |= torture_load(names[i], path, 37) | torture_encode(names[i], path);
    }
    return status;
}

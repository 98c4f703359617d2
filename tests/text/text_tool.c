/*
 * Ids of many texts, for scripts that compare with other implementations. usage: text_tool PATH [LENGTH], text_tool PATH --time
 * Standard input: for each text its length as 4 bytes, little-endian, then its bytes. Standard output: for each text the number
 * of ids, or -1 - status when it failed, then the ids, 4 bytes each. With --time, standard input is one text, and the output is how
 * many milliseconds each of ten encodings took.
 */
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/parse.h"
#include "text/tokenizer.h"

static bool read_exactly(void *p, size_t n)
{
    return fread(p, 1, n, stdin) == n;
}

static int run(const struct oc_tokenizer *t, const struct oc_encode_options *opt, char *text)
{
    uint32_t n;
    while (read_exactly(&n, sizeof n)) {
        if (n > LIM_TEXT_BYTES || !read_exactly(text, n))
            return 1;
        struct oc_encoding e;
        struct oc_err err;
        enum oc_status st = oc_tokenizer_encode(t, text, n, opt, &e, &err);
        int32_t count = st ? -1 - (int32_t)st : (int32_t)e.n;
        if (st)
            fprintf(stderr, "%s\n", err.msg);
        if (fwrite(&count, sizeof count, 1, stdout) != 1 || fwrite(e.ids, sizeof *e.ids, e.n, stdout) != e.n)
            return 1;
        oc_encoding_deinit(&e);
    }
    return fflush(stdout) ? 1 : 0;
}

static int time_one(const struct oc_tokenizer *t, char *text)
{
    size_t n = fread(text, 1, LIM_TEXT_BYTES, stdin);
    for (int i = 0; i < 10; i++) {
        struct oc_encoding e;
        struct oc_err err;
        int64_t start = oc_now_ns();
        if (oc_tokenizer_encode(t, text, n, &(struct oc_encode_options){.no_padding = true}, &e, &err)) {
            fprintf(stderr, "%s\n", err.msg);
            return 1;
        }
        printf("%s%.1f", i ? " " : "", (double)(oc_now_ns() - start) / OC_NS_PER_MS);
        if (i == 9)
            printf(" ms, %zu bytes, %zu ids\n", n, e.n);
        oc_encoding_deinit(&e);
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct oc_tokenizer *t;
    struct oc_err err;
    int64_t length = 0;
    bool timed = argc > 2 && !strcmp(argv[2], "--time");
    if (argc < 2 || (argc > 2 && !timed && !oc_parse_i64(argv[2], strlen(argv[2]), 0, 1 << 20, &length))) {
        fprintf(stderr, "usage: text_tool PATH [LENGTH|--time]\n");
        return 2;
    }
    if (oc_tokenizer_load(argv[1], &t, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    char *text = oc_mem_alloc(OC_MEM_OTHER, LIM_TEXT_BYTES);
    struct oc_encode_options opt = {.length = (int)length};
    int status = !text ? 1 : timed ? time_one(t, text) : run(t, &opt, text);
    oc_mem_free(text);
    oc_tokenizer_free(t);
    return status;
}

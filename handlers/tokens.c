/* `ocelli tokens`: what a tokenizer makes of texts, to be held against another implementation; see cli.h. */
#include <unistd.h>
#include "base/limits.h"
#include "base/parse.h"
#include "handlers/cli.h"
#include "handlers/output/json_out.h"
#include "text/tokenizer.h"

enum { DONE, FAILED, USAGE };

struct options {
    struct oc_encode_options encode;
    bool json, help;
    char **words; /* what is not an option; argv is rearranged */
    int n_words;
};

static const char usage[] = "usage: ocelli tokens DIR|FILE [TEXT...] [--length N] [--no-special] [--json]\n";

static bool read_options(struct options *o, int argc, char **argv)
{
    *o = (struct options){.words = argv};
    bool only_words = false;
    for (int i = 0; i < argc; i++) {
        int64_t length;
        if (only_words || argv[i][0] != '-') {
            o->words[o->n_words++] = argv[i];
        } else if (!strcmp(argv[i], "--")) {
            only_words = true;
        } else if (!strcmp(argv[i], "--json")) {
            o->json = true;
        } else if (!strcmp(argv[i], "--no-special")) {
            o->encode.no_special = true;
        } else if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            o->help = true;
        } else if (!strcmp(argv[i], "--length") && i + 1 < argc && oc_parse_i64(argv[i + 1], strlen(argv[i + 1]), 1, 1 << 20, &length)) {
            o->encode.length = (int)length;
            i++;
        } else {
            fprintf(stderr, "ocelli: unknown option '%s', or its number of 1..%d is missing\n", argv[i], 1 << 20);
            return false;
        }
    }
    return o->n_words > 0 || o->help;
}

static int print_json(const struct oc_tokenizer *t, const char *text, size_t n, const struct oc_encoding *e)
{
    struct oc_buf out;
    oc_buf_init(&out, OC_MEM_JSON, LIM_RESPONSE_BYTES);
    struct oc_json j = oc_json_begin(&out);
    oc_json_open(&j, '{');
    oc_json_key(&j, "text");
    oc_json_string_n(&j, text, n);
    oc_json_key(&j, "ids");
    oc_json_open(&j, '[');
    for (size_t i = 0; i < e->n; i++)
        oc_json_int(&j, e->ids[i]);
    oc_json_close(&j, ']');
    oc_json_key(&j, "tokens");
    oc_json_open(&j, '[');
    for (size_t i = 0; i < e->n; i++) {
        size_t len;
        const char *token = oc_tokenizer_token(t, e->ids[i], &len);
        if (token)
            oc_json_string_n(&j, token, len);
        else
            oc_json_null(&j);
    }
    oc_json_close(&j, ']');
    oc_json_put_bool(&j, "cut", e->was_cut);
    oc_json_close(&j, '}');
    enum oc_status st = oc_json_end(&j);
    if (st)
        fprintf(stderr, "ocelli: %s\n", oc_status_title(st));
    else
        printf("%s\n", out.data);
    oc_buf_deinit(&out);
    return st ? FAILED : DONE;
}

static int print_text(const struct oc_tokenizer *t, const struct oc_encoding *e)
{
    for (size_t i = 0; i < e->n; i++) {
        size_t len;
        const char *token = oc_tokenizer_token(t, e->ids[i], &len);
        printf("%s%d %.*s", i ? "  " : "", e->ids[i], (int)len, token ? token : "");
    }
    printf("%s\n", e->was_cut ? "  (cut)" : "");
    return DONE;
}

static int show(const struct oc_tokenizer *t, const struct options *o, const char *text, size_t n)
{
    struct oc_encoding e;
    struct oc_err err;
    if (oc_tokenizer_encode(t, text, n, &o->encode, &e, &err)) {
        fprintf(stderr, "ocelli: %s\n", err.msg);
        return FAILED;
    }
    int status = o->json ? print_json(t, text, n, &e) : print_text(t, &e);
    oc_encoding_deinit(&e);
    return status;
}

/* Each line of standard input. */
static int show_lines(const struct oc_tokenizer *t, const struct options *o)
{
    char *line = NULL; /* the C library's */
    size_t room = 0;
    int status = DONE;
    for (ssize_t n; (n = getline(&line, &room, stdin)) >= 0;) {
        n -= n && line[n - 1] == '\n';
        int one = show(t, o, line, (size_t)n);
        status = one ? one : status;
    }
    free(line);
    return status;
}

int oc_cmd_tokens(int argc, char **argv)
{
    struct options o;
    struct oc_tokenizer *t;
    struct oc_err err;
    bool good = read_options(&o, argc, argv);
    if (!good || o.help) {
        fprintf(good ? stdout : stderr, "%s", usage);
        if (good)
            printf("Token ids of texts, or of the lines of standard input. DIR: a folder with tokenizer.json or an older file.\n"
                   "--length N: cut and padded to N ids. --no-special: without the tokens around a text.\n");
        return good ? DONE : USAGE;
    }
    if (oc_tokenizer_load(o.words[0], &t, &err)) {
        fprintf(stderr, "ocelli: %s\n", err.msg);
        return FAILED;
    }
    int status = o.n_words > 1 ? DONE : show_lines(t, &o);
    for (int i = 1; i < o.n_words; i++) {
        int one = show(t, &o, o.words[i], strlen(o.words[i]));
        status = one ? one : status;
    }
    oc_tokenizer_free(t);
    return status;
}

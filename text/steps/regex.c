/*
 * Expressions by PCRE2; see regex.h. Its backtracking is held by a limit on steps from one starting place and, over a
 * text with many such places, by the clock: a search runs through a window of starting places at a time.
 */
#include "text/steps/regex.h"
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "text/steps/regex_notation.h"

enum { WINDOW = 64, STEPS = 4000000, DEPTH = 1000000, HEAP_KIB = 65536 };

struct oc_regex {
    pcre2_code *code;
};

struct oc_regex_run {
    pcre2_general_context *memory;
    pcre2_match_context *context;
    pcre2_match_data *data;
    int64_t started_ns;
};

static void *take_memory(size_t n, void *arg)
{
    (void)arg;
    return oc_mem_alloc(OC_MEM_OTHER, n);
}

static void give_memory(void *p, void *arg)
{
    (void)arg;
    oc_mem_free(p);
}

static enum oc_status compile(pcre2_code **out, pcre2_general_context *memory, const struct oc_buf *text, struct oc_err *err)
{
    pcre2_compile_context *context = pcre2_compile_context_create(memory);
    if (!context)
        return oc_err_nomem(err, "regular expression", text->len);
    int code;
    PCRE2_SIZE at;
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    pcre2_set_parens_nest_limit(context, 50);
    *out = pcre2_compile((PCRE2_SPTR)text->data, text->len,
                         PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C | PCRE2_USE_OFFSET_LIMIT, &code, &at, context);
    pcre2_compile_context_free(context);
    if (*out)
        return OC_OK;
    PCRE2_UCHAR why[128];
    if (code == PCRE2_ERROR_NOMEMORY || code == 121) /* ERR21: failed to allocate heap memory */
        return oc_err_nomem(err, "regular expression", text->len);
    pcre2_get_error_message(code, why, sizeof why);
    return oc_err_set(err, OC_E_UNSUPPORTED, "regular expression: %s", (const char *)why);
}

enum oc_status oc_regex_new(const char *text, size_t n, struct oc_regex **out, struct oc_err *err)
{
    struct oc_buf translated;
    *out = NULL;
    oc_buf_init(&translated, OC_MEM_OTHER, OC_KIB(64));
    struct oc_regex *r = oc_mem_zero(OC_MEM_MODEL, sizeof *r);
    pcre2_general_context *memory = pcre2_general_context_create(take_memory, give_memory, NULL);
    enum oc_status st = !r || !memory ? oc_err_nomem(err, "regular expression", n) : oc_regex_translate(text, n, &translated, err);
    if (!st)
        st = oc_buf_add(&translated, "", 0) ? oc_err_nomem(err, "regular expression", n) : compile(&r->code, memory, &translated, err);
    pcre2_general_context_free(memory);
    oc_buf_deinit(&translated);
    if (st) {
        oc_regex_free(r);
        return st;
    }
    *out = r;
    return OC_OK;
}

void oc_regex_free(struct oc_regex *r)
{
    if (!r)
        return;
    pcre2_code_free(r->code);
    oc_mem_free(r);
}

void oc_regex_run_free(struct oc_regex_run *run)
{
    if (!run)
        return;
    pcre2_match_data_free(run->data);
    pcre2_match_context_free(run->context);
    pcre2_general_context_free(run->memory);
    oc_mem_free(run);
}

static enum oc_status begin_run(struct oc_regex_run **run, struct oc_err *err)
{
    struct oc_regex_run *n = *run = oc_mem_zero(OC_MEM_OTHER, sizeof *n);
    if (n)
        n->memory = pcre2_general_context_create(take_memory, give_memory, NULL);
    if (n && n->memory) {
        n->context = pcre2_match_context_create(n->memory);
        n->data = pcre2_match_data_create(1, n->memory);
    }
    if (!n || !n->context || !n->data)
        return oc_err_nomem(err, "regular expression", sizeof *n);
    pcre2_set_match_limit(n->context, STEPS);
    pcre2_set_depth_limit(n->context, DEPTH);
    pcre2_set_heap_limit(n->context, HEAP_KIB);
    n->started_ns = oc_now_ns();
    return OC_OK;
}

enum oc_status oc_regex_find(const struct oc_regex *r, struct oc_regex_run **run, const char *text, size_t n, size_t from, size_t *start,
                             size_t *end, bool *found, struct oc_err *err)
{
    *found = false;
    enum oc_status st = *run ? OC_OK : begin_run(run, err);
    if (st)
        return st;
    for (size_t at = from; at <= n; at += WINDOW + 1) {
        while (at < n && ((uint8_t)text[at] & 0xc0) == 0x80) /* a window may begin inside a character */
            at++;
        pcre2_set_offset_limit((*run)->context, at + WINDOW);
        int code = pcre2_match(r->code, (PCRE2_SPTR)text, n, at, PCRE2_NO_UTF_CHECK, (*run)->data, (*run)->context);
        if (code == PCRE2_ERROR_NOMEMORY)
            return oc_err_nomem(err, "regular expression", n);
        bool late = oc_now_ns() - (*run)->started_ns > (int64_t)LIM_REGEX_MS * OC_NS_PER_MS;
        if (late || (code < 0 && code != PCRE2_ERROR_NOMATCH))
            return oc_err_set(err, OC_E_INVALID, "text: the tokenizer's regular expressions take too long on it");
        if (code >= 0) {
            const PCRE2_SIZE *pair = pcre2_get_ovector_pointer((*run)->data);
            *start = pair[0];
            *end = pair[1];
            *found = true;
            return OC_OK;
        }
    }
    return OC_OK;
}

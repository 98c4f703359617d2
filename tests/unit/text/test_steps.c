/* The steps by themselves: scanners against the expressions they stand for, normalisation forms, character references, base tables. */
#include <criterion/criterion.h>
#include "text/models/vocabulary.h"
#include "text/steps/pattern.h"
#include "text/steps/regex.h"
#include "text/steps/scan.h"
#include "text/unicode/chars.h"
#include "text/unicode/entities.h"
#include "text/unicode/forms.h"

static const char clip[] = "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";
static const char gpt2[] = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* A text of what the expressions tell apart. */
static size_t make_text(char *out, size_t room, uint32_t *seed)
{
    static const char *const parts[] = {
        "a",  "Z", "é",  "猫", " ",  "  ", "\n", "\t",     "\u00a0",        "\u2003",          "1",    "٣",      "½", "'", "'s", "'re",
        "'x", "!", "--", "€",  "<|", "|>", "😀",  "\u0301", "<|endoftext|>", "<|startoftext|>", "\x1c", "\u200b", ""};
    size_t n = 0, count = next_random(seed) % 20;
    for (size_t i = 0; i < count; i++) {
        const char *part = parts[next_random(seed) % OC_ARRAY_LEN(parts)];
        size_t k = *part ? strlen(part) : 1; /* an empty one stands for NUL */
        if (n + k > room)
            break;
        memcpy(out + n, part, k);
        n += k;
    }
    return n;
}

static void compare_with_expression(const char *expression, oc_scan scan)
{
    struct oc_regex *regex;
    struct oc_regex_run *run = NULL;
    struct oc_err err;
    cr_assert_eq(oc_regex_new(expression, strlen(expression), &regex, &err), OC_OK, "%s", err.msg);
    cr_assert_eq(oc_scan_find(expression, strlen(expression)), scan);
    uint32_t seed = 1;
    for (int i = 0; i < 20000; i++) {
        char text[512];
        size_t n = make_text(text, sizeof text, &seed), at = 0;
        for (bool more = true; more;) {
            size_t a = 0, b = 0, c = 0, d = 0;
            bool found;
            more = scan(text, n, at, &a, &b);
            cr_assert_eq(oc_regex_find(regex, &run, text, n, at, &c, &d, &found, &err), OC_OK);
            cr_assert(more == found && (!more || (a == c && b == d)), "at %zu of '%.*s': %zu-%zu, %zu-%zu", at, (int)n, text, a, b, c, d);
            at = b;
        }
    }
    oc_regex_run_free(run);
    oc_regex_free(regex);
}

Test(steps, scanners_match_what_their_expressions_match)
{
    compare_with_expression(clip, oc_scan_clip);
    compare_with_expression(gpt2, oc_scan_gpt2);
    compare_with_expression("\\s+", oc_scan_spaces);
}

Test(steps, expressions_that_mean_something_else_in_pcre_are_refused)
{
    static const char *const refused[] = {"[[:alpha:]]", "[a&&b]", "a{2}+", "(?m:.)",      "\\h",  "\\1",
                                          "(?<n>a)",     "a\\",    "[a",    "\\x{110000}", "\\p{", "(*FAIL)"};
    for (size_t i = 0; i < OC_ARRAY_LEN(refused); i++) {
        struct oc_pattern p;
        struct oc_err err;
        cr_expect_eq(oc_pattern_expression(&p, refused[i], strlen(refused[i]), &err), OC_E_UNSUPPORTED, "%s", refused[i]);
    }
}

Test(steps, a_search_that_would_take_forever_is_stopped)
{
    struct oc_regex *regex;
    struct oc_regex_run *run = NULL;
    struct oc_err err;
    size_t start, end;
    bool found;
    char text[4000];
    memset(text, 'a', sizeof text);
    cr_assert_eq(oc_regex_new("(?:a+a+)+[bc]", 13, &regex, &err), OC_OK);
    cr_expect_eq(oc_regex_find(regex, &run, text, sizeof text, 0, &start, &end, &found, &err), OC_E_INVALID);
    oc_regex_run_free(run);
    oc_regex_free(regex);
}

static void expect_text(struct oc_buf *got, const char *expected)
{
    cr_expect(got->len == strlen(expected) && !memcmp(got->data ? got->data : "", expected, got->len), "'%.*s', expected '%s'",
              (int)got->len, got->data ? got->data : "", expected);
    oc_buf_reset(got);
}

Test(steps, forms_of_unicode)
{
    struct oc_buf out;
    oc_buf_init(&out, OC_MEM_OTHER, 1 << 20);
    static const char marked[] = "e\u0301 plain ascii that is long enough e\u0301";
    cr_assert_eq(oc_forms_add(OC_FORM_NFC, marked, sizeof marked - 1, &out), OC_OK);
    expect_text(&out, "\u00e9 plain ascii that is long enough \u00e9");
    cr_assert_eq(oc_forms_add(OC_FORM_NFD, "a\u0301\u0323 각", 9, &out), OC_OK);
    expect_text(&out, "a\u0323\u0301 \u1100\u1161\u11a8");
    cr_assert_eq(oc_forms_add(OC_FORM_NFKC, "ﬁ ½ Ａ", 10, &out), OC_OK);
    expect_text(&out, "fi 1\u20442 A");
    cr_assert_eq(oc_forms_add_lower("İIΣΑΣ", 9, &out), OC_OK);
    expect_text(&out, "i\u0307iσασ");
    cr_assert_eq(oc_forms_add_lower_words("ΑΣ ΑΣ. ΑΣΑ Σ", 20, &out), OC_OK);
    expect_text(&out, "ας ας. ασα σ");
    oc_buf_deinit(&out);
}

Test(steps, character_references_as_python_reads_them)
{
    static const struct {
        const char *text, *plain;
    } cases[] = {{"&amp;&lt;&eacute;", "&<é"},
                 {"&ampx &notit; &notin;", "&x ¬it; ∉"},
                 {"&#65;&#x42&#128;&#0;", "AB€\ufffd"},
                 {"&bogus; & &; &#; &#x;", "&bogus; & &; &#; &#x;"},
                 {"&#1;&#xfdd0;x", "x"},
                 {"&", "&"}};
    struct oc_buf out;
    oc_buf_init(&out, OC_MEM_OTHER, 1000);
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        cr_assert_eq(oc_entities_add(cases[i].text, strlen(cases[i].text), &out), OC_OK);
        expect_text(&out, cases[i].plain);
    }
    oc_buf_deinit(&out);
}

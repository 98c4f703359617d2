/* Scanners; see scan.h. */
#include "text/steps/scan.h"
#include "text/unicode/chars.h"

enum kind { SPACE, LETTER, NUMBER, OTHER, NOTHING };

static const uint8_t ascii_kinds[128] = {
    [0 ... 8] = OTHER,     ['\t' ... '\r'] = SPACE, [14 ... 31] = OTHER,   [' '] = SPACE,
    ['!' ... '/'] = OTHER, ['0' ... '9'] = NUMBER,  [':' ... '@'] = OTHER, ['A' ... 'Z'] = LETTER,
    ['[' ... '`'] = OTHER, ['a' ... 'z'] = LETTER,  ['{' ... 127] = OTHER,
};

/* The kind of the character at i, *bytes long; NOTHING at the end. */
static inline enum kind kind_at(const char *text, size_t n, size_t i, size_t *bytes)
{
    if (i >= n) {
        *bytes = 0;
        return NOTHING;
    }
    int32_t c = oc_char_at(text + i, bytes);
    if (c < 128)
        return (enum kind)ascii_kinds[c];
    if (oc_char_is_letter(c))
        return LETTER;
    if (oc_char_is_space(c))
        return SPACE;
    return oc_char_is_number(c) ? NUMBER : OTHER;
}

/* The end of a run of one kind that begins at i. */
static size_t run_end(const char *text, size_t n, size_t i, enum kind kind)
{
    for (size_t bytes; i < n && kind_at(text, n, i, &bytes) == kind;)
        i += bytes;
    return i;
}

static bool begins(const char *text, size_t n, size_t i, const char *word)
{
    size_t k = strlen(word);
    return k <= n - i && !memcmp(text + i, word, k);
}

/* Bytes of an English contraction at i, or 0. */
static size_t contraction(const char *text, size_t n, size_t i)
{
    static const char *const words[] = {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"};
    if (text[i] != '\'')
        return 0;
    for (size_t k = 0; k < OC_ARRAY_LEN(words); k++)
        if (begins(text, n, i, words[k]))
            return strlen(words[k]);
    return 0;
}

/* The end of the white space at i that GPT-2 takes at once: all but the last character, which goes with the word behind it. */
static size_t spaces_end(const char *text, size_t n, size_t i)
{
    size_t end = run_end(text, n, i, SPACE);
    if (end == n)
        return end;
    size_t last = (size_t)(oc_char_before(text + end) - text);
    return last > i ? last : end;
}

bool oc_scan_gpt2(const char *text, size_t n, size_t from, size_t *start, size_t *end)
{
    if (from >= n)
        return false;
    *start = from;
    size_t bytes, k = contraction(text, n, from);
    if (k) {
        *end = from + k;
        return true;
    }
    size_t i = text[from] == ' ' ? from + 1 : from;
    enum kind kind = kind_at(text, n, i, &bytes);
    if (kind == SPACE || kind == NOTHING)
        *end = spaces_end(text, n, from);
    else
        *end = run_end(text, n, i + bytes, kind);
    return true;
}

static bool begins_mark(const char *text, size_t n, size_t i, size_t *end)
{
    static const char *const marks[] = {"<|startoftext|>", "<|endoftext|>"};
    for (size_t k = 0; text[i] == '<' && k < OC_ARRAY_LEN(marks); k++)
        if (begins(text, n, i, marks[k])) {
            *end = i + strlen(marks[k]);
            return true;
        }
    return false;
}

/* The end of a run as run_end has it, and before a character that is left out. */
static size_t run_before(const char *text, size_t n, size_t i, enum kind kind, int32_t left_out)
{
    for (size_t bytes; i < n && kind_at(text, n, i, &bytes) == kind && oc_char_at(text + i, &bytes) != left_out;)
        i += bytes;
    return i;
}

static bool scan_clip(const char *text, size_t n, size_t from, int32_t left_out, size_t *start, size_t *end)
{
    size_t bytes = 0;
    do {
        from = run_end(text, n, from + bytes, SPACE);
        bytes = 0;
    } while (from < n && oc_char_at(text + from, &bytes) == left_out);
    if (from >= n)
        return false;
    *start = from;
    size_t short_form = contraction(text, n, from);
    *end = from + short_form;
    if (short_form || begins_mark(text, n, from, end))
        return true;
    enum kind kind = kind_at(text, n, from, &bytes);
    *end = kind == NUMBER ? from + bytes : run_before(text, n, from + bytes, kind, left_out);
    return true;
}

bool oc_scan_clip(const char *text, size_t n, size_t from, size_t *start, size_t *end)
{
    return scan_clip(text, n, from, -1, start, end);
}

/*
 * Without regard to case, Python's regex finds U+0345, a mark, in neither set: it is no letter, but a case variant of iota, which is one.
 * So it falls out of the text like white space; and a long s is the s of a contraction.
 */
bool oc_scan_clip_python(const char *text, size_t n, size_t from, size_t *start, size_t *end)
{
    bool found = scan_clip(text, n, from, 0x345, start, end);
    if (found && begins(text, n, *start, "'\xc5\xbf"))
        *end = *start + 3;
    return found;
}

bool oc_scan_spaces(const char *text, size_t n, size_t from, size_t *start, size_t *end)
{
    size_t bytes;
    while (from < n && !oc_char_is_space(oc_char_at(text + from, &bytes)))
        from += bytes;
    *start = from;
    *end = run_end(text, n, from, SPACE);
    return from < n;
}

oc_scan oc_scan_find(const char *expression, size_t n)
{
    static const struct {
        const char *expression;
        oc_scan scan;
    } known[] = {
        {"'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+", oc_scan_gpt2},
        {"<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+", oc_scan_clip},
        {"\\s+", oc_scan_spaces},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(known); i++)
        if (strlen(known[i].expression) == n && !memcmp(known[i].expression, expression, n))
            return known[i].scan;
    return NULL;
}

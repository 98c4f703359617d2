/* Normalisers; see normalise.h. The rules are those of Hugging Face's tokenizers (normalizers/). */
#include "text/steps/normalise.h"
#include "text/steps/sentencepiece.h"
#include "text/unicode/chars.h"
#include "text/unicode/entities.h"

void oc_normaliser_deinit(struct oc_normaliser *n)
{
    oc_pattern_deinit(&n->pattern);
    oc_mem_free(n->content);
    oc_charsmap_free(n->charsmap);
    oc_spm_normaliser_free(n->sentencepiece);
    *n = (struct oc_normaliser){0};
}

enum oc_status oc_bytes_add(const char *text, size_t n, struct oc_buf *out)
{
    enum oc_status st = oc_buf_reserve(out, 2 * n);
    if (st)
        return st;
    char *to = out->data + out->len;
    for (size_t i = 0; i < n; i++) {
        uint8_t b = (uint8_t)text[i];
        int32_t c = b;
        if (b <= 32) /* those without a printable form follow each other from U+0100 on */
            c = 0x100 + b;
        else if (b >= 127 && b <= 160)
            c = 0x100 + 33 + (b - 127);
        else if (b == 173)
            c = 0x100 + 33 + 34;
        to += oc_char_put(to, c);
    }
    out->len = (size_t)(to - out->data);
    *to = 0;
    return OC_OK;
}

struct stretch {
    const char *text;
    size_t n;
};

/* Keeps the characters for which `drop` is false. */
static enum oc_status filter(struct stretch in, bool (*drop)(int32_t c), struct oc_buf *out, bool *moved)
{
    enum oc_status st = OC_OK;
    size_t kept = 0; /* where the stretch of kept characters begins */
    for (size_t i = 0, bytes; i < in.n && !st; i += bytes) {
        if (!drop(oc_char_at(in.text + i, &bytes)))
            continue;
        st = oc_buf_add(out, in.text + kept, i - kept);
        *moved |= !i;
        kept = i + bytes;
    }
    return st ? st : oc_buf_add(out, in.text + kept, in.n - kept);
}

/* Python also strips the separators U+001C to U+001F. */
static bool is_stripped(const struct oc_normaliser *s, const char *p)
{
    size_t bytes;
    int32_t c = oc_char_at(p, &bytes);
    return oc_char_is_space(c) || (s->python && c >= 0x1c && c <= 0x1f);
}

static enum oc_status strip(const struct oc_normaliser *s, struct stretch in, struct oc_buf *out, bool *moved)
{
    const char *a = in.text, *b = in.text + in.n;
    while (s->left && a < b && is_stripped(s, a))
        a += oc_char_bytes((uint8_t)*a);
    for (const char *last; s->right && b > a && is_stripped(s, last = oc_char_before(b));)
        b = last;
    *moved |= a != in.text;
    return oc_buf_add(out, a, (size_t)(b - a));
}

static enum oc_status replace(const struct oc_normaliser *r, struct stretch in, struct oc_buf *out, struct oc_passage *p, bool *moved,
                              struct oc_err *err)
{
    struct oc_matches m = oc_matches_begin(&r->pattern, in.text, in.n, &p->run);
    size_t done = 0, start, end;
    if (!in.n)
        return OC_OK;
    for (;;) {
        enum oc_status st = oc_matches_next(&m, &start, &end, err);
        if (st || start == SIZE_MAX)
            return st ? st : oc_buf_add(out, in.text + done, in.n - done) ? oc_passage_full(out, OC_E_BODY_TOO_LARGE, err) : OC_OK;
        *moved |= !start && end && !r->n_content;
        st = oc_buf_add(out, in.text + done, start - done);
        if (!st)
            st = oc_buf_add(out, r->content, r->n_content);
        if (st)
            return oc_passage_full(out, st, err);
        done = end;
    }
}

static bool is_nmt_removed(int32_t c)
{
    return (c >= 1 && c <= 8) || c == 0xb || (c >= 0xe && c <= 0x1f) || c == 0x7f || c == 0x8f || c == 0x9f;
}

static bool is_nmt_blank(int32_t c)
{
    return c == 9 || c == 0xa || c == 0xc || c == 0xd || c == 0x1680 || (c >= 0x200b && c <= 0x200f) || c == 0x2028 || c == 0x2029 ||
           c == 0x2581 || c == 0xfeff || c == 0xfffd;
}

static bool is_bert_removed(int32_t c)
{
    return c == 0 || c == 0xfffd || (c != '\t' && c != '\n' && c != '\r' && oc_char_is_control(c));
}

/* Each character of a kind becomes a blank. */
static enum oc_status blank(struct stretch in, bool (*kind)(int32_t c), struct oc_buf *out)
{
    enum oc_status st = OC_OK;
    size_t kept = 0;
    for (size_t i = 0, bytes; i < in.n && !st; i += bytes) {
        if (!kind(oc_char_at(in.text + i, &bytes)))
            continue;
        st = oc_buf_add(out, in.text + kept, i - kept);
        if (!st)
            st = oc_buf_add(out, " ", 1);
        kept = i + bytes;
    }
    return st ? st : oc_buf_add(out, in.text + kept, in.n - kept);
}

static bool is_space(int32_t c)
{
    return oc_char_is_space(c);
}

/* The blocks that BERT calls Chinese, as the reference lists them (with its 2B920 for 2B820). */
static bool is_chinese(int32_t c)
{
    return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x20000 && c <= 0x2a6df) ||
           (c >= 0x2a700 && c <= 0x2b73f) || (c >= 0x2b740 && c <= 0x2b81f) || (c >= 0x2b920 && c <= 0x2ceaf) ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0x2f800 && c <= 0x2fa1f);
}

static enum oc_status surround_chinese(struct stretch in, struct oc_buf *out)
{
    enum oc_status st = OC_OK;
    size_t kept = 0;
    for (size_t i = 0, bytes; i < in.n && !st; i += bytes) {
        if (!is_chinese(oc_char_at(in.text + i, &bytes)))
            continue;
        st = oc_buf_add(out, in.text + kept, i - kept);
        if (!st)
            st = oc_buf_add(out, " ", 1);
        if (!st)
            st = oc_buf_add(out, in.text + i, bytes);
        if (!st)
            st = oc_buf_add(out, " ", 1);
        kept = i + bytes;
    }
    return st ? st : oc_buf_add(out, in.text + kept, in.n - kept);
}

/* The steps of BertNormalizer one after the other, each from one of two buffers into the other; the last must end in `out`. */
static enum oc_status bert(const struct oc_normaliser *b, struct stretch in, struct oc_buf *out, bool *moved)
{
    struct oc_buf other;
    oc_buf_init(&other, OC_MEM_OTHER, out->max);
    enum oc_status st = oc_buf_add(out, in.text, in.n);
    for (int step = 0; step < 6 && !st; step++) {
        bool wanted[6] = {b->clean, b->clean, b->chinese, b->strip_accents, b->strip_accents, b->lower};
        if (!wanted[step])
            continue;
        struct oc_buf swap = other;
        other = *out;
        *out = swap;
        oc_buf_reset(out);
        struct stretch s = {other.data ? other.data : "", other.len};
        st = step == 0   ? filter(s, is_bert_removed, out, moved)
             : step == 1 ? blank(s, is_space, out)
             : step == 2 ? surround_chinese(s, out)
             : step == 3 ? oc_forms_add(OC_FORM_NFD, s.text, s.n, out)
             : step == 4 ? filter(s, oc_char_is_nonspacing_mark, out, moved)
                         : oc_forms_add_lower(s.text, s.n, out);
    }
    oc_buf_deinit(&other);
    return st;
}

static enum oc_status run_nmt(struct stretch in, struct oc_buf *out, bool *moved)
{
    struct oc_buf kept;
    oc_buf_init(&kept, OC_MEM_OTHER, out->max);
    enum oc_status st = filter(in, is_nmt_removed, &kept, moved);
    if (!st)
        st = blank((struct stretch){kept.data ? kept.data : "", kept.len}, is_nmt_blank, out);
    oc_buf_deinit(&kept);
    return st;
}

static enum oc_status run_one(const struct oc_normaliser *s, struct stretch in, struct oc_buf *out, bool *moved)
{
    switch (s->kind) {
    case OC_NORMALISE_FORM:
        return oc_forms_add(s->form, in.text, in.n, out);
    case OC_NORMALISE_LOWER:
        return s->python ? oc_forms_add_lower_words(in.text, in.n, out) : oc_forms_add_lower(in.text, in.n, out);
    case OC_NORMALISE_STRIP:
        return strip(s, in, out, moved);
    case OC_NORMALISE_MARKS:
        return filter(in, oc_char_is_mark, out, moved);
    case OC_NORMALISE_PREPEND: {
        enum oc_status st = in.n ? oc_buf_add(out, s->content, s->n_content) : OC_OK;
        return st ? st : oc_buf_add(out, in.text, in.n);
    }
    case OC_NORMALISE_BYTES:
        return oc_bytes_add(in.text, in.n, out);
    case OC_NORMALISE_NMT:
        return run_nmt(in, out, moved);
    case OC_NORMALISE_BERT:
        return bert(s, in, out, moved);
    case OC_NORMALISE_CHARSMAP:
        return oc_charsmap_add_graphemes(s->charsmap, in.text, in.n, out);
    case OC_NORMALISE_SENTENCEPIECE:
        return oc_spm_normalise(s->sentencepiece, in.text, in.n, out);
    case OC_NORMALISE_ENTITIES:
        return oc_entities_add(in.text, in.n, out);
    case OC_NORMALISE_REPLACE:
        break; /* done by the caller: it has errors of its own */
    }
    return OC_E_INTERNAL;
}

enum oc_status oc_normalise(const struct oc_normaliser *list, size_t n_list, const char *text, size_t n, struct oc_passage *p, bool *moved,
                            struct oc_err *err)
{
    struct stretch in = {text, n};
    *moved = false;
    for (size_t i = 0; i < n_list; i++) {
        struct oc_buf *out = &p->scratch[i % 2];
        oc_buf_reset(out);
        enum oc_status st = OC_OK;
        if (list[i].kind == OC_NORMALISE_REPLACE) {
            st = replace(&list[i], in, out, p, moved, err);
            if (st)
                return st;
        } else {
            st = run_one(&list[i], in, out, moved);
        }
        if (st)
            return oc_passage_full(out, st, err);
        in = (struct stretch){out->data ? out->data : "", out->len};
    }
    enum oc_status st = oc_buf_add(&p->text, in.text, in.n);
    return st ? oc_passage_full(&p->text, st, err) : OC_OK;
}

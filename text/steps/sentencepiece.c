/* One rule after the other from the left; see sentencepiece.h. */
#include "text/steps/sentencepiece.h"
#include "text/unicode/chars.h"

static const char mark[] = "\xe2\x96\x81"; /* U+2581 */

void oc_spm_normaliser_free(struct oc_spm_normaliser *s)
{
    if (!s)
        return;
    oc_charsmap_free(s->charsmap);
    oc_trie_deinit(&s->symbols);
    oc_mem_free(s);
}

struct stretch {
    const char *text;
    size_t n;
};

/* What the beginning of the text becomes; *used: bytes it stands for. */
static struct stretch next_rule(const struct oc_spm_normaliser *s, const char *text, size_t n, size_t *used)
{
    uint32_t node = 0;
    size_t len;
    *used = 0;
    for (size_t i = 0; s->symbols.n && i < n && (node = oc_trie_step(&s->symbols, node, (uint8_t)text[i])); i++)
        if (s->symbols.nodes[node].value >= 0)
            *used = i + 1;
    if (*used)
        return (struct stretch){text, *used};
    const char *to = s->charsmap ? oc_charsmap_find(s->charsmap, text, n, true, used, &len) : NULL;
    if (to)
        return (struct stretch){to, len};
    *used = oc_char_bytes((uint8_t)*text);
    return (struct stretch){text, *used};
}

static enum oc_status add_escaped(const struct oc_spm_normaliser *s, struct stretch in, struct oc_buf *out)
{
    enum oc_status st = OC_OK;
    for (size_t i = 0, from = 0; i <= in.n && !st; i++) {
        if (i < in.n && !(s->escape && in.text[i] == ' '))
            continue;
        st = oc_buf_add(out, in.text + from, i - from);
        if (!st && i < in.n)
            st = oc_buf_add(out, mark, 3);
        from = i + 1;
    }
    return st;
}

enum { RUN = 32 }; /* bytes looked at for one run */

/*
 * Bytes from the beginning that are ASCII, no blanks, and stay as they are; RUN at most: the map may be calm over blanks and words to the
 * end of the text, and looking so far for each word would take time in the square of its length.
 */
static size_t calm_run(const struct oc_spm_normaliser *s, const char *text, size_t n)
{
    size_t i = 0;
    if (s->charsmap) /* with the byte behind the run, which decides about its last one */
        n = oc_charsmap_calm(s->charsmap, text, n < RUN + 1 ? n : RUN + 1);
    n = n < RUN ? n : RUN;
    while (i < n && !(text[i] & 0x80) && text[i] != ' ' && !(s->symbols.n && s->symbols.root[(uint8_t)text[i]]))
        i++;
    return i;
}

static void drop_trailing(const struct oc_spm_normaliser *s, struct oc_buf *out)
{
    const char *blank = s->escape ? mark : " ";
    size_t k = strlen(blank);
    while (out->len >= k && !memcmp(out->data + out->len - k, blank, k))
        out->len -= k;
}

enum oc_status oc_spm_normalise(const struct oc_spm_normaliser *s, const char *text, size_t n, struct oc_buf *out)
{
    const char *end = text + n;
    size_t used;
    while (s->remove_extra && text < end) {
        struct stretch first = next_rule(s, text, (size_t)(end - text), &used);
        if (first.n != 1 || *first.text != ' ')
            break;
        text += used;
    }
    if (text == end)
        return OC_OK;
    struct stretch blank = {" ", 1};
    enum oc_status st = s->dummy_prefix && !s->suffix ? add_escaped(s, blank, out) : OC_OK;
    bool after_blank = s->remove_extra;
    for (; text < end && !st; text += used) {
        used = calm_run(s, text, (size_t)(end - text));
        if (used) {
            st = oc_buf_add(out, text, used);
            after_blank = false;
            continue;
        }
        struct stretch rule = next_rule(s, text, (size_t)(end - text), &used);
        for (; after_blank && rule.n && *rule.text == ' '; rule.text++)
            rule.n--;
        st = add_escaped(s, rule, out);
        if (rule.n)
            after_blank = s->remove_extra && rule.text[rule.n - 1] == ' ';
    }
    if (!st && s->remove_extra)
        drop_trailing(s, out);
    return st || !s->dummy_prefix || !s->suffix ? st : add_escaped(s, blank, out);
}

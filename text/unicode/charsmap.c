/*
 * The map's format (sentencepiece, normalizer.cc): the size of the trie in bytes as a little-endian 32-bit number, the trie
 * as a darts-clone double array of 32-bit units, then the replacements, each ended by a NUL. A unit holds: bits 0-7 and 31 the
 * label, bit 8 "a value is one step from here", bits 10-30 the offset, shifted by 8 more when bit 9 is set; a value has bit 31.
 */
#include "text/unicode/charsmap.h"
#include "base/utf8.h"
#include "text/unicode/chars.h"

enum { SHORT_GRAPHEME = 6 };

struct oc_charsmap {
    uint32_t *units;
    size_t n_units;
    char *strings; /* NUL behind the last */
    size_t n_strings;
    bool calm[128]; /* no rule is this character, or begins with it and another of ASCII */
};

static size_t unit_offset(uint32_t u)
{
    return (size_t)(u >> 10) << ((u & 1u << 9) >> 6);
}

static bool is_utf8(const char *s, size_t n)
{
    for (size_t i = 0, k; i < n; i += k)
        if (!(k = oc_utf8_length((const uint8_t *)s + i, n - i)))
            return false;
    return true;
}

/* Whether the trie goes on from a node by a byte, and the unit there. */
static bool leads_on(const struct oc_charsmap *m, size_t node, uint8_t byte, uint32_t *unit)
{
    node ^= byte;
    if (node >= m->n_units || (m->units[node] & (1u << 31 | 0xff)) != byte)
        return false;
    *unit = m->units[node];
    return true;
}

static void find_calm(struct oc_charsmap *m)
{
    size_t root = unit_offset(m->units[0]);
    uint32_t unit, next;
    m->calm[0] = false;
    for (int a = 1; a < 128; a++) {
        m->calm[a] = true;
        if (!leads_on(m, root, (uint8_t)a, &unit))
            continue;
        m->calm[a] = !(unit >> 8 & 1);
        size_t node = root ^ (size_t)a ^ unit_offset(unit);
        for (int b = 1; b < 128 && m->calm[a]; b++)
            m->calm[a] = !leads_on(m, node, (uint8_t)b, &next);
    }
}

enum oc_status oc_charsmap_new(const void *bytes, size_t n, struct oc_charsmap **out, struct oc_err *err)
{
    const uint8_t *b = bytes;
    size_t trie = n >= 4 ? (size_t)b[0] | (size_t)b[1] << 8 | (size_t)b[2] << 16 | (size_t)b[3] << 24 : 0;
    *out = NULL;
    if (trie < 4 || trie % 4 || trie > n - 4)
        return oc_err_set(err, OC_E_MODEL, "precompiled_charsmap: a trie of %zu bytes in %zu", trie, n);
    if (!is_utf8((const char *)b + 4 + trie, n - 4 - trie))
        return oc_err_set(err, OC_E_MODEL, "precompiled_charsmap: its replacements are not UTF-8");
    struct oc_charsmap *m = oc_mem_zero(OC_MEM_MODEL, sizeof *m);
    if (m) {
        m->units = oc_mem_alloc(OC_MEM_MODEL, trie);
        m->strings = oc_mem_strndup(OC_MEM_MODEL, (const char *)b + 4 + trie, n - 4 - trie);
    }
    if (!m || !m->units || !m->strings) {
        oc_charsmap_free(m);
        return oc_err_nomem(err, "precompiled_charsmap", n);
    }
    m->n_units = trie / 4;
    m->n_strings = n - 4 - trie;
    for (size_t i = 0; i < m->n_units; i++) {
        const uint8_t *u = b + 4 + 4 * i;
        m->units[i] = (uint32_t)u[0] | (uint32_t)u[1] << 8 | (uint32_t)u[2] << 16 | (uint32_t)u[3] << 24;
    }
    find_calm(m);
    *out = m;
    return OC_OK;
}

void oc_charsmap_free(struct oc_charsmap *m)
{
    if (!m)
        return;
    oc_mem_free(m->units);
    oc_mem_free(m->strings);
    oc_mem_free(m);
}

size_t oc_charsmap_bytes(const struct oc_charsmap *m)
{
    return m ? m->n_units * sizeof *m->units + m->n_strings : 0;
}

const char *oc_charsmap_find(const struct oc_charsmap *m, const char *text, size_t n, bool longest, size_t *used, size_t *len)
{
    const char *found = NULL;
    size_t node = unit_offset(m->units[0]);
    for (size_t i = 0; i < n && text[i]; i++) {
        node ^= (uint8_t)text[i];
        if (node >= m->n_units || (m->units[node] & (1u << 31 | 0xff)) != (uint8_t)text[i])
            break;
        uint32_t unit = m->units[node];
        node ^= unit_offset(unit);
        if (!(unit >> 8 & 1))
            continue;
        size_t at = node < m->n_units ? m->units[node] & 0x7fffffffu : SIZE_MAX;
        if (at > m->n_strings || ((uint8_t)m->strings[at] & 0xc0) == 0x80) /* points nowhere, or into a character */
            break;
        found = m->strings + at;
        *used = i + 1;
        if (!longest)
            break;
    }
    *len = found ? strlen(found) : 0;
    return found;
}

size_t oc_charsmap_calm(const struct oc_charsmap *m, const char *text, size_t n)
{
    size_t i = 0;
    while (i < n && !(text[i] & 0x80) && m->calm[(uint8_t)text[i]] && (i + 1 == n || !(text[i + 1] & 0x80)))
        i++;
    return i;
}

/* Where the grapheme that begins at i ends (UAX #29, extended). */
static size_t grapheme_end(const char *text, size_t n, size_t i)
{
    size_t bytes;
    utf8proc_int32_t state = 0;
    int32_t c = oc_char_at(text + i, &bytes);
    for (i += bytes; i < n; i += bytes) {
        int32_t next = oc_char_at(text + i, &bytes);
        if (utf8proc_grapheme_break_stateful(c, next, &state))
            break;
        c = next;
    }
    return i;
}

static enum oc_status add_character(const struct oc_charsmap *m, const char *text, size_t n, struct oc_buf *out)
{
    size_t used, len;
    const char *to = oc_charsmap_find(m, text, n, false, &used, &len);
    return to ? oc_buf_add(out, to, len) : oc_buf_add(out, text, n);
}

enum oc_status oc_charsmap_add_graphemes(const struct oc_charsmap *m, const char *text, size_t n, struct oc_buf *out)
{
    enum oc_status st = OC_OK;
    for (size_t i = 0, end; i < n && !st; i = end) {
        end = i +
              oc_charsmap_calm(m, text + i, n - i); /* each a grapheme, or a carriage return and a line feed, for which there is no rule */
        if (end > i) {
            st = oc_buf_add(out, text + i, end - i);
            continue;
        }
        end = grapheme_end(text, n, i);
        size_t used, len;
        const char *whole = end - i < SHORT_GRAPHEME ? oc_charsmap_find(m, text + i, end - i, false, &used, &len) : NULL;
        if (whole) {
            st = oc_buf_add(out, whole, len);
            continue;
        }
        for (size_t bytes; i < end && !st; i += bytes) {
            bytes = oc_char_bytes((uint8_t)text[i]);
            st = add_character(m, text + i, bytes, out);
        }
    }
    return st;
}

/*
 * The tables of a byte pair encoding; see bpe.h.
 *
 * Where to cut. Merges only ever join a left token to the right token beside it, and a token's text is the text it was
 * merged from. So a merge across the border between characters a and c needs a rule whose left side ends in a and whose
 * right side begins with c. `touching` holds these pairs; at any other border the word falls into two that know nothing of
 * each other. With Llama's and Gemma's tokenizers, where a whole text is one "word", this cuts it before each blank.
 */
#include "text/models/bpe.h"
#include "base/limits.h"
#include "text/unicode/chars.h"

enum { FIRST_SLOTS = 1024, BASIC_PLANE = 0x10000, AFFIX_BYTES = 64 };

static uint64_t pair_key(int32_t left, int32_t right)
{
    return ((uint64_t)(uint32_t)left + 1) << 32 | ((uint64_t)(uint32_t)right + 1);
}

const struct oc_bpe_merge *oc_bpe_find(const struct oc_bpe *b, int32_t left, int32_t right)
{
    uint64_t key = pair_key(left, right);
    size_t mask = b->n_slots - 1;
    for (size_t i = oc_hash_number(key) & mask; b->merges[i].pair; i = (i + 1) & mask)
        if (b->merges[i].pair == key)
            return &b->merges[i];
    return NULL;
}

static bool find_touching(const struct oc_bpe *b, uint64_t key, size_t *slot)
{
    size_t mask = b->touching_slots - 1, i = oc_hash_number(key) & mask;
    for (; b->touching[i]; i = (i + 1) & mask)
        if (b->touching[i] == key)
            break;
    *slot = i;
    return b->touching[i] == key;
}

bool oc_bpe_touches(const struct oc_bpe *b, int32_t a, int32_t c)
{
    size_t slot;
    if (a < 128 && c < 128)
        return b->touching_ascii[a][c >> 6] >> (c & 63) & 1;
    return find_touching(b, pair_key(a, c), &slot);
}

static enum oc_status grow_merges(struct oc_bpe *b, struct oc_err *err)
{
    if (b->n_slots >= 2 * (b->n_merges + 1))
        return OC_OK;
    size_t n = b->n_slots ? 2 * b->n_slots : FIRST_SLOTS;
    struct oc_bpe_merge *slots = oc_mem_array(OC_MEM_MODEL, n, sizeof *slots);
    if (!slots)
        return oc_err_nomem(err, "merges", n * sizeof *slots);
    for (size_t k = 0; k < b->n_slots; k++) {
        if (!b->merges[k].pair)
            continue;
        size_t i = oc_hash_number(b->merges[k].pair) & (n - 1);
        while (slots[i].pair)
            i = (i + 1) & (n - 1);
        slots[i] = b->merges[k];
    }
    oc_mem_free(b->merges);
    b->merges = slots;
    b->n_slots = n;
    return OC_OK;
}

static enum oc_status grow_touching(struct oc_bpe *b, struct oc_err *err)
{
    if (b->touching_slots >= 2 * (b->n_touching + 1))
        return OC_OK;
    size_t n = b->touching_slots ? 2 * b->touching_slots : FIRST_SLOTS, old_n = b->touching_slots, slot;
    uint64_t *old = b->touching, *keys = oc_mem_array(OC_MEM_MODEL, n, sizeof *keys);
    if (!keys)
        return oc_err_nomem(err, "merges", n * sizeof *keys);
    b->touching = keys;
    b->touching_slots = n;
    for (size_t k = 0; k < old_n; k++)
        if (old[k] && !find_touching(b, old[k], &slot))
            keys[slot] = old[k];
    oc_mem_free(old);
    return OC_OK;
}

static char *copy_affix(const char *affix, bool *failed)
{
    if (!affix || !*affix)
        return NULL;
    char *copy = oc_mem_strdup(OC_MEM_MODEL, affix);
    *failed |= !copy;
    return copy;
}

static void find_byte_ids(struct oc_bpe *b)
{
    for (int i = 0; i < 256; i++) {
        char name[8];
        int n = snprintf(name, sizeof name, "<0x%02X>", (unsigned)i);
        b->byte_ids[i] = oc_vocabulary_find(b->vocabulary, name, (size_t)n);
        if (b->byte_ids[i] >= 0 && (b->byte_low < 0 || b->byte_ids[i] < b->byte_low))
            b->byte_low = b->byte_ids[i];
        b->byte_high = b->byte_ids[i] > b->byte_high ? b->byte_ids[i] : b->byte_high;
    }
}

static enum oc_status check_affix(const char *name, const char *affix, struct oc_err *err)
{
    size_t n = affix ? strlen(affix) : 0;
    if (n <= AFFIX_BYTES)
        return OC_OK;
    return oc_err_set(err, OC_E_UNSUPPORTED, "%s: %d bytes at most, this one has %zu", name, AFFIX_BYTES, n);
}

enum oc_status oc_bpe_init(struct oc_bpe *b, const struct oc_vocabulary *v, const struct oc_bpe_options *opt, struct oc_err *err)
{
    *b = (struct oc_bpe){.vocabulary = v,
                         .unknown = -1,
                         .byte_low = -1,
                         .byte_high = -1,
                         .fuse_unknown = opt->fuse_unknown,
                         .byte_fallback = opt->byte_fallback,
                         .whole_words = opt->whole_words,
                         .cuts = !opt->prefix || !*opt->prefix}; /* with one, a token's text is not the text it was merged from */
    enum oc_status st = check_affix("continuing_subword_prefix", opt->prefix, err);
    if (!st)
        st = check_affix("end_of_word_suffix", opt->suffix, err);
    if (st)
        return st;
    bool failed = false;
    b->prefix = copy_affix(opt->prefix, &failed);
    b->suffix = copy_affix(opt->suffix, &failed);
    b->plain = oc_mem_alloc(OC_MEM_MODEL, BASIC_PLANE * sizeof *b->plain);
    if (failed || !b->plain)
        return oc_err_nomem(err, "merges", BASIC_PLANE * sizeof *b->plain);
    for (int32_t c = 0; c < BASIC_PLANE; c++) {
        char text[4];
        b->plain[c] = oc_vocabulary_find(v, text, oc_char_put(text, c));
    }
    find_byte_ids(b);
    if (opt->unknown && *opt->unknown) {
        int32_t id = oc_vocabulary_find(v, opt->unknown, strlen(opt->unknown));
        b->unknown = id < 0 ? -2 : id;
    }
    st = grow_merges(b, err);
    return st ? st : grow_touching(b, err);
}

/* Tokens that stand for something else than their text: a merge of them is not found by characters. */
static bool is_stand_in(const struct oc_bpe *b, int32_t id)
{
    if (id == b->unknown)
        return true;
    return b->byte_fallback && id >= b->byte_low && id <= b->byte_high;
}

static enum oc_status find_side(const struct oc_bpe *b, const char *text, size_t n, int32_t *id, struct oc_err *err)
{
    *id = oc_vocabulary_find(b->vocabulary, text, n);
    if (*id >= 0)
        return OC_OK;
    int shown = n < 64 ? (int)n : 64;
    return oc_err_set(err, OC_E_MODEL, "merges: '%.*s' is not in the vocabulary", shown, text);
}

enum oc_status oc_bpe_add_merge(struct oc_bpe *b, const char *left, size_t n_left, const char *right, size_t n_right, struct oc_err *err)
{
    return oc_bpe_add_ranked(b, left, n_left, right, n_right, (uint32_t)b->n_merges, err);
}

enum oc_status oc_bpe_add_ranked(struct oc_bpe *b, const char *left, size_t n_left, const char *right, size_t n_right, uint32_t rank,
                                 struct oc_err *err)
{
    int32_t left_id, right_id, merged;
    char joined[2 * LIM_TOKEN_BYTES];
    size_t skip = b->prefix ? strlen(b->prefix) : 0;
    enum oc_status st = find_side(b, left, n_left, &left_id, err);
    if (!st)
        st = find_side(b, right, n_right, &right_id, err);
    if (!st && (!n_left || n_right <= skip || n_left > LIM_TOKEN_BYTES || n_right > LIM_TOKEN_BYTES))
        st = oc_err_set(err, OC_E_MODEL, "merges: a side of %zu and %zu bytes; %zu to %d are allowed", n_left, n_right, skip + 1,
                        LIM_TOKEN_BYTES);
    if (st)
        return st;
    memcpy(joined, left, n_left);
    memcpy(joined + n_left, right + skip, n_right - skip);
    st = find_side(b, joined, n_left + n_right - skip, &merged, err);
    if (!st)
        st = grow_merges(b, err);
    if (!st)
        st = grow_touching(b, err);
    if (st)
        return st;
    uint64_t key = pair_key(left_id, right_id);
    size_t mask = b->n_slots - 1, i = oc_hash_number(key) & mask, slot, bytes;
    while (b->merges[i].pair && b->merges[i].pair != key)
        i = (i + 1) & mask;
    b->merges[i] = (struct oc_bpe_merge){key, rank, merged}; /* a rule that is there twice counts where it came last */
    b->n_merges++;
    int32_t last = oc_char_at(oc_char_before(left + n_left), &bytes), next = oc_char_at(right, &bytes);
    if (last < 128 && next < 128)
        b->touching_ascii[last][next >> 6] |= 1ull << (next & 63);
    uint64_t border = pair_key(last, next);
    if (!find_touching(b, border, &slot)) {
        b->touching[slot] = border;
        b->n_touching++;
    }
    b->cuts = b->cuts && !is_stand_in(b, left_id) && !is_stand_in(b, right_id);
    return OC_OK;
}

void oc_bpe_deinit(struct oc_bpe *b)
{
    oc_mem_free(b->merges);
    oc_mem_free(b->touching);
    oc_mem_free(b->prefix);
    oc_mem_free(b->suffix);
    oc_mem_free(b->plain);
    *b = (struct oc_bpe){0};
}

size_t oc_bpe_bytes(const struct oc_bpe *b)
{
    return b->n_slots * sizeof *b->merges + b->touching_slots * sizeof *b->touching + (b->plain ? BASIC_PLANE * sizeof *b->plain : 0);
}

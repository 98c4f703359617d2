/* A hash table of texts; see vocabulary.h. */
#include "text/models/vocabulary.h"
#include "base/limits.h"

enum { FIRST_SLOTS = 1024 };

uint64_t oc_hash_bytes(const char *p, size_t n)
{
    uint64_t h = n * 0x9e3779b97f4a7c15u;
    for (; n >= 8; p += 8, n -= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        h = oc_hash_number(h ^ word) + word;
    }
    uint64_t tail = 0;
    for (size_t i = 0; i < n; i++)
        tail |= (uint64_t)(uint8_t)p[i] << 8 * i;
    h = oc_hash_number(h ^ tail);
    return oc_hash_number(h ^ h >> 29);
}

void oc_vocabulary_init(struct oc_vocabulary *v)
{
    *v = (struct oc_vocabulary){0};
    oc_buf_init(&v->bytes, OC_MEM_MODEL, LIM_TOKENIZER_FILE);
}

void oc_vocabulary_deinit(struct oc_vocabulary *v)
{
    oc_buf_deinit(&v->bytes);
    oc_mem_free(v->entries);
    oc_mem_free(v->slots);
    oc_mem_free(v->by_id);
    *v = (struct oc_vocabulary){0};
}

/* The slot where a text is, or where it would go. */
static size_t find_slot(const struct oc_vocabulary *v, const char *text, size_t n)
{
    size_t mask = v->n_slots - 1, i = oc_hash_bytes(text, n) & mask;
    for (; v->slots[i]; i = (i + 1) & mask) {
        const struct oc_vocabulary_entry *e = &v->entries[v->slots[i] - 1];
        if (e->len == n && !memcmp(v->bytes.data + e->at, text, n))
            break;
    }
    return i;
}

int32_t oc_vocabulary_find(const struct oc_vocabulary *v, const char *text, size_t n)
{
    if (!v->n_slots || n > v->longest)
        return -1;
    uint32_t e = v->slots[find_slot(v, text, n)];
    return e ? v->entries[e - 1].id : -1;
}

const char *oc_vocabulary_text(const struct oc_vocabulary *v, int64_t id, size_t *n)
{
    *n = 0;
    if (id < 0 || (uint64_t)id >= v->n_ids || !v->by_id[id])
        return NULL;
    const struct oc_vocabulary_entry *e = &v->entries[v->by_id[id] - 1];
    *n = e->len;
    return v->bytes.data + e->at;
}

static enum oc_status grow_slots(struct oc_vocabulary *v, struct oc_err *err)
{
    if (v->n_slots >= 2 * (v->n + 1))
        return OC_OK;
    size_t n = v->n_slots ? 2 * v->n_slots : FIRST_SLOTS;
    uint32_t *slots = oc_mem_array(OC_MEM_MODEL, n, sizeof *slots);
    if (!slots)
        return oc_err_nomem(err, "vocabulary", n * sizeof *slots);
    oc_mem_free(v->slots);
    v->slots = slots;
    v->n_slots = n;
    for (size_t i = 0; i < v->n; i++)
        slots[find_slot(v, v->bytes.data + v->entries[i].at, v->entries[i].len)] = (uint32_t)i + 1;
    return OC_OK;
}

static enum oc_status grow_entries(struct oc_vocabulary *v, struct oc_err *err)
{
    if (v->n < v->cap)
        return OC_OK;
    size_t cap = v->cap ? 2 * v->cap : FIRST_SLOTS;
    void *entries = oc_mem_realloc(OC_MEM_MODEL, v->entries, cap * sizeof *v->entries);
    if (!entries)
        return oc_err_nomem(err, "vocabulary", cap * sizeof *v->entries);
    v->entries = entries;
    v->cap = cap;
    return OC_OK;
}

static enum oc_status grow_ids(struct oc_vocabulary *v, size_t id, struct oc_err *err)
{
    if (id >= v->cap_ids) {
        size_t cap = v->cap_ids ? 2 * v->cap_ids : FIRST_SLOTS;
        while (cap <= id)
            cap *= 2;
        uint32_t *by_id = oc_mem_realloc(OC_MEM_MODEL, v->by_id, cap * sizeof *by_id);
        if (!by_id)
            return oc_err_nomem(err, "vocabulary", cap * sizeof *by_id);
        memset(by_id + v->cap_ids, 0, (cap - v->cap_ids) * sizeof *by_id);
        v->by_id = by_id;
        v->cap_ids = cap;
    }
    if (id >= v->n_ids)
        v->n_ids = id + 1;
    return OC_OK;
}

enum oc_status oc_vocabulary_add(struct oc_vocabulary *v, const char *text, size_t n, int64_t id, struct oc_err *err)
{
    if (id < 0 || id >= LIM_VOCABULARY)
        return oc_err_set(err, OC_E_MODEL, "vocabulary: id %lld is not in 0..%d", (long long)id, LIM_VOCABULARY - 1);
    if (v->n >= LIM_VOCABULARY)
        return oc_err_set(err, OC_E_MODEL, "vocabulary: more than %d tokens", LIM_VOCABULARY);
    enum oc_status st = grow_slots(v, err);
    if (!st)
        st = grow_entries(v, err);
    if (!st)
        st = grow_ids(v, (size_t)id, err);
    if (st)
        return st;
    size_t slot = find_slot(v, text, n);
    uint32_t known = v->slots[slot];
    if (!known) {
        struct oc_vocabulary_entry *e = &v->entries[v->n];
        *e = (struct oc_vocabulary_entry){(uint32_t)v->bytes.len, (uint32_t)n, (int32_t)id};
        st = oc_buf_add(&v->bytes, text, n);
        if (st == OC_E_NOMEM)
            return oc_err_nomem(err, "vocabulary", v->bytes.len + n);
        if (st)
            return oc_err_set(err, OC_E_MODEL, "vocabulary: more than %zu bytes of texts", v->bytes.max);
        known = v->slots[slot] = (uint32_t)++v->n;
        v->longest = n > v->longest ? n : v->longest;
    }
    v->entries[known - 1].id = (int32_t)id;
    v->by_id[id] = known;
    return OC_OK;
}

size_t oc_vocabulary_bytes(const struct oc_vocabulary *v)
{
    return v->bytes.cap + v->cap * sizeof *v->entries + v->n_slots * sizeof *v->slots + v->cap_ids * sizeof *v->by_id;
}

/* Token texts and their ids, both ways. Filled once, then only read. */
#ifndef OC_TEXT_MODELS_VOCABULARY_H
#define OC_TEXT_MODELS_VOCABULARY_H

#include "base/buf.h"
#include "base/err.h"

struct oc_vocabulary_entry {
    uint32_t at, len; /* in `bytes` */
    int32_t id;
};

struct oc_vocabulary {
    struct oc_buf bytes;                 /* texts, one behind the other */
    struct oc_vocabulary_entry *entries; /* owned, in the order they came */
    size_t n, cap;
    uint32_t *slots; /* owned; open addressing by the text's hash: number of the entry + 1, 0 = free */
    size_t n_slots;  /* a power of two, at least twice n */
    uint32_t *by_id; /* owned; number of the entry + 1, 0 = no token has this id */
    size_t n_ids;    /* highest id + 1 */
    size_t cap_ids;
    size_t longest; /* bytes of the longest text */
};

void oc_vocabulary_init(struct oc_vocabulary *v);
void oc_vocabulary_deinit(struct oc_vocabulary *v);
/* Adds a token; one that is there already gets the new id. OC_E_MODEL for an id not in 0..LIM_VOCABULARY-1 or too many tokens. */
enum oc_status oc_vocabulary_add(struct oc_vocabulary *v, const char *text, size_t n, int64_t id, struct oc_err *err) OC_MUST_CHECK;
/* The id of a text, or -1. */
int32_t oc_vocabulary_find(const struct oc_vocabulary *v, const char *text, size_t n);
/* The text of an id, not NUL-terminated, borrowed; NULL when there is none. */
const char *oc_vocabulary_text(const struct oc_vocabulary *v, int64_t id, size_t *n);
/* Memory held. */
size_t oc_vocabulary_bytes(const struct oc_vocabulary *v);

/* A hash of bytes, well mixed, the same on every machine of one byte order; for tables in memory. */
uint64_t oc_hash_bytes(const char *p, size_t n);
/* A hash of one number. */
static inline uint64_t oc_hash_number(uint64_t v)
{
    v *= 0x9e3779b97f4a7c15u; /* 2^64 / golden ratio: Fibonacci hashing */
    return v ^ v >> 32;
}

#endif

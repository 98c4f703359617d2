/*
 * Vectors of texts that were asked for before: the same few labels come with every picture. Bounded in bytes, least recently
 * used out; thread-safe. Private to models/.
 */
#ifndef OC_MODELS_RUN_TEXT_CACHE_H
#define OC_MODELS_RUN_TEXT_CACHE_H

#include "base/err.h"
#include "models/recipe/result.h"

struct oc_text_cache;

/* What is kept of one text. */
struct oc_text_row {
    float *numbers; /* dim, as the network gives them */
    size_t dim;
    size_t tokens; /* special tokens counted, padding not */
    bool was_cut;
};

/* At most max_bytes, all told. */
enum oc_status oc_text_cache_new(size_t max_bytes, struct oc_text_cache **out, struct oc_err *err) OC_MUST_CHECK;
void oc_text_cache_free(struct oc_text_cache *c); /* NULL is fine; nobody may use it */
/*
 * Copies the row of a text into row->numbers (room for row->dim); false when it is not there or of another length. Counts a hit or a
 * miss. NULL cache: false, not counted.
 */
bool oc_text_cache_get(struct oc_text_cache *c, const char *text, size_t n, struct oc_text_row *row);
/* Keeps a copy; one that is too large, or that there is no memory for, is not kept. NULL cache: nothing. */
void oc_text_cache_put(struct oc_text_cache *c, const char *text, size_t n, const struct oc_text_row *row);
/* All zero for NULL. */
struct oc_text_cache_stats oc_text_cache_stats(struct oc_text_cache *c);

#endif

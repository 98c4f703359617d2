/* What a model of texts has beside its network: its tokenizer and the vectors it has given before. Private to models/. */
#ifndef OC_MODELS_RUN_TEXT_TOWER_H
#define OC_MODELS_RUN_TEXT_TOWER_H

#include <stdatomic.h>
#include "models/run/text_cache.h"
#include "models/recipe/recipe.h"
#include "text/tokenizer.h"

/* Whether rows may be as short as their texts. */
enum oc_short_rows { OC_SHORT_ROWS_UNKNOWN, OC_SHORT_ROWS_SAME, OC_SHORT_ROWS_DIFFER };

struct oc_text_tower {
    struct oc_tokenizer *tokenizer; /* owned */
    struct oc_text_cache *cache;    /* owned; NULL: off */
    int64_t pad_id, end_id;         /* end_id -1: the tokenizer has none */
    atomic_size_t dim;              /* of a vector; 0 before the first run */
    atomic_int short_rows;          /* enum oc_short_rows: found out with the first short text of a CLIP */
};

/* Reads the tokenizer of the recipe. cache_bytes 0: no cache. OC_E_MODEL when there is none or it cannot be read, OC_E_NOMEM. */
enum oc_status oc_text_tower_new(const struct oc_recipe *r, size_t cache_bytes, struct oc_text_tower **out,
                                 struct oc_err *err) OC_MUST_CHECK;
void oc_text_tower_free(struct oc_text_tower *t); /* NULL is fine */
size_t oc_text_tower_bytes(const struct oc_text_tower *t);

#endif

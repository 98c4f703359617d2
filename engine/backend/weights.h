/*
 * Packed weights of a model, made once and shared by all its plans: keyed by the constant they come from and a
 * format key that the backend chooses. Thread-safe. Entries live as long as the model.
 */
#ifndef ENG_BACKEND_WEIGHTS_H
#define ENG_BACKEND_WEIGHTS_H

#include "engine/ir/graph.h"

struct eng_weights;

enum oc_status eng_weights_new(struct eng_weights **out, struct oc_err *err) OC_MUST_CHECK;
void eng_weights_free(struct eng_weights *w);

/*
 * Looks up (source, key); when missing, allocates `bytes` (64-byte aligned) and calls fill(arg, source, packed).
 * key is copied (key_len <= 512 bytes). The constant is referenced for as long as the entry lives.
 */
enum oc_status eng_weights_get(struct eng_weights *w, const struct eng_const *source, const void *key, size_t key_len, size_t bytes,
                               enum oc_status (*fill)(void *arg, const struct eng_const *source, void *packed), void *arg,
                               const void **packed, struct oc_err *err) OC_MUST_CHECK;
/* Bytes held. */
size_t eng_weights_bytes(struct eng_weights *w);

#endif

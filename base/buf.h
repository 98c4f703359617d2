/*
 * Growable bytes with a ceiling that is part of construction. Invariant: data[len] is a NUL whenever data is
 * not NULL. The only way out is oc_buf_take, which hands the block over (free it with oc_mem_free).
 * A failed add leaves the buffer as it was.
 */
#ifndef OC_BASE_BUF_H
#define OC_BASE_BUF_H

#include <stddef.h>
#include "base/mem.h"
#include "base/status.h"

struct oc_buf {
    char *data; /* owned; NULL while empty */
    size_t len, cap, max;
    enum oc_mem_cat cat;
};

void oc_buf_init(struct oc_buf *b, enum oc_mem_cat cat, size_t max);
/* OC_E_BODY_TOO_LARGE past the ceiling, OC_E_NOMEM without memory. */
enum oc_status oc_buf_add(struct oc_buf *b, const void *p, size_t n) OC_MUST_CHECK;
enum oc_status oc_buf_add_str(struct oc_buf *b, const char *s) OC_MUST_CHECK;
enum oc_status oc_buf_addf(struct oc_buf *b, const char *fmt, ...) OC_MUST_CHECK OC_PRINTF(2, 3);
/* Makes room for n more bytes at once. */
enum oc_status oc_buf_reserve(struct oc_buf *b, size_t n) OC_MUST_CHECK;
/* Hands the bytes over (NULL when nothing was ever added); the buffer is empty afterwards. */
char *oc_buf_take(struct oc_buf *b, size_t *len) OC_MUST_CHECK;
/* Empties it and keeps the block. */
void oc_buf_reset(struct oc_buf *b);
/* Frees it; it may be used again as after init. */
void oc_buf_deinit(struct oc_buf *b);

#endif

/* Ids or names to places 0, 1, ...: of pictures and classes. Private to handlers/metrics/. */
#ifndef OC_HANDLERS_NUMBERING_H
#define OC_HANDLERS_NUMBERING_H

#include "base/err.h"
#include "base/mem.h"

/* Either a name or, when that is NULL, a number. */
struct oc_key {
    const char *name;
    int64_t id;
    size_t from; /* where it came from, for messages and to find it again */
};

/* For messages. Returns text. */
#define OC_KEY_SHOWN 72
const char *oc_key_shown(const struct oc_key *key, char text[OC_KEY_SHOWN]);

/* Sorted once all are in. */
struct oc_numbering {
    struct oc_key *keys; /* owned */
    size_t n, cap;
};

enum oc_status oc_numbering_add(struct oc_numbering *t, const struct oc_key *key, struct oc_err *err) OC_MUST_CHECK;
/* Sorts, by number or byte by byte, and leaves one of each; the first that occurs twice goes to *twice (may be NULL), else NULL. */
void oc_numbering_settle(struct oc_numbering *t, const struct oc_key **twice);
/* Its place; -1: unknown. */
int64_t oc_numbering_find(const struct oc_numbering *t, const struct oc_key *key);
void oc_numbering_deinit(struct oc_numbering *t);

#endif

/* One HTTP transfer into a file that may have its beginning already. */
#ifndef OC_SERVER_PULL_TRANSFER_H
#define OC_SERVER_PULL_TRANSFER_H

#include "base/err.h"
#include "base/limits.h"
#include "base/sha256.h"
#include "models/recipe/files.h"
#include "server/pull/progress.h"

struct oc_transfer {
    const char *url, *part;
    int64_t offset;   /* bytes that `part` has */
    int64_t expected; /* of the whole file; -1: not known, LIM_PULL_FILE at most */
    int stall_seconds;
    const volatile int *interrupted;
    /* out */
    uint8_t etag[OC_SHA256_BYTES]; /* digest that the source states (X-Linked-ETag) */
    bool has_etag;
};

/*
 * Appends what is missing. Redirects are followed, five at most, from https never to http. OC_E_NOT_FOUND (404, 410), OC_E_FORBIDDEN (401,
 * 403), OC_E_INVALID: the server announces or sends another size than the expected one, or cannot go on where the file ends; OC_E_DEADLINE:
 * broken off, worth another try; OC_E_CANCELLED; OC_E_IO: the disk.
 */
enum oc_status oc_transfer_run(struct oc_transfer *t, struct oc_progress *p, struct oc_err *err) OC_MUST_CHECK;

#endif

/*
 * One file of a model, from its URL, a mirror or a folder, into a place on disk: resumed, tried again, measured, checked. A file has its
 * final name only once it is whole and, where a digest is known, right.
 */
#ifndef OC_SERVER_PULL_DOWNLOAD_H
#define OC_SERVER_PULL_DOWNLOAD_H

#include "models/recipe/files.h"
#include "server/pull/catalogue.h"
#include "server/pull/progress.h"

struct oc_download {
    const struct oc_pull_file *file;
    const char *from; /* URL, or the path of a file when is_path */
    bool is_path;
    const char *path;                /* its final name; what is not whole yet is beside it, with ".part" behind */
    int attempts;                    /* at least 1 */
    int stall_seconds;               /* no byte for so long counts as broken off */
    int first_pause_ms;              /* before the second try; doubled for each further one, 30 s at most */
    const volatile int *interrupted; /* not 0: stop; what is there stays for the next time */
};

/* What came of it. */
struct oc_downloaded {
    int64_t size;
    uint8_t sha256[OC_SHA256_BYTES];
    bool is_new;           /* false: it was there from an earlier time */
    bool source_confirmed; /* no digest in the catalogue, but the source's own agreed (X-Linked-ETag) */
};

/*
 * Gets it. OC_E_NOT_FOUND: the source does not have it; OC_E_FORBIDDEN: it may not be had; OC_E_INVALID: it is not what the catalogue says
 * (nothing of it is kept); OC_E_DEADLINE: every try broke off (what came is kept); OC_E_CANCELLED: interrupted; OC_E_IO: the disk.
 */
enum oc_status oc_download_file(const struct oc_download *d, struct oc_progress *p, struct oc_downloaded *out,
                                struct oc_err *err) OC_MUST_CHECK;

/* Size and digest of a file on disk. OC_E_NOT_FOUND, OC_E_IO. */
enum oc_status oc_file_digest(const char *path, int64_t *size, uint8_t digest[OC_SHA256_BYTES], struct oc_err *err) OC_MUST_CHECK;

#endif

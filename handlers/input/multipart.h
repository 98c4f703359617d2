/*
 * multipart/form-data (RFC 7578) over a complete body. Nothing is copied but names; a part's bytes stay where they are. A file
 * name that a client sends is not looked at.
 */
#ifndef OC_HANDLERS_MULTIPART_H
#define OC_HANDLERS_MULTIPART_H

#include "base/arena.h"
#include "base/err.h"
#include "base/limits.h"

struct oc_part {
    const char *name; /* NUL-terminated, in the arena; at most LIM_PART_NAME bytes */
    const char *data; /* in the body */
    size_t len;
    bool is_file; /* a file name was given */
};

struct oc_parts {
    struct oc_part *items; /* owned, oc_mem */
    size_t n, cap;
};

#define OC_BOUNDARY_MAX 70

/* The boundary of a multipart content type, unquoted; OC_E_INVALID when it is missing, empty, too long or has other characters than RFC
 * 2046's. */
enum oc_status oc_multipart_boundary(const char *content_type, char out[OC_BOUNDARY_MAX + 1], struct oc_err *err) OC_MUST_CHECK;
/* All parts in order. OC_E_INVALID: malformed or truncated, or over a limit; OC_E_NOMEM. *out is empty on error. */
enum oc_status oc_multipart_parse(const char *body, size_t n, const char *boundary, struct oc_arena *arena, struct oc_parts *out,
                                  struct oc_err *err) OC_MUST_CHECK;
void oc_parts_deinit(struct oc_parts *p);

#endif

/* Request targets: splitting, query fields. Input is what a client sent, byte by byte. */
#ifndef OC_SERVER_HTTP_URI_H
#define OC_SERVER_HTTP_URI_H

#include "base/arena.h"
#include "base/err.h"
#include "handlers/handler.h"

/* A request target taken apart; all borrowed from it, nothing decoded. */
struct oc_target {
    const char *path, *query; /* query without the '?'; "" when there is none */
    size_t path_len, query_len;
};

/* Takes origin form ("/a?b") and absolute form ("http://host/a?b", RFC 9112 section 3.2.2) apart. A fragment is dropped. */
struct oc_target oc_target_split(const char *uri);

/*
 * "a=1&b=x%20y" as fields, in order, duplicates kept, empty pieces skipped. Values may hold any byte; a name with a NUL is OC_E_INVALID, as
 * is a value longer than LIM_FIELD_BYTES or more than LIM_QUERY_FIELDS fields.
 */
enum oc_status oc_query_parse(struct oc_arena *arena, const char *query, size_t n, const struct oc_field **out, size_t *n_out,
                              struct oc_err *err) OC_MUST_CHECK;

#endif

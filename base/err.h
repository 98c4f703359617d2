/*
 * The text of an error, in storage the caller supplies, so that running out of memory cannot lose its
 * own message. The lowest level that knows the facts writes it, with the name, the limit and the value;
 * upper levels may put a prefix before it. A message is always UTF-8: what is not becomes '?'. `err` may be NULL everywhere.
 */
#ifndef OC_BASE_ERR_H
#define OC_BASE_ERR_H

#include <stddef.h>
#include "base/status.h"

/* Long enough for the list of every unsupported operator of a model. */
#define OC_ERR_MSG_MAX 1024

struct oc_err {
    enum oc_status code;
    char msg[OC_ERR_MSG_MAX];
};

/* Writes code and message; returns code, so that one can say `return oc_err_set(err, OC_E_INVALID, ...)`. */
enum oc_status oc_err_set(struct oc_err *err, enum oc_status code, const char *fmt, ...) OC_PRINTF(3, 4);
#ifdef __clang_analyzer__ /* it cannot see that an error is never OC_OK, and would follow paths that do not exist */
#define oc_err_set(...) ((oc_err_set)(__VA_ARGS__), OC_E_INTERNAL)
#endif
/* Puts a prefix before the message already there; returns err's code, or `code` when err is NULL. */
enum oc_status oc_err_prefix(struct oc_err *err, enum oc_status code, const char *fmt, ...) OC_PRINTF(3, 4);
/* OC_OK and an empty message. */
void oc_err_clear(struct oc_err *err);

/* "out of memory: WHAT, N bytes" as OC_E_NOMEM. Inline, so that the compiler sees that it never gives OC_OK. */
static inline enum oc_status oc_err_nomem(struct oc_err *err, const char *what, size_t bytes)
{
    oc_err_set(err, OC_E_NOMEM, "out of memory: %s, %zu bytes", what, bytes);
    return OC_E_NOMEM;
}

#endif

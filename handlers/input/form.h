/* application/x-www-form-urlencoded bodies. */
#ifndef OC_HANDLERS_FORM_H
#define OC_HANDLERS_FORM_H

#include "handlers/handler.h"

/*
 * "a=1&b=two+words" into fields in the arena (names and values NUL-terminated). OC_E_INVALID: a malformed %XX, a name over LIM_PART_NAME, a
 * value over LIM_FIELD_BYTES, more than LIM_PARTS fields; OC_E_NOMEM. *out is owned by the caller (oc_mem_free).
 */
enum oc_status oc_form_parse(const char *body, size_t n, struct oc_arena *arena, struct oc_field **out, size_t *n_out,
                             struct oc_err *err) OC_MUST_CHECK;

#endif

/* Vectors that clients send: what an embedding route has given them before. */
#ifndef OC_HANDLERS_VECTOR_IN_H
#define OC_HANDLERS_VECTOR_IN_H

#include "handlers/input/inputs.h"

/*
 * The parameter `name`: a JSON array of numbers, the same as text in a form field, or base64 of little-endian float32. *n = 0 when it
 * is absent; else *out is in the request's arena. OC_E_INVALID names the place: numbers that are not finite, all zero, more than
 * LIM_VECTOR_DIM or fewer than two.
 */
enum oc_status oc_param_vector(const struct oc_inputs *in, const char *name, const float **out, size_t *n,
                               struct oc_err *err) OC_MUST_CHECK;
/* The same for a JSON array that is somewhere else; `name` is for messages. */
enum oc_status oc_json_vector(const struct oc_inputs *in, const char *name, const json_t *list, const float **out, size_t *n,
                              struct oc_err *err) OC_MUST_CHECK;

#endif

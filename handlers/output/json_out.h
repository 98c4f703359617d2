/*
 * Writes JSON straight into a buffer. Errors stick: after the first one nothing more is written, and oc_json_end says what it
 * was; so callers write a whole document and look once. Commas are put where they belong. Not checked: that keys and values
 * alternate; tests parse what handlers write.
 *
 *     struct oc_json j = oc_json_begin(&res->body);
 *     oc_json_open(&j, '{');
 *     oc_json_key(&j, "score");  oc_json_float(&j, 0.5f);
 *     oc_json_close(&j, '}');
 *     return oc_json_end(&j);
 */
#ifndef OC_HANDLERS_JSON_OUT_H
#define OC_HANDLERS_JSON_OUT_H

#include "base/buf.h"

struct oc_json {
    struct oc_buf *out; /* borrowed */
    enum oc_status status;
    bool comma; /* the next value or key needs one before it */
};

struct oc_json oc_json_begin(struct oc_buf *out);
/* OC_OK, or the first error: OC_E_NOMEM, OC_E_BODY_TOO_LARGE. */
enum oc_status oc_json_end(const struct oc_json *j) OC_MUST_CHECK;

/* '{' or '[', and its other half. */
void oc_json_open(struct oc_json *j, char bracket);
void oc_json_close(struct oc_json *j, char bracket);
/* A member's name: a literal, written as it is. */
void oc_json_key(struct oc_json *j, const char *name);
/* NULL is null. Bytes that are not UTF-8 become U+FFFD. */
void oc_json_string(struct oc_json *j, const char *s);
void oc_json_string_n(struct oc_json *j, const char *s, size_t n);
void oc_json_int(struct oc_json *j, int64_t v);
/* The shortest digits that give a float32 back exactly; what is not finite becomes null. */
void oc_json_float(struct oc_json *j, float v);
/* An array of n such numbers. */
void oc_json_floats(struct oc_json *j, const float *v, size_t n);
/* The same array inside a string, "[0.1,-2]": what some clients store as it comes. */
void oc_json_floats_text(struct oc_json *j, const float *v, size_t n);
/* Bytes as base64 (RFC 4648 section 4, with padding) in a string. */
void oc_json_base64(struct oc_json *j, const void *data, size_t n);
/* float32 numbers, little endian, as base64. */
void oc_json_base64_floats(struct oc_json *j, const float *v, size_t n);
/* The fewest of 15 to 17 digits that give a double back exactly; what is not finite becomes null. */
void oc_json_double(struct oc_json *j, double v);
/* At most `decimals` digits behind the point. */
void oc_json_fixed(struct oc_json *j, double v, int decimals);
void oc_json_bool(struct oc_json *j, bool v);
void oc_json_null(struct oc_json *j);

/* Key and value in one. */
void oc_json_put_string(struct oc_json *j, const char *name, const char *s);
void oc_json_put_int(struct oc_json *j, const char *name, int64_t v);
void oc_json_put_float(struct oc_json *j, const char *name, float v);
void oc_json_put_bool(struct oc_json *j, const char *name, bool v);

#endif

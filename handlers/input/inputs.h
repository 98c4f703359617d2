/*
 * What a client sent, whichever way it came: pictures and parameters from the query, a raw body, multipart parts, form fields or JSON
 * members. Read once at the start of a handler; pictures are decoded one at a time when asked for.
 *
 *     struct oc_inputs in;
 *     st = oc_inputs_read(req, &in, err);
 *     if (!st) st = oc_param_f64(&in, "score_threshold", 0, 1, &threshold, err);
 *     if (!st) st = oc_inputs_one_image(&in, &source, err);
 *     if (!st) st = oc_inputs_decode(&in, source, &image, &info, err);
 *     oc_inputs_deinit(&in);
 */
#ifndef OC_HANDLERS_INPUTS_H
#define OC_HANDLERS_INPUTS_H

#include <jansson.h>
#include "handlers/handler.h"
#include "handlers/input/multipart.h"
#include "vision/decode.h"

/* Where a picture is, not yet decoded. */
struct oc_image_source {
    enum { OC_SOURCE_BYTES, OC_SOURCE_BASE64, OC_SOURCE_URL } kind;
    const char *field; /* "image", "image1", ...; "body" for a raw one */
    const char *text;  /* borrowed: bytes, base64 or data URI, or a URL (NUL-terminated) */
    size_t len;
};

struct oc_inputs {
    struct oc_request *req;
    json_t *json;          /* owned; an object, or NULL */
    struct oc_parts parts; /* of a multipart body */
    struct oc_field *form; /* owned array: fields of a form-urlencoded body, or text parts of a multipart one */
    size_t n_form;
    struct oc_image_source *images; /* owned array, in the order in which they came */
    size_t n_images, cap_images;
};

/*
 * OC_E_INVALID, OC_E_JSON, OC_E_MEDIA for a content type that cannot carry pictures or parameters, OC_E_NOMEM. More pictures
 * than service->max_images are OC_E_INVALID. *in must be deinitialised in any case.
 */
enum oc_status oc_inputs_read(struct oc_request *req, struct oc_inputs *in, struct oc_err *err) OC_MUST_CHECK;
void oc_inputs_deinit(struct oc_inputs *in);

/* One picture more, for routes that find them in places of their own. OC_E_INVALID when there are service->max_images; OC_E_NOMEM. */
enum oc_status oc_inputs_add_image(struct oc_inputs *in, const struct oc_image_source *source, struct oc_err *err) OC_MUST_CHECK;
/*
 * The same for a JSON value: a string (a URL by its scheme, else base64 or a data URI), or an array of such. `field` is for messages; it
 * and the strings are borrowed. OC_E_INVALID for other values.
 */
enum oc_status oc_inputs_add_json(struct oc_inputs *in, const char *field, const json_t *v, struct oc_err *err) OC_MUST_CHECK;

/* The only picture; OC_E_INVALID when there is none (saying how to send one) or more than one. */
enum oc_status oc_inputs_one_image(const struct oc_inputs *in, const struct oc_image_source **out, struct oc_err *err) OC_MUST_CHECK;
/*
 * Decodes, upright unless the parameter exif=0. Adds to the request's decode time. Statuses of oc_decode, OC_E_INVALID for bad base64,
 * OC_E_FORBIDDEN for a URL when those are off; messages begin with the field's name. info may be NULL.
 */
enum oc_status oc_inputs_decode(const struct oc_inputs *in, const struct oc_image_source *source, struct oc_image *out,
                                struct oc_image_info *info, struct oc_err *err) OC_MUST_CHECK;
/* The file as it was sent: in place, or fetched or decoded into `own`, which the caller has initialised. Statuses as above. */
enum oc_status oc_source_bytes(const struct oc_request *req, const struct oc_image_source *source, struct oc_buf *own, const char **bytes,
                               size_t *n, struct oc_err *err) OC_MUST_CHECK;
/* The same as oc_inputs_decode, upright or as stored whatever the parameters say. */
enum oc_status oc_source_decode(struct oc_request *req, const struct oc_image_source *source, bool upright, struct oc_image *out,
                                struct oc_image_info *info, struct oc_err *err) OC_MUST_CHECK;

/* A member of a JSON body, for what is more than a parameter; NULL when there is none. Borrowed. */
const json_t *oc_inputs_member(const struct oc_inputs *in, const char *name);

/*
 * Parameters by name: from the query, form fields or JSON members. An absent one leaves *out as it was; one given twice, or
 * out of range, is OC_E_INVALID naming the field, the limit and the value.
 */
enum oc_status oc_param_f64(const struct oc_inputs *in, const char *name, double min, double max, double *out,
                            struct oc_err *err) OC_MUST_CHECK;
enum oc_status oc_param_int(const struct oc_inputs *in, const char *name, int64_t min, int64_t max, int64_t *out,
                            struct oc_err *err) OC_MUST_CHECK;
enum oc_status oc_param_bool(const struct oc_inputs *in, const char *name, bool *out, struct oc_err *err) OC_MUST_CHECK;
/* UTF-8 without NUL bytes; borrowed until deinit. */
enum oc_status oc_param_string(const struct oc_inputs *in, const char *name, size_t max, const char **out,
                               struct oc_err *err) OC_MUST_CHECK;
/* One of `words` (NULL-terminated); *out its place. */
enum oc_status oc_param_word(const struct oc_inputs *in, const char *name, const char *const *words, int *out,
                             struct oc_err *err) OC_MUST_CHECK;
/*
 * A list: "a,b,c", the field several times, or a JSON array of strings and numbers. Items are trimmed, NUL-terminated, in the
 * request's arena. At most max items. *n = 0 when absent or empty.
 */
enum oc_status oc_param_list(const struct oc_inputs *in, const char *name, size_t max, const char *const **out, size_t *n,
                             struct oc_err *err) OC_MUST_CHECK;
/* It was given, in whatever form. */
bool oc_param_given(const struct oc_inputs *in, const char *name);

#endif

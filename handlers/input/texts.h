/*
 * The texts of a request: parameters `text` (given once or several times, or a JSON array) and `texts`, in the order query, form,
 * multipart, JSON. What is text is not copied.
 */
#ifndef OC_HANDLERS_TEXTS_H
#define OC_HANDLERS_TEXTS_H

#include "handlers/input/inputs.h"
#include "models/embed/embed.h"

/* Texts being collected; the array is in the request's arena, the texts are borrowed. */
struct oc_texts {
    struct oc_request *req;
    struct oc_text *items;
    size_t n, cap;
};

/*
 * Appends one text. OC_E_INVALID when it is empty or not UTF-8, or when there are service->max_texts already; OC_E_BODY_TOO_LARGE past
 * LIM_TEXT_BYTES; OC_E_NOMEM. `what` begins messages.
 */
enum oc_status oc_texts_add(struct oc_texts *t, const char *what, const char *data, size_t len, struct oc_err *err) OC_MUST_CHECK;
/* A string, or an array of strings; an empty array is OC_E_INVALID. */
enum oc_status oc_texts_add_json(struct oc_texts *t, const char *what, const json_t *v, struct oc_err *err) OC_MUST_CHECK;
/* All multipart parts of that name. */
enum oc_status oc_texts_add_parts(struct oc_texts *t, const struct oc_inputs *in, const char *name, struct oc_err *err) OC_MUST_CHECK;
/* All that the request has by the names above. */
enum oc_status oc_texts_read(const struct oc_inputs *in, struct oc_texts *out, struct oc_err *err) OC_MUST_CHECK;

/*
 * Whether texts that are too long are cut, in every dialect's words: true, false, "END", "RIGHT", "NONE" (Cohere's, NVIDIA's and Hugging
 * Face's servers). Absent: *out stays. OC_E_INVALID.
 */
enum oc_status oc_param_truncate(const struct oc_inputs *in, bool *out, struct oc_err *err) OC_MUST_CHECK;

#endif

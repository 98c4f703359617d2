/* Members of a tokenizer.json, read with errors that name them. Private to the readers. */
#ifndef OC_TEXT_LOAD_JSON_H
#define OC_TEXT_LOAD_JSON_H

#include <jansson.h>
#include "text/parts.h"

struct oc_text_part {
    const json_t *json;
    const char *name; /* of the part, for errors: "normalizer" */
    struct oc_err *err;
};

/* Parses a document. OC_E_MODEL, OC_E_NOMEM. The caller frees it with json_decref. */
enum oc_status oc_json_text(const char *bytes, size_t n, json_t **out, struct oc_err *err) OC_MUST_CHECK;
/* A member that is there and not null; else NULL. */
const json_t *oc_part_member(struct oc_text_part p, const char *name);
/* "type", or "" when there is none. */
const char *oc_part_type(struct oc_text_part p);
/* "NAME 'TYPE' is not known here". */
enum oc_status oc_part_unknown(struct oc_text_part p, const char *type);
/* "NAME: WHAT", as a broken file. */
enum oc_status oc_part_broken(struct oc_text_part p, const char *what);

/* Each: the value stays as it is when the member is missing or null; OC_E_MODEL when it is something else. */
enum oc_status oc_part_bool(struct oc_text_part p, const char *name, bool *value) OC_MUST_CHECK;
enum oc_status oc_part_size(struct oc_text_part p, const char *name, size_t most, size_t *value) OC_MUST_CHECK;
/* Borrowed from the document; no NUL in it. */
enum oc_status oc_part_string(struct oc_text_part p, const char *name, const char **value) OC_MUST_CHECK;
/* {"String": ...} or {"Regex": ...} under "pattern". */
enum oc_status oc_part_pattern(struct oc_text_part p, struct oc_pattern *out) OC_MUST_CHECK;

/* The parts of a tokenizer, from the members of those names; `json` may be NULL or null where a part may be missing. */
enum oc_status oc_json_normalizer(struct oc_tokenizer *t, const json_t *json, int depth, struct oc_err *err) OC_MUST_CHECK;
enum oc_status oc_json_pre_tokenizer(struct oc_tokenizer *t, const json_t *json, int depth, struct oc_err *err) OC_MUST_CHECK;
enum oc_status oc_json_post_processor(struct oc_tokenizer *t, const json_t *json, int depth, struct oc_err *err) OC_MUST_CHECK;
enum oc_status oc_json_model(struct oc_tokenizer *t, const json_t *json, struct oc_err *err) OC_MUST_CHECK;
enum oc_status oc_json_added_tokens(struct oc_tokenizer *t, const json_t *json, struct oc_err *err) OC_MUST_CHECK;

#endif

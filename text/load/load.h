/* Readers of tokenizer files: each fills an empty tokenizer. What is half filled when one fails is freed with the tokenizer. */
#ifndef OC_TEXT_LOAD_LOAD_H
#define OC_TEXT_LOAD_LOAD_H

#include "text/parts.h"

/* tokenizer.json. */
enum oc_status oc_load_json(struct oc_tokenizer *t, const char *bytes, size_t n, struct oc_err *err) OC_MUST_CHECK;

/* Reads the whole file directory/name into `out` (its ceiling: LIM_TOKENIZER_FILE). OC_DECLINED: there is none. OC_E_IO, OC_E_MODEL too
 * large. */
enum oc_status oc_load_file(const char *directory, const char *name, struct oc_buf *out, struct oc_err *err) OC_MUST_CHECK;

#endif

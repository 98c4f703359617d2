/* Run lengths in JSON: the member `counts` of a COCO mask. Private to handlers/metrics/. */
#ifndef OC_HANDLERS_RLE_IN_H
#define OC_HANDLERS_RLE_IN_H

#include <jansson.h>
#include "metrics/rle.h"

/* Text (compressed) or a list of numbers, for a mask of `pixels` in all; `path` names the mask. *out owned, empty on error. OC_E_INVALID,
 * OC_E_NOMEM. */
enum oc_status oc_rle_from_json(const json_t *counts, const char *path, uint64_t pixels, struct oc_rle *out,
                                struct oc_err *err) OC_MUST_CHECK;

#endif

/* Maps of classes as clients send them: PNG of indices or grey levels, COCO run lengths, what /v1/segment answers. Private to
 * handlers/metrics/. */
#ifndef OC_HANDLERS_METRICS_MAP_IN_H
#define OC_HANDLERS_METRICS_MAP_IN_H

#include <jansson.h>
#include "handlers/handler.h"
#include "vision/ids.h"

/*
 * A map from JSON; `path` names it in messages. A string: a PNG in base64 or a data URI. {"encoding":"png","data"}: the same. An object
 * with "segments" (and "size"), or a list: COCO masks, each {"class_id","size","counts"}. An object with "counts": one such mask. counts:
 * text (compressed) or numbers. Pixels in no mask have class `fill` (0). OC_E_INVALID, OC_E_IMAGE, OC_E_MEDIA, OC_E_IMAGE_TOO_LARGE,
 * OC_E_NOMEM; *out is empty on error.
 */
enum oc_status oc_map_from_json(const struct oc_request *req, const json_t *v, const char *path, struct oc_ids *out,
                                struct oc_err *err) OC_MUST_CHECK;
/* A PNG's bytes; messages begin with path. */
enum oc_status oc_map_from_png(const struct oc_request *req, const char *bytes, size_t n, const char *path, struct oc_ids *out,
                               struct oc_err *err) OC_MUST_CHECK;

#endif

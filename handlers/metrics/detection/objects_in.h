/*
 * True and found objects as clients send them: COCO's files, or lists of pictures with their detections as `ocelli run --json` prints
 * them. Private to handlers/metrics/.
 */
#ifndef OC_HANDLERS_OBJECTS_IN_H
#define OC_HANDLERS_OBJECTS_IN_H

#include <jansson.h>
#include "handlers/handler.h"
#include "handlers/metrics/detection/objects.h"

/*
 * truth: COCO's data set {"images","annotations","categories"} (images and categories may be absent: those that occur), prediction: COCO's
 * results [{"image_id","category_id","bbox","score"}]; or both lists of {"file","detections":[{"label","box","score"}]}. masks: COCO's
 * `segmentation` as run lengths is read and must be there; else `bbox`. OC_E_INVALID with the place; OC_E_NOMEM. *out is to be
 * deinitialised in any case; the JSON must outlive it.
 */
enum oc_status oc_objects_read(const struct oc_request *req, const json_t *truth, const json_t *prediction, bool masks,
                               struct oc_objects_in *out, struct oc_err *err) OC_MUST_CHECK;

#endif

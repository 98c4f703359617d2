/*
 * True and found objects as clients send them: COCO's files, or lists of pictures with their detections as `ocelli run --json` prints
 * them. Private to handlers/metrics/.
 */
#ifndef OC_HANDLERS_OBJECTS_IN_H
#define OC_HANDLERS_OBJECTS_IN_H

#include <jansson.h>
#include "handlers/handler.h"
#include "metrics/detection.h"

struct oc_object_class {
    bool has_id;
    int64_t id;        /* COCO's */
    const char *label; /* borrowed from the JSON or the arena; NULL: no name */
};

struct oc_objects_in {
    struct oc_object *truth, *found; /* owned */
    size_t n_truth, n_found;
    struct oc_object_mask *masks; /* owned; what the objects' masks point to: all there may be, so that it never moves */
    size_t n_masks;
    struct oc_object_class *classes; /* owned; by number, or by name */
    int n_classes, n_images;
    size_t others; /* found objects of classes that the truth does not know: left out */
};

/*
 * truth: COCO's data set {"images","annotations","categories"} (images and categories may be absent: those that occur), prediction: COCO's
 * results [{"image_id","category_id","bbox","score"}]; or both lists of {"file","detections":[{"label","box","score"}]}. masks: COCO's
 * `segmentation` as run lengths is read and must be there; else `bbox`. OC_E_INVALID with the place; OC_E_NOMEM. *out is to be
 * deinitialised in any case; the JSON must outlive it.
 */
enum oc_status oc_objects_read(const struct oc_request *req, const json_t *truth, const json_t *prediction, bool masks,
                               struct oc_objects_in *out, struct oc_err *err) OC_MUST_CHECK;
void oc_objects_deinit(struct oc_objects_in *in);

#endif

/* True and found objects that have been read. Private to handlers/metrics/. */
#ifndef OC_HANDLERS_OBJECTS_H
#define OC_HANDLERS_OBJECTS_H

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

void oc_objects_deinit(struct oc_objects_in *in);

#endif

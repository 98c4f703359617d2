/* The life of results; see result.h. */
#include "models/result.h"

void oc_detections_deinit(struct oc_detections *d)
{
    oc_mem_free(d->items);
    *d = (struct oc_detections){0};
}

void oc_faces_deinit(struct oc_faces *f)
{
    oc_mem_wipe_free(f->items);
    *f = (struct oc_faces){0};
}

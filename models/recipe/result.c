/* The life of results; see result.h. */
#include "models/recipe/result.h"

void oc_detection_deinit(struct oc_detection *d)
{
    oc_rle_deinit(&d->mask.runs);
    oc_mem_free(d->keypoints);
    *d = (struct oc_detection){0};
}

void oc_detections_deinit(struct oc_detections *d)
{
    for (size_t i = 0; i < d->n; i++)
        oc_detection_deinit(&d->items[i]);
    oc_mem_free(d->items);
    *d = (struct oc_detections){0};
}

void oc_detection_move(struct oc_detection *d, int dx, int dy)
{
    float x = (float)dx, y = (float)dy;
    d->box = (struct oc_box){d->box.x1 + x, d->box.y1 + y, d->box.x2 + x, d->box.y2 + y};
    d->turned.x += x;
    d->turned.y += y;
    d->mask.x += dx;
    d->mask.y += dy;
    for (size_t i = 0; i < d->n_keypoints; i++) {
        d->keypoints[i].x += x;
        d->keypoints[i].y += y;
    }
}

void oc_faces_deinit(struct oc_faces *f)
{
    oc_mem_wipe_free(f->items);
    *f = (struct oc_faces){0};
}

void oc_label_map_deinit(struct oc_label_map *m)
{
    oc_mem_free(m->ids);
    *m = (struct oc_label_map){0};
}

/*
 * The arithmetic between MTCNN's three networks, on plain numbers. Boxes are pixels of the picture as the published programs count them:
 * from 1, both ends inside, so that a box is x2 - x1 + 1 wide. Private to models/face/mtcnn.c and tests.
 */
#ifndef OC_MODELS_FACE_MTCNN_STEPS_H
#define OC_MODELS_FACE_MTCNN_STEPS_H

#include "models/recipe/family.h"

enum { OC_MTCNN_SHIFT = 4, OC_MTCNN_POINTS = 10, OC_MTCNN_EXTRA = OC_MTCNN_SHIFT + OC_MTCNN_POINTS };

/* Boxes, and what a network said of each besides its score: boxes.items[i].index is the row in extra. */
struct oc_mtcnn_list {
    struct oc_candidates boxes;
    float *extra; /* owned; rows of OC_MTCNN_EXTRA: shifts of the four sides, x of five points, y of five points */
    size_t n_extra, cap_extra;
};

void oc_mtcnn_list_deinit(struct oc_mtcnn_list *l); /* a zeroed one is fine */
/* Appends a box with its shifts and points (NULL: none); those that are not finite are left out. OC_E_NOMEM. */
enum oc_status oc_mtcnn_list_add(struct oc_mtcnn_list *l, const struct oc_box *box, float score, const float *shift, const float *points,
                                 struct oc_err *err) OC_MUST_CHECK;
static inline const float *oc_mtcnn_extra(const struct oc_mtcnn_list *l, const struct oc_candidate *c)
{
    return l->extra + (size_t)c->index * OC_MTCNN_EXTRA;
}

/* A map of the first network: floats of cell (x, y) and channel c. */
struct oc_mtcnn_map {
    const float *data;
    int width, height;
    size_t step_x, step_y, step_c;
};

/*
 * Cells whose score (channel 1) reaches the threshold: cell (x, y) has looked at pixels 2x .. 2x + 11 of a picture `scale` times as large.
 * OC_E_NOMEM.
 */
enum oc_status oc_mtcnn_cells(const struct oc_mtcnn_map *score, const struct oc_mtcnn_map *shift, double scale, float threshold,
                              struct oc_mtcnn_list *out, struct oc_err *err) OC_MUST_CHECK;
/* Each side moved by its shift times the box's side: x2 - x1 after the first network, x2 - x1 + 1 (`inclusive`) after the others. */
struct oc_box oc_mtcnn_shifted(const struct oc_box *box, const float shift[OC_MTCNN_SHIFT], bool inclusive);
/* The square of the longer side around the same middle, at whole pixels (towards 0). */
struct oc_box oc_mtcnn_square(const struct oc_box *box);
/* The part of the smaller box that the other covers: struct oc_nms_options, overlap. */
float oc_mtcnn_cover(const struct oc_candidate *a, const struct oc_candidate *b, const void *arg);
/* Point i of a box, pixels counted from 0 at corners. */
void oc_mtcnn_point(const struct oc_box *box, const float points[OC_MTCNN_POINTS], int i, float out[2]);

#endif

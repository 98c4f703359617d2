/*
 * What models find, as plain data in pixels of the upright picture. No JSON here, no tensors.
 */
#ifndef OC_MODELS_RECIPE_RESULT_H
#define OC_MODELS_RECIPE_RESULT_H

#include "metrics/rle.h"
#include "vision/rotated.h"

/* The pixels of one object: runs down the columns of a rectangle within the picture, zeros first. */
struct oc_mask {
    int x, y, width, height; /* the rectangle, whole pixels */
    struct oc_rle runs;      /* owned; of width * height pixels; n = 0: no mask */
};

struct oc_keypoint {
    float x, y, score; /* score 0..1: seen; 1 where the model gives none */
};

/* A plain struct to be moved about; what it owns goes with oc_detection_deinit. */
struct oc_detection {
    struct oc_box box; /* clipped to the picture; of a turned one what it spans */
    float score;       /* 0..1 */
    int class_id;
    const char *label;        /* borrowed from the model; NULL when it has no names */
    bool is_turned;           /* `turned` is the box proper */
    struct oc_rotated turned; /* not clipped */
    struct oc_mask mask;
    struct oc_keypoint *keypoints; /* owned, oc_mem; not clipped; NULL: none */
    size_t n_keypoints;
};

/* Owned array, best score first. */
struct oc_detections {
    struct oc_detection *items;
    size_t n;
    int windows; /* parts and sizes of the picture that were looked at; 0: the whole alone */
};

void oc_detection_deinit(struct oc_detection *d);   /* an empty one is fine */
void oc_detections_deinit(struct oc_detections *d); /* with its items; an empty one is fine */
/* The same object seen from a picture in which this one's lies dx, dy from the corner: box, mask, points and all. */
void oc_detection_move(struct oc_detection *d, int dx, int dy);

enum { OC_LANDMARK_LEFT_EYE, OC_LANDMARK_RIGHT_EYE, OC_LANDMARK_NOSE, OC_LANDMARK_MOUTH_LEFT, OC_LANDMARK_MOUTH_RIGHT, OC_LANDMARKS };

struct oc_face {
    struct oc_box box; /* clipped to the picture */
    float score;
    bool has_landmarks;
    float landmarks[OC_LANDMARKS][2]; /* x, y; left and right as seen in the picture (ArcFace's order); not clipped */
};

/* Owned array, best score first. Wiped when freed. */
struct oc_faces {
    struct oc_face *items;
    size_t n;
    int windows; /* as of detections */
};

/* A model's cache of text vectors. */
struct oc_text_cache_stats {
    uint64_t hits, misses, entries, bytes;
};

void oc_faces_deinit(struct oc_faces *f); /* an empty one is fine */

/* A class id for each pixel, row by row. */
struct oc_label_map {
    uint16_t *ids; /* width * height, owned, oc_mem */
    int width, height;
    int n_classes; /* ids are 0..n_classes-1 */
};

void oc_label_map_deinit(struct oc_label_map *m); /* an empty one is fine */

#endif

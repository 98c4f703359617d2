/*
 * What models find, as plain data in pixels of the upright picture. No JSON here, no tensors.
 */
#ifndef OC_MODELS_RESULT_H
#define OC_MODELS_RESULT_H

#include "vision/nms.h"

struct oc_detection {
    struct oc_box box; /* clipped to the picture */
    float score;       /* 0..1 */
    int class_id;
    const char *label; /* borrowed from the model; NULL when it has no names */
};

/* Owned array, best score first. */
struct oc_detections {
    struct oc_detection *items;
    size_t n;
};

void oc_detections_deinit(struct oc_detections *d); /* an empty one is fine */

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
};

/* A model's cache of text vectors. */
struct oc_text_cache_stats {
    uint64_t hits, misses, entries, bytes;
};

void oc_faces_deinit(struct oc_faces *f); /* an empty one is fine */

#endif

/* How well a face can be told from others: what is known of it besides the network's answer. */
#ifndef OC_MODELS_FACE_QUALITY_H
#define OC_MODELS_FACE_QUALITY_H

#include "models/recipe/result.h"
#include "vision/image.h"

enum oc_quality_part { OC_QUALITY_SIZE, OC_QUALITY_SHARPNESS, OC_QUALITY_YAW, OC_QUALITY_SCORE, OC_QUALITY_PARTS };

struct oc_face_quality {
    float size;      /* shorter side of the box, pixels of the picture */
    float sharpness; /* of the aligned crop, 0..1: vision/sharpness.h */
    float score;     /* the detector's, 0..1 */
    bool has_pose;   /* the three below are known: the detector gives points */
    float roll;      /* degrees, positive: clockwise in the picture; alignment undoes it, so it costs nothing */
    float pitch;     /* degrees, positive: looking up; an estimate too */
    float yaw;       /* degrees, positive: turned to the picture's right; an estimate from five points, see the .c */
    float overall;   /* 0..1: the least of the parts' marks */
    enum oc_quality_part least;
};

/*
 * Marks of 0..1 for each part, the least of which is `overall`: size: 1 from 112 pixels on, less in proportion; sharpness: 0 up to .15, 1
 * from .5 on; yaw: 1 up to 20 degrees, 0 from 70 on, 1 where it is not known; score: itself.
 */
struct oc_face_quality oc_face_quality_of(const struct oc_face *face, const struct oc_image *crop);
/* "size", "sharpness", "yaw", "score". */
const char *oc_quality_part_name(enum oc_quality_part part);

#endif

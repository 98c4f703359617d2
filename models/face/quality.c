/*
 * Marks for faces; see quality.h. The turn of the head comes from where the nose is between the eyes: with the face made upright, a nose
 * that stands DEPTH eye distances before the eyes' plane moves by DEPTH * tan(yaw) of the eye distance as it is seen. DEPTH: about 28 mm of
 * the 63 mm between adults' pupils. Good to some ten degrees, which is enough to tell a profile.
 */
#include "models/face/quality.h"
#include <math.h>
#include "vision/sharpness.h"

/*
 * Up and down in the same way: from the eyes to the mouth the nose is at NOSE of the way (ArcFace's template), and the mouth 1.16 eye
 * distances down, so that it moves by DEPTH / 1.16 * tan(pitch) of that way.
 */
static const double NOSE = 0.495, DOWN = 1.16;
static const double DEPTH = 0.45, DEGREES = 57.29577951308232;

const char *oc_quality_part_name(enum oc_quality_part part)
{
    static const char *const names[OC_QUALITY_PARTS] = {"size", "sharpness", "yaw", "score"};
    return names[part];
}

/* 0 at `none`, 1 at `full`, straight between; either may be the larger. */
static float ramp(double v, double none, double full)
{
    double mark = (v - none) / (full - none);
    return (float)(mark > 1 ? 1 : mark > 0 ? mark : 0);
}

static void find_pose(const struct oc_face *face, struct oc_face_quality *q)
{
    const float(*p)[2] = face->landmarks;
    double dx = (double)p[OC_LANDMARK_RIGHT_EYE][0] - (double)p[OC_LANDMARK_LEFT_EYE][0];
    double dy = (double)p[OC_LANDMARK_RIGHT_EYE][1] - (double)p[OC_LANDMARK_LEFT_EYE][1];
    double distance = hypot(dx, dy);
    if (!face->has_landmarks || !(distance > 1e-3))
        return;
    double nx = (double)p[OC_LANDMARK_NOSE][0] - ((double)p[OC_LANDMARK_LEFT_EYE][0] + (double)p[OC_LANDMARK_RIGHT_EYE][0]) / 2;
    double ny = (double)p[OC_LANDMARK_NOSE][1] - ((double)p[OC_LANDMARK_LEFT_EYE][1] + (double)p[OC_LANDMARK_RIGHT_EYE][1]) / 2;
    double along = (nx * dx + ny * dy) / distance;
    double mx = ((double)p[OC_LANDMARK_MOUTH_LEFT][0] + (double)p[OC_LANDMARK_MOUTH_RIGHT][0]) / 2 - (double)p[OC_LANDMARK_NOSE][0] + nx;
    double my = ((double)p[OC_LANDMARK_MOUTH_LEFT][1] + (double)p[OC_LANDMARK_MOUTH_RIGHT][1]) / 2 - (double)p[OC_LANDMARK_NOSE][1] + ny;
    double nose_down = (ny * dx - nx * dy) / distance, mouth_down = (my * dx - mx * dy) / distance;
    if (!(fabs(mouth_down) > 1e-3))
        return;
    q->has_pose = true;
    q->pitch = (float)(atan((NOSE - nose_down / mouth_down) * DOWN / DEPTH) * DEGREES);
    q->roll = (float)(atan2(dy, dx) * DEGREES);
    q->yaw = (float)(atan(along / distance / DEPTH) * DEGREES);
}

struct oc_face_quality oc_face_quality_of(const struct oc_face *face, const struct oc_image *crop)
{
    float w = face->box.x2 - face->box.x1, h = face->box.y2 - face->box.y1;
    struct oc_face_quality q = {.size = w < h ? w : h, .sharpness = oc_sharpness(crop), .score = face->score};
    find_pose(face, &q);
    float marks[OC_QUALITY_PARTS] = {[OC_QUALITY_SIZE] = ramp((double)q.size, 0, 112),
                                     [OC_QUALITY_SHARPNESS] = ramp((double)q.sharpness, 0.15, 0.5),
                                     [OC_QUALITY_YAW] = q.has_pose ? ramp(fabs((double)q.yaw), 70, 20) : 1,
                                     [OC_QUALITY_SCORE] = ramp((double)q.score, 0, 1)};
    for (int i = 1; i < OC_QUALITY_PARTS; i++)
        if (marks[i] < marks[q.least])
            q.least = (enum oc_quality_part)i;
    q.overall = marks[q.least];
    return q;
}

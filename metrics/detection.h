/*
 * How well found objects agree with the true ones: the average precisions and recalls of COCO (cocodataset/cocoapi, COCOeval) and of
 * PASCAL VOC (the development kit's VOCevaldet). Boxes, or masks as run lengths. Numbers are double throughout, in the order of the
 * reference's operations, so that a box that lies exactly on a threshold falls on the same side.
 */
#ifndef OC_METRICS_DETECTION_H
#define OC_METRICS_DETECTION_H

#include <stdint.h>
#include "base/err.h"
#include "base/mem.h"
#include "metrics/rle.h"

/* A mask with what is asked of it often. */
struct oc_object_mask {
    struct oc_rle runs; /* checked: they add up to width * height */
    int width, height;
    uint64_t area;                /* pixels */
    double left, top, wide, high; /* the smallest box around them; wide and high are 0 without pixels */
};

/* Fills area and box from runs, width and height. */
void oc_object_mask_measure(struct oc_object_mask *m);

/* An object, true or found. Continuous pixels; width and height at least 0. */
struct oc_object {
    double x, y, width, height;
    double area;                       /* true ones: as annotated; decides which of small, medium and large it is */
    double score;                      /* found ones */
    int image;                         /* 0.. below n_images */
    int class_id;                      /* 0.. below n_classes */
    bool crowd;                        /* true ones: a region of many; whatever is found in it does not count */
    bool ignore;                       /* true ones: whatever is found there does not count, but only once */
    const struct oc_object_mask *mask; /* borrowed; NULL: the box */
};

/* Everything is borrowed. */
struct oc_object_set {
    const struct oc_object *truth, *found; /* in the order that decides between equal scores */
    size_t n_truth, n_found;
    int n_images, n_classes;
};

#define OC_COCO_IOUS 32 /* thresholds at most: a bit each */
enum { OC_AREA_ALL, OC_AREA_SMALL, OC_AREA_MEDIUM, OC_AREA_LARGE, OC_AREAS };

struct oc_coco_terms {
    double iou[OC_COCO_IOUS]; /* thresholds, above 0 to 1 */
    int n_iou;
    int most[3];                  /* found objects of one class in one picture that count, rising: 1, 10, 100 */
    bool masks;                   /* compare masks; all objects must have one */
    bool one_class;               /* classes are not told apart (COCOeval's useCats = 0) */
    bool (*cancelled)(void *arg); /* may be NULL */
    void *cancel_arg;
};

/* COCO's own thresholds (numpy.linspace(.5, .95, 10), to the last bit) and numbers of objects. */
struct oc_coco_terms oc_coco_terms_default(void);

/* NAN: not defined, there is no true object that counts (or no such threshold). */
struct oc_coco_score {
    double ap, ap50, ap75;    /* over all thresholds; at .5 and .75                                     */
    double ap_area[OC_AREAS]; /* [OC_AREA_ALL] is ap; the others by the area of the true objects        */
    double ar[3];             /* average recall with at most most[i] found objects                      */
    double ar_area[OC_AREAS]; /* with the most                                                          */
    size_t truths;            /* that count: neither crowds nor ignored                                 */
    size_t found;             /* given in                                                               */
};

/*
 * all: the mean of the classes for which a number is defined. classes: n_classes entries, borrowed (with one_class: only the first is
 * filled). OC_E_NOMEM, OC_E_CANCELLED; OC_E_INVALID when masks of one picture differ in size.
 */
enum oc_status oc_coco_score(const struct oc_object_set *set, const struct oc_coco_terms *terms, struct oc_coco_score *all,
                             struct oc_coco_score *classes, struct oc_err *err) OC_MUST_CHECK;

struct oc_voc_terms {
    double iou; /* from this on an object is found: .5 */
    bool (*cancelled)(void *arg);
    void *cancel_arg;
};

/* NAN: not defined. */
struct oc_voc_score {
    double ap;                /* area under the precision that is left from a recall on (since 2010) */
    double ap_11_point;       /* the mean of that at recalls of 0, .1, ..., 1 (until 2009)            */
    double precision, recall; /* of all found objects */
    size_t truths, difficult; /* difficult: crowds and ignored; what is found there does not count */
    size_t found, right, wrong;
};

/* As oc_coco_score; all: the mean of the classes' ap and ap_11_point, the sums of the counts, precision and recall of those. */
enum oc_status oc_voc_score(const struct oc_object_set *set, const struct oc_voc_terms *terms, struct oc_voc_score *all,
                            struct oc_voc_score *classes, struct oc_err *err) OC_MUST_CHECK;

#endif

/*
 * How well maps of classes agree with the truth. Pixels are counted into a matrix, truth by row, prediction by column, in whole numbers;
 * several pictures add up in it. Only the scores at the end are divisions, each of exact whole numbers.
 */
#ifndef OC_METRICS_SEGMENTATION_H
#define OC_METRICS_SEGMENTATION_H

#include <stdint.h>
#include "base/err.h"
#include "base/mem.h"

/* Counts of one class along borders; see boundary.h. */
struct oc_boundary_count {
    uint64_t both, truth, prediction; /* pixels near the class's border: in both maps, in each */
};

/* What has been counted. Values are copied by struct assignment only to move them. */
struct oc_tally {
    int classes;
    uint64_t *cells;                    /* owned: classes * classes; cells[truth * classes + prediction] */
    uint64_t pixels;                    /* the sum of all cells, at most INT64_MAX: so every number below is exact */
    struct oc_boundary_count *boundary; /* owned: one a class; NULL: not asked for */
    double boundary_ratio;              /* of a picture's diagonal; 0 without */
    uint64_t pairs;                     /* of maps; a matrix that was given counts as none */
    uint64_t ignored;                   /* pixels that the truth left out */
};

/* Empty. boundary_ratio above 0: borders are counted too. OC_E_NOMEM. */
enum oc_status oc_tally_init(struct oc_tally *t, int classes, double boundary_ratio, struct oc_err *err) OC_MUST_CHECK;
void oc_tally_deinit(struct oc_tally *t); /* an empty one is fine */
/* Bytes of such a tally. */
size_t oc_tally_bytes(int classes, bool boundary);

/* Two maps of the same size, row by row; borrowed. */
struct oc_map_pair {
    const uint16_t *truth, *prediction;
    int width, height;
    int ignore;       /* a truth of this number does not count, whatever was predicted there; below 0: none */
    bool skip_beyond; /* nor does a pixel whose class, in either map, is not below the tally's classes; else such a one is a mistake */
};

/* What OC_VOID_ID stands for in a pair of which nothing else is known. */
enum oc_void {
    OC_VOID_ABSENT, /* neither map holds it                                                                                */
    OC_VOID_BINARY, /* nothing but 0 and it: two masks of black and white, as image editors and most programs write them   */
    OC_VOID_BORDER, /* beside other classes: what PASCAL VOC and mmsegmentation leave out                                  */
};
enum { OC_VOID_ID = 255 };

/* By the numbers that occur in both maps. */
enum oc_void oc_pair_void(const struct oc_map_pair *pair);
/* White becomes class 1 in a map of black and white, in place. */
void oc_map_from_binary(uint16_t *ids, size_t pixels);

/*
 * Counts a pair. Checked whole before anything is counted: OC_E_INVALID with the place for a class that is not below t->classes (and not
 * ignored); OC_E_NOMEM. On error t is as it was.
 */
enum oc_status oc_tally_add(struct oc_tally *t, const struct oc_map_pair *pair, struct oc_err *err) OC_MUST_CHECK;
/*
 * Adds what another of the same form has counted. OC_E_INVALID for other classes or borders, or for more than INT64_MAX pixels in all. On
 * error t is as it was.
 */
enum oc_status oc_tally_merge(struct oc_tally *t, const struct oc_tally *other, struct oc_err *err) OC_MUST_CHECK;
/* Adds to one cell; the classes are below t->classes. OC_E_INVALID for more than INT64_MAX pixels in all. */
enum oc_status oc_tally_add_cell(struct oc_tally *t, int truth, int prediction, uint64_t pixels, struct oc_err *err) OC_MUST_CHECK;
/* Makes room for more classes, what was counted stays; not fewer. OC_E_NOMEM (t is as it was). */
enum oc_status oc_tally_grow(struct oc_tally *t, int classes, struct oc_err *err) OC_MUST_CHECK;
/* A copy of the same form. OC_E_NOMEM. */
enum oc_status oc_tally_copy(const struct oc_tally *t, struct oc_tally *out, struct oc_err *err) OC_MUST_CHECK;
/* One more than the highest class of a pair's pixels that count; 0 when none does. */
int oc_pair_classes(const struct oc_map_pair *pair);

/* NAN: not defined, because there is nothing to divide by. Sources: the table of docs/segmentation.md. */
struct oc_class_score {
    uint64_t truth, prediction, both; /* pixels */
    double iou;                       /* both / (truth + prediction - both)                                    */
    double recall;                    /* both / truth; "accuracy" of the class                                 */
    double precision;                 /* both / prediction                                                     */
    double dice;                      /* 2 both / (truth + prediction); F1                                     */
    double boundary_iou;              /* of the border's pixels; NAN too where borders were not counted        */
};

struct oc_segmentation_score {
    uint64_t pixels;                    /* counted */
    double pixel_accuracy;              /* sum of both / pixels                                                */
    double mean_recall, mean_precision; /* over classes where they are defined                                 */
    double mean_iou, mean_dice, mean_boundary_iou;
    double frequency_weighted_iou; /* sum of truth * iou / pixels                                              */
    double kappa;                  /* Cohen's: (observed - expected agreement) / (1 - expected)                */
};

/* classes: t->classes entries, borrowed. */
void oc_tally_score(const struct oc_tally *t, struct oc_segmentation_score *all, struct oc_class_score *classes);

#endif

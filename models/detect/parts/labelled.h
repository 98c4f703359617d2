/*
 * Heads whose every row is one box with one score and one class, because the graph has chosen them already: in one tensor or in three.
 */
#ifndef OC_MODELS_DETECT_PARTS_LABELLED_H
#define OC_MODELS_DETECT_PARTS_LABELLED_H

#include "models/detect/parts/rows.h"

/* Where a row's numbers are: in the output that plays `role`, from number `at` on. */
struct oc_place {
    int role, at;
};

struct oc_labelled {
    struct oc_place box, score, label;
    int count; /* the role of an output that holds how many rows count; -1: all do */
};

/*
 * Adds the rows whose score is the threshold or more and whose class is known and wanted (decode.class_offset, coco91); boxes as
 * decode.boxes and decode.normalised say. An output's row is as long as the output's last dimension when the output has as many rows as
 * that leaves, else 1. OC_E_MODEL when the outputs do not fit together.
 */
enum oc_status oc_labelled_decode(const struct oc_head *head, const struct oc_labelled *form, struct oc_candidates *out,
                                  struct oc_err *err) OC_MUST_CHECK;
/*
 * The mask of row c->index from an output of [.., rows, (1,) height, width] of probabilities: over the row's box where it is small
 * (28 x 28: Mask R-CNN's head), else over the whole input. For oc_family.mask.
 */
enum oc_status oc_labelled_mask(const struct oc_head *head, int role, const struct oc_candidate *c, struct oc_mask_grid *grid,
                                struct oc_err *err) OC_MUST_CHECK;

#endif

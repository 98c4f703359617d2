/* Boxes of several windows put together. Private to models/. */
#ifndef OC_MODELS_RUN_TILES_MERGE_H
#define OC_MODELS_RUN_TILES_MERGE_H

#include "models/run/tiles/plan.h"
#include "vision/nms.h"

/* A box in the picture, and where it was seen. */
struct oc_seen {
    struct oc_box box;
    float score;
    int class_id;
    int from;     /* the caller's own number */
    int window;   /* boxes of one window are never taken for one object: its own suppression has told them apart */
    unsigned cut; /* OC_CUT_...: sides on which it ends at the edge of its window, where the object may go on */
};

struct oc_merge_options {
    enum oc_merge how;
    float iou_threshold;          /* two are one object from more than this on */
    float score_threshold;        /* what falls below goes: soft NMS lowers scores */
    bool agnostic;                /* across classes */
    int max_out;                  /* best first; 0: all */
    bool (*cancelled)(void *arg); /* may be NULL */
    void *cancel_arg;
};

/* Which sides of a box lie on inner edges of its window. */
unsigned oc_seen_cut(const struct oc_box *box, const struct oc_window *w);

/*
 * In place: what is left lies at the front, best first, *n of them. What was cut off at a window's edge makes way for a box of another
 * window that shows more of it, and two halves that meet become one box. Boxes must be finite. OC_E_NOMEM, OC_E_CANCELLED.
 */
enum oc_status oc_seen_merge(struct oc_seen *seen, size_t *n, const struct oc_merge_options *opt, struct oc_err *err) OC_MUST_CHECK;

#endif

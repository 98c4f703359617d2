/*
 * COCO's run-length masks: run lengths of zeros and ones in turn, zeros first, down the columns. As numbers ("uncompressed"), or as text
 * ("compressed", pycocotools' common/maskApi.c): from the fourth run on the difference to the run two before, in groups of five bits, the
 * lowest first, bit 5 set when more follow, the last group's bit 4 being the sign; each group plus 48 is a character.
 */
#ifndef OC_METRICS_RLE_H
#define OC_METRICS_RLE_H

#include "base/buf.h"
#include "base/err.h"

/* The runs of one mask. */
struct oc_rle {
    uint32_t *counts; /* owned, oc_mem */
    size_t n;
};

void oc_rle_deinit(struct oc_rle *r); /* an empty one is fine */

/*
 * Text to runs, for a mask of `pixels` (at most UINT32_MAX) in all. Every character and sum is checked: OC_E_INVALID with the place for
 * a character that cannot be, a negative run, runs that do not add up to `pixels`; OC_E_NOMEM.
 */
enum oc_status oc_rle_parse(const char *text, size_t n, uint64_t pixels, struct oc_rle *out, struct oc_err *err) OC_MUST_CHECK;
/* The same check for runs that came as numbers. */
enum oc_status oc_rle_check(const struct oc_rle *r, uint64_t pixels, struct oc_err *err) OC_MUST_CHECK;
/* Appends runs as text. Statuses of oc_buf_add. */
enum oc_status oc_rle_print(const uint32_t *counts, size_t n, struct oc_buf *out) OC_MUST_CHECK;

/*
 * Writes class_id to the ones of a mask into a map of width x height, row by row. A pixel must be `empty` or class_id before: else it
 * belongs to two classes, OC_E_INVALID with the place. The runs have been checked against width * height.
 */
enum oc_status oc_rle_paint(const struct oc_rle *r, uint16_t *ids, int width, int height, uint16_t class_id, uint16_t empty,
                            struct oc_err *err) OC_MUST_CHECK;

/* A map's classes as masks. */
struct oc_rle_class {
    struct oc_buf text;      /* owned; compressed runs; data NULL when the class does not occur */
    uint64_t pixels;         /* ones */
    uint64_t end;            /* while it is being made: where the last run of ones ended */
    int64_t before, before2; /* the last two runs */
    size_t n;                /* runs so far */
};

/*
 * All classes of a map of width x height (row by row, ids below n_classes) in one walk. out: n_classes, zeroed, to be deinitialised by
 * the caller in any case; each text is at most max_text bytes. OC_E_NOMEM, OC_E_BODY_TOO_LARGE.
 */
enum oc_status oc_rle_encode_map(const uint16_t *ids, int width, int height, int n_classes, size_t max_text, struct oc_rle_class *out,
                                 struct oc_err *err) OC_MUST_CHECK;

#endif

/*
 * Class names: from a text file, one a line; from the Python dict that Ultralytics' exporter leaves in the file's
 * metadata; or those of COCO and PASCAL VOC. Immutable once made.
 */
#ifndef OC_MODELS_RECIPE_LABELS_H
#define OC_MODELS_RECIPE_LABELS_H

#include "base/arena.h"
#include "base/err.h"

struct oc_labels {
    size_t n;
    const char *const *names; /* in the arena given, or static; NULL entries have no name */
};

/*
 * One name a line; carriage returns and surrounding blanks are cut, empty lines at the end dropped. UTF-8 only.
 * OC_E_INVALID with the line for a name over LIM_LABEL_BYTES, more than LIM_LABELS names, or bytes that are not text.
 */
enum oc_status oc_labels_from_lines(const char *text, size_t n, struct oc_arena *arena, struct oc_labels *out,
                                    struct oc_err *err) OC_MUST_CHECK;
/*
 * A Python literal: {0: 'person', 1: "driver's seat"} or ['person', ...]. Keys are 0..LIM_LABELS-1 in any order, each once; gaps
 * stay without a name. Escapes: \\ \' \" \n \t \r (a blank each) \xNN \uNNNN. OC_E_INVALID with the place.
 */
enum oc_status oc_labels_from_literal(const char *text, size_t n, struct oc_arena *arena, struct oc_labels *out,
                                      struct oc_err *err) OC_MUST_CHECK;
/* COCO's 80 names, contiguous ids 0..79. */
struct oc_labels oc_labels_coco80(void);
/* The same class among the 80 for COCO's own numbers 1..90, which have holes; -1 for a hole and beyond. */
int oc_labels_coco91_to_80(int64_t number);
/* The 17 key points of a person in COCO: nose, eyes, ears, shoulders, elbows, wrists, hips, knees, ankles, left before right. */
struct oc_labels oc_labels_coco17(void);
/* PASCAL VOC's 21 of its segmentation task: background, then the 20 objects. */
struct oc_labels oc_labels_voc21(void);
/* The same without the background: its detection task. */
struct oc_labels oc_labels_voc20(void);
/* Name of a class, or NULL. */
const char *oc_labels_name(const struct oc_labels *l, int class_id);
/* Class of a name (exact), or -1. */
int oc_labels_find(const struct oc_labels *l, const char *name);

/* Whole text is UTF-8 as RFC 3629 has it (no surrogates, no overlong forms). */
bool oc_utf8_valid(const char *s, size_t n);

#endif

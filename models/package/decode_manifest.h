/* The member "decode" of model.json: how the head's outputs are read. Private to models/. */
#ifndef OC_MODELS_PACKAGE_DECODE_MANIFEST_H
#define OC_MODELS_PACKAGE_DECODE_MANIFEST_H

#include "engine/eng.h"
#include "models/recipe/json_fields.h"
#include "models/recipe/recipe.h"

struct oc_manifest_decode {
    bool has_cell_offset, has_boxes_decoded, has_anchors, has_map, boxes_decoded;
    int n_strides, strides[LIM_STRIDES], anchors, map /* 0 = probability, 1 = logit */;
    float cell_offset;
    bool has_boxes, has_coordinates, has_scores, has_background, has_class_ids, has_class_offset, has_every_class, has_layout, has_bins;
    int boxes /* enum oc_box_form */, coordinates /* 1 = shares */, scores /* enum oc_score_form */;
    int background /* 0 = none, 1 = first, 2 = last */, class_ids /* 1 = COCO's */, class_offset, layout /* 1 = channels last */, bins;
    bool every_class;
    bool has_kind;
    int kind;     /* 0 = detect, 1 = segment, 2 = pose, 3 = obb: what the exporter's metadata would say as "task" */
    int n_levels; /* of anchor_sizes; 0: none are told */
    int n_sizes;  /* in each */
    float anchor_sizes[LIM_STRIDES][OC_MOST_ANCHORS][2];
    int n_keypoints, keypoint_numbers; /* 0: the file says */
    const char *const *keypoint_names; /* n_names of them; NULL: none are told */
    size_t n_names;
    const uint8_t (*skeleton)[2];
    int n_skeleton;
    bool has_priors;
    struct oc_prior_recipe priors; /* grids of 0: by the input's size */
};

/* Strings go into the arena. OC_E_INVALID with the path, OC_E_NOMEM. */
enum oc_status oc_decode_manifest_read(const struct oc_fields *top, struct oc_arena *arena, struct oc_manifest_decode *d) OC_MUST_CHECK;

/* The file's declarations with what model.json says in place of its exporter's metadata; all borrowed from both. */
struct oc_told_facts {
    struct eng_facts facts;
    struct eng_metadata *metadata; /* owned, oc_mem */
    char shape[48];
};

/* *out is not to be moved; oc_told_facts_deinit in any case. OC_E_NOMEM. */
enum oc_status oc_told_facts(const struct eng_facts *facts, const struct oc_manifest_decode *d, struct oc_told_facts *out,
                             struct oc_err *err) OC_MUST_CHECK;
void oc_told_facts_deinit(struct oc_told_facts *t);

/* Overrides what recognition has found. Strings are copied into the recipe's arena. OC_E_INVALID where the two cannot both be, OC_E_NOMEM.
 */
enum oc_status oc_decode_manifest_apply(const struct oc_manifest_decode *m, struct oc_recipe *r, struct oc_err *err) OC_MUST_CHECK;

#endif

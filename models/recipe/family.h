/*
 * A family of models: how its files are recognised, what they need, and how their outputs are read. One file a family;
 * models/package/families.c has the table. Decoders work on plain tensors, so that tests can give them numbers by hand.
 *
 * A new family: write models/<task>/<name>.c with one `const struct oc_family`, add it to the table (the order is the
 * order of asking), add a test with hand-computed numbers.
 */
#ifndef OC_MODELS_RECIPE_FAMILY_H
#define OC_MODELS_RECIPE_FAMILY_H

#include <math.h>
#include "engine/eng.h"
#include "models/recipe/recipe.h"
#include "models/recipe/result.h"
#include "vision/nms.h"

/* The outputs of one run, and what the caller wants of them. Everything is borrowed. */
struct oc_head {
    const struct oc_recipe *recipe;
    int width, height;                       /* of the network's input in this run */
    const struct eng_tensor *const *outputs; /* in the order of recipe->decode.outputs */
    float score_threshold;
    const uint8_t *class_wanted; /* n_classes flags; NULL = all */
};

/* Boxes above the threshold in network pixels, in order of appearance. */
struct oc_candidates {
    struct oc_candidate *items; /* owned, oc_mem */
    size_t n, cap;
};

/* Adds one. Of more than twice LIM_CANDIDATES the worse half is dropped (of equal scores the later ones): NMS would not look at them. */
enum oc_status oc_candidates_add(struct oc_candidates *c, const struct oc_candidate *item, struct oc_err *err) OC_MUST_CHECK;
void oc_candidates_deinit(struct oc_candidates *c);

/* Scores of pixels that lie over a part of the network's input as a grid whose pixels have areas; see models/run/mask.h. */
struct oc_mask_grid {
    struct oc_box place; /* what it covers, network pixels */
    int width, height;
    const float *values; /* row by row; borrowed from the head, or from `own` */
    float threshold;     /* from more than this on a pixel is the object's */
    float *own;          /* owned, oc_mem: room that the family takes for values it works out; kept from call to call */
    size_t own_floats;
};

struct oc_model;
struct oc_detect_options;
struct oc_run;

#define OC_STAGES 2

struct oc_family {
    const char *name;  /* in model.json and the API */
    const char *title; /* for people */
    enum oc_task task;
    double quality; /* what its authors state for the smallest network of the family: COCO's mAP of detectors, 0..100; 0: not known */
    /*
     * Looks at a file's declarations. `forced`: a model.json names the family, so only what is impossible is refused.
     * On success fills input, decode and thresholds with the family's values for this file, and `because`.
     * OC_DECLINED: not mine (never when forced). OC_E_MODEL: named but cannot be, with the reason in err.
     */
    enum oc_status (*recognise)(const struct eng_facts *facts, bool forced, struct oc_recipe *r, struct oc_err *err);
    /* Detectors of objects and faces: boxes above the threshold. OC_E_MODEL when shapes are not what they must be; OC_E_NOMEM. */
    enum oc_status (*decode)(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err);
    /* Detectors of turned boxes: candidate `index` as it was before it became an upright one, network pixels. NULL: none are turned. */
    void (*turned)(const struct oc_head *head, int index, struct oc_rotated *out);
    /* Key points of candidate `index`, recipe->decode.n_keypoints of them, network pixels. NULL: no points. */
    void (*keypoints)(const struct oc_head *head, int index, struct oc_keypoint *out);
    /* The coarse mask of a candidate. The grid is the same from call to call, for its room. OC_E_MODEL, OC_E_NOMEM. NULL: no masks. */
    enum oc_status (*mask)(const struct oc_head *head, const struct oc_candidate *c, struct oc_mask_grid *grid, struct oc_err *err);
    /* Faces: the five points of candidate `index`, network pixels, in the order of models/recipe/result.h. NULL: no points. */
    void (*landmarks)(const struct oc_head *head, int index, float points[5][2]);
    /*
     * Detectors of faces made of several networks: the further networks' files, which lie beside the first (oc_model_stage), and the whole
     * search in place of decode. Boxes are clipped to the picture, `out` is zeroed before. NULL: one network is all.
     */
    const char *stages[OC_STAGES];
    enum oc_status (*find_faces)(struct oc_model *m, const struct oc_image *im, const struct oc_detect_options *opt, struct oc_run *run,
                                 struct oc_faces *out, struct oc_err *err);
};

/* Helpers of the families. */

/* Size and layout of the file's only input, a float picture (N,3,H,W or N,H,W,3), into r (`fallback` for a free side); OC_DECLINED when
 * there is another, or none. */
enum oc_status oc_facts_input_size(const struct eng_facts *f, int fallback_width, int fallback_height, struct oc_recipe *r);
/*
 * The same for detectors, of which there are more kinds: numbers may be float16 or uint8, there may be no batch (3,H,W), and beside the
 * picture there may be inputs of sizes or a mask of the picture's place, told by their names: struct oc_extra_input.
 * models/recipe/inputs.c.
 */
enum oc_status oc_facts_picture(const struct eng_facts *f, int fallback_width, int fallback_height, struct oc_recipe *r);
/* Index of an output by name (or that and ":0", as TensorFlow has them), or -1. */
int oc_facts_output(const struct eng_facts *f, const char *name);
/* Dimension i from the end (1 = last) of an output; -1 when it is free or absent. */
int64_t oc_facts_dim(const struct eng_facts *f, int output, int from_end);
/* Declines, or, when the family was forced, says why it cannot be: OC_E_MODEL. */
enum oc_status oc_family_decline(bool forced, const struct oc_family *family, struct oc_err *err, const char *why);
/* Checks that an output of a run is float32 with the last dimension `last` and at least `rows` rows in all before it. */
enum oc_status oc_head_expect(const struct oc_head *h, int role, int64_t rows, int64_t last, struct oc_err *err) OC_MUST_CHECK;
/* Which output of a run plays role i, where only the recipe's are computed: how many roles before it have one. */
static inline int oc_decode_rank(const struct oc_decode_recipe *d, int role)
{
    int rank = 0;
    for (int i = 0; i < role; i++)
        rank += d->outputs[i] >= 0;
    return rank;
}
/* Cells of a head's level along one side: sizes that are not a multiple of the stride are rounded up, as padding in the network does. */
static inline int oc_grid_side(int side, int stride)
{
    return (side + stride - 1) / stride;
}
/* Cells of all levels together. */
int64_t oc_grid_cells(int width, int height, const int *strides, int n);
/* The highest of n scores that lie `step` floats apart, among the wanted classes; -1 when none is wanted. */
int oc_best_class(const struct oc_head *h, const float *scores, int n, size_t step);
/* The class that a number of the file's output stands for (class_offset, coco91); -1: none that is wanted. */
int oc_head_class(const struct oc_head *h, int64_t number);
/* Element i of a tensor of any number type, 0 of another. */
double oc_tensor_number(const struct eng_tensor *t, int64_t i);
/* Dimension i from the end (1 = last) of an output of a run; 1 beyond the first. */
int64_t oc_head_dim(const struct oc_head *h, int role, int from_end);
static inline float oc_sigmoid(float x)
{
    return 1 / (1 + expf(-x));
}
static inline const float *oc_head_data(const struct oc_head *h, int role)
{
    return (const float *)h->outputs[role]->data;
}

#endif

/*
 * Small objects in large pictures: a picture looked at in parts and at several sizes, and the boxes of all of them put together. A layer
 * between a detector and its caller, for objects and faces alike: oc_model_detect and oc_model_faces do as struct oc_tiling says.
 * docs/tiling.md tells what to choose.
 */
#ifndef OC_MODELS_RECIPE_TILING_H
#define OC_MODELS_RECIPE_TILING_H

#include "base/err.h"
#include "base/limits.h"

enum oc_tile_mode {
    OC_TILE_NONE, /* the whole picture */
    OC_TILE_FIXED,
    OC_TILE_AUTO /* tiles of the network's input size, of twice, four times ... that, and the whole picture */
};

/* How boxes of several windows that are of one object become one. */
enum oc_merge {
    OC_MERGE_NMS,      /* the best one stays                                                                  */
    OC_MERGE_SOFT_NMS, /* others lose score by how far they overlap (arXiv 1704.04503, Gaussian, sigma .5)    */
    OC_MERGE_WBF       /* weighted box fusion: their mean, weighted by score (arXiv 1910.13302), the best score */
};

struct oc_tiling {
    enum oc_tile_mode mode;
    int width, height; /* of a fixed tile, picture pixels */
    float overlap;     /* of neighbouring tiles, part of a side; 0: OC_TILE_OVERLAP, unless has_overlap */
    bool has_overlap;
    bool no_whole;            /* with tiles: the whole picture is not looked at besides */
    int n_scales;             /* 0: 1 alone; with OC_TILE_AUTO 1, 1/2, 1/4, ... */
    float scales[LIM_SCALES]; /* the picture is looked at as if it were that much larger */
    enum oc_merge merge;
};

#define OC_TILE_OVERLAP .25f
#define OC_SCALE_MIN .05f
#define OC_SCALE_MAX 16.f
#define OC_TILE_MIN 32 /* pixels of a tile's side */
#define OC_OVERLAP_MAX .8f

/* "nms", "soft_nms", "wbf", NULL. */
extern const char *const oc_merge_words[];

/* More than one look at the picture is asked for. */
static inline bool oc_tiling_is_on(const struct oc_tiling *t)
{
    return t->mode != OC_TILE_NONE || t->n_scales > 0;
}

/* "none", "auto", "640x480" or "640": mode, width and height. OC_E_INVALID, with the limits. */
enum oc_status oc_tiling_parse_tile(const char *text, struct oc_tiling *t, struct oc_err *err) OC_MUST_CHECK;

#endif

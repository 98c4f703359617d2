/*
 * Where a picture goes when it is cut for an embedding: the size it is resized to, and which part of that is kept. The two
 * roundings are those of torchvision's transforms (and open_clip's ResizeKeepRatio and center_crop_or_pad), and of Immich's
 * resize_pil and crop_pil; they differ by one pixel.
 */
#ifndef OC_MODELS_RUN_GEOMETRY_H
#define OC_MODELS_RUN_GEOMETRY_H

#include "models/recipe/recipe.h"

/* The resized picture is width x height; the network's pixel (0, 0) is its pixel (left, top). Outside of it is the fill colour. */
struct oc_embed_geometry {
    int64_t width, height;
    int64_t left, top; /* below 0: filled */
};

/* For a picture of src_width x src_height, both at least 1. */
struct oc_embed_geometry oc_embed_geometry(const struct oc_recipe *r, int src_width, int src_height);

#endif

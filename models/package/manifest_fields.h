/* A parsed model.json: each member with whether it was there. Private to models/package/manifest.c and models/package/recipe_make.c. */
#ifndef OC_MODELS_PACKAGE_MANIFEST_FIELDS_H
#define OC_MODELS_PACKAGE_MANIFEST_FIELDS_H

#include "models/package/decode_manifest.h"
#include "models/package/embed_manifest.h"
#include "models/recipe/family.h"
#include "models/recipe/tiling.h"

struct oc_manifest_input {
    bool has_width, has_height, has_fit, has_resample, has_pad, has_channels, has_layout, has_mean, has_scale;
    int width, height, fit /* enum oc_fit */, resample /* enum oc_resample */, pad, channels /* 1 = BGR */, layout /* 1 = channels last */;
    float mean[3], scale[3];
};

struct oc_manifest_thresholds {
    bool has_score, has_iou, has_max_detections, has_similarity;
    float score, iou, similarity;
    int max_detections;
};

struct oc_manifest {
    struct oc_arena arena;                                           /* owns the strings */
    const char *file, *licence, *source, *description, *labels_file; /* NULL when absent, file excepted */
    const struct oc_family *family;                                  /* NULL when absent */
    bool has_task, starter, has_quality;
    double quality;
    enum oc_task task;
    struct oc_labels labels; /* n = 0 when absent */
    struct oc_manifest_input input;
    struct oc_manifest_decode decode;
    struct oc_manifest_thresholds thresholds;
    struct oc_manifest_embed embed;
    bool has_tiling;
    struct oc_tiling tiling;
};

#endif

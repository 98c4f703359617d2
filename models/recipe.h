/*
 * Everything that turns a picture into a model's input and its outputs into results, as data: recognised from the
 * file, overridden by a model.json, shown in /v1/models. One recipe belongs to one installed model.
 */
#ifndef OC_MODELS_RECIPE_H
#define OC_MODELS_RECIPE_H

#include "base/arena.h"
#include "base/limits.h"
#include "models/labels.h"
#include "vision/letterbox.h"

enum oc_task {
    OC_TASK_TENSOR,
    OC_TASK_DETECT,
    OC_TASK_SEGMENT,
    OC_TASK_EMBED_IMAGE,
    OC_TASK_EMBED_TEXT,
    OC_TASK_FACE_DETECT,
    OC_TASK_FACE_EMBED,
    OC_TASK_COUNT
};

/* "tensor", "detect", "segment", "embed" for pictures, "embed_text", "face_detect", "face_embed". */
const char *oc_task_name(enum oc_task task);
bool oc_task_parse(const char *name, enum oc_task *out);

/* "stretch", "top_left", "centre", "pad". */
const char *oc_fit_name(enum oc_fit fit);

/* "linear", "antialias". */
const char *oc_resample_name(enum oc_resample r);

struct oc_input_recipe {
    int width, height; /* of the network's input, pixels */
    bool fixed_size;   /* the file declares this size, no other is possible */
    int batch;         /* embedders: pictures a run, where the file fixes it; 0: any number */
    enum oc_fit fit;
    enum oc_resample resample;
    uint8_t pad;                /* 0..255, all channels */
    struct oc_pixel_map pixels; /* (pixel - mean) * scale, channel order, layout */
};

/* What the decoders of the families need to know of a head; each family says which members it reads. */
struct oc_decode_recipe {
    int n_strides;
    int strides[LIM_STRIDES]; /* network pixels a cell, in the order of the outputs */
    int n_classes;
    int bins;           /* distribution bins of one box side; reg_max + 1 */
    int anchors;        /* anchors a cell */
    float cell_offset;  /* a cell's point is (x + cell_offset) * stride */
    bool boxes_decoded; /* the graph has turned offsets into boxes already */
    bool objectness;    /* a score of its own beside the classes' */
    bool landmarks;
    int dim; /* embedders: numbers of a vector; 0 when the file does not say */
    int n_outputs;
    int outputs[LIM_HEAD_OUTPUTS]; /* the model's output that plays role i; roles are each family's own */
};

/* What a segmenter's output holds. */
enum oc_map_kind {
    OC_MAP_NONE,
    OC_MAP_SCORES,      /* a score for each class, of any scale: the best one wins  */
    OC_MAP_PROBABILITY, /* one channel, 0..1: foreground                            */
    OC_MAP_LOGIT,       /* one channel, the logit of that                           */
    OC_MAP_IDS          /* the classes themselves, as integers                      */
};

struct oc_map_recipe {
    enum oc_map_kind kind;
    int output;         /* the model's output that it is */
    bool channels_last; /* classes are the last dimension, not the second */
    bool background;    /* class 0 is none of the labels: class k + 1 is label k */
};

/* "none", "scores", "probability", "logit", "ids". */
const char *oc_map_kind_name(enum oc_map_kind kind);

struct oc_thresholds {
    float score, iou; /* 0..1 */
    int max_detections;
    float similarity;            /* embedders of faces: two are of one person from this cosine on; -1..1 */
    const char *similarity_from; /* "package", "published", "default"; NULL for other tasks */
    const char *similarity_why;  /* where the number comes from, in words; static or in the recipe's arena */
};

#define OC_BECAUSE_MAX 256

struct oc_family;

struct oc_recipe {
    struct oc_arena arena; /* owns strings and labels */
    enum oc_task task;
    unsigned also;                  /* bits 1 << task: what else the same file can do, e.g. texts beside pictures, a map beside boxes */
    const struct oc_family *family; /* static; NULL: raw tensors */
    struct oc_input_recipe input;
    struct oc_decode_recipe decode;
    struct oc_map_recipe map; /* of segmenters */
    struct oc_thresholds thresholds;
    struct oc_labels labels;
    const char *labels_from;                    /* "metadata", "coco", a file's name, "model.json"; NULL without labels */
    const char *licence, *source, *description; /* "" when unknown */
    bool starter;                               /* one of the small models that come with the program: others are preferred as default */
    char because[OC_BECAUSE_MAX];               /* why this family, in words */
};

void oc_recipe_init(struct oc_recipe *r);
void oc_recipe_deinit(struct oc_recipe *r);
/* The model can do this task; OC_TASK_COUNT: any. */
static inline bool oc_recipe_can(const struct oc_recipe *r, enum oc_task task)
{
    return task == OC_TASK_COUNT || r->task == task || (r->also & 1u << task);
}
/* Classes of the map: as many as labels, one more with a background; 0 when the file does not tell. */
int oc_recipe_map_classes(const struct oc_recipe *r);
/* The name of a class of the map, or NULL. */
const char *oc_recipe_map_label(const struct oc_recipe *r, int class_id);
/* A copy of text in the recipe's arena; OC_E_NOMEM. */
enum oc_status oc_recipe_string(struct oc_recipe *r, const char *text, const char **out, struct oc_err *err) OC_MUST_CHECK;

#endif

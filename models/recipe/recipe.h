/*
 * Everything that turns a picture into a model's input and its outputs into results, as data: recognised from the
 * file, overridden by a model.json, shown in /v1/models. One recipe belongs to one installed model.
 */
#ifndef OC_MODELS_RECIPE_RECIPE_H
#define OC_MODELS_RECIPE_RECIPE_H

#include "base/arena.h"
#include "base/limits.h"
#include "models/recipe/labels.h"
#include "models/recipe/task.h"
#include "models/recipe/tiling.h"
#include "text/clean.h"
#include "vision/letterbox.h"
#include "vision/resize.h"

/* "stretch", "top_left", "centre", "pad". */
const char *oc_fit_name(enum oc_fit fit);

/* "linear", "antialias". */
const char *oc_resample_name(enum oc_resample r);

/* Words of models and of model.json for the members of struct oc_embed_recipe, each list ending with NULL, in the order of the enum. */
extern const char *const oc_embed_resize_words[],
    *const oc_embed_rounding_words[], *const oc_embed_pooling_words[], *const oc_embed_scoring_words[], *const oc_text_clean_words[],
                                                                                                            *const oc_filter_words[];

/* What numbers an input of the network takes. */
enum oc_number { OC_NUMBER_F32, OC_NUMBER_F16, OC_NUMBER_U8, OC_NUMBER_I32, OC_NUMBER_I64, OC_NUMBER_BOOL };

/* What some detectors want beside the picture. Sizes are those of the network's input, so that boxes come in its pixels. */
enum oc_extra_kind {
    OC_EXTRA_WIDTH_HEIGHT, /* orig_target_sizes: width, height (RT-DETR, D-FINE)               */
    OC_EXTRA_HEIGHT_WIDTH, /* image_shape, im_shape: height, width (YOLOv3 of the zoo, Paddle) */
    OC_EXTRA_ONES,         /* scale_factor: 1, 1 (Paddle)                                      */
    OC_EXTRA_PIXEL_MASK    /* pixel_mask: 1 where the picture lies, 0 in the padding (DETR)    */
};

struct oc_extra_input {
    const char *name; /* of the file's input; static */
    enum oc_extra_kind kind;
    enum oc_number number;
    int rank, dim[4]; /* a pixel mask: 1, height, width; others: 1, 2 */
};

enum { OC_MOST_EXTRAS = 3 };

struct oc_input_recipe {
    int width, height; /* of the network's input, pixels */
    enum oc_number number;
    bool no_batch; /* three dimensions, no first one for a batch */
    int n_extras;
    struct oc_extra_input extras[OC_MOST_EXTRAS];
    bool fixed_size; /* the file declares this size, no other is possible */
    int batch;       /* embedders: pictures a run, where the file fixes it; 0: any number */
    enum oc_fit fit;
    enum oc_resample resample;
    uint8_t pad;                /* 0..255, all channels */
    struct oc_pixel_map pixels; /* (pixel - mean) * scale, channel order, layout */
};

/* How four numbers are a box. */
enum oc_box_form {
    OC_BOX_CXCYWH, /* centre and size           */
    OC_BOX_XYXY,   /* left, top, right, bottom  */
    OC_BOX_YXYX,   /* top, left, bottom, right  */
};

/* What the numbers of classes are. */
enum oc_score_form {
    OC_SCORE_PROBABILITY,
    OC_SCORE_LOGIT,   /* of a sigmoid each        */
    OC_SCORE_SOFTMAX, /* of a softmax over all    */
};

enum { OC_MOST_ANCHORS = 9, OC_MOST_KEYPOINTS = 256, OC_MOST_RATIOS = 4 };

/* Default boxes of SSD, level by level: docs/models.md. */
struct oc_prior_recipe {
    int n_levels;                /* 0: none */
    int grid[LIM_STRIDES][2];    /* columns, rows */
    float step[LIM_STRIDES];     /* network pixels from centre to centre */
    float size[LIM_STRIDES + 1]; /* of a level's square, and of the level after the last */
    int n_ratios[LIM_STRIDES];   /* ratios beside 1, each used both ways */
    float ratio[LIM_STRIDES][OC_MOST_RATIOS];
    float variance[2]; /* of centres, of sizes */
};

/* Faces that fill the picture are larger than what some networks were trained on: tried again with the picture smaller. */
enum { OC_RETRIES = 2 };

/* What the decoders of the families need to know of a head; each family says which members it reads. */
struct oc_decode_recipe {
    int n_strides;
    int strides[LIM_STRIDES]; /* network pixels a cell, in the order of the outputs */
    int n_classes;
    enum oc_box_form boxes;
    bool normalised; /* boxes are shares of the input's sides, not pixels */
    enum oc_score_form scores;
    int n_scores;       /* numbers of classes in a row, those that stand for nothing included; 0: as many as classes */
    int class_offset;   /* the first class's number in the file's output; lower ones, and those past the last class, are nothing */
    bool every_class;   /* a row is found once for each class above the threshold, not for the best alone */
    bool coco91;        /* numbers are COCO's 1..90 with holes; they become 0..79 */
    bool channels_last; /* of maps; of rows: a row's numbers lie side by side */
    float anchor_sizes[LIM_STRIDES][OC_MOST_ANCHORS][2]; /* width, height in network pixels; `anchors` a level */
    int n_keypoints, keypoint_numbers;                   /* 2: x, y; 3: and a score */
    const char *const *keypoint_names;                   /* n_keypoints, static or in the arena; NULL: none known */
    const uint8_t (*skeleton)[2];                        /* pairs of key points that are joined in drawings */
    int n_skeleton;
    bool turned;      /* boxes have an angle */
    bool masks;       /* objects have masks */
    int mask_numbers; /* coefficients of a mask in each row */
    struct oc_prior_recipe priors;
    bool only_these;    /* other outputs of the file need not be computed: the decoder reads those of `outputs` */
    int bins;           /* distribution bins of one box side; reg_max + 1 */
    int anchors;        /* anchors a cell */
    float cell_offset;  /* a cell's point is (x + cell_offset) * stride */
    bool boxes_decoded; /* the graph has turned offsets into boxes already */
    bool objectness;    /* a score of its own beside the classes' */
    bool landmarks;
    float retries[OC_RETRIES]; /* detectors of faces: parts of the input, when nothing was found; 0: no more */
    int dim;                   /* embedders: numbers of a vector; 0 when the file does not say */
    int n_outputs;
    int outputs[LIM_HEAD_OUTPUTS];              /* the model's output that plays role i; roles are each family's own; -1: none does */
    const char *output_names[LIM_HEAD_OUTPUTS]; /* with only_these: their names, in the arena */
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

/* How a picture is cut for an embedding; open_clip's words. */
enum oc_embed_resize {
    OC_EMBED_SHORTEST, /* the short side to `short_side`, then the centre is cut out */
    OC_EMBED_SQUASH,   /* both sides, ratio lost                                      */
    OC_EMBED_LONGEST,  /* the long side, then the rest is filled                      */
};
/* Sizes and cuts differ by one pixel between the programs that models were published with; models/run/geometry.h. */
enum oc_embed_rounding { OC_ROUNDING_TORCHVISION, OC_ROUNDING_IMMICH };
/* Which of a sequence's vectors is taken, for outputs that give them all. */
enum oc_embed_pooling {
    OC_POOLING_NONE,  /* the output is the vector */
    OC_POOLING_FIRST, /* the class token          */
    OC_POOLING_END,   /* at the first end token   */
    OC_POOLING_LAST,
    OC_POOLING_MEAN, /* of all; of texts, of all that is no padding */
};
/* What cosines become: models/embed/embed.h, oc_embed_probabilities. */
enum oc_embed_scoring { OC_SCORING_SOFTMAX, OC_SCORING_SIGMOID };
/* Vectors of pictures and texts: models/embed/embed.h. */
struct oc_embed_recipe {
    int dim; /* of a vector; 0: the file does not say */
    enum oc_embed_scoring scoring;
    double logit_scale; /* factor on the cosine */
    double logit_bias;
    const char *logits_from; /* where the two come from: "model.json", "model", "default of ..." */
    /* Pictures. The size is in the input recipe. */
    const char *image_output; /* the file's output; NULL: no pictures */
    enum oc_embed_resize resize;
    enum oc_embed_rounding rounding;
    enum oc_filter filter;
    int short_side;  /* before the cut; 0: as large as the input */
    int channels;    /* 3, or 1: grey */
    uint8_t fill[3]; /* RGB */
    enum oc_embed_pooling image_pooling;
    /* Texts. */
    const char *text_output;  /* NULL: no texts */
    const char *match_output; /* matchers: two logits for a picture and a text; then the two above are NULL */
    int context_length;       /* ids in a row */
    bool fixed_length;        /* always that many, with padding */
    int64_t pad_id, end_id;   /* -1: what the tokenizer's files say */
    enum oc_text_clean clean;
    enum oc_embed_pooling text_pooling;
    const char *tokenizer; /* folder of its files; NULL: none was found */
    /* Prompts of /v1/classify, with {} or {label} in it; NULL: the usual one. */
    const char *template;
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
    struct oc_tiling tiling; /* of detectors, where a request does not say; none unless model.json does */
    struct oc_embed_recipe embed;
    struct oc_labels labels;
    const char *labels_from;                    /* "metadata", "coco", a file's name, "model.json"; NULL without labels */
    const char *licence, *source, *description; /* "" when unknown */
    double quality;                             /* 0..100 by the task's usual measure; 0: not known. A task's default is of the best */
    bool starter;                               /* one of the small models that come with the program: others are preferred as default */
    char because[OC_BECAUSE_MAX];               /* why this family, in words */
};

void oc_recipe_init(struct oc_recipe *r);
void oc_recipe_deinit(struct oc_recipe *r);
/* It gives vectors, or compares a picture with a text. */
static inline bool oc_recipe_embeds(const struct oc_recipe *r)
{
    return r->embed.image_output || r->embed.text_output || r->embed.match_output;
}
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

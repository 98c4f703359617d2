/*
 * The tasks of models: what each is called, where it is served, and what its models have. The one table of tasks; what a task does with a
 * picture is in its room, and each command's row for it in handlers/.
 */
#ifndef OC_MODELS_RECIPE_TASK_H
#define OC_MODELS_RECIPE_TASK_H

#include <stdbool.h>

enum oc_task {
    OC_TASK_TENSOR,
    OC_TASK_DETECT,
    OC_TASK_SEGMENT,
    OC_TASK_EMBED_IMAGE,
    OC_TASK_EMBED_TEXT,
    OC_TASK_FACE_DETECT,
    OC_TASK_FACE_EMBED,
    OC_TASK_MATCH, /* a picture and a text: whether they belong together */
    OC_TASK_COUNT
};

struct oc_task_info {
    const char *name;   /* in model.json and the API */
    const char *title;  /* for people: "finding objects" */
    const char *route;  /* of the native API that it answers; NULL: none */
    bool has_classes;   /* its outputs are numbers of classes, which have labels */
    bool takes_windows; /* a picture may be looked at window by window */
};

/* The task's row; of OC_TASK_COUNT ("any") too. */
const struct oc_task_info *oc_task_info(enum oc_task task);
/* "tensor", "detect", "segment", "embed" for pictures, "embed_text", "face_detect", "face_embed", "match"; "any". */
const char *oc_task_name(enum oc_task task);
bool oc_task_parse(const char *name, enum oc_task *out);

#endif

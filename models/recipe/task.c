/* See task.h. */
#include "models/recipe/task.h"
#include <string.h>

static const struct oc_task_info table[OC_TASK_COUNT + 1] = {
    [OC_TASK_TENSOR] = {.name = "tensor", .title = "tensors as they are"},
    [OC_TASK_DETECT] = {.name = "detect", .title = "finding objects", .route = "/v1/detect", .has_classes = true, .takes_windows = true},
    [OC_TASK_SEGMENT] = {.name = "segment", .title = "a class for each pixel", .route = "/v1/segment", .has_classes = true},
    [OC_TASK_EMBED_IMAGE] = {.name = "embed", .title = "vectors of pictures", .route = "/v1/embed"},
    [OC_TASK_EMBED_TEXT] = {.name = "embed_text", .title = "vectors of texts", .route = "/v1/embed"},
    [OC_TASK_FACE_DETECT] = {.name = "face_detect", .title = "finding faces", .route = "/v1/faces/detect", .takes_windows = true},
    [OC_TASK_FACE_EMBED] = {.name = "face_embed", .title = "vectors of faces", .route = "/v1/faces/embed"},
    [OC_TASK_MATCH] = {.name = "match", .title = "whether a text belongs to a picture", .route = "/v1/similarity"},
    [OC_TASK_COUNT] = {.name = "any", .title = "anything"},
};

const struct oc_task_info *oc_task_info(enum oc_task task)
{
    return &table[(unsigned)task < OC_TASK_COUNT ? task : OC_TASK_COUNT];
}

const char *oc_task_name(enum oc_task task)
{
    return oc_task_info(task)->name;
}

bool oc_task_parse(const char *name, enum oc_task *out)
{
    *out = OC_TASK_TENSOR;
    for (int i = 0; i < OC_TASK_COUNT; i++) {
        if (strcmp(table[i].name, name) != 0)
            continue;
        *out = (enum oc_task)i;
        return true;
    }
    return false;
}

/*
 * YOLO-NAS (Deci-AI/super-gradients) without suppression: corners [1, cells, 4] in network pixels and class probabilities [1, cells,
 * classes] over strides 8, 16, 32. Input: RGB / 255, centred letterbox with 114. With suppression in the graph: boxes/chosen.c.
 */
#include "models/detect/parts/inputs.h"
#include "models/detect/parts/pair.h"
#include "models/detect/families.h"

static const int strides[] = {8, 16, 32};

static enum oc_status recognise(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    int64_t rows = 0;
    if (oc_facts_picture(f, 640, 640, r) || !oc_facts_pair(f, NULL, NULL, r, &rows) ||
        (!forced && rows != oc_grid_cells(r->input.width, r->input.height, strides, 3)))
        return oc_family_decline(forced, &oc_family_yolo_nas, err, "two outputs, 4 numbers and one a class for each cell");
    oc_input_unit(r, OC_FIT_CENTRE, 114);
    r->decode.boxes = OC_BOX_XYXY;
    r->thresholds = (struct oc_thresholds){.score = 0.25f, .iou = 0.7f, .max_detections = 300};
    snprintf(r->because, sizeof r->because, "corners and scores of %d classes for each of the %lld cells of strides 8, 16, 32 at %dx%d",
             r->decode.n_classes, (long long)rows, r->input.width, r->input.height);
    return OC_OK;
}

const struct oc_family oc_family_yolo_nas = {
    .name = "yolo_nas", .title = "YOLO-NAS", .task = OC_TASK_DETECT, .quality = 47.5, .recognise = recognise, .decode = oc_pair_decode};

/*
 * Boxes and a map of classes from one run: a YOLOv8-like detector with a second head. Outputs, by name: "detections"
 * [batch, 4 + classes, cells], as YOLOv8's (centre and size in network pixels, class probabilities), and "segmentation"
 * [batch, 1 + classes, height, width], logits: 0 is background, k + 1 is class k. Input: RGB / 255, centred letterbox with 114.
 */
#include "models/detect/families.h"

enum { DETECTIONS, SEGMENTATION }; /* roles of the outputs */

static enum oc_status recognise(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    int detections = oc_facts_output(f, "detections"), segmentation = oc_facts_output(f, "segmentation");
    int64_t channels = oc_facts_dim(f, detections, 2), planes = oc_facts_dim(f, segmentation, 3);
    if (detections < 0 || segmentation < 0)
        return oc_family_decline(forced, &oc_family_scene, err, "outputs 'detections' and 'segmentation'");
    if (oc_facts_input_size(f, 320, 320, r) || r->input.pixels.channels_last)
        return oc_family_decline(forced, &oc_family_scene, err, "one picture in, channels first");
    if (f->outputs[detections].shape.rank != 3 || f->outputs[segmentation].shape.rank != 4 || channels < 5 || channels > 4 + LIM_LABELS ||
        planes != channels - 3)
        return oc_family_decline(
            forced, &oc_family_scene, err,
            "'detections' has 4 + classes channels, 'segmentation' one plane for each class and one for the background");
    r->input.fit = OC_FIT_CENTRE;
    r->input.pad = 114;
    for (int c = 0; c < 3; c++)
        r->input.pixels.scale[c] = 1 / 255.0f;
    r->also = 1u << OC_TASK_SEGMENT;
    r->decode.n_classes = (int)channels - 4;
    r->decode.boxes_decoded = true;
    r->decode.n_outputs = 2;
    r->decode.outputs[DETECTIONS] = detections;
    r->decode.outputs[SEGMENTATION] = segmentation;
    r->map = (struct oc_map_recipe){.kind = OC_MAP_SCORES, .output = segmentation, .background = true};
    r->thresholds = (struct oc_thresholds){.score = 0.25f, .iou = 0.7f, .max_detections = 300};
    snprintf(r->because, sizeof r->because, "boxes and a map of %d classes at %dx%d", r->decode.n_classes, r->input.width, r->input.height);
    return OC_OK;
}

static enum oc_status decode(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    return oc_family_yolov8.decode(head, out, err); /* output 0 has its form */
}

const struct oc_family oc_family_scene = {
    .name = "scene", .title = "detector and segmenter in one", .task = OC_TASK_DETECT, .recognise = recognise, .decode = decode};

/*
 * FastestDet (dog-qiuqiu/FastestDet): one output [1, 5 + classes, H/16, W/16]: objectness (sigmoid done), dx, dy, w, h (raw),
 * classes (softmax done). centre = (cell + tanh(d)) / cells, size = sigmoid(s), as shares of the input;
 * score = objectness^0.6 * class^0.4. Input: BGR / 255, stretched.
 */
#include "models/detect/families.h"

static enum oc_status recognise(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    if (f->n_outputs != 1 || oc_facts_picture(f, 352, 352, r))
        return oc_family_decline(forced, &oc_family_fastestdet, err, "one picture in, one output");
    int64_t channels = oc_facts_dim(f, 0, 3), h = oc_facts_dim(f, 0, 2), w = oc_facts_dim(f, 0, 1);
    if (channels < 6 || channels > 5 + LIM_LABELS)
        return oc_family_decline(forced, &oc_family_fastestdet, err, "the output has 5 + classes channels");
    bool grid = h * 16 == r->input.height && w * 16 == r->input.width;
    if (!forced && (!grid || !eng_facts_has_op(f, "Softmax") || !eng_facts_has_op(f, "Sigmoid")))
        return OC_DECLINED;
    r->input.fit = OC_FIT_STRETCH;
    r->input.pixels.bgr = true;
    for (int c = 0; c < 3; c++)
        r->input.pixels.scale[c] = 1 / 255.0f;
    r->decode.n_strides = 1;
    r->decode.strides[0] = 16;
    r->decode.n_classes = (int)channels - 5;
    r->decode.objectness = true;
    r->decode.n_outputs = 1;
    r->thresholds = (struct oc_thresholds){.score = 0.5f, .iou = 0.45f, .max_detections = 300};
    snprintf(r->because, sizeof r->because, "one map of 5 + %d channels at stride 16, with Sigmoid and Softmax in the graph",
             r->decode.n_classes);
    return OC_OK;
}

static enum oc_status decode(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    const struct eng_shape *s = &head->outputs[0]->shape;
    int n_classes = head->recipe->decode.n_classes;
    if (!eng_shape_count(s) || s->rank != 4 || s->dim[1] != 5 + n_classes || head->outputs[0]->dtype != ENG_DT_F32)
        return oc_err_set(err, OC_E_MODEL, "output 0: a float32 map of %d channels is expected", 5 + n_classes);
    size_t rows = (size_t)s->dim[2], columns = (size_t)s->dim[3], plane = rows * columns;
    const float *p = oc_head_data(head, 0);
    float cell_w = (float)head->width / (float)columns, cell_h = (float)head->height / (float)rows;
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < plane; i++, p++) {
        int k = oc_best_class(head, p + 5 * plane, n_classes, plane);
        float score = k < 0 ? -1 : powf(p[0], 0.6f) * powf(p[(size_t)(5 + k) * plane], 0.4f);
        if (!(score >= head->score_threshold))
            continue;
        size_t column = i % columns, row = i / columns;
        float cx = ((float)column + tanhf(p[plane])) * cell_w, cy = ((float)row + tanhf(p[2 * plane])) * cell_h;
        float w = oc_sigmoid(p[3 * plane]) * (float)head->width, h = oc_sigmoid(p[4 * plane]) * (float)head->height;
        struct oc_box box = {cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2};
        st = oc_candidates_add(out, &(struct oc_candidate){box, score, k, (int)i}, err);
    }
    return st;
}

const struct oc_family oc_family_fastestdet = {
    .name = "fastestdet", .title = "FastestDet", .task = OC_TASK_DETECT, .quality = 13.0, .recognise = recognise, .decode = decode};

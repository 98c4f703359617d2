/*
 * YOLOv8, v9, v11, v12 as Ultralytics exports them for detection: one output [1, 4 + classes, cells] (or its transpose) of
 * decoded centre, size (network pixels) and class probabilities; score = the best class. Input: RGB / 255, centred letterbox
 * with 114. Segmentation, pose and oriented boxes have more channels or outputs and are declined.
 */
#include "models/families.h"

static const int strides[] = {8, 16, 32, 64};

/* The number of names the exporter left in the file; 0 when it left none. */
static int64_t count_names(const struct eng_facts *f)
{
    const char *names = eng_facts_metadata(f, "names");
    struct oc_arena arena;
    struct oc_labels labels = {0};
    oc_arena_init(&arena, OC_MEM_OTHER, LIM_MODEL_JSON * 4);
    if (!names || oc_labels_from_literal(names, strlen(names), &arena, &labels, NULL))
        labels.n = 0;
    oc_arena_deinit(&arena);
    return (int64_t)labels.n;
}

static bool is_cell_count(const struct oc_recipe *r, int64_t n)
{
    return n == oc_grid_cells(r->input.width, r->input.height, strides, 3) ||
           n == oc_grid_cells(r->input.width, r->input.height, strides, 4);
}

static enum oc_status recognise(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    const char *task = eng_facts_metadata(f, "task");
    if (task && strcmp(task, "detect") != 0)
        return oc_family_decline(forced, &oc_family_yolov8, err, "its metadata names another task than detect");
    if (f->n_outputs != 1 || oc_facts_input_size(f, 640, 640, r))
        return oc_family_decline(forced, &oc_family_yolov8, err, "one picture in, one output");
    int64_t a = oc_facts_dim(f, 0, 2), b = oc_facts_dim(f, 0, 1), names = count_names(f);
    bool channels_last = a > 0 && b > 0 && a > b; /* there are more cells than classes */
    int64_t channels = channels_last ? b : a, cells = channels_last ? a : b;
    bool certain = names && channels == 4 + names;
    if (channels < 5 || channels > 4 + LIM_LABELS || (names && !certain))
        return oc_family_decline(forced, &oc_family_yolov8, err, "the output has 4 + classes channels");
    if (!forced && !certain && (channels_last || !is_cell_count(r, cells)))
        return OC_DECLINED; /* without names the transpose looks like YOLOX */
    r->input.fit = OC_FIT_CENTRE;
    r->input.pad = 114;
    for (int c = 0; c < 3; c++)
        r->input.pixels.scale[c] = 1 / 255.0f;
    r->decode.n_classes = (int)channels - 4;
    r->decode.boxes_decoded = true;
    r->decode.n_outputs = 1;
    r->thresholds = (struct oc_thresholds){.score = 0.25f, .iou = 0.7f, .max_detections = 300};
    snprintf(r->because, sizeof r->because, "one output of 4 + %d channels for %lld cells at %dx%d%s", r->decode.n_classes,
             (long long)cells, r->input.width, r->input.height, certain ? ", and as many names in the metadata" : "");
    return OC_OK;
}

static enum oc_status decode(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    const struct eng_tensor *t = head->outputs[0];
    int64_t channels = 4 + (int64_t)head->recipe->decode.n_classes;
    int rank = t->shape.rank;
    int64_t a = rank >= 2 ? t->shape.dim[rank - 2] : 0, b = rank >= 2 ? t->shape.dim[rank - 1] : 0;
    bool channels_last = b == channels && a != channels;
    enum oc_status st = oc_head_expect(head, 0, channels_last ? 0 : channels, channels_last ? channels : b, err);
    if (!st && !channels_last && a != channels)
        st = oc_err_set(err, OC_E_MODEL, "output 0: %lld channels are expected, there are %lld", (long long)channels, (long long)a);
    if (st)
        return st;
    size_t cells = (size_t)(channels_last ? a : b), step = channels_last ? 1 : cells, row = channels_last ? (size_t)channels : 1;
    const float *p = oc_head_data(head, 0);
    for (size_t i = 0; !st && i < cells; i++, p += row) {
        int k = oc_best_class(head, p + 4 * step, (int)channels - 4, step);
        float score = k < 0 ? -1 : p[(size_t)(4 + k) * step];
        if (!(score >= head->score_threshold))
            continue;
        float cx = p[0], cy = p[step], w = p[2 * step], h = p[3 * step];
        struct oc_box box = {cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2};
        st = oc_candidates_add(out, &(struct oc_candidate){box, score, k, (int)i}, err);
    }
    return st;
}

const struct oc_family oc_family_yolov8 = {
    .name = "yolov8", .title = "YOLOv8, v9, v11, v12", .task = OC_TASK_DETECT, .recognise = recognise, .decode = decode};

/*
 * YOLOv8, v9, v11, v12 as Ultralytics exports them: one output [1, numbers, cells] (or its transpose) of decoded centre, size (network
 * pixels), class probabilities, and by task
 *   detect   nothing more;
 *   segment  n coefficients, and a second output of n prototypes;
 *   pose     key points: x, y (and a score) each, network pixels, as metadata kpt_shape says;
 *   obb      the angle in radians; width and height are the turned box's own.
 * score = the best class. Input: RGB / 255, centred letterbox with 114.
 */
#include "models/detect/parts/inputs.h"
#include "models/detect/parts/prototypes.h"
#include "models/detect/parts/rows.h"
#include "models/detect/parts/turned.h"
#include "models/detect/families.h"

enum { ROWS, PROTOTYPES }; /* roles of the outputs */

static const int strides[] = {8, 16, 32, 64};

static bool is_cell_count(const struct oc_recipe *r, int64_t n)
{
    return n == oc_grid_cells(r->input.width, r->input.height, strides, 3) ||
           n == oc_grid_cells(r->input.width, r->input.height, strides, 4);
}

/* What stands in a row beside box and classes, by the file's metadata, into r; the number of numbers, -1: it cannot be. */
static int64_t beside(const struct eng_facts *f, struct oc_recipe *r)
{
    const char *task = eng_facts_metadata(f, "task");
    int n = 0, each = 0;
    int64_t planes = 0;
    if (f->n_outputs == 2) {
        int prototypes = oc_facts_prototypes(f, r, &planes);
        r->decode.masks = true;
        r->decode.mask_numbers = (int)planes;
        r->decode.outputs[ROWS] = prototypes == 0 ? 1 : 0;
        r->decode.outputs[PROTOTYPES] = prototypes;
        return prototypes < 0 || (task && strcmp(task, "segment") != 0) ? -1 : planes;
    }
    if (!task || !strcmp(task, "detect"))
        return 0;
    if (!strcmp(task, "pose") && oc_facts_keypoints(f, &n, &each)) {
        oc_recipe_keypoints(r, n, each);
        return (int64_t)n * each;
    }
    r->decode.turned = !strcmp(task, "obb");
    return r->decode.turned ? 1 : -1;
}

static const char *what(const struct oc_decode_recipe *d)
{
    if (d->masks)
        return "; another output holds prototypes of masks";
    if (d->turned)
        return "; its metadata says obb";
    return d->n_keypoints ? "; its metadata says pose" : "";
}

static enum oc_status recognise(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    if (f->n_outputs < 1 || f->n_outputs > 2 || oc_facts_picture(f, 640, 640, r))
        return oc_family_decline(forced, &oc_family_yolov8, err, "one picture in, one output, or two with prototypes of masks");
    int64_t more = beside(f, r), names = oc_facts_count_names(f);
    if (more < 0)
        return oc_family_decline(forced, &oc_family_yolov8, err,
                                 "its metadata's task is detect, segment (with prototypes), pose (with kpt_shape) or obb");
    int64_t a = oc_facts_dim(f, r->decode.outputs[ROWS], 2), b = oc_facts_dim(f, r->decode.outputs[ROWS], 1);
    bool channels_last = a > 0 && b > 0 && a > b; /* there are more cells than classes */
    int64_t channels = channels_last ? b : a, cells = channels_last ? a : b, classes = channels - 4 - more;
    bool certain = names && classes == names;
    if (classes < 1 || classes > LIM_LABELS || (names && !certain))
        return oc_family_decline(forced, &oc_family_yolov8, err, "the output has 4 + classes channels (and those of its task)");
    if (!forced && !certain && (channels_last || !is_cell_count(r, cells)))
        return OC_DECLINED; /* without names the transpose looks like YOLOX */
    oc_input_unit(r, OC_FIT_CENTRE, 114);
    r->decode.n_classes = (int)classes;
    r->decode.boxes_decoded = true;
    r->decode.channels_last = channels_last;
    r->decode.n_outputs = f->n_outputs;
    r->thresholds = (struct oc_thresholds){.score = 0.25f, .iou = 0.7f, .max_detections = 300};
    snprintf(r->because, sizeof r->because, "%lld cells at %dx%d, each 4 numbers + %lld classes + %lld more%s%s", (long long)cells,
             r->input.width, r->input.height, (long long)classes, (long long)more, what(&r->decode),
             certain ? "; as many names in the metadata as classes" : "");
    return OC_OK;
}

/* The head's rows; where classes end and the task's numbers begin in *behind. */
static enum oc_status open_rows(const struct oc_head *head, struct oc_rows *rows, const float **behind, struct oc_err *err)
{
    const struct oc_decode_recipe *d = &head->recipe->decode;
    int64_t more = d->mask_numbers + (int64_t)d->n_keypoints * d->keypoint_numbers + (d->turned ? 1 : 0);
    *rows = (struct oc_rows){.n_scores = d->n_classes};
    enum oc_status st = oc_rows_of_tensor(head, ROWS, 4 + (int64_t)d->n_classes + more, rows, err);
    if (st)
        return st;
    rows->scores = rows->boxes + 4 * rows->box_step;
    *behind = rows->scores + (size_t)d->n_classes * rows->box_step;
    return OC_OK;
}

static enum oc_status decode(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    struct oc_rows rows;
    const float *behind;
    enum oc_status st = open_rows(head, &rows, &behind, err);
    if (!st)
        st = oc_rows_decode(head, &rows, out, err);
    if (!st && head->recipe->decode.turned)
        oc_turned_bounds(head, out);
    return st;
}

static enum oc_status mask(const struct oc_head *head, const struct oc_candidate *c, struct oc_mask_grid *grid, struct oc_err *err)
{
    struct oc_rows rows;
    const float *behind;
    enum oc_status st = open_rows(head, &rows, &behind, err);
    return st ? st : oc_prototypes_mask(head, PROTOTYPES, behind + (size_t)c->index * rows.box_row, rows.box_step, c, grid, err);
}

static void keypoints(const struct oc_head *head, int index, struct oc_keypoint *out)
{
    struct oc_rows rows;
    const float *behind;
    if (!open_rows(head, &rows, &behind, NULL))
        oc_head_keypoints(head, behind + (size_t)index * rows.box_row, rows.box_step, out);
}

static void turned(const struct oc_head *head, int index, struct oc_rotated *out)
{
    struct oc_rows rows;
    const float *behind;
    if (open_rows(head, &rows, &behind, NULL))
        return;
    const float *row = rows.boxes + (size_t)index * rows.box_row;
    size_t step = rows.box_step;
    *out = oc_turned_box(row[0], row[step], row[2 * step], row[3 * step], behind[(size_t)index * rows.box_row]);
}

const struct oc_family oc_family_yolov8 = {.name = "yolov8",
                                           .title = "YOLOv8, v9, v11, v12",
                                           .task = OC_TASK_DETECT,
                                           .quality = 37.3,
                                           .recognise = recognise,
                                           .decode = decode,
                                           .mask = mask,
                                           .keypoints = keypoints,
                                           .turned = turned};

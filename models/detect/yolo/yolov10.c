/*
 * YOLOv10, YOLO26 and other end-to-end exports (also Ultralytics' nms=True): one output [1, rows, 6] of x1, y1, x2, y2 (network pixels),
 * score, class; the graph has chosen the boxes, so nothing is suppressed here (IoU threshold 1). By the metadata's task a row goes on as
 * YOLOv8's does: coefficients of masks, key points, or an angle (the box being centre and size then). Input: RGB / 255, centred
 * letterbox with 114.
 */
#include "models/detect/parts/inputs.h"
#include "models/detect/parts/labelled.h"
#include "models/detect/parts/prototypes.h"
#include "models/detect/parts/turned.h"
#include "models/detect/families.h"

enum { MOST_ROWS = 1000, ROW = 6 };
enum { ROWS, PROTOTYPES }; /* roles of the outputs */

/* What a row holds beyond its six numbers, into r; -1: these outputs are no such head. */
static int64_t beyond(const struct eng_facts *f, struct oc_recipe *r)
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
        return prototypes < 0 ? -1 : planes;
    }
    if (task && !strcmp(task, "pose") && oc_facts_keypoints(f, &n, &each)) {
        oc_recipe_keypoints(r, n, each);
        return (int64_t)n * each;
    }
    r->decode.turned = task && !strcmp(task, "obb");
    return r->decode.turned ? 1 : 0;
}

static enum oc_status recognise(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    if (f->n_outputs < 1 || f->n_outputs > 2 || oc_facts_picture(f, 640, 640, r))
        return oc_family_decline(forced, &oc_family_yolov10, err, "one picture in, one output, or two with prototypes of masks");
    int64_t more = beyond(f, r), rows = oc_facts_dim(f, r->decode.outputs[ROWS], 2), last = oc_facts_dim(f, r->decode.outputs[ROWS], 1);
    const char *end2end = eng_facts_metadata(f, "end2end");
    bool told = end2end && !strcmp(end2end, "True");
    /* As many rows as cells: a YOLOX of one class. */
    bool cells = rows == oc_grid_cells(r->input.width, r->input.height, (const int[]){8, 16, 32}, 3);
    if (more < 0 || last != ROW + more)
        return oc_family_decline(forced, &oc_family_yolov10, err, "the output's last dimension is 6 (and the numbers of its task)");
    if (!forced && (oc_facts_says_rtdetr(f) || (!told && (rows < 1 || rows > MOST_ROWS || cells))))
        return OC_DECLINED;
    oc_input_unit(r, OC_FIT_CENTRE, 114);
    r->decode.boxes = r->decode.turned ? OC_BOX_CXCYWH : OC_BOX_XYXY;
    r->decode.boxes_decoded = r->decode.channels_last = true;
    r->decode.n_outputs = f->n_outputs;
    r->thresholds = (struct oc_thresholds){.score = 0.25f, .iou = 1, .max_detections = 300};
    snprintf(r->because, sizeof r->because, "one output of %lld rows of %lld numbers: %s, score, class%s%s", (long long)rows,
             (long long)last, r->decode.turned ? "centre, size" : "corners", more ? ", and those of its task" : "",
             told ? "; its metadata says end2end" : "");
    return OC_OK;
}

static enum oc_status decode(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    static const struct oc_labelled form = {.box = {ROWS, 0}, .score = {ROWS, 4}, .label = {ROWS, 5}, .count = -1};
    const struct oc_decode_recipe *d = &head->recipe->decode;
    int64_t more = d->mask_numbers + (int64_t)d->n_keypoints * d->keypoint_numbers + (d->turned ? 1 : 0);
    enum oc_status st = oc_head_expect(head, ROWS, 0, ROW + more, err);
    if (!st)
        st = oc_labelled_decode(head, &form, out, err);
    if (!st && d->turned)
        oc_turned_bounds(head, out);
    return st;
}

static const float *row_of(const struct oc_head *head, int index)
{
    return oc_head_data(head, ROWS) + (int64_t)index * oc_head_dim(head, ROWS, 1);
}

static enum oc_status mask(const struct oc_head *head, const struct oc_candidate *c, struct oc_mask_grid *grid, struct oc_err *err)
{
    return oc_prototypes_mask(head, PROTOTYPES, row_of(head, c->index) + ROW, 1, c, grid, err);
}

static void keypoints(const struct oc_head *head, int index, struct oc_keypoint *out)
{
    oc_head_keypoints(head, row_of(head, index) + ROW, 1, out);
}

static void turned(const struct oc_head *head, int index, struct oc_rotated *out)
{
    const float *p = row_of(head, index);
    *out = oc_turned_box(p[0], p[1], p[2], p[3], p[ROW]);
}

const struct oc_family oc_family_yolov10 = {.name = "yolov10",
                                            .title = "YOLOv10, YOLO26 (end to end)",
                                            .task = OC_TASK_DETECT,
                                            .quality = 38.5,
                                            .recognise = recognise,
                                            .decode = decode,
                                            .mask = mask,
                                            .keypoints = keypoints,
                                            .turned = turned};

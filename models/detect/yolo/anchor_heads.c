/*
 * Heads of anchors that are left raw: for each level one output that holds, for each cell and each of its anchors, x, y, w, h, objectness
 * and classes. s = sigmoid, t = what the output holds; cell and anchor in network pixels:
 *   yolov2   xy = (s + cell) * stride, wh = exp(t) * anchor; classes by softmax; five anchors, one level of stride 32
 *   yolov3   the same, classes by sigmoid; three anchors a level
 *   yolov4   xy = (s * k - (k - 1) / 2 + cell) * stride with k = 1.2, 1.1, 1.05 for strides 8, 16, 32; the rest as yolov3
 *   yolov5_heads, yolov7_heads   xy = (2 s - 0.5 + cell) * stride, wh = (2 s)^2 * anchor
 * score = objectness * class. Layouts: [1, anchors, rows, columns, numbers], [1, rows, columns, anchors, numbers], [1, anchors * numbers,
 * rows, columns], [1, rows, columns, anchors * numbers]. Anchors can be told by a model.json.
 */
#include "models/detect/parts/inputs.h"
#include "models/detect/parts/rows.h"
#include "models/detect/families.h"

/* Anchor sets: darknet's cfg/yolov2.cfg and yolov2-tiny-voc.cfg (in cells of 32), yolov3.cfg, yolov3-tiny.cfg, yolov4.cfg;
 * ultralytics/yolov5 models/yolov5s.yaml and hub/yolov5s6.yaml; WongKinYiu/yolov7 cfg/deploy/yolov7.yaml. */
static const float anchors_v2[] = {0.57273f, 0.677385f, 1.87446f, 2.06253f, 3.33843f, 5.47434f, 7.88282f, 3.52778f, 9.77052f, 9.16828f};
static const float anchors_v2_voc[] = {1.08f, 1.19f, 3.42f, 4.41f, 6.63f, 11.38f, 9.42f, 5.11f, 16.62f, 10.52f};
static const float anchors_v5[] = {10, 13, 16, 30, 33, 23, 30, 61, 62, 45, 59, 119, 116, 90, 156, 198, 373, 326};
static const float anchors_v7[] = {12, 16, 19, 36, 40, 28, 36, 75, 76, 55, 72, 146, 142, 110, 192, 243, 459, 401};
static const float anchors_tiny[] = {10, 14, 23, 27, 37, 58, 81, 82, 135, 169, 344, 319};
static const float anchors_p6[] = {19,  27,  44,  40,  38,  94,  96,  68,  86,  152, 180, 137,
                                   140, 301, 303, 264, 238, 542, 436, 615, 739, 380, 925, 792};

/* Where the numbers of a level are: number k of anchor a of cell i at a * anchor + i * cell + k * number. */
struct layout {
    int64_t rows, columns, anchors, numbers;
    size_t anchor, cell, number;
};

/* A shape as a level with that many anchors; false: it cannot be. Free rows and columns are no obstacle. */
static bool read_layout(const struct eng_shape *s, int64_t anchors, bool channels_last, struct layout *l)
{
    const int64_t *d = s->dim;
    if (s->rank == 5 && d[1] == anchors)
        *l = (struct layout){d[2], d[3], anchors, d[4], (size_t)(d[2] * d[3] * d[4]), (size_t)d[4], 1};
    else if (s->rank == 5 && d[3] == anchors)
        *l = (struct layout){d[1], d[2], anchors, d[4], (size_t)d[4], (size_t)(anchors * d[4]), 1};
    else if (s->rank == 4 && !channels_last && d[1] % anchors == 0)
        *l = (struct layout){d[2], d[3], anchors, d[1] / anchors, (size_t)(d[1] / anchors * d[2] * d[3]), 1, (size_t)(d[2] * d[3])};
    else if (s->rank == 4 && channels_last && d[3] % anchors == 0)
        *l = (struct layout){d[1], d[2], anchors, d[3] / anchors, (size_t)(d[3] / anchors), (size_t)d[3], 1};
    else
        return false;
    return l->numbers >= 6 && l->numbers <= 5 + LIM_LABELS;
}

static int stride_of(const struct oc_recipe *r, const struct layout *l)
{
    for (int s = 8; s <= 64; s *= 2)
        if (oc_grid_side(r->input.width, s) == l->columns && oc_grid_side(r->input.height, s) == l->rows)
            return s;
    return 0;
}

/* Every output is a level of its own stride, all of one number of numbers; fills strides, roles, classes. */
static bool take_levels(const struct eng_facts *f, int anchors, bool channels_last, struct oc_recipe *r)
{
    struct oc_decode_recipe *d = &r->decode;
    int64_t numbers = 0;
    d->n_strides = 0;
    for (int i = 0; i < f->n_outputs; i++) {
        struct layout l;
        if (!f->outputs[i].shape_known || !read_layout(&f->outputs[i].shape, anchors, channels_last, &l) ||
            (numbers && numbers != l.numbers))
            return false;
        int stride = stride_of(r, &l);
        for (int k = 0; k < d->n_strides; k++)
            if (d->strides[k] == stride)
                return false;
        if (!stride)
            return false;
        numbers = l.numbers;
        d->strides[d->n_strides++] = stride;
        d->outputs[i] = i;
    }
    d->n_outputs = f->n_outputs;
    d->n_classes = (int)numbers - 5;
    d->anchors = anchors;
    d->channels_last = channels_last;
    return true;
}

/* Anchors of the levels, which are listed from the finest on. */
static void set_anchors(struct oc_recipe *r, const float *sizes, float unit)
{
    struct oc_decode_recipe *d = &r->decode;
    for (int i = 0; i < d->n_strides; i++) {
        int finer = 0;
        for (int k = 0; k < d->n_strides; k++)
            finer += d->strides[k] < d->strides[i];
        for (int a = 0; a < d->anchors; a++)
            for (int j = 0; j < 2; j++)
                d->anchor_sizes[i][a][j] = sizes[(finer * d->anchors + a) * 2 + j] * unit;
    }
}

static void describe(struct oc_recipe *r, int pad, const char *which)
{
    struct oc_decode_recipe *d = &r->decode;
    oc_input_unit(r, OC_FIT_CENTRE, pad);
    d->objectness = true;
    d->scores = OC_SCORE_LOGIT;
    r->thresholds = (struct oc_thresholds){.score = 0.25f, .iou = 0.45f, .max_detections = 1000};
    snprintf(r->because, sizeof r->because, "%d raw level%s of %d anchors a cell, each 5 + %d numbers; %s", d->n_strides,
             d->n_strides == 1 ? "" : "s", d->anchors, d->n_classes, which);
}

static enum oc_status recognise_v2(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    if (f->n_outputs != 1 || oc_facts_picture(f, 416, 416, r) || !take_levels(f, 5, r->input.pixels.channels_last, r) ||
        r->decode.strides[0] != 32)
        return oc_family_decline(forced, &oc_family_yolov2, err, "one map at stride 32 of 5 times 5 + classes channels");
    describe(r, 128, "stride 32");
    r->decode.scores = OC_SCORE_SOFTMAX;
    set_anchors(r, r->decode.n_classes == 20 ? anchors_v2_voc : anchors_v2, 32);
    if (eng_facts_begins_with(f, "Mul") || eng_facts_begins_with(f, "ImageScaler"))
        for (int c = 0; c < 3; c++)
            r->input.pixels.scale[c] = 1; /* the graph divides */
    return OC_OK;
}

static bool coarsest_first(const struct oc_decode_recipe *d)
{
    return d->n_strides > 1 && d->strides[0] > d->strides[1];
}

/* Two to four levels of three anchors; in a layout with the anchors after the cells or not. */
static bool take_three(const struct eng_facts *f, struct oc_recipe *r)
{
    int64_t names = oc_facts_count_names(f);
    return f->n_outputs >= 2 && f->n_outputs <= 4 && !oc_facts_picture(f, 640, 640, r) &&
           (take_levels(f, 3, false, r) || take_levels(f, 3, true, r)) && (!names || names == r->decode.n_classes);
}

static bool anchors_after_cells(const struct eng_facts *f)
{
    return f->outputs[0].shape.rank == 5 && f->outputs[0].shape.dim[1] != 3;
}

static enum oc_status recognise_v3(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    if (!take_three(f, r) || f->n_outputs > 3)
        return oc_family_decline(forced, &oc_family_yolov3, err, "two or three maps of 3 times 5 + classes channels, one a stride");
    if (!forced && !coarsest_first(&r->decode))
        return OC_DECLINED;
    describe(r, 128, "the coarsest level first, as darknet has it");
    set_anchors(r, f->n_outputs == 2 ? anchors_tiny : anchors_v5, 1);
    return OC_OK;
}

static enum oc_status recognise_v4(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    if (!take_three(f, r) || f->n_outputs != 3)
        return oc_family_decline(forced, &oc_family_yolov4, err, "three maps of 3 times 5 + classes channels, one a stride");
    if (!forced && !anchors_after_cells(f))
        return OC_DECLINED;
    describe(r, 128, "the finest level first, anchors behind the cells");
    set_anchors(r, anchors_v7, 1);
    return OC_OK;
}

static enum oc_status recognise_v5(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    if (!take_three(f, r) || f->n_outputs < 3)
        return oc_family_decline(forced, &oc_family_yolov5_heads, err, "three or four outputs of 3 anchors a cell, one a stride");
    describe(r, 114, "the finest level first; anchors of YOLOv5, unless model.json names yolov7_heads");
    set_anchors(r, f->n_outputs == 4 ? anchors_p6 : anchors_v5, 1);
    return OC_OK;
}

static enum oc_status recognise_v7(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    if (!forced)
        return OC_DECLINED; /* nothing in the file tells it from YOLOv5 */
    if (!take_three(f, r) || f->n_outputs < 3)
        return oc_family_decline(forced, &oc_family_yolov7_heads, err, "three or four outputs of 3 anchors a cell, one a stride");
    describe(r, 114, "anchors of YOLOv7");
    set_anchors(r, f->n_outputs == 4 ? anchors_p6 : anchors_v7, 1);
    return OC_OK;
}

/* What the four numbers of a box mean. */
enum form { FORM_EXP, FORM_SCALED, FORM_SQUARE };

static enum form form_of(const struct oc_head *head)
{
    const struct oc_family *f = head->recipe->family;
    if (f == &oc_family_yolov5_heads || f == &oc_family_yolov7_heads)
        return FORM_SQUARE;
    return f == &oc_family_yolov4 ? FORM_SCALED : FORM_EXP;
}

/* One level while it is decoded. */
struct level {
    struct layout at;
    const float *data;
    const float (*anchors)[2];
    enum form form;
    float spread; /* yolov4's k */
    float stride_x, stride_y;
    int first_index;
};

static struct oc_box cell_box(const struct level *l, const float *p, int64_t cell, int anchor)
{
    size_t step = l->at.number;
    float x = oc_sigmoid(p[0]), y = oc_sigmoid(p[step]), w, h;
    if (l->form == FORM_SQUARE) {
        x = 2 * x - 0.5f;
        y = 2 * y - 0.5f;
        w = 2 * oc_sigmoid(p[2 * step]);
        h = 2 * oc_sigmoid(p[3 * step]);
        w *= w;
        h *= h;
    } else {
        x = x * l->spread - (l->spread - 1) / 2;
        y = y * l->spread - (l->spread - 1) / 2;
        w = expf(p[2 * step]);
        h = expf(p[3 * step]);
    }
    int column = cell % l->at.columns, row = cell / l->at.columns;
    float cx = (x + (float)column) * l->stride_x, cy = (y + (float)row) * l->stride_y;
    w *= l->anchors[anchor][0];
    h *= l->anchors[anchor][1];
    return (struct oc_box){cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2};
}

static enum oc_status decode_level(const struct oc_head *head, const struct level *l, struct oc_candidates *out, struct oc_err *err)
{
    int64_t cells = l->at.rows * l->at.columns;
    enum oc_status st = OC_OK;
    for (int64_t i = 0; !st && i < cells * l->at.anchors; i++) {
        int anchor = (int)(i / cells);
        int64_t cell = i % cells;
        const float *p = l->data + (size_t)anchor * l->at.anchor + (size_t)cell * l->at.cell;
        float sure = oc_sigmoid(p[4 * l->at.number]);
        if (!(sure >= head->score_threshold))
            continue;
        struct oc_scored s = oc_row_score(head, p + 5 * l->at.number, (int)l->at.numbers - 5, l->at.number);
        float score = s.class_id < 0 ? -1 : sure * s.score;
        if (score >= head->score_threshold)
            st = oc_candidates_add(out, &(struct oc_candidate){cell_box(l, p, cell, anchor), score, s.class_id, l->first_index + (int)i},
                                   err);
    }
    return st;
}

static enum oc_status decode(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    const struct oc_decode_recipe *d = &head->recipe->decode;
    int64_t index = 0;
    enum oc_status st = OC_OK;
    for (int i = 0; !st && i < d->n_strides; i++) {
        const struct eng_tensor *t = head->outputs[i];
        struct level l = {.data = oc_head_data(head, i), .anchors = d->anchor_sizes[i], .form = form_of(head), .first_index = (int)index};
        if (t->dtype != ENG_DT_F32 || !read_layout(&t->shape, d->anchors, d->channels_last, &l.at) || l.at.numbers != 5 + d->n_classes ||
            !eng_shape_count(&t->shape) || l.at.rows < 1 || l.at.columns < 1 || l.at.rows > LIM_NETWORK_SIDE ||
            l.at.columns > LIM_NETWORK_SIDE)
            return oc_err_set(err, OC_E_MODEL, "output %d: a float32 level of %d anchors and 5 + %d numbers is expected", d->outputs[i],
                              d->anchors, d->n_classes);
        l.stride_x = (float)head->width / (float)l.at.columns;
        l.stride_y = (float)head->height / (float)l.at.rows;
        l.spread = l.form != FORM_SCALED ? 1 : d->strides[i] <= 8 ? 1.2f : d->strides[i] <= 16 ? 1.1f : 1.05f;
        st = decode_level(head, &l, out, err);
        index += l.at.rows * l.at.columns * l.at.anchors;
    }
    return st;
}

const struct oc_family oc_family_yolov2 = {
    .name = "yolov2", .title = "YOLOv2 (raw)", .task = OC_TASK_DETECT, .recognise = recognise_v2, .decode = decode};
const struct oc_family oc_family_yolov3 = {
    .name = "yolov3", .title = "YOLOv3 (raw)", .task = OC_TASK_DETECT, .recognise = recognise_v3, .decode = decode};
const struct oc_family oc_family_yolov4 = {
    .name = "yolov4", .title = "YOLOv4 (raw)", .task = OC_TASK_DETECT, .recognise = recognise_v4, .decode = decode};
const struct oc_family oc_family_yolov5_heads = {
    .name = "yolov5_heads", .title = "YOLOv5 (raw)", .task = OC_TASK_DETECT, .recognise = recognise_v5, .decode = decode};
const struct oc_family oc_family_yolov7_heads = {
    .name = "yolov7_heads", .title = "YOLOv7 (raw)", .task = OC_TASK_DETECT, .recognise = recognise_v7, .decode = decode};

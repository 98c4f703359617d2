/*
 * Transformers that answer with a set of boxes, one a query, as centre and size in shares of the picture; nothing is suppressed.
 *   detr           logits [1, queries, classes + 1] and pred_boxes [1, queries, 4]; softmax, the last class being "no object". Input: RGB,
 *                  ImageNet's values; with a pixel_mask ratio kept, top-left on 0, else stretched (facebookresearch/detr, Hugging Face)
 *   rtdetr_logits  the same two outputs of RT-DETR, D-FINE and Deformable DETR as Hugging Face exports them; a sigmoid each, and a query
 *                  may be several classes. Input: RGB / 255, stretched
 *   rtdetr_rows    Ultralytics' RT-DETR: one output [1, queries, 4 + classes], scores being probabilities. Input: RGB / 255, stretched
 *   rtdetr_chosen  the same with the best class chosen in the graph: [1, queries, 6], a query being box, score, class
 *   rfdetr         roboflow/rf-detr: dets [1, queries, 4], labels [1, queries, classes] logits (and masks [1, queries, h, w] logits); a
 *                  sigmoid each. Input: RGB, ImageNet's values, stretched
 * 91 or 92 classes are COCO's numbers with their holes, and become 0..79.
 */
#include "models/detect/parts/inputs.h"
#include "models/detect/parts/labelled.h"
#include "models/detect/parts/pair.h"
#include "models/detect/families.h"

enum { MASKS = OC_PAIR_OUTPUTS }; /* role of a third output */
enum { DETR_QUERIES = 100, TABLE_QUERIES = 15, TABLE_PARTS_QUERIES = 125, MOST_QUERIES = 1000 };

/* What all have: no suppression, shares of the picture; COCO's numbers where there are as many. */
static void describe(struct oc_recipe *r, enum oc_score_form scores, float threshold)
{
    struct oc_decode_recipe *d = &r->decode;
    d->boxes = OC_BOX_CXCYWH;
    d->normalised = true;
    d->scores = scores;
    d->every_class = scores == OC_SCORE_LOGIT;
    if (d->n_classes == 91) {
        d->coco91 = true;
        d->n_classes = 80;
    }
    r->thresholds = (struct oc_thresholds){.score = threshold, .iou = 1, .max_detections = 300};
}

static bool named_logits(const struct eng_facts *f)
{
    return oc_facts_output(f, "pred_boxes") >= 0 && (oc_facts_output(f, "logits") >= 0 || oc_facts_output(f, "pred_logits") >= 0);
}

static bool take_logits(const struct eng_facts *f, int side, struct oc_recipe *r, int64_t *queries)
{
    const char *scores = oc_facts_output(f, "logits") >= 0 ? "logits" : "pred_logits";
    return !oc_facts_picture(f, side, side, r) && oc_facts_pair(f, "pred_boxes", scores, r, queries);
}

/*
 * Whether one of the scores is "no object": as many names as the others tell; else 92 are COCO's 91 numbers and it, 91 are those alone
 * (Deformable, Conditional DETR), and of other sizes it goes by the queries: 100 are DETR's, 15 and 125 Table Transformer's.
 */
static bool has_no_object(const struct eng_facts *f, const struct oc_recipe *r, int64_t queries)
{
    int64_t names = oc_facts_count_names(f);
    if (names && (r->decode.n_scores == names || r->decode.n_scores == names + 1))
        return r->decode.n_scores == names + 1;
    if (r->decode.n_scores == 91 || r->decode.n_scores == 92)
        return r->decode.n_scores == 92;
    return queries == DETR_QUERIES || queries == TABLE_QUERIES || queries == TABLE_PARTS_QUERIES;
}

static enum oc_status recognise_detr(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    int64_t queries = 0;
    if (!take_logits(f, 800, r, &queries) || r->decode.n_scores < 2)
        return oc_family_decline(forced, &oc_family_detr, err, "outputs 'logits' of classes + 1 and 'pred_boxes' of 4 numbers a query");
    if (!forced && (!named_logits(f) || !has_no_object(f, r, queries)))
        return OC_DECLINED;
    oc_input_imagenet(r, r->input.n_extras ? OC_FIT_TOP_LEFT : OC_FIT_STRETCH);
    r->decode.n_classes--;
    describe(r, OC_SCORE_SOFTMAX, 0.7f);
    snprintf(r->because, sizeof r->because, "outputs 'logits' and 'pred_boxes' of %lld queries, %d classes and 'no object'%s",
             (long long)queries, r->decode.n_scores - 1, r->decode.coco91 ? ": COCO's numbers" : "");
    return oc_recipe_only_these(f, r, err);
}

static enum oc_status recognise_logits(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    int64_t queries = 0;
    if (!take_logits(f, 640, r, &queries) || (!forced && !named_logits(f)))
        return oc_family_decline(forced, &oc_family_rtdetr_logits, err, "outputs 'logits' and 'pred_boxes', a row a query");
    if (r->decode.n_scores == 91)
        oc_input_imagenet(r, OC_FIT_STRETCH); /* Deformable and Conditional DETR */
    else
        oc_input_unit(r, OC_FIT_STRETCH, 0);
    describe(r, OC_SCORE_LOGIT, 0.5f);
    snprintf(r->because, sizeof r->because, "outputs 'logits' and 'pred_boxes' of %lld queries and %d classes, none of them 'no object'",
             (long long)queries, r->decode.n_scores);
    return oc_recipe_only_these(f, r, err);
}

static enum oc_status recognise_rf(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    int64_t queries = 0;
    int masks = oc_facts_output(f, "masks");
    bool named = oc_facts_output(f, "dets") >= 0 && oc_facts_output(f, "labels") >= 0;
    if (oc_facts_picture(f, 560, 560, r) || !oc_facts_pair(f, "dets", "labels", r, &queries) || (!forced && !named))
        return oc_family_decline(forced, &oc_family_rfdetr, err,
                                 "outputs 'dets' of 4 numbers and 'labels' of a logit a class, a row a query");
    oc_input_imagenet(r, OC_FIT_STRETCH);
    describe(r, OC_SCORE_LOGIT, 0.5f);
    r->decode.masks = masks >= 0 && f->outputs[masks].shape.rank == 4;
    r->decode.outputs[MASKS] = r->decode.masks ? masks : -1;
    r->decode.n_outputs = MASKS + 1;
    snprintf(r->because, sizeof r->because, "outputs 'dets' of 4 numbers and 'labels' of %d logits%s for %lld queries", r->decode.n_scores,
             r->decode.masks ? ", and 'masks'," : "", (long long)queries);
    return oc_recipe_only_these(f, r, err);
}

static enum oc_status recognise_rows(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    if (f->n_outputs != 1 || oc_facts_picture(f, 640, 640, r))
        return oc_family_decline(forced, &oc_family_rtdetr_rows, err, "one picture in, one output");
    int64_t queries = oc_facts_dim(f, 0, 2), last = oc_facts_dim(f, 0, 1), names = oc_facts_count_names(f);
    if (last < 5 || last > 4 + LIM_LABELS || f->outputs[0].shape.rank != 3)
        return oc_family_decline(forced, &oc_family_rtdetr_rows, err, "rows of 4 + classes numbers");
    bool told = oc_facts_says_rtdetr(f) && (!names || last == 4 + names);
    bool cells = queries == oc_grid_cells(r->input.width, r->input.height, (const int[]){8, 16, 32}, 3);
    bool likely = queries >= 1 && queries <= MOST_QUERIES && !cells && (names ? last == 4 + names : queries == 300 && last == 84);
    if (!forced && !told && !likely)
        return OC_DECLINED;
    oc_input_unit(r, OC_FIT_STRETCH, 0);
    r->decode.n_outputs = 1;
    r->decode.n_scores = r->decode.n_classes = (int)last - 4;
    r->decode.boxes_decoded = r->decode.channels_last = true;
    describe(r, OC_SCORE_PROBABILITY, 0.25f);
    snprintf(r->because, sizeof r->because, "%lld rows of 4 + %d numbers, not as many as cells%s%s", (long long)queries, r->decode.n_scores,
             names ? "; as many names in the metadata as classes" : "", told ? "; its description says RT-DETR" : "");
    return OC_OK;
}

/* Told by the exporter's words alone: by its shape it is a YOLOv10, whose boxes are corners in pixels. */
static enum oc_status recognise_chosen(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    if (f->n_outputs != 1 || oc_facts_picture(f, 640, 640, r) || f->outputs[0].shape.rank != 3 || oc_facts_dim(f, 0, 1) != 6)
        return oc_family_decline(forced, &oc_family_rtdetr_chosen, err, "one picture in, one output of rows of 6 numbers");
    const char *end2end = eng_facts_metadata(f, "end2end");
    bool two_classes = oc_facts_count_names(f) == 2 && !(end2end && !strcmp(end2end, "True"));
    if (!forced && (!oc_facts_says_rtdetr(f) || two_classes))
        return OC_DECLINED;
    oc_input_unit(r, OC_FIT_STRETCH, 0);
    r->decode.n_outputs = 1;
    r->decode.boxes_decoded = r->decode.channels_last = true;
    describe(r, OC_SCORE_PROBABILITY, 0.25f);
    snprintf(r->because, sizeof r->because, "%lld rows of centre, size, score, class; its metadata says RT-DETR",
             (long long)oc_facts_dim(f, 0, 2));
    return OC_OK;
}

static enum oc_status decode_chosen(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    static const struct oc_labelled form = {.box = {0, 0}, .score = {0, 4}, .label = {0, 5}, .count = -1};
    enum oc_status st = oc_head_expect(head, 0, 0, 6, err);
    return st ? st : oc_labelled_decode(head, &form, out, err);
}

static enum oc_status decode_rows(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    struct oc_rows rows = {.n_scores = head->recipe->decode.n_scores};
    enum oc_status st = oc_rows_of_tensor(head, 0, 4 + (int64_t)rows.n_scores, &rows, err);
    if (st)
        return st;
    rows.scores = rows.boxes + 4 * rows.box_step;
    return oc_rows_decode(head, &rows, out, err);
}

/* A query may be several classes; its candidate's number is the query's. */
static enum oc_status mask(const struct oc_head *head, const struct oc_candidate *c, struct oc_mask_grid *grid, struct oc_err *err)
{
    return oc_labelled_mask(head, MASKS, c, grid, err);
}

const struct oc_family oc_family_detr = {
    .name = "detr", .title = "DETR", .task = OC_TASK_DETECT, .quality = 42.0, .recognise = recognise_detr, .decode = oc_pair_decode};
const struct oc_family oc_family_rtdetr_logits = {
    .name = "rtdetr_logits", .title = "RT-DETR (logits)", .task = OC_TASK_DETECT, .recognise = recognise_logits, .decode = oc_pair_decode};
const struct oc_family oc_family_rtdetr_rows = {
    .name = "rtdetr_rows", .title = "RT-DETR (Ultralytics)", .task = OC_TASK_DETECT, .recognise = recognise_rows, .decode = decode_rows};
const struct oc_family oc_family_rtdetr_chosen = {.name = "rtdetr_chosen",
                                                  .title = "RT-DETR (Ultralytics, classes chosen)",
                                                  .task = OC_TASK_DETECT,
                                                  .recognise = recognise_chosen,
                                                  .decode = decode_chosen};
const struct oc_family oc_family_rfdetr = {
    .name = "rfdetr", .title = "RF-DETR", .task = OC_TASK_DETECT, .recognise = recognise_rf, .decode = oc_pair_decode, .mask = mask};

/*
 * One picture through a detector: fit to the network's input, run, decode by the family, suppress, map back to the picture
 * and clip. The same way for objects and faces; they differ in what is kept of a box.
 */
#include "base/clock.h"
#include "models/details.h"
#include "models/embed/half.h"
#include "models/family.h"
#include "models/pass.h"

/* What lives during one call. */
struct search {
    struct oc_pass pass;
    const struct eng_tensor *outputs[LIM_HEAD_OUTPUTS];
    struct eng_tensor widened[LIM_HEAD_OUTPUTS]; /* float16 outputs as float32; data owned, NULL: was no such */
    struct oc_head head;
    struct oc_candidates found;
};

/* The family's outputs of this run; those of float16 become float32, so that every family reads both. */
static enum oc_status take_outputs(struct search *s, struct oc_err *err)
{
    const struct oc_decode_recipe *d = &s->pass.recipe->decode;
    for (int i = 0; i < d->n_outputs; i++) {
        const struct eng_tensor *t = d->outputs[i] < 0 ? NULL
                                                       : eng_session_output(s->pass.session->engine,
                                                                            d->only_these ? oc_decode_rank(d, i) : d->outputs[i]);
        s->outputs[i] = t;
        if (!t || t->dtype != ENG_DT_F16)
            continue;
        size_t n = (size_t)eng_shape_count(&t->shape);
        s->widened[i] = (struct eng_tensor){ENG_DT_F32, t->shape, oc_mem_array(OC_MEM_OTHER, n ? n : 1, sizeof(float))};
        if (!s->widened[i].data)
            return oc_err_nomem(err, "a head's numbers", n * sizeof(float));
        oc_half_to_floats(t->data, n, s->widened[i].data);
        s->outputs[i] = &s->widened[i];
    }
    return OC_OK;
}

static enum oc_status choose(struct search *s, const struct oc_detect_options *opt, struct oc_err *err)
{
    const struct oc_recipe *r = s->pass.recipe;
    const struct oc_thresholds *t = &r->thresholds;
    enum oc_status st = take_outputs(s, err);
    if (st)
        return st;
    s->head = (struct oc_head){.recipe = r,
                               .width = r->input.width,
                               .height = r->input.height,
                               .outputs = s->outputs,
                               .score_threshold = opt->score_threshold < 0 ? t->score : opt->score_threshold,
                               .class_wanted = opt->class_wanted};
    st = r->family->decode(&s->head, &s->found, err);
    if (st)
        return st;
    struct oc_nms_options nms = {.iou_threshold = opt->iou_threshold < 0 ? t->iou : opt->iou_threshold,
                                 .agnostic = opt->agnostic,
                                 .max_out = opt->max_detections > 0 ? opt->max_detections : t->max_detections};
    oc_details_overlap(&s->head, &nms);
    return oc_nms(s->found.items, &s->found.n, &nms, err);
}

static float clip(double v, int side)
{
    return v > 0 ? v < side ? (float)v : (float)side : 0; /* NaN becomes 0 */
}

static struct oc_box to_picture(const struct oc_pass *p, const struct oc_box *b)
{
    const struct oc_fit_map *m = &p->map;
    return (struct oc_box){
        clip(((double)b->x1 - m->left) / m->scale_x, p->picture->width), clip(((double)b->y1 - m->top) / m->scale_y, p->picture->height),
        clip(((double)b->x2 - m->left) / m->scale_x, p->picture->width), clip(((double)b->y2 - m->top) / m->scale_y, p->picture->height)};
}

/* Nothing of it lies in the picture (it was found in the padding). */
static bool is_empty(const struct oc_box *b)
{
    return !(b->x1 < b->x2 && b->y1 < b->y2);
}

static enum oc_status find_boxes(struct search *s, const struct oc_detect_options *opt, struct oc_err *err)
{
    enum oc_status st = oc_pass_run(&s->pass, err);
    int64_t start = oc_now_ns();
    if (!st)
        st = choose(s, opt, err);
    s->pass.run->postprocess_ns += oc_now_ns() - start;
    return st;
}

static void end_search(struct search *s)
{
    oc_candidates_deinit(&s->found);
    for (int i = 0; i < LIM_HEAD_OUTPUTS; i++)
        oc_mem_free(s->widened[i].data);
    oc_pass_end(&s->pass);
}

static enum oc_status check_task(struct oc_model *m, enum oc_task task, struct oc_err *err)
{
    const struct oc_recipe *r = oc_model_recipe(m);
    if (oc_recipe_can(r, task) && r->family && (r->family->decode || r->family->find_faces))
        return OC_OK;
    return oc_err_set(err, OC_E_INVALID, "the model's task is %s, not %s", oc_task_name(r->task), oc_task_name(task));
}

/* One that suppression has left, with all that is known of it, into the next place of out. */
static enum oc_status keep(struct search *s, const struct oc_candidate *c, struct oc_details *details, struct oc_detections *out,
                           struct oc_err *err)
{
    struct oc_run *run = s->pass.run;
    struct oc_box box = to_picture(&s->pass, &c->box);
    if (is_empty(&box))
        return OC_OK;
    if (run->cancelled && run->cancelled(run->cancel_arg))
        return oc_err_set(err, OC_E_CANCELLED, "cancelled while objects were described");
    struct oc_detection *d = &out->items[out->n++];
    *d = (struct oc_detection){
        .box = box, .score = c->score, .class_id = c->class_id, .label = oc_labels_name(&s->pass.recipe->labels, c->class_id)};
    return oc_details_fill(details, c, d, err);
}

enum oc_status oc_model_detect(struct oc_model *m, const struct oc_image *im, const struct oc_detect_options *opt, struct oc_run *run,
                               struct oc_detections *out, struct oc_err *err)
{
    struct search s = {.pass = oc_pass_of(m, im, run)};
    *out = (struct oc_detections){0};
    enum oc_status st = check_task(m, OC_TASK_DETECT, err);
    if (!st)
        st = find_boxes(&s, opt, err);
    if (!st && s.found.n) {
        out->items = oc_mem_array(OC_MEM_OTHER, s.found.n, sizeof *out->items);
        if (!out->items)
            st = oc_err_nomem(err, "detections", s.found.n * sizeof *out->items);
    }
    int64_t start = oc_now_ns();
    struct oc_details details = {.head = &s.head, .map = &s.pass.map, .no_masks = opt->no_masks};
    for (size_t i = 0; !st && i < s.found.n; i++)
        st = keep(&s, &s.found.items[i], &details, out, err);
    oc_details_deinit(&details);
    if (s.pass.run) /* none when it was refused before the network ran */
        s.pass.run->postprocess_ns += oc_now_ns() - start;
    if (st)
        oc_detections_deinit(out);
    end_search(&s);
    return st;
}

static void place_landmarks(const struct search *s, int index, struct oc_face *face)
{
    float points[5][2] = {{0}};
    s->pass.recipe->family->landmarks(&s->head, index, points);
    face->has_landmarks = true;
    for (int i = 0; i < OC_LANDMARKS; i++) {
        face->landmarks[i][0] = (float)(((double)points[i][0] - s->pass.map.left) / s->pass.map.scale_x);
        face->landmarks[i][1] = (float)(((double)points[i][1] - s->pass.map.top) / s->pass.map.scale_y);
        if (!isfinite(face->landmarks[i][0]) || !isfinite(face->landmarks[i][1]))
            face->has_landmarks = false; /* a broken head's numbers do not leave this room */
    }
}

/* One run, with the picture shrunk to that part of the input. */
static enum oc_status find_faces(struct oc_model *m, const struct oc_image *im, const struct oc_detect_options *opt, double shrink,
                                 struct oc_run *run, struct oc_faces *out, struct oc_err *err)
{
    struct search s = {.pass = oc_pass_of(m, im, run)};
    s.pass.shrink = shrink;
    enum oc_status st = find_boxes(&s, opt, err);
    if (!st && s.found.n) {
        out->items = oc_mem_array(OC_MEM_OTHER, s.found.n, sizeof *out->items);
        if (!out->items)
            st = oc_err_nomem(err, "faces", s.found.n * sizeof *out->items);
    }
    for (size_t i = 0; !st && i < s.found.n; i++) {
        const struct oc_candidate *c = &s.found.items[i];
        struct oc_box box = to_picture(&s.pass, &c->box);
        if (is_empty(&box))
            continue;
        struct oc_face *face = &out->items[out->n++];
        *face = (struct oc_face){.box = box, .score = c->score};
        if (s.pass.recipe->decode.landmarks && s.pass.recipe->family->landmarks)
            place_landmarks(&s, c->index, face);
    }
    end_search(&s);
    return st;
}

/* Faces that fill half of the picture in one direction at least: what another try is for. Small ones had their chance. */
static void keep_large(const struct oc_image *im, struct oc_faces *f)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++) {
        const struct oc_box *b = &f->items[i].box;
        if (2 * (b->x2 - b->x1) >= (float)im->width || 2 * (b->y2 - b->y1) >= (float)im->height)
            f->items[n++] = f->items[i];
    }
    f->n = n;
}

enum oc_status oc_model_faces(struct oc_model *m, const struct oc_image *im, const struct oc_detect_options *opt, struct oc_run *run,
                              struct oc_faces *out, struct oc_err *err)
{
    const struct oc_recipe *r = oc_model_recipe(m);
    struct oc_detect_options all = *opt;
    struct oc_run own = {0};
    all.class_wanted = NULL;
    *out = (struct oc_faces){0};
    enum oc_status st = check_task(m, OC_TASK_FACE_DETECT, err);
    if (st)
        return st;
    if (r->family->find_faces)
        return r->family->find_faces(m, im, &all, run ? run : &own, out, err);
    st = find_faces(m, im, &all, 1, run, out, err);
    for (int i = 0; !st && !out->n && i < OC_RETRIES && r->decode.retries[i] > 0; i++) {
        oc_faces_deinit(out);
        st = find_faces(m, im, &all, (double)r->decode.retries[i], run, out, err);
        keep_large(im, out);
    }
    return st;
}

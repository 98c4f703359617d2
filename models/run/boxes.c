/*
 * Pictures through a detector: fit to the network's input, run, decode by the family, suppress, map back to the picture
 * and clip. The same way for objects and faces; they differ in what is kept of a box.
 */
#include "models/run/boxes.h"
#include "base/clock.h"
#include "models/run/object_details.h"
#include "models/run/float16.h"
#include "models/recipe/family.h"
#include "models/run/inference.h"

/* What lives during one call. */
struct search {
    struct oc_inference pass;
    const struct eng_tensor *outputs[LIM_HEAD_OUTPUTS]; /* NULL: no such role */
    struct eng_tensor shares[LIM_HEAD_OUTPUTS];         /* of a run of several pictures: this one's */
    struct eng_tensor widened[LIM_HEAD_OUTPUTS];        /* float16 outputs as float32; data owned, NULL: was no such */
    struct oc_head head;
    struct oc_candidates found;
};

/* The family's outputs of this run; those of float16 become float32, so that every family reads both. */
static enum oc_status take_outputs(struct search *s, struct oc_err *err)
{
    const struct oc_decode_recipe *d = &s->pass.recipe->decode;
    for (int i = 0; i < d->n_outputs; i++) {
        if (d->outputs[i] < 0)
            continue;
        struct eng_tensor *t = &s->shares[i];
        *t = oc_inference_output(&s->pass, d->only_these ? oc_decode_rank(d, i) : d->outputs[i]);
        s->outputs[i] = t;
        if (t->dtype != ENG_DT_F16)
            continue;
        size_t n = (size_t)eng_shape_count(&t->shape);
        s->widened[i] = (struct eng_tensor){ENG_DT_F32, t->shape, oc_mem_array(OC_MEM_OTHER, n ? n : 1, sizeof(float))};
        if (!s->widened[i].data)
            return oc_err_nomem(err, "a head's numbers", n * sizeof(float));
        oc_float16_to_floats(t->data, n, s->widened[i].data);
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
    oc_object_details_overlap(&s->head, &nms);
    return oc_nms(s->found.items, &s->found.n, &nms, err);
}

static struct oc_box to_picture(const struct oc_inference *p, const struct oc_box *b)
{
    return oc_box_in_picture(&p->map, b, p->picture->width, p->picture->height);
}

/* Nothing of it lies in the picture (it was found in the padding). */
static bool is_empty(const struct oc_box *b)
{
    return !(b->x1 < b->x2 && b->y1 < b->y2);
}

/* Decodes what a run has given. */
static enum oc_status find_boxes(struct search *s, const struct oc_detect_options *opt, struct oc_err *err)
{
    int64_t start = oc_now_ns();
    enum oc_status st = choose(s, opt, err);
    s->pass.run->postprocess_ns += oc_now_ns() - start;
    return st;
}

static void end_search(struct search *s)
{
    oc_candidates_deinit(&s->found);
    for (int i = 0; i < LIM_HEAD_OUTPUTS; i++)
        oc_mem_free(s->widened[i].data);
    oc_inference_end(&s->pass);
}

enum oc_status oc_boxes_check_task(struct oc_model *m, enum oc_task task, struct oc_err *err)
{
    const struct oc_recipe *r = oc_model_recipe(m);
    if (oc_recipe_can(r, task) && r->family && (r->family->decode || r->family->find_faces))
        return OC_OK;
    return oc_err_set(err, OC_E_INVALID, "the model's task is %s, not %s", oc_task_name(r->task), oc_task_name(task));
}

/* One that suppression has left, with all that is known of it, into the next place of out. */
static enum oc_status keep(struct search *s, const struct oc_candidate *c, struct oc_object_details *details, struct oc_detections *out,
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
    return oc_object_details_fill(details, c, d, err);
}

/* The boxes that were found, with what is known of each. */
static enum oc_status take_detections(struct search *s, const struct oc_detect_options *opt, struct oc_detections *out, struct oc_err *err)
{
    struct oc_object_details details = {.head = &s->head, .map = &s->pass.map, .no_masks = opt->no_masks};
    enum oc_status st = find_boxes(s, opt, err);
    int64_t start = oc_now_ns();
    if (!st && s->found.n) {
        out->items = oc_mem_array(OC_MEM_OTHER, s->found.n, sizeof *out->items);
        if (!out->items)
            st = oc_err_nomem(err, "detections", s->found.n * sizeof *out->items);
    }
    for (size_t i = 0; !st && i < s->found.n; i++)
        st = keep(s, &s->found.items[i], &details, out, err);
    oc_object_details_deinit(&details);
    s->pass.run->postprocess_ns += oc_now_ns() - start;
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

static enum oc_status take_faces(struct search *s, const struct oc_detect_options *opt, struct oc_faces *out, struct oc_err *err)
{
    enum oc_status st = find_boxes(s, opt, err);
    if (!st && s->found.n) {
        out->items = oc_mem_array(OC_MEM_OTHER, s->found.n, sizeof *out->items);
        if (!out->items)
            st = oc_err_nomem(err, "faces", s->found.n * sizeof *out->items);
    }
    for (size_t i = 0; !st && i < s->found.n; i++) {
        const struct oc_candidate *c = &s->found.items[i];
        struct oc_box box = to_picture(&s->pass, &c->box);
        if (is_empty(&box))
            continue;
        struct oc_face *face = &out->items[out->n++];
        *face = (struct oc_face){.box = box, .score = c->score};
        if (s->pass.recipe->decode.landmarks && s->pass.recipe->family->landmarks)
            place_landmarks(s, c->index, face);
    }
    return st;
}

/* Where results go: one of the two, n of them. */
struct results {
    struct oc_detections *detections;
    struct oc_faces *faces;
};

static enum oc_status take(struct search *s, const struct oc_detect_options *opt, const struct results *r, int i, struct oc_err *err)
{
    return r->faces ? take_faces(s, opt, &r->faces[i], err) : take_detections(s, opt, &r->detections[i], err);
}

static struct search search_of(struct oc_model *m, const struct oc_view *view, struct oc_run *run)
{
    struct search s = {.pass = oc_inference_of(m, view->picture, run)};
    s.pass.shrink = view->shrink;
    return s;
}

/* All in one run. OC_DECLINED: one after the other, then. */
static enum oc_status search_together(struct oc_model *m, const struct oc_view *views, int n, const struct oc_detect_options *opt,
                                      struct oc_run *run, const struct results *r, struct oc_err *err)
{
    struct search s[OC_INFERENCE_BATCH];
    struct oc_inference *passes[OC_INFERENCE_BATCH] = {NULL};
    for (int i = 0; i < n; i++) {
        s[i] = search_of(m, &views[i], run);
        passes[i] = &s[i].pass;
    }
    enum oc_status st = oc_inference_run_batch(passes, n, err);
    for (int i = 0; !st && i < n; i++)
        st = take(&s[i], opt, r, i, err);
    for (int i = n; i-- > 0;)
        end_search(&s[i]);
    return st;
}

static enum oc_status search_each(struct oc_model *m, const struct oc_view *views, int n, const struct oc_detect_options *opt,
                                  struct oc_run *run, const struct results *r, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    for (int i = 0; !st && i < n; i++) {
        struct search s = search_of(m, &views[i], run);
        st = oc_inference_run(&s.pass, err);
        if (!st)
            st = take(&s, opt, r, i, err);
        end_search(&s);
    }
    return st;
}

static enum oc_status search_all(struct oc_model *m, const struct oc_view *views, int n, const struct oc_detect_options *opt,
                                 struct oc_run *run, const struct results *r, struct oc_err *err)
{
    enum oc_status st = OC_DECLINED;
    if (n > 1 && oc_model_takes_several(m))
        st = search_together(m, views, n, opt, run, r, err);
    return st == OC_DECLINED ? search_each(m, views, n, opt, run, r, err) : st;
}

enum oc_status oc_boxes_detect(struct oc_model *m, const struct oc_view *views, int n, const struct oc_detect_options *opt,
                               struct oc_run *run, struct oc_detections *out, struct oc_err *err)
{
    memset(out, 0, (size_t)n * sizeof *out);
    enum oc_status st = search_all(m, views, n, opt, run, &(struct results){.detections = out}, err);
    for (int i = 0; st && i < n; i++)
        oc_detections_deinit(&out[i]);
    return st;
}

/* Families of several networks have a way of their own, and a pyramid of their own: they do not want a smaller picture. */
static enum oc_status search_own_way(struct oc_model *m, const struct oc_view *views, int n, const struct oc_detect_options *opt,
                                     struct oc_run *run, struct oc_faces *out, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    for (int i = 0; !st && i < n; i++)
        st = oc_model_recipe(m)->family->find_faces(m, views[i].picture, opt, run, &out[i], err);
    return st;
}

enum oc_status oc_boxes_faces(struct oc_model *m, const struct oc_view *views, int n, const struct oc_detect_options *opt,
                              struct oc_run *run, struct oc_faces *out, struct oc_err *err)
{
    struct oc_detect_options all = *opt;
    all.class_wanted = NULL;
    memset(out, 0, (size_t)n * sizeof *out);
    enum oc_status st = oc_model_recipe(m)->family->find_faces ? search_own_way(m, views, n, &all, run, out, err)
                                                               : search_all(m, views, n, &all, run, &(struct results){.faces = out}, err);
    for (int i = 0; st && i < n; i++)
        oc_faces_deinit(&out[i]);
    return st;
}

const struct oc_tiling *oc_boxes_tiling(const struct oc_model *m, const struct oc_detect_options *opt)
{
    return opt->tiling ? opt->tiling : &oc_model_recipe(m)->tiling;
}

/*
 * One picture through a detector: fit to the network's input, run, decode by the family, suppress, map back to the picture
 * and clip. The same way for objects and faces; they differ in what is kept of a box.
 */
#include "base/clock.h"
#include "models/family.h"
#include "models/model.h"

/* What lives during one call. */
struct pass {
    struct oc_model *model;
    const struct oc_recipe *recipe;
    const struct oc_image *picture;
    struct oc_run *run;
    struct oc_session *session; /* borrowed from the pool */
    struct oc_fit_map map;
    const struct eng_tensor *outputs[LIM_HEAD_OUTPUTS];
    struct oc_head head;
    struct oc_candidates found;
};

static enum oc_status prepare(struct pass *p, struct oc_err *err)
{
    const struct oc_input_recipe *in = &p->recipe->input;
    struct oc_image fitted = {0};
    size_t floats = (size_t)in->width * (size_t)in->height * 3; /* both at most LIM_NETWORK_SIDE */
    enum oc_status st = oc_letterbox(p->picture, in->width, in->height, in->fit, in->pad, in->resample, &fitted, &p->map, err);
    if (!st)
        st = oc_session_input(p->session, floats, err);
    if (!st)
        oc_image_to_f32(&fitted, &in->pixels, p->session->input);
    oc_image_deinit(&fitted);
    return st;
}

static enum oc_status infer(struct pass *p, struct oc_err *err)
{
    const struct oc_input_recipe *in = &p->recipe->input;
    struct eng_tensor input = {ENG_DT_F32, {4, {1, 3, in->height, in->width}}, p->session->input};
    if (in->pixels.channels_last)
        input.shape = (struct eng_shape){4, {1, in->height, in->width, 3}};
    struct eng_run_options opt = {.cancelled = p->run->cancelled, .arg = p->run->cancel_arg};
    enum oc_status st = eng_session_run(p->session->engine, &input, &opt, err);
    for (int i = 0; !st && i < p->recipe->decode.n_outputs; i++)
        p->outputs[i] = eng_session_output(p->session->engine, p->recipe->decode.outputs[i]);
    return st;
}

static enum oc_status choose(struct pass *p, const struct oc_detect_options *opt, struct oc_err *err)
{
    const struct oc_thresholds *t = &p->recipe->thresholds;
    p->head = (struct oc_head){.recipe = p->recipe,
                               .width = p->recipe->input.width,
                               .height = p->recipe->input.height,
                               .outputs = p->outputs,
                               .score_threshold = opt->score_threshold < 0 ? t->score : opt->score_threshold,
                               .class_wanted = opt->class_wanted};
    enum oc_status st = p->recipe->family->decode(&p->head, &p->found, err);
    if (st)
        return st;
    struct oc_nms_options nms = {.iou_threshold = opt->iou_threshold < 0 ? t->iou : opt->iou_threshold,
                                 .agnostic = opt->agnostic,
                                 .max_out = opt->max_detections > 0 ? opt->max_detections : t->max_detections};
    return oc_nms(p->found.items, &p->found.n, &nms, err);
}

static float clip(double v, int side)
{
    return v > 0 ? v < side ? (float)v : (float)side : 0; /* NaN becomes 0 */
}

static struct oc_box to_picture(const struct pass *p, const struct oc_box *b)
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

/* Prepare, infer and choose, with the time each takes. */
static enum oc_status find_boxes(struct pass *p, const struct oc_detect_options *opt, struct oc_err *err)
{
    int64_t t0 = oc_now_ns();
    enum oc_status st = oc_session_borrow(p->model, &p->session, err);
    if (!st)
        st = prepare(p, err);
    int64_t t1 = oc_now_ns();
    p->run->preprocess_ns += t1 - t0;
    if (!st)
        st = infer(p, err);
    int64_t t2 = oc_now_ns();
    p->run->inference_ns += t2 - t1;
    if (!st)
        st = choose(p, opt, err);
    p->run->postprocess_ns += oc_now_ns() - t2;
    return st;
}

static void end_pass(struct pass *p)
{
    oc_candidates_deinit(&p->found);
    oc_session_return(p->session);
}

static enum oc_status check_task(struct oc_model *m, enum oc_task task, struct oc_err *err)
{
    const struct oc_recipe *r = oc_model_recipe(m);
    if (r->task == task && r->family && r->family->decode)
        return OC_OK;
    return oc_err_set(err, OC_E_INVALID, "the model's task is %s, not %s", oc_task_name(r->task), oc_task_name(task));
}

enum oc_status oc_model_detect(struct oc_model *m, const struct oc_image *im, const struct oc_detect_options *opt, struct oc_run *run,
                               struct oc_detections *out, struct oc_err *err)
{
    struct oc_run own = {0};
    struct pass p = {.model = m, .recipe = oc_model_recipe(m), .picture = im, .run = run ? run : &own};
    *out = (struct oc_detections){0};
    enum oc_status st = check_task(m, OC_TASK_DETECT, err);
    if (!st)
        st = find_boxes(&p, opt, err);
    if (!st && p.found.n) {
        out->items = oc_mem_array(OC_MEM_OTHER, p.found.n, sizeof *out->items);
        if (!out->items)
            st = oc_err_nomem(err, "detections", p.found.n * sizeof *out->items);
    }
    for (size_t i = 0; !st && i < p.found.n; i++) {
        const struct oc_candidate *c = &p.found.items[i];
        struct oc_box box = to_picture(&p, &c->box);
        if (!is_empty(&box))
            out->items[out->n++] = (struct oc_detection){box, c->score, c->class_id, oc_labels_name(&p.recipe->labels, c->class_id)};
    }
    end_pass(&p);
    return st;
}

static void place_landmarks(const struct pass *p, int index, struct oc_face *face)
{
    float points[5][2] = {{0}};
    p->recipe->family->landmarks(&p->head, index, points);
    face->has_landmarks = true;
    for (int i = 0; i < OC_LANDMARKS; i++) {
        face->landmarks[i][0] = (float)(((double)points[i][0] - p->map.left) / p->map.scale_x);
        face->landmarks[i][1] = (float)(((double)points[i][1] - p->map.top) / p->map.scale_y);
        if (!isfinite(face->landmarks[i][0]) || !isfinite(face->landmarks[i][1]))
            face->has_landmarks = false; /* a broken head's numbers do not leave this room */
    }
}

enum oc_status oc_model_faces(struct oc_model *m, const struct oc_image *im, const struct oc_detect_options *opt, struct oc_run *run,
                              struct oc_faces *out, struct oc_err *err)
{
    struct oc_run own = {0};
    struct oc_detect_options all = *opt;
    all.class_wanted = NULL;
    struct pass p = {.model = m, .recipe = oc_model_recipe(m), .picture = im, .run = run ? run : &own};
    *out = (struct oc_faces){0};
    enum oc_status st = check_task(m, OC_TASK_FACE_DETECT, err);
    if (!st)
        st = find_boxes(&p, &all, err);
    if (!st && p.found.n) {
        out->items = oc_mem_array(OC_MEM_OTHER, p.found.n, sizeof *out->items);
        if (!out->items)
            st = oc_err_nomem(err, "faces", p.found.n * sizeof *out->items);
    }
    for (size_t i = 0; !st && i < p.found.n; i++) {
        const struct oc_candidate *c = &p.found.items[i];
        struct oc_box box = to_picture(&p, &c->box);
        if (is_empty(&box))
            continue;
        struct oc_face *face = &out->items[out->n++];
        *face = (struct oc_face){.box = box, .score = c->score};
        if (p.recipe->decode.landmarks && p.recipe->family->landmarks)
            place_landmarks(&p, c->index, face);
    }
    end_pass(&p);
    return st;
}

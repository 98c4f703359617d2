/*
 * MTCNN (Zhang et al. 2016): three small networks one after the other. The first looks at a pyramid of the picture, each level .709 times
 * the one before, and says of each cell of 12 pixels whether it holds a face; the second (24x24) and the third (48x48) judge what is left
 * and move its sides; the third gives five points. RGB, (x - 127.5) / 128. A package holds pnet.onnx, rnet.onnx and onet.onnx with a
 * model.json that names the family and pnet.onnx. Outputs are told by their length: 2 (softmax done, 1 is a face), 4, 10.
 *
 * Files with channels last come from TensorFlow, whose weights see pictures transposed (columns as rows); those with channels first, from
 * PyTorch, do not. Thresholds and overlaps: .6, .7, .7 and .5 within a level, .7, .7, .7 of the smaller box, as everywhere.
 *
 * The input's size in the recipe is the longer side at which the picture is looked at: larger ones are made smaller first, so that
 * the work is bounded. The smallest face is then 20 pixels of that.
 */
#include "base/clock.h"
#include "models/face/mtcnn_steps.h"
#include "models/face/families.h"
#include "models/run/boxes.h"

enum { NETS = 3, SCORE = 0, SHIFT = 1, POINTS = 2, ROLES = 3, LEAST = 20, CELL = 12, MOST_BATCH = 32, MOST_SECOND = 600, MOST_THIRD = 300 };

static const double FACTOR = 0.709;
static const float FIRST = 0.6f, SECOND = 0.7f;
static const int sides[NETS] = {CELL, 24, 48};
static const int role_floats[ROLES] = {2, 4, 10};

/* One of the three, with a session for the time of a search. */
struct net {
    struct oc_session *session;
    const struct eng_model *engine;
    int side;
    int roles[ROLES]; /* outputs; -1: none */
    int batch;        /* that the file fixes; 0: any */
    bool last;        /* channels last, pictures transposed */
};

struct search {
    const struct oc_recipe *recipe;
    const struct oc_image *picture; /* as it is looked at */
    struct oc_run *run;
    float threshold;
    struct net nets[NETS];
};

static enum oc_status recognise(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    bool maps = f->n_outputs == 2 && f->outputs[0].shape.rank == 4 && f->outputs[1].shape.rank == 4;
    if (!forced) /* without a model.json nothing says that the other two networks are there */
        return OC_DECLINED;
    if (!maps || oc_facts_input_size(f, 1024, 1024, r) || r->input.fixed_size)
        return oc_family_decline(forced, &oc_family_mtcnn, err, "a picture of any size in, two maps out (pnet.onnx)");
    for (int c = 0; c < 3; c++) {
        r->input.pixels.mean[c] = 127.5f;
        r->input.pixels.scale[c] = 1 / 128.0f;
    }
    r->input.fit = OC_FIT_TOP_LEFT;
    r->decode.n_classes = 1;
    r->decode.landmarks = true;
    r->thresholds = (struct oc_thresholds){.score = 0.7f, .iou = 0.7f, .max_detections = 750};
    snprintf(r->because, sizeof r->because, "pnet.onnx with maps of 2 and 4 numbers; rnet.onnx and onet.onnx beside it");
    return OC_OK;
}

/* Which output is what, of a map (channels second or last) or of rows. */
static enum oc_status find_roles(struct net *n, bool points, struct oc_err *err)
{
    for (int role = 0; role < ROLES; role++) {
        n->roles[role] = -1;
        for (int i = 0; i < eng_model_n_outputs(n->engine); i++) {
            const struct eng_shape *s = &eng_model_output(n->engine, i)->shape;
            int channels = s->rank == 4 && !n->last ? 1 : s->rank - 1;
            if (s->rank >= 2 && s->dim[channels] == role_floats[role])
                n->roles[role] = i;
        }
        if (n->roles[role] < 0 && (role != POINTS || points))
            return oc_err_set(err, OC_E_MODEL, "MTCNN's network for %dx%d: no output of %d numbers", n->side, n->side, role_floats[role]);
    }
    return OC_OK;
}

static enum oc_status open_net(struct oc_model *m, int which, struct net *n, struct oc_err *err)
{
    n->side = sides[which];
    n->engine = oc_model_engine(m);
    const struct eng_io *in = eng_model_n_inputs(n->engine) == 1 ? eng_model_input(n->engine, 0) : NULL;
    if (!in || in->dtype != ENG_DT_F32 || in->shape.rank != 4 || (in->shape.dim[1] != 3 && in->shape.dim[3] != 3))
        return oc_err_set(err, OC_E_MODEL, "MTCNN's network for %dx%d: one float32 picture in is expected", n->side, n->side);
    n->last = in->shape.dim[1] != 3;
    n->batch = in->shape.dim[0] > 0 && in->shape.dim[0] <= LIM_FACE_BATCH ? (int)in->shape.dim[0] : 0;
    enum oc_status st = find_roles(n, which == 2, err);
    return st ? st : oc_session_borrow(m, &n->session, err);
}

static enum oc_status transpose(struct oc_image *im, struct oc_err *err)
{
    struct oc_image t;
    enum oc_status st = oc_image_new(&t, im->height, im->width, 3, err);
    if (st)
        return st;
    for (int y = 0; y < im->height; y++)
        for (int x = 0; x < im->width; x++)
            memcpy(t.data + ((size_t)x * (size_t)t.width + (size_t)y) * 3, im->data + ((size_t)y * (size_t)im->width + (size_t)x) * 3, 3);
    oc_image_deinit(im);
    *im = t;
    return OC_OK;
}

/* A picture, stretched to width x height, into the session's input at `slot`. */
static enum oc_status put(const struct search *s, const struct net *n, const struct oc_image *im, int width, int height, size_t slot,
                          struct oc_err *err)
{
    struct oc_pixel_map pixels = s->recipe->input.pixels;
    struct oc_image fitted = {0};
    pixels.channels_last = n->last;
    enum oc_status st = oc_letterbox(im, width, height, OC_FIT_STRETCH, 0, s->recipe->input.resample, &fitted, NULL, err);
    if (!st && n->last)
        st = transpose(&fitted, err);
    if (!st)
        oc_image_to_f32(&fitted, &pixels, n->session->input + slot * 3 * (size_t)width * (size_t)height);
    oc_image_deinit(&fitted);
    return st;
}

static enum oc_status infer(const struct search *s, const struct net *n, int64_t batch, int width, int height, struct oc_err *err)
{
    struct eng_tensor input = {ENG_DT_F32, {4, {batch, 3, height, width}}, n->session->input};
    if (n->last)
        input.shape = (struct eng_shape){4, {batch, width, height, 3}};
    struct eng_run_options opt = {.cancelled = s->run->cancelled, .arg = s->run->cancel_arg};
    int64_t start = oc_now_ns();
    enum oc_status st = eng_session_run(n->session->engine, &input, &opt, err);
    s->run->inference_ns += oc_now_ns() - start;
    return st;
}

/* A map of the first network as it came; its size is that of its tensor. */
static enum oc_status read_map(const struct net *n, int role, struct oc_mtcnn_map *m, struct oc_err *err)
{
    const struct eng_tensor *t = eng_session_output(n->session->engine, n->roles[role]);
    char text[ENG_SHAPE_TEXT];
    const int64_t *d = t->shape.dim;
    if (t->dtype != ENG_DT_F32 || t->shape.rank != 4 || d[0] != 1 || d[n->last ? 3 : 1] != role_floats[role])
        return oc_err_set(err, OC_E_MODEL, "MTCNN's first network: a map of %d channels is expected, is %s", role_floats[role],
                          eng_shape_text(&t->shape, text));
    m->data = t->data;
    m->width = (int)d[n->last ? 1 : 3];
    m->height = (int)d[2];
    m->step_c = n->last ? 1 : (size_t)d[2] * (size_t)d[3];
    m->step_x = n->last ? (size_t)d[2] * (size_t)d[3] : 1;
    m->step_y = (size_t)d[3];
    return OC_OK;
}

static enum oc_status suppress(struct oc_mtcnn_list *l, float overlap, bool of_smaller, int most, struct oc_err *err)
{
    struct oc_nms_options opt = {.iou_threshold = overlap, .overlap = of_smaller ? oc_mtcnn_cover : NULL, .max_out = most};
    return oc_nms(l->boxes.items, &l->boxes.n, &opt, err);
}

/* One level of the pyramid; what it finds is appended. */
static enum oc_status look_at_level(const struct search *s, double scale, struct oc_mtcnn_list *all, struct oc_err *err)
{
    const struct net *n = &s->nets[0];
    int width = (int)ceil(s->picture->width * scale), height = (int)ceil(s->picture->height * scale);
    struct oc_mtcnn_list found = {0};
    struct oc_mtcnn_map score, shift;
    enum oc_status st = oc_session_input(n->session, 3 * (size_t)width * (size_t)height, err);
    (void)(st || (st = put(s, n, s->picture, width, height, 0, err)) || (st = infer(s, n, 1, width, height, err)) ||
           (st = read_map(n, SCORE, &score, err)) || (st = read_map(n, SHIFT, &shift, err)));
    if (!st && (score.width != shift.width || score.height != shift.height))
        st = oc_err_set(err, OC_E_MODEL, "MTCNN's first network: maps of different sizes");
    if (!st)
        st = oc_mtcnn_cells(&score, &shift, scale, s->threshold < FIRST ? s->threshold : FIRST, &found, err);
    if (!st)
        st = suppress(&found, 0.5f, false, MOST_SECOND, err);
    for (size_t i = 0; !st && i < found.boxes.n; i++) {
        const struct oc_candidate *c = &found.boxes.items[i];
        st = oc_mtcnn_list_add(all, &c->box, c->score, oc_mtcnn_extra(&found, c), NULL, err);
    }
    oc_mtcnn_list_deinit(&found);
    return st;
}

static enum oc_status first(const struct search *s, struct oc_mtcnn_list *out, struct oc_err *err)
{
    int shorter = s->picture->width < s->picture->height ? s->picture->width : s->picture->height;
    enum oc_status st = OC_OK;
    double scale = (double)CELL / LEAST;
    while (!st && shorter * scale >= CELL) {
        st = look_at_level(s, scale, out, err);
        scale *= FACTOR;
    }
    if (!st)
        st = suppress(out, 0.7f, false, MOST_SECOND, err);
    for (size_t i = 0; !st && i < out->boxes.n; i++) {
        struct oc_candidate *c = &out->boxes.items[i];
        struct oc_box moved = oc_mtcnn_shifted(&c->box, oc_mtcnn_extra(out, c), false);
        c->box = oc_mtcnn_square(&moved);
    }
    return st;
}

/* The picture under a box, black outside. False: nothing of the picture is in it, or the box is absurd. */
static bool crop(const struct search *s, const struct oc_box *b, struct oc_image *out, enum oc_status *st, struct oc_err *err)
{
    const struct oc_image *im = s->picture;
    float far = 2.0f * (float)(im->width > im->height ? im->width : im->height);
    if (!(b->x1 > -far && b->y1 > -far && b->x2 < 2 * far && b->y2 < 2 * far && b->x2 >= b->x1 && b->y2 >= b->y1))
        return false;
    int left = (int)b->x1 - 1, top = (int)b->y1 - 1, width = (int)b->x2 - left, height = (int)b->y2 - top;
    int x1 = left < 0 ? 0 : left, x2 = left + width > im->width ? im->width : left + width;
    int y1 = top < 0 ? 0 : top, y2 = top + height > im->height ? im->height : top + height;
    if (x1 >= x2 || y1 >= y2 || width > far || height > far || (*st = oc_image_new(out, width, height, 3, err)))
        return false;
    memset(out->data, 0, (size_t)width * (size_t)height * 3);
    for (int y = y1; y < y2; y++)
        memcpy(out->data + ((size_t)(y - top) * (size_t)width + (size_t)(x1 - left)) * 3,
               im->data + ((size_t)y * (size_t)im->width + (size_t)x1) * 3, (size_t)(x2 - x1) * 3);
    return true;
}

/* Crops of the boxes from `from` on into the session's input until it is full; *used boxes were looked at, which[i] is that of slot i. */
static enum oc_status fill(const struct search *s, const struct net *n, const struct oc_mtcnn_list *in, size_t from, size_t batch,
                           size_t *used, size_t which[LIM_FACE_BATCH], size_t *slots, struct oc_err *err)
{
    size_t floats = 3 * (size_t)n->side * (size_t)n->side;
    enum oc_status st = oc_session_input(n->session, batch * floats, err);
    *slots = *used = 0;
    while (!st && *slots < batch && from + *used < in->boxes.n) {
        struct oc_image im = {0};
        size_t i = from + (*used)++;
        if (!crop(s, &in->boxes.items[i].box, &im, &st, err))
            continue;
        st = put(s, n, &im, n->side, n->side, *slots, err);
        which[(*slots)++] = i;
        oc_image_deinit(&im);
    }
    if (!st && *slots < batch)
        memset(n->session->input + *slots * floats, 0, (batch - *slots) * floats * sizeof(float));
    return st;
}

static enum oc_status read_rows(const struct net *n, int role, size_t batch, const float **out, struct oc_err *err)
{
    const struct eng_tensor *t = eng_session_output(n->session->engine, n->roles[role]);
    char text[ENG_SHAPE_TEXT];
    if (t->dtype != ENG_DT_F32 || eng_shape_count(&t->shape) != (int64_t)batch * role_floats[role])
        return oc_err_set(err, OC_E_MODEL, "MTCNN's network for %dx%d: %zu rows of %d are expected, is %s", n->side, n->side, batch,
                          role_floats[role], eng_shape_text(&t->shape, text));
    *out = t->data;
    return OC_OK;
}

/* How many crops go into the next run: what the file fixes, or the power of two that the rest fills. */
static size_t batch_for(const struct net *n, size_t left)
{
    size_t batch = MOST_BATCH;
    while (batch > left)
        batch /= 2;
    return n->batch ? (size_t)n->batch : batch;
}

/* Boxes that the second or third network takes for faces, with what it says of them. */
static enum oc_status judge(const struct search *s, const struct net *n, const struct oc_mtcnn_list *in, float threshold,
                            struct oc_mtcnn_list *out, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    for (size_t from = 0, used; !st && from < in->boxes.n; from += used) {
        size_t which[LIM_FACE_BATCH], slots, batch = batch_for(n, in->boxes.n - from);
        const float *score = NULL, *shift = NULL, *points = NULL;
        st = fill(s, n, in, from, batch, &used, which, &slots, err);
        if (st || !slots)
            continue;
        (void)((st = infer(s, n, (int64_t)batch, n->side, n->side, err)) || (st = read_rows(n, SCORE, batch, &score, err)) ||
               (st = read_rows(n, SHIFT, batch, &shift, err)));
        if (!st && n->roles[POINTS] >= 0)
            st = read_rows(n, POINTS, batch, &points, err);
        for (size_t i = 0; !st && i < slots; i++)
            if (score[2 * i + 1] > threshold)
                st = oc_mtcnn_list_add(out, &in->boxes.items[which[i]].box, score[2 * i + 1], shift + OC_MTCNN_SHIFT * i,
                                       points ? points + OC_MTCNN_POINTS * i : NULL, err);
    }
    return st;
}

static enum oc_status second(const struct search *s, const struct oc_mtcnn_list *in, struct oc_mtcnn_list *out, struct oc_err *err)
{
    enum oc_status st = judge(s, &s->nets[1], in, s->threshold < SECOND ? s->threshold : SECOND, out, err);
    if (!st)
        st = suppress(out, 0.7f, false, MOST_THIRD, err);
    for (size_t i = 0; !st && i < out->boxes.n; i++) {
        struct oc_candidate *c = &out->boxes.items[i];
        struct oc_box moved = oc_mtcnn_shifted(&c->box, oc_mtcnn_extra(out, c), true);
        c->box = oc_mtcnn_square(&moved);
    }
    return st;
}

/* Points are of the box that was looked at, sides are moved then. */
static enum oc_status third(const struct search *s, const struct oc_mtcnn_list *in, struct oc_mtcnn_list *out, float overlap, int most,
                            struct oc_err *err)
{
    enum oc_status st = judge(s, &s->nets[2], in, s->threshold, out, err);
    for (size_t i = 0; !st && i < out->boxes.n; i++) {
        struct oc_candidate *c = &out->boxes.items[i];
        float *extra = out->extra + (size_t)c->index * OC_MTCNN_EXTRA, points[5][2];
        for (int k = 0; k < 5; k++)
            oc_mtcnn_point(&c->box, extra + OC_MTCNN_SHIFT, k, points[k]);
        c->box = oc_mtcnn_shifted(&c->box, extra, true);
        memcpy(extra + OC_MTCNN_SHIFT, points, sizeof points);
    }
    return st ? st : suppress(out, overlap, true, most, err);
}

static float clip(double v, int side)
{
    return v > 0 ? v < side ? (float)v : (float)side : 0;
}

/* Back to the picture that came, `scale` times smaller when looked at. */
static enum oc_status hand_out(const struct oc_mtcnn_list *l, double scale, const struct oc_image *im, struct oc_faces *out,
                               struct oc_err *err)
{
    size_t n = l->boxes.n;
    out->items = n ? oc_mem_array(OC_MEM_OTHER, n, sizeof *out->items) : NULL;
    if (n && !out->items)
        return oc_err_nomem(err, "faces", n * sizeof *out->items);
    for (size_t i = 0; i < n; i++) {
        const struct oc_candidate *c = &l->boxes.items[i];
        const float *p = oc_mtcnn_extra(l, c) + OC_MTCNN_SHIFT;
        struct oc_face face = {.box = {clip((double)c->box.x1 / scale, im->width), clip((double)c->box.y1 / scale, im->height),
                                       clip((double)c->box.x2 / scale, im->width), clip((double)c->box.y2 / scale, im->height)},
                               .score = c->score,
                               .has_landmarks = true};
        for (int k = 0; k < OC_LANDMARKS; k++)
            for (int axis = 0; axis < 2; axis++) {
                face.landmarks[k][axis] = (float)((double)p[2 * k + axis] / scale);
                face.has_landmarks &= isfinite(face.landmarks[k][axis]);
            }
        if (face.box.x1 < face.box.x2 && face.box.y1 < face.box.y2)
            out->items[out->n++] = face;
    }
    return OC_OK;
}

static enum oc_status search(const struct search *s, const struct oc_detect_options *opt, const struct oc_image *im, struct oc_faces *out,
                             struct oc_err *err)
{
    const struct oc_thresholds *t = &s->recipe->thresholds;
    struct oc_mtcnn_list proposed = {0}, refined = {0}, faces = {0};
    float overlap = opt->iou_threshold < 0 ? t->iou : opt->iou_threshold;
    int most = opt->max_detections > 0 ? opt->max_detections : t->max_detections;
    enum oc_status st = first(s, &proposed, err);
    (void)(st || (st = second(s, &proposed, &refined, err)) || (st = third(s, &refined, &faces, overlap, most, err)) ||
           (st = hand_out(&faces, (double)s->picture->width / im->width, im, out, err)));
    oc_mtcnn_list_deinit(&proposed);
    oc_mtcnn_list_deinit(&refined);
    oc_mtcnn_list_deinit(&faces);
    return st;
}

/* The picture at most as large as it is looked at; *out borrows im's pixels when it is small enough. */
static enum oc_status reduce(const struct oc_recipe *r, const struct oc_image *im, struct oc_image *own, struct oc_err *err)
{
    int longer = im->width > im->height ? im->width : im->height,
        most = r->input.width > r->input.height ? r->input.width : r->input.height;
    if (longer <= most)
        return OC_OK;
    double scale = (double)most / longer;
    int width = (int)(im->width * scale), height = (int)(im->height * scale);
    return oc_letterbox(im, width > 0 ? width : 1, height > 0 ? height : 1, OC_FIT_STRETCH, 0, r->input.resample, own, NULL, err);
}

static enum oc_status find_faces(struct oc_model *m, const struct oc_image *im, const struct oc_detect_options *opt, struct oc_run *run,
                                 struct oc_faces *out, struct oc_err *err)
{
    const struct oc_recipe *r = oc_model_recipe(m);
    struct oc_image reduced = {0};
    struct search s = {.recipe = r, .run = run};
    int64_t start = oc_now_ns(), before = run->inference_ns;
    s.threshold = opt->score_threshold < 0 ? r->thresholds.score : opt->score_threshold;
    enum oc_status st = reduce(r, im, &reduced, err);
    s.picture = reduced.data ? &reduced : im;
    for (int i = 0; !st && i < NETS; i++)
        st = open_net(i ? oc_model_stage(m, i - 1) : m, i, &s.nets[i], err);
    if (!st)
        st = search(&s, opt, im, out, err);
    for (int i = 0; i < NETS; i++)
        oc_session_return(s.nets[i].session);
    oc_image_deinit(&reduced);
    run->preprocess_ns += oc_now_ns() - start - (run->inference_ns - before);
    if (st)
        oc_faces_deinit(out);
    return st;
}

const struct oc_family oc_family_mtcnn = {.name = "mtcnn",
                                          .title = "MTCNN",
                                          .task = OC_TASK_FACE_DETECT,
                                          .recognise = recognise,
                                          .stages = {"rnet.onnx", "onet.onnx"},
                                          .find_faces = find_faces};

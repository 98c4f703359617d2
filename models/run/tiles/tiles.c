/* See tiles.h. */
#include "models/run/tiles/tiles.h"
#include <string.h>
#include "base/clock.h"
#include "models/run/inference.h"
#include "models/run/tiles/merge.h"

enum { LEAST_A_WINDOW = 100 /* boxes that every window may have, however many windows there are */ };
#define MERGE_IOU .5f      /* two windows' boxes of one object; SAHI's, torchvision's for its detectors */
#define MERGE_IOU_WBF .55f /* of the paper */

/* Everything found so far, in the picture's pixels. */
struct gathering {
    struct oc_model *model;
    const struct oc_image *picture;
    struct oc_detect_options opt; /* for each window */
    struct oc_run *run;
    struct oc_windows windows;
    bool want_faces;
    struct oc_seen *seen; /* owned, as are the other two: one of them is used, with an entry for each that was seen */
    struct oc_detection *detections;
    struct oc_face *faces;
    size_t n, cap;
};

static void end(struct gathering *g)
{
    for (size_t i = 0; g->detections && i < g->n; i++)
        oc_detection_deinit(&g->detections[i]);
    oc_mem_free(g->detections);
    oc_mem_wipe_free(g->faces);
    oc_mem_free(g->seen);
    oc_windows_deinit(&g->windows);
}

/* A larger block with the same beginning. Not realloc: what was there is wiped, it may be of faces. */
static void *grow(const void *old, size_t used, size_t bytes)
{
    void *p = oc_mem_alloc(OC_MEM_OTHER, bytes);
    if (p && used)
        memcpy(p, old, used);
    return p;
}

/* Room for n more. */
static enum oc_status make_room(struct gathering *g, size_t n, struct oc_err *err)
{
    size_t cap = g->cap ? g->cap : 256, size = g->want_faces ? sizeof *g->faces : sizeof *g->detections, bytes, all;
    while (cap < g->n + n)
        cap *= 2; /* at most LIM_TILES windows of LIM_DETECTIONS */
    if (cap == g->cap)
        return OC_OK;
    if (!oc_size_mul(cap, sizeof *g->seen, &bytes) || !oc_size_mul(cap, size, &all))
        return oc_err_nomem(err, "boxes", cap);
    void *old = g->want_faces ? (void *)g->faces : (void *)g->detections;
    void *items = grow(old, g->n * size, all);
    struct oc_seen *seen = items ? grow(g->seen, g->n * sizeof *g->seen, bytes) : NULL;
    if (!seen) {
        oc_mem_free(items);
        return oc_err_nomem(err, "boxes", all + bytes);
    }
    oc_mem_wipe_free(old);
    oc_mem_free(g->seen);
    g->seen = seen;
    if (g->want_faces)
        g->faces = items;
    else
        g->detections = items;
    g->cap = cap;
    return OC_OK;
}

static void note(struct gathering *g, size_t window, const struct oc_box *box, float score, int class_id)
{
    g->seen[g->n] = (struct oc_seen){.box = *box,
                                     .score = score,
                                     .class_id = class_id,
                                     .from = (int)g->n,
                                     .window = (int)window,
                                     .cut = oc_seen_cut(box, &g->windows.items[window])};
    g->n++;
}

/* A window's results move over; what they own too. */
static enum oc_status add_detections(struct gathering *g, size_t window, struct oc_detections *found, struct oc_err *err)
{
    const struct oc_window *w = &g->windows.items[window];
    enum oc_status st = make_room(g, found->n, err);
    for (size_t i = 0; !st && i < found->n; i++) {
        struct oc_detection *d = &g->detections[g->n];
        *d = found->items[i];
        oc_detection_move(d, w->x, w->y);
        note(g, window, &d->box, d->score, d->class_id);
    }
    if (!st)
        found->n = 0;
    return st;
}

static enum oc_status add_faces(struct gathering *g, size_t window, const struct oc_faces *found, struct oc_err *err)
{
    const struct oc_window *w = &g->windows.items[window];
    float x = (float)w->x, y = (float)w->y;
    enum oc_status st = make_room(g, found->n, err);
    for (size_t i = 0; !st && i < found->n; i++) {
        struct oc_face *f = &g->faces[g->n];
        *f = found->items[i];
        f->box = (struct oc_box){f->box.x1 + x, f->box.y1 + y, f->box.x2 + x, f->box.y2 + y};
        for (int k = 0; k < OC_LANDMARKS; k++) {
            f->landmarks[k][0] += x;
            f->landmarks[k][1] += y;
        }
        note(g, window, &f->box, f->score, 0);
    }
    return st;
}

static enum oc_status cut_out(const struct oc_image *im, const struct oc_window *w, struct oc_image *out, struct oc_err *err)
{
    enum oc_status st = oc_image_new(out, w->width, w->height, im->channels, err);
    size_t pixel = (size_t)im->channels, row = (size_t)w->width * pixel;
    for (int y = 0; !st && y < w->height; y++)
        memcpy(out->data + (size_t)y * row, im->data + ((size_t)(w->y + y) * (size_t)im->width + (size_t)w->x) * pixel, row);
    return st;
}

/* n windows from `first` on. */
static enum oc_status look(struct gathering *g, size_t first, int n, struct oc_err *err)
{
    struct oc_image parts[OC_INFERENCE_BATCH] = {{0}};
    struct oc_view views[OC_INFERENCE_BATCH];
    struct oc_detections detections[OC_INFERENCE_BATCH] = {{0}};
    struct oc_faces faces[OC_INFERENCE_BATCH] = {{0}};
    enum oc_status st = OC_OK;
    for (int i = 0; !st && i < n; i++) {
        const struct oc_window *w = &g->windows.items[first + (size_t)i];
        bool whole = w->width == g->picture->width && w->height == g->picture->height;
        st = whole ? OC_OK : cut_out(g->picture, w, &parts[i], err);
        views[i] = (struct oc_view){whole ? g->picture : &parts[i], (double)w->shrink};
    }
    if (!st)
        st = g->want_faces ? oc_boxes_faces(g->model, views, n, &g->opt, g->run, faces, err)
                           : oc_boxes_detect(g->model, views, n, &g->opt, g->run, detections, err);
    for (int i = 0; i < n; i++) {
        if (!st)
            st = g->want_faces ? add_faces(g, first + (size_t)i, &faces[i], err)
                               : add_detections(g, first + (size_t)i, &detections[i], err);
        oc_faces_deinit(&faces[i]);
        oc_detections_deinit(&detections[i]);
        oc_image_deinit(&parts[i]);
    }
    return st;
}

static int most_of(const struct oc_model *m, const struct oc_detect_options *opt)
{
    return opt->max_detections > 0 ? opt->max_detections : oc_model_recipe(m)->thresholds.max_detections;
}

static enum oc_status look_everywhere(struct gathering *g, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    int fair = LIM_CANDIDATES / (int)g->windows.n, most = fair > LEAST_A_WINDOW ? fair : LEAST_A_WINDOW;
    if (most < g->opt.max_detections)
        g->opt.max_detections = most;
    for (size_t i = 0; !st && i < g->windows.n; i += OC_INFERENCE_BATCH) {
        size_t left = g->windows.n - i;
        if (g->run->cancelled && g->run->cancelled(g->run->cancel_arg))
            return oc_err_set(err, OC_E_CANCELLED, "cancelled at window %zu of %zu", i, g->windows.n);
        st = look(g, i, left < OC_INFERENCE_BATCH ? (int)left : OC_INFERENCE_BATCH, err);
    }
    return st;
}

/* g->seen becomes what is left, n of them. */
static enum oc_status put_together(struct gathering *g, const struct oc_tiling *tiling, const struct oc_detect_options *opt, size_t *n,
                                   struct oc_err *err)
{
    const struct oc_thresholds *t = &oc_model_recipe(g->model)->thresholds;
    float iou = tiling->merge == OC_MERGE_WBF ? MERGE_IOU_WBF : MERGE_IOU;
    struct oc_merge_options how = {.how = tiling->merge,
                                   .iou_threshold = opt->iou_threshold < 0 ? iou : opt->iou_threshold,
                                   .score_threshold = opt->score_threshold < 0 ? t->score : opt->score_threshold,
                                   .agnostic = opt->agnostic,
                                   .max_out = most_of(g->model, opt),
                                   .cancelled = g->run->cancelled,
                                   .cancel_arg = g->run->cancel_arg};
    int64_t start = oc_now_ns();
    *n = g->n;
    enum oc_status st = oc_seen_merge(g->seen, n, &how, err);
    g->run->postprocess_ns += oc_now_ns() - start;
    return st;
}

static enum oc_status gather(struct gathering *g, const struct oc_tiling *tiling, const struct oc_detect_options *opt, size_t *n,
                             struct oc_err *err)
{
    const struct oc_input_recipe *in = &oc_model_recipe(g->model)->input;
    g->opt = *opt;
    g->opt.max_detections = most_of(g->model, opt);
    enum oc_status st = oc_windows_plan(tiling, g->picture->width, g->picture->height, in->width, in->height, &g->windows, err);
    if (!st)
        st = look_everywhere(g, err);
    return st ? st : put_together(g, tiling, opt, n, err);
}

enum oc_status oc_tiles_detect(struct oc_model *m, const struct oc_image *im, const struct oc_tiling *tiling,
                               const struct oc_detect_options *opt, struct oc_run *run, struct oc_detections *out, struct oc_err *err)
{
    struct gathering g = {.model = m, .picture = im, .run = run};
    size_t n = 0;
    enum oc_status st = gather(&g, tiling, opt, &n, err);
    out->items = !st && n ? oc_mem_array(OC_MEM_OTHER, n, sizeof *out->items) : NULL;
    if (!st && n && !out->items)
        st = oc_err_nomem(err, "detections", n * sizeof *out->items);
    for (size_t i = 0; !st && i < n; i++) {
        struct oc_detection *d = &g.detections[g.seen[i].from];
        out->items[i] = *d;
        out->items[i].box = g.seen[i].box;
        out->items[i].score = g.seen[i].score;
        *d = (struct oc_detection){0}; /* what it owned has moved */
    }
    out->n = st ? 0 : n;
    out->windows = (int)g.windows.n;
    end(&g);
    return st;
}

enum oc_status oc_tiles_faces(struct oc_model *m, const struct oc_image *im, const struct oc_tiling *tiling,
                              const struct oc_detect_options *opt, struct oc_run *run, struct oc_faces *out, struct oc_err *err)
{
    struct gathering g = {.model = m, .picture = im, .run = run, .want_faces = true};
    size_t n = 0;
    enum oc_status st = gather(&g, tiling, opt, &n, err);
    out->items = !st && n ? oc_mem_array(OC_MEM_OTHER, n, sizeof *out->items) : NULL;
    if (!st && n && !out->items)
        st = oc_err_nomem(err, "faces", n * sizeof *out->items);
    for (size_t i = 0; !st && i < n; i++) {
        out->items[i] = g.faces[g.seen[i].from];
        out->items[i].box = g.seen[i].box;
        out->items[i].score = g.seen[i].score;
    }
    out->n = st ? 0 : n;
    out->windows = (int)g.windows.n;
    end(&g);
    return st;
}

/*
 * `ocelli gallery re-embed`: a page of faces after the other; of each its picture, the face in it that was enrolled, and that face's vector
 * by the new model, beside the old one. At the end the gallery changes hands, in one transaction.
 */
#include "handlers/cli_faces.h"
#include "handlers/gallery/ask.h"
#include "handlers/gallery/command.h"
#include "vision/decode.h"

enum { PAGE = 64 };
#define LEAST_OVERLAP 0.3 /* IoU with the box of then: another detector draws another box, but around the same face */

struct work {
    struct oc_gallery_command *c;
    struct oc_registry *reg;
    struct oc_lease embedder, detector;
    struct oc_gallery_model model;
    size_t converted, before, failed, seen;
    struct oc_gallery_progress progress;
};

/* A face of the page; the picture is read when its turn comes. */
struct item {
    uint8_t id[OC_FACE_ID];
    char subject[LIM_SUBJECT_NAME + 1];
    bool has_picture, aligned;
    float box[4];
};

struct page {
    struct item items[PAGE];
    size_t n;
};

static enum oc_status keep_item(void *arg, const struct oc_stored_face *f)
{
    struct page *p = arg;
    struct item *it = &p->items[p->n++];
    memcpy(it->id, f->id, sizeof it->id);
    snprintf(it->subject, sizeof it->subject, "%s", f->subject);
    it->has_picture = f->has_picture;
    it->aligned = f->aligned;
    memcpy(it->box, f->box, sizeof it->box);
    return OC_OK;
}

static enum oc_status copy_picture(void *arg, const struct oc_stored_face *f)
{
    return oc_buf_add(arg, f->picture ? f->picture : "", f->picture_len);
}

static double overlap(const struct oc_box *a, const float b[4])
{
    double w = (double)(a->x2 < b[2] ? a->x2 : b[2]) - (double)(a->x1 > b[0] ? a->x1 : b[0]);
    double h = (double)(a->y2 < b[3] ? a->y2 : b[3]) - (double)(a->y1 > b[1] ? a->y1 : b[1]);
    double both = w > 0 && h > 0 ? w * h : 0;
    double all = (double)(a->x2 - a->x1) * (double)(a->y2 - a->y1) + (double)(b[2] - b[0]) * (double)(b[3] - b[1]) - both;
    return all > 0 ? both / all : 0;
}

/* The face that was enrolled; OC_E_NO_FACE when it is not found again. */
static enum oc_status find_again(const struct item *it, const struct oc_face_analysis *look, size_t *face, struct oc_err *err)
{
    double best = it->aligned ? 1 : LEAST_OVERLAP;
    *face = it->aligned && look->faces.n ? 0 : look->faces.n;
    for (size_t i = 0; !it->aligned && i < look->faces.n; i++) {
        double same = overlap(&look->faces.items[i].box, it->box);
        if (same >= best) {
            best = same;
            *face = i;
        }
    }
    return *face < look->faces.n ? OC_OK
                                 : oc_err_set(err, OC_E_NO_FACE, "no face is found where it was enrolled, %zu elsewhere", look->faces.n);
}

static enum oc_status embed(struct work *w, const struct item *it, const struct oc_image *im, struct oc_err *err)
{
    const struct oc_face_embed_options how = {.normalise = true};
    const struct oc_detect_options options = {.score_threshold = -1, .iou_threshold = -1};
    struct oc_face_analysis look = {.rows = NULL};
    size_t face = 0;
    enum oc_status st = oc_face_analysis_find(it->aligned ? NULL : w->detector.model, im, w->embedder.recipe->input.width, &options, NULL,
                                              &look, err);
    if (!st)
        st = find_again(it, &look, &face, err);
    bool *wanted = st ? NULL : oc_mem_array(OC_MEM_OTHER, look.faces.n, sizeof *wanted);
    if (!st && !wanted)
        st = oc_err_nomem(err, "faces", look.faces.n);
    if (!st) {
        wanted[face] = true;
        st = oc_face_analysis_embed(w->embedder.model, &look, wanted, &how, NULL, err);
    }
    if (!st && !w->model.dim)
        w->model.dim = look.vectors.dim;
    if (!st)
        st = oc_gallery_put_vector(w->c->g, it->id, &w->model, oc_face_analysis_vector(&look, face), err);
    oc_mem_free(wanted);
    oc_face_analysis_deinit(&look);
    return st;
}

static enum oc_status convert(struct work *w, const struct item *it, struct oc_err *err)
{
    struct oc_buf picture;
    struct oc_image im = {0};
    if (!it->has_picture)
        return oc_err_set(err, OC_E_NOT_FOUND, "its picture was not kept");
    oc_buf_init(&picture, OC_MEM_BODY, LIM_GALLERY_PICTURE);
    enum oc_status st = oc_gallery_face(w->c->g, it->id, OC_FACE_PICTURE, copy_picture, &picture, err);
    if (!st)
        st = oc_decode((const uint8_t *)picture.data, picture.len, NULL, &im, NULL, err);
    if (!st)
        st = embed(w, it, &im, err);
    oc_image_deinit(&im);
    oc_buf_deinit(&picture);
    return st;
}

/* Errors of the store or of the machine end the work; others are that face's. */
static bool is_of_face(enum oc_status st)
{
    return st == OC_E_NOT_FOUND || st == OC_E_NO_FACE || st == OC_E_IMAGE || st == OC_E_IMAGE_TOO_LARGE || st == OC_E_INVALID ||
           st == OC_E_MEDIA;
}

static enum oc_status one(struct work *w, const struct item *it, struct oc_err *err)
{
    bool done = false;
    char id[OC_FACE_ID_TEXT];
    enum oc_status st = w->model.dim ? oc_gallery_has_vector(w->c->g, it->id, &w->model, &done, err) : OC_OK;
    if (st || done) {
        w->before += done;
        return st;
    }
    st = convert(w, it, err);
    w->converted += !st;
    if (!is_of_face(st))
        return st;
    w->failed++;
    oc_face_id_format(it->id, id);
    printf("%s\t%s\t%s\n", it->subject, id, err->msg);
    return OC_OK;
}

static enum oc_status all(struct work *w, struct oc_err *err)
{
    static struct page page;
    struct oc_face_range range = {.limit = PAGE};
    uint8_t last[OC_FACE_ID];
    enum oc_status st = OC_OK;
    do {
        page.n = 0;
        st = oc_gallery_faces(w->c->g, &range, keep_item, &page, err);
        for (size_t i = 0; !st && i < page.n; i++) {
            st = one(w, &page.items[i], err);
            oc_gallery_progress_show(&w->progress, ++w->seen);
        }
        if (page.n)
            memcpy(last, page.items[page.n - 1].id, sizeof last);
        range.after = last;
    } while (!st && page.n == PAGE);
    return st;
}

static int change_hands(struct work *w)
{
    struct oc_err err;
    size_t rest = 0;
    fflush(stdout);
    fprintf(stderr, "%zu faces converted, %zu were before, %zu cannot be\n", w->converted, w->before, w->failed);
    if (!w->converted && !w->before)
        return fprintf(stderr, "ocelli gallery: there is nothing for '%s': the gallery stays as it is\n", w->model.name), OC_EXIT_FAILED;
    if (w->failed && !w->c->partial && !w->c->drop)
        return fprintf(stderr, "ocelli gallery: the gallery stays as it is; --partial or --drop change it all the same\n"), OC_EXIT_FAILED;
    if (oc_gallery_switch(w->c->g, &w->model, w->c->drop, &rest, &err))
        return oc_gallery_fail(&err);
    fprintf(stderr, "the gallery is '%s's now\n", w->model.name);
    return OC_EXIT_DONE;
}

static enum oc_status acquire(struct work *w, struct oc_err *err)
{
    const struct oc_cli_faces ask = {.detector = w->c->detector};
    enum oc_status st = oc_registry_new(&w->c->registry, &w->reg, err);
    (void)(st || (st = oc_registry_acquire(w->reg, w->c->words[0], OC_TASK_FACE_EMBED, NULL, &w->embedder, err)) ||
           (st = oc_gallery_lease_model(&w->embedder, 0, &w->model, err)) ||
           (st = oc_cli_faces_detector(w->reg, &w->embedder, &ask, &w->detector, err)));
    return st;
}

int oc_gallery_reembed(struct oc_gallery_command *c)
{
    struct work w = {.c = c, .progress = {.text = "faces looked at"}};
    struct oc_err err;
    if (c->partial && c->drop)
        return fprintf(stderr, "ocelli gallery: --partial keeps what --drop deletes: one of them\n"), OC_EXIT_USAGE;
    enum oc_status st = acquire(&w, &err);
    if (!st)
        st = all(&w, &err);
    int status = st ? oc_gallery_fail(&err) : change_hands(&w);
    if (w.reg) {
        oc_registry_release(w.reg, &w.embedder);
        oc_registry_release(w.reg, &w.detector);
    }
    oc_registry_free(w.reg);
    return status;
}

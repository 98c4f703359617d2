/* Finding, cutting, measuring and embedding the faces of one picture; see analysis.h. */
#include "models/face/analysis.h"
#include "models/face/find.h"
#include "base/clock.h"
#include "vision/letterbox.h"

void oc_face_analysis_deinit(struct oc_face_analysis *look)
{
    for (size_t i = 0; look->crops && i < look->faces.n; i++)
        oc_mem_wipe_free(look->crops[i].data);
    oc_mem_free(look->crops);
    oc_mem_free(look->quality);
    oc_mem_free(look->rows);
    oc_vectors_deinit(&look->vectors);
    oc_faces_deinit(&look->faces);
    *look = (struct oc_face_analysis){0};
}

/* The picture itself as its only face. */
static enum oc_status whole_picture(const struct oc_image *im, struct oc_faces *out, struct oc_err *err)
{
    out->items = oc_mem_array(OC_MEM_OTHER, 1, sizeof *out->items);
    if (!out->items)
        return oc_err_nomem(err, "faces", sizeof *out->items);
    out->items[0] = (struct oc_face){.box = {0, 0, (float)im->width, (float)im->height}, .score = 1};
    out->n = 1;
    return OC_OK;
}

static enum oc_status make_room(struct oc_face_analysis *look, struct oc_err *err)
{
    size_t n = look->faces.n;
    if (n > LIM_FACES)
        return oc_err_set(err, OC_E_INVALID, "at most %d faces of a picture, there are %zu; max_faces takes the best of them", LIM_FACES,
                          n);
    look->crops = oc_mem_array(OC_MEM_OTHER, n ? n : 1, sizeof *look->crops);
    look->quality = oc_mem_array(OC_MEM_OTHER, n ? n : 1, sizeof *look->quality);
    look->rows = oc_mem_array(OC_MEM_OTHER, n ? n : 1, sizeof *look->rows);
    if (!look->crops || !look->quality || !look->rows)
        return oc_err_nomem(err, "faces", n * (sizeof *look->crops + sizeof *look->quality + sizeof *look->rows));
    for (size_t i = 0; i < n; i++)
        look->rows[i] = -1;
    return OC_OK;
}

static enum oc_status cut(const struct oc_image *im, bool whole, int side, bool by_box, struct oc_face_analysis *look, struct oc_err *err)
{
    enum oc_status st = make_room(look, err);
    for (size_t i = 0; !st && i < look->faces.n; i++) {
        const struct oc_face *face = &look->faces.items[i];
        struct oc_face boxed = *face;
        boxed.has_landmarks &= !by_box;
        st = whole ? oc_letterbox(im, side, side, OC_FIT_STRETCH, 0, OC_RESAMPLE_ANTIALIAS, &look->crops[i], NULL, err)
                   : oc_face_align(im, &boxed, side, &look->crops[i], err);
        if (!st)
            look->quality[i] = oc_face_quality_of(face, &look->crops[i]);
    }
    return st;
}

enum oc_status oc_face_analysis_find(struct oc_model *detector, const struct oc_image *im, int side, const struct oc_detect_options *opt,
                                     struct oc_run *run, struct oc_face_analysis *look, struct oc_err *err)
{
    return oc_face_analysis_find_cut(detector, im, side, false, opt, run, look, err);
}

enum oc_status oc_face_analysis_find_cut(struct oc_model *detector, const struct oc_image *im, int side, bool by_box,
                                         const struct oc_detect_options *opt, struct oc_run *run, struct oc_face_analysis *look,
                                         struct oc_err *err)
{
    *look = (struct oc_face_analysis){0};
    enum oc_status st = detector ? oc_model_faces(detector, im, opt, run, &look->faces, err) : whole_picture(im, &look->faces, err);
    int64_t start = oc_now_ns();
    if (!st)
        st = cut(im, !detector, side, by_box, look, err);
    if (run)
        run->preprocess_ns += oc_now_ns() - start;
    if (st)
        oc_face_analysis_deinit(look);
    return st;
}

enum oc_status oc_face_analysis_embed(struct oc_model *embedder, struct oc_face_analysis *look, const bool *wanted,
                                      const struct oc_face_embed_options *opt, struct oc_run *run, struct oc_err *err)
{
    size_t n = 0, faces = look->faces.n;
    oc_vectors_deinit(&look->vectors);
    struct oc_image *crops = oc_mem_array(OC_MEM_OTHER, faces ? faces : 1, sizeof *crops); /* borrows the pixels */
    if (!crops)
        return oc_err_nomem(err, "faces", faces * sizeof *crops);
    for (size_t i = 0; i < faces; i++) {
        bool take = !wanted || wanted[i];
        look->rows[i] = take ? (int)n : -1;
        if (take)
            crops[n++] = look->crops[i];
    }
    enum oc_status st = oc_model_embed_faces(embedder, crops, n, opt, run, &look->vectors, err);
    for (size_t i = 0; st && i < faces; i++)
        look->rows[i] = -1;
    oc_mem_free(crops);
    return st;
}

const float *oc_face_analysis_vector(const struct oc_face_analysis *look, size_t face)
{
    return look->rows[face] < 0 ? NULL : look->vectors.data + (size_t)look->rows[face] * look->vectors.dim;
}

static float area(const struct oc_box *b)
{
    return (b->x2 - b->x1) * (b->y2 - b->y1);
}

size_t oc_face_analysis_largest(const struct oc_face_analysis *look)
{
    size_t best = 0;
    for (size_t i = 1; i < look->faces.n; i++)
        if (area(&look->faces.items[i].box) > area(&look->faces.items[best].box))
            best = i;
    return look->faces.n ? best : 0;
}

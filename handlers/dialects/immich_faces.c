/* See immich_faces.h. */
#include "handlers/dialects/immich_faces.h"
#include "handlers/infer.h"
#include "models/face/analysis.h"

static void put_faces(struct oc_json *j, const struct oc_face_analysis *look)
{
    static const char *const names[] = {"x1", "y1", "x2", "y2"};
    oc_json_open(j, '[');
    for (size_t i = 0; i < look->faces.n; i++) {
        const struct oc_box *b = &look->faces.items[i].box;
        const float corners[] = {b->x1, b->y1, b->x2, b->y2};
        oc_json_open(j, '{');
        oc_json_key(j, "boundingBox");
        oc_json_open(j, '{');
        for (size_t k = 0; k < OC_ARRAY_LEN(names); k++) {
            oc_json_key(j, names[k]);
            oc_json_fixed(j, (double)corners[k], 0);
        }
        oc_json_close(j, '}');
        oc_json_key(j, "embedding");
        oc_json_floats_text(j, oc_face_analysis_vector(look, i), look->vectors.dim);
        oc_json_put_float(j, "score", look->faces.items[i].score);
        oc_json_close(j, '}');
    }
    oc_json_close(j, ']');
}

static enum oc_status look_at(const struct oc_inputs *in, const struct oc_lease *detector, const struct oc_lease *embedder,
                              const struct oc_image *im, double min_score, struct oc_face_analysis *look, struct oc_err *err)
{
    struct oc_run run = oc_infer_begin(in);
    const struct oc_detect_options opt = {.score_threshold = (float)min_score, .iou_threshold = -1};
    const struct oc_face_embed_options raw = {0};
    enum oc_status st;
    do
        st = oc_face_analysis_find(detector->model, im, oc_face_side(embedder->recipe), &opt, &run, look, err);
    while (oc_infer_again(in, st));
    if (!st) {
        do
            st = oc_face_analysis_embed(embedder->model, look, NULL, &raw, &run, err);
        while (oc_infer_again(in, st));
    }
    return oc_infer_finish(in, &run, st, err);
}

enum oc_status oc_immich_faces(const struct oc_inputs *in, const struct oc_image *im, const struct oc_immich_faces *ask, struct oc_json *j,
                               struct oc_err *err)
{
    struct oc_lease detector = {0}, embedder = {0};
    struct oc_face_analysis look = {0};
    enum oc_status st = oc_infer_acquire_named(in, ask->detector, OC_TASK_FACE_DETECT, &detector, err);
    if (!st)
        st = oc_infer_acquire_named(in, ask->embedder, OC_TASK_FACE_EMBED, &embedder, err);
    if (!st)
        st = look_at(in, &detector, &embedder, im, ask->min_score, &look, err);
    if (!st)
        put_faces(j, &look);
    oc_face_analysis_deinit(&look);
    oc_infer_release(in, &embedder);
    oc_infer_release(in, &detector);
    return st;
}

/* See find.h. */
#include "models/face/find.h"
#include "models/run/tiles/tiles.h"

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
    const struct oc_tiling *tiling = oc_boxes_tiling(m, opt);
    const float *retries = oc_model_recipe(m)->decode.retries;
    struct oc_view view = {im, 1};
    struct oc_run own = {0};
    *out = (struct oc_faces){0};
    enum oc_status st = oc_boxes_check_task(m, OC_TASK_FACE_DETECT, err);
    if (st)
        return st;
    run = run ? run : &own;
    st = oc_tiling_is_on(tiling) ? oc_tiles_faces(m, im, tiling, opt, run, out, err) : oc_boxes_faces(m, &view, 1, opt, run, out, err);
    for (int i = 0; !st && !out->n && i < OC_RETRIES && retries[i] > 0; i++) {
        int windows = out->windows;
        oc_faces_deinit(out);
        view.shrink = (double)retries[i];
        st = oc_boxes_faces(m, &view, 1, opt, run, out, err);
        out->windows = windows;
        keep_large(im, out);
    }
    return st;
}

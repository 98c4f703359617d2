/* See cli_faces.h. */
#include "handlers/cli_faces.h"
#include "handlers/faces/faces.h"

enum oc_status oc_cli_faces_detector(struct oc_registry *reg, const struct oc_lease *embedder, const struct oc_cli_faces *ask,
                                     struct oc_lease *detector, struct oc_err *err)
{
    *detector = (struct oc_lease){0};
    if (ask->aligned)
        return OC_OK;
    enum oc_status st = OC_DECLINED;
    if (!ask->detector && !oc_registry_has_default(reg, OC_TASK_FACE_DETECT))
        st = oc_registry_acquire_beside(reg, embedder, OC_TASK_FACE_DETECT, NULL, detector, err);
    return st == OC_DECLINED ? oc_registry_acquire(reg, ask->detector, OC_TASK_FACE_DETECT, NULL, detector, err) : st;
}

enum oc_status oc_cli_faces_run(const struct oc_lease *embedder, const struct oc_lease *detector, const struct oc_image *im,
                                const struct oc_detect_options *opt, struct oc_run *run, struct oc_face_analysis *look, struct oc_err *err)
{
    const struct oc_face_embed_options how = {.normalise = true};
    enum oc_status st = oc_face_analysis_find(detector->model, im, oc_face_side(embedder->recipe), opt, run, look, err);
    return st ? st : oc_face_analysis_embed(embedder->model, look, NULL, &how, run, err);
}

void oc_cli_faces_render(struct oc_json *j, const struct oc_lease *detector, const struct oc_face_analysis *look)
{
    oc_json_put_string(j, "detector", detector->name);
    oc_json_put_int(j, "dim", (int64_t)look->vectors.dim);
    oc_json_key(j, "faces");
    oc_json_open(j, '[');
    for (size_t i = 0; i < look->faces.n; i++) {
        oc_json_open(j, '{');
        oc_render_seen_face(j, look, i);
        oc_json_key(j, "embedding");
        oc_json_floats(j, oc_face_analysis_vector(look, i), look->vectors.dim);
        oc_json_close(j, '}');
    }
    oc_json_close(j, ']');
}

void oc_cli_faces_print(const struct oc_face_analysis *look)
{
    for (size_t i = 0; i < look->faces.n; i++) {
        const struct oc_face *f = &look->faces.items[i];
        const float *v = oc_face_analysis_vector(look, i);
        printf("  face %.3f  %.1f %.1f %.1f %.1f  quality %.2f\n ", (double)f->score, (double)f->box.x1, (double)f->box.y1,
               (double)f->box.x2, (double)f->box.y2, (double)look->quality[i].overall);
        for (size_t k = 0; k < look->vectors.dim; k++)
            printf(" %.9g", (double)v[k]);
        printf("\n");
    }
}

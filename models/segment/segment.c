/* One picture through a segmenter: run, then the output's grid becomes a class for each pixel. See segment.h. */
#include "models/segment/segment.h"
#include "base/clock.h"
#include "models/run/inference.h"
#include "models/segment/spread.h"

static enum oc_status make_map(const struct oc_inference *p, struct oc_label_map *out, struct oc_err *err)
{
    const struct oc_recipe *r = p->recipe;
    struct oc_grid_place place = {.network_width = r->input.width,
                                  .network_height = r->input.height,
                                  .fit = &p->map,
                                  .width = p->picture->width,
                                  .height = p->picture->height,
                                  .cancelled = p->run->cancelled,
                                  .cancel_arg = p->run->cancel_arg};
    size_t pixels = (size_t)place.width * (size_t)place.height;
    out->width = place.width;
    out->height = place.height;
    out->n_classes = oc_recipe_map_classes(r);
    out->ids = oc_mem_array(OC_MEM_PIXEL, pixels, sizeof *out->ids);
    if (!out->ids)
        return oc_err_nomem(err, "a map of classes", pixels * sizeof *out->ids);
    return oc_map_spread(r, eng_session_output(p->session->engine, r->map.output), &place, out, err);
}

enum oc_status oc_model_segment(struct oc_model *m, const struct oc_image *im, struct oc_run *run, struct oc_label_map *out,
                                struct oc_err *err)
{
    struct oc_inference p = oc_inference_of(m, im, run);
    const struct oc_recipe *r = p.recipe;
    *out = (struct oc_label_map){0};
    if (!oc_recipe_can(r, OC_TASK_SEGMENT) || r->map.kind == OC_MAP_NONE)
        return oc_err_set(err, OC_E_INVALID, "the model's task is %s, not %s", oc_task_name(r->task), oc_task_name(OC_TASK_SEGMENT));
    enum oc_status st = oc_inference_run(&p, err);
    int64_t start = oc_now_ns();
    if (!st)
        st = make_map(&p, out, err);
    p.run->postprocess_ns += oc_now_ns() - start;
    if (st)
        oc_label_map_deinit(out);
    oc_inference_end(&p);
    return st;
}

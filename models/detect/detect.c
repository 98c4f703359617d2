/* See detect.h. */
#include "models/detect/detect.h"
#include "models/run/tiles/tiles.h"

enum oc_status oc_model_detect(struct oc_model *m, const struct oc_image *im, const struct oc_detect_options *opt, struct oc_run *run,
                               struct oc_detections *out, struct oc_err *err)
{
    const struct oc_tiling *tiling = oc_boxes_tiling(m, opt);
    const struct oc_view whole = {im, 1};
    struct oc_run own = {0};
    *out = (struct oc_detections){0};
    enum oc_status st = oc_boxes_check_task(m, OC_TASK_DETECT, err);
    if (st)
        return st;
    return oc_tiling_is_on(tiling) ? oc_tiles_detect(m, im, tiling, opt, run ? run : &own, out, err)
                                   : oc_boxes_detect(m, &whole, 1, opt, run ? run : &own, out, err);
}

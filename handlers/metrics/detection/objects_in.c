/* See objects_in.h. */
#include "handlers/metrics/detection/objects_in.h"
#include "handlers/metrics/detection/readers.h"

static enum oc_status read(struct oc_objects_reader *r, const json_t *truth, const json_t *prediction)
{
    if (!truth || json_is_null(truth) || !prediction || json_is_null(prediction))
        return oc_err_set(r->err, OC_E_INVALID,
                          "/%s: is missing; COCO's files, or lists of {\"file\",\"detections\"}, are expected as "
                          "'truth' and 'prediction'",
                          truth && !json_is_null(truth) ? "prediction" : "truth");
    return json_is_object(truth) ? oc_objects_read_coco(r, truth, prediction) : oc_objects_read_list(r, truth, prediction);
}

enum oc_status oc_objects_read(const struct oc_request *req, const json_t *truth, const json_t *prediction, bool masks,
                               struct oc_objects_in *out, struct oc_err *err)
{
    struct oc_objects_reader r = {.req = req, .masks = masks, .out = out, .err = err};
    *out = (struct oc_objects_in){0};
    enum oc_status st = read(&r, truth, prediction);
    oc_numbering_deinit(&r.images);
    oc_numbering_deinit(&r.classes);
    return st;
}

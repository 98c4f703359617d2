/* room: handlers */
/* Any JSON as a request to the detection metrics, of boxes and of masks: scores are of 0..1 or not defined, and what is counted adds up. */
#include <math.h>
#include "handlers/input/json_in.h"
#include "handlers/metrics/detection/objects_in.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(double v)
{
    if (!isnan(v) && !(v >= 0 && v <= 1 + 1e-12))
        abort();
}

static void check_coco(const struct oc_object_set *set, bool masks)
{
    struct oc_coco_terms terms = oc_coco_terms_default();
    struct oc_coco_score all, *classes = oc_mem_array(OC_MEM_OTHER, (size_t)set->n_classes + 1, sizeof *classes);
    struct oc_err err;
    terms.masks = masks;
    if (!classes)
        abort();
    if (oc_coco_score(set, &terms, &all, classes, &err) == OC_OK) {
        check(all.ap);
        check(all.ap50);
        for (int i = 0; i < OC_AREAS; i++)
            check(all.ap_area[i]);
        for (int i = 0; i < 3; i++)
            check(all.ar[i]);
        if (all.truths > set->n_truth || all.found != set->n_found)
            abort();
    }
    oc_mem_free(classes);
}

static void check_voc(const struct oc_object_set *set)
{
    struct oc_voc_score all, *classes = oc_mem_array(OC_MEM_OTHER, (size_t)set->n_classes + 1, sizeof *classes);
    struct oc_err err;
    if (!classes)
        abort();
    if (oc_voc_score(set, &(struct oc_voc_terms){.iou = .5}, &all, classes, &err) == OC_OK) {
        check(all.ap);
        check(all.ap_11_point);
        if (all.right > all.truths || all.right + all.wrong > set->n_found || all.truths + all.difficult != set->n_truth)
            abort();
    }
    oc_mem_free(classes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct oc_service service = {.max_pixels = 10000};
    struct oc_arena arena;
    const struct oc_request req = {.service = &service, .arena = &arena};
    struct oc_err err;
    json_t *v;
    if (oc_json_parse(NULL, (const char *)data, size, &v, &err) != OC_OK)
        return 0;
    oc_arena_init(&arena, OC_MEM_OTHER, OC_MIB(16));
    for (int masks = 0; masks < 2; masks++) {
        struct oc_objects_in in;
        const json_t *truth = json_object_get(v, "truth"), *prediction = json_object_get(v, "prediction");
        if (oc_objects_read(&req, truth, prediction, masks, &in, &err) == OC_OK) {
            struct oc_object_set set = {in.truth, in.found, in.n_truth, in.n_found, in.n_images, in.n_classes};
            check_coco(&set, masks);
            if (!masks)
                check_voc(&set);
        }
        oc_objects_deinit(&in);
    }
    oc_arena_deinit(&arena);
    json_decref(v);
    return 0;
}

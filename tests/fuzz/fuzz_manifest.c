/* room: models */
/* Any bytes as a model.json, then applied to a model whose head every family might claim. */
#include "models/package/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct oc_manifest *m;
    struct oc_err err;
    if (oc_manifest_parse((const char *)data, size, &m, &err) != OC_OK)
        return 0;
    static const struct eng_io input = {.name = "images", .dtype = ENG_DT_F32, .shape = {4, {1, 3, -1, -1}}, .shape_known = true};
    static const struct eng_io output = {.name = "output", .dtype = ENG_DT_F32, .shape = {3, {1, -1, 7}}, .shape_known = true};
    static const struct eng_facts facts = {.n_inputs = 1, .n_outputs = 1, .inputs = &input, .outputs = &output};
    struct oc_recipe r;
    oc_recipe_init(&r);
    if (oc_recipe_make(&facts, m, &(struct oc_beside){.directory = "/nonexistent"}, &r, &err) == OC_OK && r.family &&
        (r.input.width < 1 || r.input.width > LIM_NETWORK_SIDE || r.thresholds.max_detections < 1))
        abort();
    oc_recipe_deinit(&r);
    oc_manifest_free(m);
    return 0;
}

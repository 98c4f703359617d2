/* See detect_params.h. */
#include "handlers/detect_params.h"
#include "base/parse.h"

enum { MOST_CLASSES = 1000 };

enum oc_status oc_detect_classes_read(const struct oc_inputs *in, const struct oc_recipe *r, const uint8_t **flags, struct oc_err *err)
{
    const char *const *items;
    size_t n, n_classes = (size_t)r->decode.n_classes;
    enum oc_status st = oc_param_list(in, "classes", MOST_CLASSES, &items, &n, err);
    *flags = NULL;
    if (st || !n)
        return st;
    uint8_t *wanted = oc_arena_alloc(in->req->arena, n_classes ? n_classes : 1);
    if (!wanted)
        return oc_err_nomem(err, "classes", n_classes);
    for (size_t i = 0; i < n; i++) {
        int64_t number = oc_labels_find(&r->labels, items[i]);
        if (number < 0 && !oc_parse_i64(items[i], strlen(items[i]), 0, (int64_t)n_classes - 1, &number))
            return oc_err_set(err, OC_E_INVALID, "classes: the model has no class '%.100s'; names, or numbers of 0..%zu, are expected",
                              items[i], n_classes - 1);
        wanted[number] = 1;
    }
    *flags = wanted;
    return OC_OK;
}

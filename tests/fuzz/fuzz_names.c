/* room: models */
/* Any bytes as the names of a model's metadata, and as a labels file. */
#include "base/limits.h"
#include "models/recipe/labels.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct oc_labels *l)
{
    if (l->n > LIM_LABELS)
        abort();
    for (size_t i = 0; i < l->n; i++)
        if (l->names[i] && (strlen(l->names[i]) > LIM_LABEL_BYTES + 2 || !oc_utf8_valid(l->names[i], strlen(l->names[i]))))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct oc_arena arena;
    struct oc_labels labels;
    struct oc_err err;
    oc_arena_init(&arena, OC_MEM_OTHER, OC_MIB(8));
    if (oc_labels_from_literal((const char *)data, size, &arena, &labels, &err) == OC_OK)
        check(&labels);
    if (oc_labels_from_lines((const char *)data, size, &arena, &labels, &err) == OC_OK)
        check(&labels);
    oc_arena_deinit(&arena);
    return 0;
}

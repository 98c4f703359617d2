/* The list of passes and the loop over it; see passes.h. */
#include "engine/passes/passes.h"
#include <string.h>

/*
 * Order: types first, while outputs are what the file declares; constants, then what changes weights; patterns that later ones would
 * break up (LayerNorm, GELU) before the small ones; bias before residual before activation, which is the order in which a kernel applies
 * them.
 */
static const struct eng_pass passes[] = {
    {"widen", ENG_STAGE_LOAD, eng_pass_widen},       {"canonicalise", ENG_STAGE_LOAD, eng_pass_canonicalise},
    {"fold", ENG_STAGE_LOAD, eng_pass_fold},         {"affine", ENG_STAGE_LOAD, eng_pass_affine},
    {"noop", ENG_STAGE_PLAN, eng_pass_noop},         {"layernorm", ENG_STAGE_PLAN, eng_pass_layernorm},
    {"gelu", ENG_STAGE_PLAN, eng_pass_gelu},         {"hardswish", ENG_STAGE_PLAN, eng_pass_hardswish},
    {"silu", ENG_STAGE_PLAN, eng_pass_silu},         {"bias", ENG_STAGE_PLAN, eng_pass_bias},
    {"residual", ENG_STAGE_PLAN, eng_pass_residual}, {"activation", ENG_STAGE_PLAN, eng_pass_activation},
    {"layout", ENG_STAGE_LAYOUT, eng_pass_layout},
};
_Static_assert(OC_ARRAY_LEN(passes) <= ENG_PASSES_MAX, "counters have room for every pass");

const struct eng_pass *eng_pass_at(int i)
{
    return i >= 0 && (size_t)i < OC_ARRAY_LEN(passes) ? &passes[i] : NULL;
}

static bool is_listed(const char *list, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = list; p && *p;) {
        size_t len = strcspn(p, ",");
        if (len == n && memcmp(p, name, n) == 0)
            return true;
        p += len + (p[len] == ',');
    }
    return false;
}

enum oc_status eng_passes_check(const char *disabled, struct oc_err *err)
{
    for (const char *p = disabled; p && *p;) {
        size_t len = strcspn(p, ",");
        bool found = len == 0;
        for (size_t i = 0; !found && i < OC_ARRAY_LEN(passes); i++)
            found = strlen(passes[i].name) == len && memcmp(p, passes[i].name, len) == 0;
        if (!found)
            return oc_err_set(err, OC_E_INVALID, "there is no pass '%.*s' to disable", len > 40 ? 40 : (int)len, p);
        p += len + (p[len] == ',');
    }
    return OC_OK;
}

enum oc_status eng_passes_run(struct eng_graph *g, enum eng_stage stage, const char *disabled, int *counts, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < OC_ARRAY_LEN(passes); i++) {
        if (passes[i].stage != stage || is_listed(disabled, passes[i].name))
            continue;
        int before = counts[i];
        st = passes[i].run(g, &counts[i], err);
        if (!st && counts[i] != before)
            st = eng_graph_sweep(g, err);
    }
    return st;
}

/* The backends of this build, best first, and their choice by name. */
#include "engine/backend/backend.h"
#include <string.h>

static const struct eng_backend *const backends[] = {
#ifdef OC_WITH_DNNL
    &eng_backend_onednn,
#endif
#ifdef OC_WITH_OPENBLAS
    &eng_backend_openblas,
#endif
    &eng_backend_reference,
};

const char *eng_backend_name(int i)
{
    return i >= 0 && i < (int)OC_ARRAY_LEN(backends) ? backends[i]->name : NULL;
}

enum oc_status eng_backend_find(const char *name, const struct eng_backend **out, struct oc_err *err)
{
#ifdef OC_SANITIZED
    if (!name) /* the libraries are not instrumented */
        name = "reference";
#endif
    for (size_t i = 0; i < OC_ARRAY_LEN(backends); i++) {
        if (name && strcmp(name, backends[i]->name) != 0)
            continue;
        if (backends[i]->available()) {
            *out = backends[i];
            return OC_OK;
        }
        if (name)
            return oc_err_set(err, OC_E_INVALID, "backend %s does not work on this machine", name);
    }
    *out = NULL;
    char names[64] = "";
    for (size_t i = 0, at = 0; i < OC_ARRAY_LEN(backends) && at < sizeof names; i++)
        at += (size_t)snprintf(names + at, sizeof names - at, "%s%s", i ? ", " : "", backends[i]->name);
    return oc_err_set(err, OC_E_INVALID, "no backend is called '%s'; this build has %s", name ? name : "", names);
}

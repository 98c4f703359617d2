/* See model_name.h. */
#include "handlers/model_name.h"

enum oc_status oc_model_alias_check(const char *text, struct oc_err *err)
{
    size_t n = strcspn(text, "="), rest = text[n] ? strlen(text + n + 1) : 0;
    if (!n || !rest || n > LIM_MODEL_ID || rest > LIM_MODEL_ID)
        return oc_err_set(err, OC_E_INVALID, "model-aliases: '%.100s' is not ALIAS=NAME with names of 1..%d bytes", text, LIM_MODEL_ID);
    return OC_OK;
}

const char *oc_model_alias_resolve(const struct oc_service *service, const char *name)
{
    size_t n = name ? strlen(name) : 0;
    for (size_t i = 0; n && i < service->n_aliases; i++)
        if (!strncmp(service->aliases[i], name, n) && service->aliases[i][n] == '=')
            return service->aliases[i] + n + 1;
    return name;
}

bool oc_model_name_clean(const char *name, char *out, size_t size)
{
    const char *slash = strrchr(name, '/');
    size_t n = 0;
    for (const char *p = slash ? slash + 1 : name; *p; p++) {
        if (*p == '.')
            continue;
        if (n + 1 >= size)
            return false;
        out[n++] = *p == ':' || *p == '\\' ? '_' : *p;
    }
    out[n] = 0;
    return n > 0;
}

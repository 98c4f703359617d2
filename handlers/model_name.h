/* Names of models as clients write them: aliases that the operator has set, and Immich's spelling. */
#ifndef OC_HANDLERS_MODEL_NAME_H
#define OC_HANDLERS_MODEL_NAME_H

#include "handlers/handler.h"

/* One option value is "ALIAS=NAME", neither empty nor longer than LIM_MODEL_ID; OC_E_INVALID. */
enum oc_status oc_model_alias_check(const char *text, struct oc_err *err) OC_MUST_CHECK;
/* The name that an alias stands for, borrowed from the service; any other name, and NULL, as it is. Aliases of aliases are not followed. */
const char *oc_model_alias_resolve(const struct oc_service *service, const char *name);
/*
 * Immich's name of a model's folder, into `out`: what follows the last '/', with ':' and '\\' as '_' and without dots. false when it
 * does not fit or nothing is left.
 */
bool oc_model_name_clean(const char *name, char *out, size_t size) OC_MUST_CHECK;

#endif

/* What the dialects that speak JSON share; see dialects.h. */
#include "handlers/dialects/dialects.h"

enum oc_status oc_dialect_json(struct oc_request *req, struct oc_inputs *in, struct oc_err *err)
{
    enum oc_status st = oc_inputs_read(req, in, err);
    if (!st && !in->json)
        st = oc_err_set(err, OC_E_INVALID, "a JSON object is expected as the body (Content-Type: application/json)");
    return st;
}

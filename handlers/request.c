/* What handlers ask of a request. */
#include "handlers/handler.h"

const char *oc_request_header(const struct oc_request *req, const char *name)
{
    for (size_t i = 0; i < req->n_headers; i++)
        if (!strcmp(req->headers[i].name, name))
            return req->headers[i].value;
    return NULL;
}

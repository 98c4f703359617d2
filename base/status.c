/* The status table of status.h, as data. */
#include "base/status.h"

static const struct row {
    int http;
    bool retry;
    const char *code, *title, *name;
} rows[OC_STATUS_COUNT] = {
#define OC_STATUS_ROW(name, http, retry, code, title) [name] = {http, retry, code, title, #name},
    OC_STATUS_MAP(OC_STATUS_ROW)
#undef OC_STATUS_ROW
};

static const struct row *row_of(enum oc_status st)
{
    return (unsigned)st < OC_STATUS_COUNT ? &rows[st] : &rows[OC_E_INTERNAL];
}

int oc_status_http(enum oc_status st)
{
    return row_of(st)->http;
}

const char *oc_status_code(enum oc_status st)
{
    return row_of(st)->code;
}

const char *oc_status_title(enum oc_status st)
{
    return row_of(st)->title;
}

const char *oc_status_name(enum oc_status st)
{
    return row_of(st)->name;
}

bool oc_status_retryable(enum oc_status st)
{
    return row_of(st)->retry;
}

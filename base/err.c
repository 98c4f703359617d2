/*
 * Error texts in fixed storage; see err.h. Overlong messages are cut, never lost, and all are UTF-8 whatever they quote:
 * they end up in JSON.
 */
#include "base/err.h"
#include "base/utf8.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum oc_status(oc_err_set)(struct oc_err *err, enum oc_status code, const char *fmt, ...)
{
    if (err) {
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(err->msg, sizeof err->msg, fmt, ap);
        va_end(ap);
        oc_utf8_repair(err->msg);
        err->code = code;
    }
    return code;
}

enum oc_status oc_err_prefix(struct oc_err *err, enum oc_status code, const char *fmt, ...)
{
    if (!err)
        return code;
    char old[OC_ERR_MSG_MAX];
    memcpy(old, err->msg, sizeof old);
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(err->msg, sizeof err->msg, fmt, ap);
    va_end(ap);
    size_t at = n < 0 ? 0 : (size_t)n;
    if (at < sizeof err->msg)
        snprintf(err->msg + at, sizeof err->msg - at, "%s", old);
    oc_utf8_repair(err->msg);
    err->code = code;
    return code;
}

void oc_err_clear(struct oc_err *err)
{
    if (err) {
        err->code = OC_OK;
        err->msg[0] = 0;
    }
}

/* Data URIs; see base64.h. */
#include "handlers/input/base64.h"
#include <strings.h>

enum oc_status oc_data_uri(const char *s, size_t n, const char **rest, size_t *rest_n, struct oc_err *err)
{
    *rest = s;
    *rest_n = n;
    if (n < 5 || strncasecmp(s, "data:", 5) != 0)
        return OC_OK;
    const char *comma = memchr(s, ',', n);
    size_t head = comma ? (size_t)(comma - s) : 0;
    if (!comma || head < 12 || strncasecmp(comma - 7, ";base64", 7) != 0)
        return oc_err_set(err, OC_E_INVALID, "data URI: 'data:<type>;base64,' is expected at its start");
    *rest = comma + 1;
    *rest_n = n - head - 1;
    return OC_OK;
}

/* Data URIs; see base64.h. */
#include "handlers/input/base64.h"
#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { HEAD_MOST = 256 /* bytes of "data:type;parameters" */ };

static void skip_blanks(const char **s, size_t *n)
{
    while (*n && strchr(" \t\r\n", **s) && **s)
        ++*s, --*n;
}

/* The comma behind "data:type/subtype;parameters" when that is what s begins with, else NULL. */
static const char *comma_of(const char *s, size_t n)
{
    const char *comma = n > 5 && !strncasecmp(s, "data:", 5) ? memchr(s, ',', n < HEAD_MOST ? n : HEAD_MOST) : NULL;
    bool marked = false; /* a type with a slash, or parameters: what prose after "data:" does not begin with */
    for (const char *p = s + 5; comma && p < comma; p++) {
        marked |= *p == '/' || *p == ';';
        if (!isalnum((unsigned char)*p) && !strchr("/+.-_;=\"", *p))
            return NULL;
    }
    return marked ? comma : NULL;
}

bool oc_is_data_uri(const char *s, size_t n)
{
    skip_blanks(&s, &n);
    return comma_of(s, n) != NULL;
}

enum oc_status oc_data_uri(const char *s, size_t n, const char **rest, size_t *rest_n, struct oc_err *err)
{
    skip_blanks(&s, &n);
    *rest = s;
    *rest_n = n;
    if (n < 5 || strncasecmp(s, "data:", 5) != 0)
        return OC_OK;
    const char *comma = comma_of(s, n);
    if (!comma || comma - s < 12 || strncasecmp(comma - 7, ";base64", 7) != 0)
        return oc_err_set(err, OC_E_INVALID, "data URI: 'data:<type>;base64,' is expected at its start");
    *rest = comma + 1;
    *rest_n = n - (size_t)(comma + 1 - s);
    return OC_OK;
}

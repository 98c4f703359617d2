/* Checked number parsing; see parse.h. */
#include "base/parse.h"
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool oc_parse_i64(const char *s, size_t n, int64_t min, int64_t max, int64_t *out)
{
    size_t i = 0;
    bool negative = n > 0 && s[0] == '-';
    if (n > 0 && (s[0] == '-' || s[0] == '+'))
        i = 1;
    if (i == n)
        return false;
    int64_t v = 0;
    for (; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
        int digit = s[i] - '0';
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_sub_overflow(v, digit, &v)) /* negative, so that INT64_MIN fits */
            return false;
    }
    if (!negative && __builtin_sub_overflow((int64_t)0, v, &v))
        return false;
    if (v < min || v > max)
        return false;
    *out = v;
    return true;
}

int oc_parse_hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool oc_parse_f64(const char *s, size_t n, double min, double max, double *out)
{
    char text[64];
    if (n == 0 || n >= sizeof text || memchr(s, 0, n))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!strchr("0123456789+-.eE", s[i]))
            return false;
    memcpy(text, s, n);
    text[n] = 0;
    char *end;
    errno = 0;
    double v = strtod(text, &end); /* the program never leaves the C locale */
    if (*end || !isfinite(v) || v < min || v > max)
        return false;
    *out = v;
    return true;
}

bool oc_parse_size(const char *s, size_t n, size_t *out)
{
    static const struct unit {
        const char *text;
        int shift;
    } units[] = {{"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"K", 10}, {"M", 20}, {"G", 30}, {"k", 10}, {"m", 20}, {"g", 30}};
    int shift = 0;
    for (size_t i = 0; i < OC_ARRAY_LEN(units); i++) {
        size_t len = strlen(units[i].text);
        if (n > len && !memcmp(s + n - len, units[i].text, len)) {
            shift = units[i].shift;
            n -= len;
            break;
        }
    }
    int64_t v;
    if (!oc_parse_i64(s, n, 0, INT64_MAX >> shift, &v))
        return false;
    *out = (size_t)v << shift;
    return true;
}

static bool one_of(const char *s, size_t n, const char *const *words)
{
    for (; *words; words++)
        if (strlen(*words) == n && !strncasecmp(s, *words, n))
            return true;
    return false;
}

bool oc_parse_bool(const char *s, size_t n, bool *out)
{
    static const char *const yes[] = {"true", "1", "yes", "on", "y", "t", NULL}, *const no[] = {"false", "0", "no", "off", "n", "f", NULL};
    *out = one_of(s, n, yes);
    return *out || one_of(s, n, no);
}

int64_t oc_f64_to_i64(double v, int64_t min, int64_t max)
{
    if (isnan(v))
        return min > 0 ? min : max < 0 ? max : 0;
    if (v <= (double)min)
        return min;
    if (v >= (double)max)
        return max;
    return (int64_t)v;
}

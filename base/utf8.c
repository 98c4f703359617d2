/* One character at a time; see utf8.h. */
#include "base/utf8.h"
#include <string.h>

size_t oc_utf8_length(const uint8_t *p, size_t left)
{
    if (p[0] < 0x80)
        return 1;
    size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || n > left)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

size_t oc_utf8_mark(const char *text, size_t n)
{
    return n >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3) ? 3 : 0;
}

void oc_utf8_repair(char *text)
{
    size_t left = strlen(text);
    for (char *p = text; left;) {
        size_t n = oc_utf8_length((const uint8_t *)p, left);
        if (!n) {
            *p = '?';
            n = 1;
        }
        p += n;
        left -= n;
    }
}

/*
 * The one tag of EXIF that matters for pixels: orientation (0x0112) in the first directory. Reads nothing else, follows
 * no other pointers, and treats every fault as "no orientation": a broken tag must not lose a good picture.
 */
#include "vision/decode/format.h"
#include <string.h>

#define TAG_ORIENTATION 0x0112
#define TYPE_SHORT 3
#define TYPE_LONG 4
#define ENTRY_BYTES 12

struct tiff {
    const uint8_t *p;
    size_t n;
    bool big;
};

/* The caller has checked that at + 2 <= n. */
static uint32_t read16(const struct tiff *t, size_t at)
{
    const uint8_t *p = t->p + at;
    return t->big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

static uint32_t read32(const struct tiff *t, size_t at)
{
    uint32_t first = read16(t, at), second = read16(t, at + 2);
    return t->big ? first << 16 | second : second << 16 | first;
}

int oc_exif_orientation(const uint8_t *p, size_t n)
{
    if (n >= 6 && !memcmp(p, "Exif\0\0", 6)) {
        p += 6;
        n -= 6;
    }
    if (n < 8 || (memcmp(p, "II*\0", 4) != 0 && memcmp(p, "MM\0*", 4) != 0))
        return 0;
    struct tiff t = {.p = p, .n = n, .big = p[0] == 'M'};
    size_t at = read32(&t, 4);
    if (at > n || n - at < 2)
        return 0;
    uint32_t entries = read16(&t, at);
    at += 2;
    for (uint32_t i = 0; i < entries && n - at >= ENTRY_BYTES; i++, at += ENTRY_BYTES) {
        if (read16(&t, at) != TAG_ORIENTATION)
            continue;
        uint32_t type = read16(&t, at + 2), count = read32(&t, at + 4);
        uint32_t value = type == TYPE_SHORT ? read16(&t, at + 8) : type == TYPE_LONG ? read32(&t, at + 8) : 0;
        return count == 1 && value >= 1 && value <= 8 ? (int)value : 0;
    }
    return 0;
}

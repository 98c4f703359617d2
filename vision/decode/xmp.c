/*
 * The one property of XMP that matters for pixels: tiff:Orientation, as an attribute (tiff:Orientation="6") or an element
 * (<tiff:Orientation>6<). Found by its name as Pillow finds it (PIL/Image.py, getexif), not by parsing XML: whatever else is in the packet
 * cannot matter.
 */
#include <string.h>
#include "vision/decode/format.h"

int oc_xmp_orientation(const uint8_t *p, size_t n)
{
    static const char name[] = "tiff:Orientation";
    const size_t length = sizeof name - 1;
    for (const uint8_t *end = p + n; (size_t)(end - p) > length;) {
        const uint8_t *at = memmem(p, (size_t)(end - p), name, length);
        if (!at)
            return 0;
        p = at + length;
        size_t skip = end - p >= 3 && !memcmp(p, "=\"", 2) ? 2 : end - p >= 2 && *p == '>' ? 1 : 0;
        if (skip && p[skip] >= '1' && p[skip] <= '8')
            return p[skip] - '0';
    }
    return 0;
}

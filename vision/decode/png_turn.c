/*
 * Where PNG files say how they are turned, in the order in which Pillow believes them: the eXIf chunk, ImageMagick's text "Raw profile type
 * exif" (the block in hexadecimal, mostly compressed), XMP in the international text "XML:com.adobe.xmp". Found by our own walk over the
 * chunks; a fault means "not turned". Of compressed text only the beginning is looked at.
 */
#include <string.h>
#include <zlib.h>
#include "base/limits.h"
#include "base/parse.h"
#include "vision/decode/png_reader.h"

enum { KEYWORD_MOST = 79 };

struct chunk {
    const uint8_t *data;
    size_t n;
};

/* What the chunks said; 0: nothing. */
struct said {
    int exif, profile, xmp;
};

/* The first bytes of compressed text; 0 when it cannot be read. What was made before a fault counts. */
static size_t inflate_some(const uint8_t *from, size_t n, uint8_t *to, size_t most)
{
    z_stream z = {.next_in = (Bytef *)(uintptr_t)from, .avail_in = (uInt)n, .next_out = to, .avail_out = (uInt)most};
    if (inflateInit(&z) != Z_OK)
        return 0;
    (void)inflate(&z, Z_SYNC_FLUSH);
    size_t made = most - z.avail_out;
    inflateEnd(&z);
    return made;
}

/* "\nexif\n      LENGTH\n" and hexadecimal digits with line breaks: the block's beginning, in place. */
static size_t from_hexadecimal(uint8_t *text, size_t n)
{
    size_t at = 0, made = 0;
    for (int lines = 0; lines < 3 && at < n; at++)
        lines += text[at] == '\n';
    int high = -1;
    for (; at < n; at++) {
        int digit = oc_parse_hex_digit((char)text[at]);
        if (digit < 0)
            continue;
        if (high >= 0)
            text[made++] = (uint8_t)(high << 4 | digit);
        high = high >= 0 ? -1 : digit;
    }
    return made;
}

/* The text behind a keyword: plain in tEXt, compressed in zTXt, either in iTXt. Copied, at most LIM_PNG_TEXT bytes of it. */
static size_t text_of(const char *kind, struct chunk c, size_t keyword, uint8_t *to)
{
    size_t at = keyword + 1;
    bool packed = !strcmp(kind, "zTXt");
    if (packed || !strcmp(kind, "iTXt")) {
        if (c.n - at < 2)
            return 0;
        if (!packed) { /* compressed or not, method, language, translated keyword */
            packed = c.data[at] == 1;
            at += 2;
            for (int k = 0; k < 2; k++) {
                const uint8_t *end = memchr(c.data + at, 0, c.n - at);
                if (!end)
                    return 0;
                at = (size_t)(end - c.data) + 1;
            }
        } else {
            at++;
        }
    }
    if (packed)
        return inflate_some(c.data + at, c.n - at, to, LIM_PNG_TEXT);
    size_t n = c.n - at < LIM_PNG_TEXT ? c.n - at : LIM_PNG_TEXT;
    memcpy(to, c.data + at, n);
    return n;
}

static void hear(struct said *s, const char *kind, struct chunk c, uint8_t *room)
{
    if (!strcmp(kind, "eXIf")) {
        s->exif = oc_exif_orientation(c.data, c.n);
        return;
    }
    const uint8_t *end = memchr(c.data, 0, c.n < KEYWORD_MOST + 1 ? c.n : KEYWORD_MOST + 1);
    if (!end)
        return;
    bool profile = !strcmp((const char *)c.data, "Raw profile type exif"), xmp = !strcmp((const char *)c.data, "XML:com.adobe.xmp");
    if (!profile && !xmp)
        return;
    size_t n = text_of(kind, c, (size_t)(end - c.data), room);
    if (xmp)
        s->xmp = oc_xmp_orientation(room, n);
    else
        s->profile = oc_exif_orientation(room, from_hexadecimal(room, n));
}

int oc_png_orientation(const uint8_t *p, size_t n)
{
    struct said said = {0};
    uint8_t *room = oc_mem_alloc(OC_MEM_PIXEL, LIM_PNG_TEXT);
    for (size_t at = OC_PNG_SIGNATURE; room && n - at >= OC_PNG_CHUNK_FRAME;) {
        size_t length = oc_png_read32(p + at);
        char kind[5] = {0};
        if (length > n - at - OC_PNG_CHUNK_FRAME)
            break;
        memcpy(kind, p + at + 4, 4);
        if (!strcmp(kind, "eXIf") || !strcmp(kind, "tEXt") || !strcmp(kind, "zTXt") || !strcmp(kind, "iTXt"))
            hear(&said, kind, (struct chunk){p + at + 8, length}, room);
        at += OC_PNG_CHUNK_FRAME + length;
    }
    oc_mem_free(room);
    return said.exif ? said.exif : said.profile ? said.profile : said.xmp ? said.xmp : 1;
}

/* What bytes are, by their first few; see decode.h. Names for people are as exact as the magic numbers allow. */
#include "vision/decode.h"
#include <string.h>

struct magic {
    size_t at;
    const char *bytes;
    size_t n;
    const char *name;
};
#define MAGIC(at, bytes, name)                   \
    {                                            \
        (at), (bytes), sizeof(bytes) - 1, (name) \
    }

static bool has(const uint8_t *p, size_t n, size_t at, const char *bytes, size_t len)
{
    return n >= at + len && !memcmp(p + at, bytes, len);
}

enum oc_image_format oc_image_sniff(const uint8_t *p, size_t n)
{
    if (has(p, n, 0, "\xFF\xD8\xFF", 3))
        return OC_FORMAT_JPEG;
    if (has(p, n, 0, "\x89PNG\r\n\x1A\n", 8))
        return OC_FORMAT_PNG;
    if (has(p, n, 0, "RIFF", 4) && has(p, n, 8, "WEBP", 4))
        return OC_FORMAT_WEBP;
    if (has(p, n, 0, "GIF87a", 6) || has(p, n, 0, "GIF89a", 6))
        return OC_FORMAT_GIF;
    if (has(p, n, 0, "BM", 2) && n >= 18 && p[15] == 0 && p[16] == 0 && p[17] == 0) /* a header size below 256: not just text */
        return OC_FORMAT_BMP;
    if (has(p, n, 0, "II*\0", 4) || has(p, n, 0, "MM\0*", 4))
        return OC_FORMAT_TIFF;
    static const char *const brands[] = {"heic", "heix", "hevc", "mif1", "msf1", "avif", "avis"};
    for (size_t i = 0; i < OC_ARRAY_LEN(brands) && has(p, n, 4, "ftyp", 4); i++)
        if (has(p, n, 8, brands[i], 4))
            return OC_FORMAT_HEIF;
    return OC_FORMAT_UNKNOWN;
}

const char *oc_image_format_name(enum oc_image_format f)
{
    static const char *const names[] = {"unknown", "jpeg", "png", "webp", "bmp", "gif", "heif", "tiff"};
    return (size_t)f < OC_ARRAY_LEN(names) ? names[f] : names[0];
}

static const struct magic magics[] = {
    MAGIC(0, "\xFF\xD8\xFF", "JPEG image"),
    MAGIC(0, "\x89PNG\r\n\x1A\n", "PNG image"),
    MAGIC(8, "WEBP", "WebP image"),
    MAGIC(0, "GIF8", "GIF image"),
    MAGIC(0, "%PDF-", "PDF document"),
    MAGIC(0, "II*\0", "TIFF image"),
    MAGIC(0, "MM\0*", "TIFF image"),
    MAGIC(0, "II+\0", "BigTIFF image"),
    MAGIC(0, "MM\0+", "BigTIFF image"),
    MAGIC(4, "ftypheic", "HEIC image"),
    MAGIC(4, "ftypheix", "HEIC image"),
    MAGIC(4, "ftyphevc", "HEIC image"),
    MAGIC(4, "ftypmif1", "HEIC image"),
    MAGIC(4, "ftypmsf1", "HEIC image"),
    MAGIC(4, "ftypavif", "AVIF image"),
    MAGIC(4, "ftypavis", "AVIF image"),
    MAGIC(4, "ftypqt  ", "QuickTime video"),
    MAGIC(4, "ftyp", "MP4 video"),
    MAGIC(0, "\x1A\x45\xDF\xA3", "Matroska or WebM video"),
    MAGIC(8, "AVI ", "AVI video"),
    MAGIC(8, "WAVE", "WAV sound"),
    MAGIC(0, "ID3", "MP3 sound"),
    MAGIC(0, "OggS", "Ogg file"),
    MAGIC(0, "PK\x03\x04", "ZIP archive"),
    MAGIC(0, "PK\x05\x06", "ZIP archive"),
    MAGIC(0, "\x1F\x8B", "gzip archive"),
    MAGIC(0, "7z\xBC\xAF\x27\x1C", "7-Zip archive"),
    MAGIC(0, "Rar!\x1A\x07", "RAR archive"),
    MAGIC(0, "\x28\xB5\x2F\xFD", "Zstandard archive"),
    MAGIC(0, "\xFF\x0A", "JPEG XL image"),
    MAGIC(0, "\0\0\0\x0CJXL \r\n\x87\n", "JPEG XL image"),
    MAGIC(0, "\0\0\0\x0CjP  \r\n\x87\n", "JPEG 2000 image"),
    MAGIC(0, "\xFF\x4F\xFF\x51", "JPEG 2000 image"),
    MAGIC(0, "8BPS", "Photoshop document"),
    MAGIC(0, "\0\0\x01\0", "Windows icon"),
    MAGIC(0, "\0\0\x02\0", "Windows cursor"),
    MAGIC(0, "\x93NUMPY", "NumPy array"),
    MAGIC(0,
          "\x7F"
          "ELF",
          "program"),
    MAGIC(0, "MZ", "program"),
};

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool has_tag(const uint8_t *p, size_t n, const char *tag)
{
    size_t len = strlen(tag);
    if (n < len)
        return false;
    for (size_t i = 0; i < len; i++)
        if ((p[i] >= 'A' && p[i] <= 'Z' ? p[i] + 32 : p[i]) != tag[i])
            return false;
    return true;
}

static bool mentions(const uint8_t *p, size_t n, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; i + len <= n; i++)
        if (!memcmp(p + i, word, len))
            return true;
    return false;
}

static bool is_text(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((p[i] < 32 && !is_space(p[i]) && p[i] != '\f') || p[i] == 127)
            return false;
    return true;
}

/* Text of some kind: markup, JSON, base64 that was not decoded, plain. */
static const char *describe_text(const uint8_t *p, size_t n)
{
    size_t skip = has(p, n, 0, "\xEF\xBB\xBF", 3) ? 3 : 0;
    while (skip < n && is_space(p[skip]))
        skip++;
    p += skip;
    n -= skip;
    if (has_tag(p, n, "<!doctype html") || has_tag(p, n, "<html") || has_tag(p, n, "<head") || has_tag(p, n, "<body"))
        return "HTML page";
    if (has_tag(p, n, "<svg") || (has_tag(p, n, "<?xml") && mentions(p, n, "<svg")))
        return "SVG image";
    if (has_tag(p, n, "<?xml"))
        return "XML document";
    if (has_tag(p, n, "data:"))
        return "data URI in text form";
    if (n && (*p == '{' || *p == '['))
        return "JSON text";
    return "text";
}

/* The name of the first magic number that fits, or NULL. */
static const char *magic_name(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < OC_ARRAY_LEN(magics); i++)
        if (has(p, n, magics[i].at, magics[i].bytes, magics[i].n) && (magics[i].at != 8 || has(p, n, 0, "RIFF", 4)))
            return magics[i].name;
    return NULL;
}

bool oc_image_is_file(const uint8_t *p, size_t n)
{
    size_t head = n < 512 ? n : 512;
    if (oc_image_sniff(p, n) != OC_FORMAT_UNKNOWN || has(p, n, 0, "%PDF-", 5))
        return true;
    if (!is_text(p, head))
        return magic_name(p, n) != NULL;
    const char *kind = describe_text(p, head);
    return !strcmp(kind, "HTML page") || !strcmp(kind, "SVG image") || !strcmp(kind, "XML document");
}

const char *oc_image_describe(const uint8_t *p, size_t n)
{
    if (!n)
        return "empty";
    const char *name = magic_name(p, n);
    if (name)
        return name;
    if (oc_image_sniff(p, n) == OC_FORMAT_BMP)
        return "BMP image";
    size_t head = n < 512 ? n : 512;
    return is_text(p, head) ? describe_text(p, head) : "unknown data";
}

/*
 * Bytes to pixels: JPEG, PNG, WebP, BMP, GIF (first frame), and HEIC, AVIF and TIFF where their libraries are installed; told apart by
 * their first bytes, never by a name or a content type. Everything is bounded before it is allocated; no byte of the input is trusted. The
 * pixels are those that Pillow's open().convert("RGB") gives (alpha dropped, palettes applied, CMYK by the inverse formula, 16 bits to 8),
 * turned upright by EXIF orientation unless told otherwise.
 */
#ifndef OC_VISION_DECODE_H
#define OC_VISION_DECODE_H

#include "vision/image.h"

enum oc_image_format {
    OC_FORMAT_UNKNOWN,
    OC_FORMAT_JPEG,
    OC_FORMAT_PNG,
    OC_FORMAT_WEBP,
    OC_FORMAT_BMP,
    OC_FORMAT_GIF,
    OC_FORMAT_HEIF,
    OC_FORMAT_TIFF
};

struct oc_decode_options {
    uint64_t max_pixels; /* 0 = LIM_PIXELS */
    bool ignore_exif;    /* leave the picture as stored */
};

struct oc_image_info {
    enum oc_image_format format;
    int stored_width, stored_height; /* before turning */
    int orientation;                 /* EXIF, 1..8; 1 when there is none */
};

/* By the first of n bytes; OC_FORMAT_UNKNOWN when it is none that oc_decode reads. */
enum oc_image_format oc_image_sniff(const uint8_t *p, size_t n);
/* "jpeg", ..., "unknown". */
const char *oc_image_format_name(enum oc_image_format f);
/* The bytes are a picture or a document by their first few (HEIC, PDF, ZIP, HTML ...), whatever they are said to be: no form, no JSON. */
bool oc_image_is_file(const uint8_t *p, size_t n);
/* What the bytes look like in words for an error: "PDF document", "HEIC image", "text", "empty", "unknown data". */
const char *oc_image_describe(const uint8_t *p, size_t n);

/*
 * Decodes to 3-channel RGB. opt and info may be NULL. On error *out is empty.
 * OC_E_MEDIA: not a format we read (the message names what it looks like); OC_E_IMAGE: broken or truncated;
 * OC_E_IMAGE_TOO_LARGE: over max_pixels or LIM_SIDE by its header, nothing was allocated; OC_E_NOMEM.
 */
enum oc_status oc_decode(const uint8_t *bytes, size_t n, const struct oc_decode_options *opt, struct oc_image *out,
                         struct oc_image_info *info, struct oc_err *err) OC_MUST_CHECK;

#endif

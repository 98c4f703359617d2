/*
 * What the decoders share inside this room. Each reads one format into upright-or-not RGB pixels; oc_decode chooses and
 * turns. A decoder trusts no byte and allocates nothing that depends on the picture's size before oc_check_size.
 */
#ifndef OC_VISION_DECODE_FORMAT_H
#define OC_VISION_DECODE_FORMAT_H

#include "vision/decode.h"

struct oc_decode_job {
    const uint8_t *bytes; /* borrowed */
    size_t n;
    uint64_t max_pixels;  /* never 0 */
    struct oc_image *out; /* empty on entry and on error; 3 channels on success */
    int orientation;      /* EXIF, 1..8; the decoder sets it when the file says so */
    struct oc_err *err;
};

/* OC_OK, OC_E_IMAGE (no pixels at all) or OC_E_IMAGE_TOO_LARGE (over max_pixels or LIM_SIDE). */
enum oc_status oc_check_size(const struct oc_decode_job *job, uint64_t width, uint64_t height) OC_MUST_CHECK;

enum oc_status oc_decode_jpeg(struct oc_decode_job *job) OC_MUST_CHECK;
enum oc_status oc_decode_png(struct oc_decode_job *job) OC_MUST_CHECK;
enum oc_status oc_decode_webp(struct oc_decode_job *job) OC_MUST_CHECK;
enum oc_status oc_decode_bmp(struct oc_decode_job *job) OC_MUST_CHECK;
enum oc_status oc_decode_gif(struct oc_decode_job *job) OC_MUST_CHECK;
/* Where their libraries are; else OC_E_MEDIA that says what is missing. */
enum oc_status oc_decode_heif(struct oc_decode_job *job) OC_MUST_CHECK;
enum oc_status oc_decode_tiff(struct oc_decode_job *job) OC_MUST_CHECK;

/* Orientation 1..8 of a TIFF block (after "Exif\0\0", which may be there or not); 0 when it has none or is broken. */
int oc_exif_orientation(const uint8_t *p, size_t n);
/* The same of an XMP packet; it counts where EXIF says nothing. */
int oc_xmp_orientation(const uint8_t *p, size_t n);

/* Turns the picture in place by orientation 1..8. OC_E_NOMEM (the picture is then unchanged). */
enum oc_status oc_image_turn(struct oc_image *im, int orientation, struct oc_err *err) OC_MUST_CHECK;

#endif

/*
 * Maps of classes as PNG files: the number of each pixel's class is the sample itself, the index into a palette or the grey level, never
 * a colour.
 */
#ifndef OC_VISION_IDS_H
#define OC_VISION_IDS_H

#include "vision/decode.h"
#include "vision/draw.h"
#include "vision/encode.h"

/* A number for each pixel, row by row. */
struct oc_ids {
    uint16_t *ids; /* width * height, owned, oc_mem (OC_MEM_PIXEL) */
    int width, height;
};

void oc_ids_deinit(struct oc_ids *m); /* an empty one is fine */

/*
 * Reads a PNG of palette indices (1 to 8 bits) or of grey (1 to 16 bits); samples are taken as they are, not scaled, and indices need no
 * entry in the palette. EXIF is not looked at. max_pixels 0 = LIM_PIXELS. OC_E_MEDIA: no PNG; OC_E_IMAGE: broken, or of colour or alpha;
 * OC_E_IMAGE_TOO_LARGE by its header; OC_E_NOMEM. On error *out is empty.
 */
enum oc_status oc_decode_png_ids(const uint8_t *bytes, size_t n, uint64_t max_pixels, struct oc_ids *out, struct oc_err *err) OC_MUST_CHECK;

/*
 * Appends a PNG to out: of 8 bits with PASCAL VOC's palette of 256 colours when all ids are below 256, by n_ids, else 16-bit grey. Statuses
 * of oc_encode_png.
 */
enum oc_status oc_encode_png_ids(const uint16_t *ids, int width, int height, int n_ids, const struct oc_encode_stop *stop,
                                 struct oc_buf *out, struct oc_err *err) OC_MUST_CHECK;

/* PASCAL VOC's colour of a class: bits 0, 1, 2 of id >> 3k become bit 7 - k of red, green, blue (the devkit's VOClabelcolormap). */
struct oc_colour oc_voc_colour(int id);

#endif

/*
 * Fitting a picture into a network's input; see letterbox.h. The sizes follow the programs that the models were trained
 * and published with, rounding included: Ultralytics' LetterBox (half to even, then +-0.1), YOLOX's preproc (truncation).
 */
#include "vision/letterbox.h"
#include "vision/kernels/kernels.h"
#include "vision/resize.h"
#include "vision/resize/linear.h"
#include <math.h>
#include <string.h>

static int at_least_one(double v, int most)
{
    int n = v < 1.0 ? 1 : (int)v; /* v is at most a target side, or a hair above */
    return n > most ? most : n;
}

static struct oc_fit_map fit(int src_width, int src_height, int width, int height, enum oc_fit how)
{
    struct oc_fit_map m = {.scale_x = (double)width / src_width, .scale_y = (double)height / src_height};
    m.inner_width = width;
    m.inner_height = height;
    if (how == OC_FIT_STRETCH)
        return m;
    double r = m.scale_x < m.scale_y ? m.scale_x : m.scale_y;
    if (how == OC_FIT_PAD && src_width <= width && src_height <= height)
        r = 1.0;
    m.scale_x = m.scale_y = r;
    double w = src_width * r, h = src_height * r;
    if (how == OC_FIT_CENTRE) { /* rint: half to even, as Python's round() */
        w = rint(w);
        h = rint(h);
    }
    m.inner_width = at_least_one(w, width);
    m.inner_height = at_least_one(h, height);
    if (how == OC_FIT_CENTRE) {
        m.left = (int)rint((width - m.inner_width) / 2.0 - 0.1);
        m.top = (int)rint((height - m.inner_height) / 2.0 - 0.1);
    }
    return m;
}

/* Everything but the inner rectangle. */
static void paint_border(struct oc_image *im, const struct oc_fit_map *m, uint8_t pad)
{
    size_t c = (size_t)im->channels, row = (size_t)im->width * c;
    size_t left = (size_t)m->left * c, right = row - left - (size_t)m->inner_width * c;
    for (int y = 0; y < im->height; y++) {
        uint8_t *p = im->data + (size_t)y * row;
        if (y < m->top || y >= m->top + m->inner_height) {
            memset(p, pad, row);
        } else {
            memset(p, pad, left);
            memset(p + row - right, pad, right);
        }
    }
}

/* Pillow's bilinear resize into rows that lie `row` bytes apart. */
static enum oc_status resize_antialias_into(const struct oc_image *src, const struct oc_fit_map *m, uint8_t *dst, size_t row,
                                            struct oc_err *err)
{
    struct oc_image small = {0};
    enum oc_status st = oc_resize_pillow(src, m->inner_width, m->inner_height, OC_FILTER_BILINEAR, &small, err);
    size_t bytes = (size_t)m->inner_width * (size_t)src->channels;
    for (int y = 0; !st && y < m->inner_height; y++)
        memcpy(dst + (size_t)y * row, small.data + (size_t)y * bytes, bytes);
    oc_image_deinit(&small);
    return st;
}

enum oc_status oc_letterbox(const struct oc_image *src, int width, int height, enum oc_fit how, uint8_t pad, enum oc_resample resample,
                            struct oc_image *out, struct oc_fit_map *map, struct oc_err *err)
{
    enum oc_status st = oc_image_new(out, width, height, src->channels, err);
    if (st)
        return st;
    struct oc_fit_map m = fit(src->width, src->height, width, height, how);
    size_t c = (size_t)src->channels, row = (size_t)width * c;
    paint_border(out, &m, pad);
    uint8_t *inner = out->data + (size_t)m.top * row + (size_t)m.left * c;
    if (resample == OC_RESAMPLE_ANTIALIAS)
        st = resize_antialias_into(src, &m, inner, row, err);
    else
        st = oc_resize_linear_into(src, m.inner_width, m.inner_height, inner, row, err);
    if (st)
        oc_image_deinit(out);
    else if (map)
        *map = m;
    return st;
}

static void to_packed(const uint8_t *pixels, size_t n, const struct oc_pixel_map *map, const int order[3], float *dst)
{
    for (size_t i = 0; i < n; i++)
        for (int c = 0; c < 3; c++)
            dst[3 * i + (size_t)c] = ((float)pixels[3 * i + (size_t)order[c]] - map->mean[c]) * map->scale[c];
}

void oc_image_to_f32(const struct oc_image *im, const struct oc_pixel_map *map, float *dst)
{
    const int order[3] = {map->bgr ? 2 : 0, 1, map->bgr ? 0 : 2}; /* the picture's channel behind each of the network's */
    size_t n = (size_t)im->width * (size_t)im->height;
    if (map->channels_last) {
        to_packed(im->data, n, map, order, dst);
        return;
    }
    float mean[3], scale[3], *planes[3];
    for (int c = 0; c < 3; c++) {
        mean[order[c]] = map->mean[c];
        scale[order[c]] = map->scale[c];
        planes[order[c]] = dst + (size_t)c * n;
    }
    oc_vision_kernels()->to_planes(im->data, n, mean, scale, planes);
}

/* Cutting and normalising; see pixels.h. */
#include "models/run/pixels.h"
#include <string.h>
#include "models/run/geometry.h"
#include "models/run/float16.h"

/* The part of the resized picture that the network sees, and where it lies in the network's input. */
static struct oc_resize_window visible(const struct oc_recipe *r, const struct oc_embed_geometry *g, int *at_x, int *at_y)
{
    int64_t x = g->left > 0 ? g->left : 0, y = g->top > 0 ? g->top : 0;
    *at_x = g->left < 0 ? (int)-g->left : 0;
    *at_y = g->top < 0 ? (int)-g->top : 0;
    int64_t w = r->input.width - *at_x, h = r->input.height - *at_y;
    w = g->width - x < w ? g->width - x : w;
    h = g->height - y < h ? g->height - y : h;
    return (struct oc_resize_window){(int)x, (int)y, (int)w, (int)h};
}

/* The piece in its place on the fill colour. */
static void place(const struct oc_image *piece, const uint8_t fill[3], int at_x, int at_y, struct oc_image *out)
{
    size_t row = (size_t)out->width * 3, n = (size_t)piece->width * 3;
    for (size_t i = 0; i < row * (size_t)out->height; i++)
        out->data[i] = fill[i % 3];
    for (int y = 0; y < piece->height; y++)
        memcpy(out->data + (size_t)(at_y + y) * row + (size_t)at_x * 3, piece->data + (size_t)y * n, n);
}

enum oc_status oc_embed_cut(const struct oc_recipe *r, const struct oc_image *im, struct oc_image *out, struct oc_err *err)
{
    struct oc_embed_geometry g = oc_embed_geometry(r, im->width, im->height);
    int at_x, at_y;
    struct oc_resize_window w = visible(r, &g, &at_x, &at_y);
    struct oc_image piece = {0};
    *out = (struct oc_image){0};
    enum oc_status st = oc_resize_pillow_window(im, (int)g.width, (int)g.height, r->embed.filter, &w, &piece, err);
    if (!st && w.width == r->input.width && w.height == r->input.height) {
        *out = piece;
        return OC_OK;
    }
    if (!st)
        st = oc_image_new(out, r->input.width, r->input.height, 3, err);
    if (!st)
        place(&piece, r->embed.fill, at_x, at_y, out);
    oc_image_deinit(&piece);
    return st;
}

static size_t elements(const struct oc_recipe *r)
{
    return (size_t)r->input.width * (size_t)r->input.height * (size_t)r->embed.channels; /* sides are at most LIM_NETWORK_SIDE */
}

size_t oc_embed_picture_bytes(const struct oc_recipe *r, enum eng_dtype dtype)
{
    return elements(r) * eng_dtype_size(dtype);
}

/* Pillow's RGB to L (ImagingConvert, L24): ITU-R 601-2 in 16 bits. */
static uint8_t luma(const uint8_t *p)
{
    return (uint8_t)((p[0] * 19595U + p[1] * 38470U + p[2] * 7471U + 0x8000U) >> 16);
}

static void write_grey(const struct oc_recipe *r, const struct oc_image *cut, float *dst)
{
    const struct oc_pixel_map *map = &r->input.pixels;
    for (size_t i = 0; i < elements(r); i++)
        dst[i] = ((float)luma(cut->data + 3 * i) - map->mean[0]) * map->scale[0];
}

static void write_bytes(const struct oc_recipe *r, const struct oc_image *cut, uint8_t *dst)
{
    size_t n = (size_t)cut->width * (size_t)cut->height, c = (size_t)r->embed.channels;
    bool last = r->input.pixels.channels_last, bgr = r->input.pixels.bgr;
    if (last && c == 3 && !bgr) {
        memcpy(dst, cut->data, n * 3);
        return;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < c; k++)
            dst[last ? i * c + k : k * n + i] = c == 1 ? luma(cut->data + 3 * i) : cut->data[3 * i + (bgr ? 2 - k : k)];
}

void oc_embed_write(const struct oc_recipe *r, const struct oc_image *cut, enum eng_dtype dtype, void *dst, float *scratch)
{
    if (dtype == ENG_DT_U8) {
        write_bytes(r, cut, dst);
        return;
    }
    float *floats = dtype == ENG_DT_F32 ? dst : scratch;
    if (r->embed.channels == 1)
        write_grey(r, cut, floats);
    else
        oc_image_to_f32(cut, &r->input.pixels, floats);
    if (dtype == ENG_DT_F16)
        oc_float16_from_floats(floats, elements(r), dst);
}

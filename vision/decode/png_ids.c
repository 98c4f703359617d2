/* Samples instead of colours: every transformation of libpng stays off but the one that gives each sample bytes of its own. See ids.h. */
#include "vision/decode/png_reader.h"
#include "vision/ids.h"
#include "base/limits.h"

void oc_ids_deinit(struct oc_ids *m)
{
    oc_mem_free(m->ids);
    *m = (struct oc_ids){0};
}

/*
 * Programs save grey masks as colour, too: three equal samples a pixel, perhaps with alpha, which is dropped. libpng makes one sample of
 * the three and remembers when they were not equal.
 */
static void ask_for_grey(struct oc_png_reader *r, int colour)
{
    if (colour == PNG_COLOR_TYPE_PALETTE || colour == PNG_COLOR_TYPE_GRAY)
        return;
    png_set_strip_alpha(r->png);
    if (colour != PNG_COLOR_TYPE_GRAY_ALPHA)
        png_set_rgb_to_gray_fixed(r->png, PNG_ERROR_ACTION_NONE, -1, -1);
}

static enum oc_status read_samples(struct oc_png_reader *r, struct oc_ids *out)
{
    if (setjmp(png_jmpbuf(r->png)))
        return oc_png_failed(r);
    png_read_info(r->png, r->info);
    int colour = png_get_color_type(r->png, r->info), depth = png_get_bit_depth(r->png, r->info);
    ask_for_grey(r, colour);
    png_set_packing(r->png); /* one byte each, not scaled */
    if (depth == 16)
        png_set_swap(r->png);
    png_set_interlace_handling(r->png);
    png_read_update_info(r->png, r->info);
    size_t pixels = (size_t)out->width * (size_t)out->height, row = (size_t)out->width * (depth == 16 ? 2 : 1);
    if (png_get_rowbytes(r->png, r->info) != row)
        return oc_err_set(r->err, OC_E_INTERNAL, "PNG rows of %zu bytes, expected %zu", png_get_rowbytes(r->png, r->info), row);
    /* 8-bit samples are read into the second half and spread out from its start on. */
    uint8_t *to = (uint8_t *)out->ids + (depth == 16 ? 0 : pixels);
    enum oc_status st = oc_png_rows(r, to, (size_t)out->height, row);
    if (st)
        return st;
    png_read_image(r->png, r->rows);
    if (png_get_rgb_to_gray_status(r->png))
        return oc_err_set(r->err, OC_E_IMAGE, "a mask is a PNG of palette indices or of grey levels; this one is of colours");
    r->all_rows = true;
    png_read_end(r->png, NULL);
    return OC_OK;
}

/* 8-bit samples in the second half become ids, from the start on. */
static void spread(struct oc_ids *m)
{
    size_t pixels = (size_t)m->width * (size_t)m->height;
    const uint8_t *from = (const uint8_t *)m->ids + pixels;
    for (size_t i = 0; i < pixels; i++)
        m->ids[i] = from[i];
}

enum oc_status oc_decode_png_ids(const uint8_t *bytes, size_t n, uint64_t max_pixels, struct oc_ids *out, struct oc_err *err)
{
    struct oc_decode_job job = {.bytes = bytes, .n = n, .max_pixels = max_pixels ? max_pixels : LIM_PIXELS, .err = err};
    struct oc_png_reader r = {0};
    uint32_t width, height;
    *out = (struct oc_ids){0};
    if (oc_image_sniff(bytes, n) != OC_FORMAT_PNG)
        return oc_err_set(err, OC_E_MEDIA, "a mask is a PNG; this looks like %s", oc_image_describe(bytes, n));
    enum oc_status st = oc_png_size(&job, &width, &height);
    if (st)
        return st;
    out->width = (int)width;
    out->height = (int)height;
    out->ids = oc_mem_array(OC_MEM_PIXEL, (size_t)width * height, sizeof *out->ids);
    st = out->ids ? oc_png_begin(&r, &job) : oc_err_nomem(err, "a mask", (size_t)width * height * sizeof *out->ids);
    if (!st)
        st = read_samples(&r, out);
    if (!st && png_get_bit_depth(r.png, r.info) != 16)
        spread(out);
    oc_png_end(&r);
    if (st)
        oc_ids_deinit(out);
    return st;
}

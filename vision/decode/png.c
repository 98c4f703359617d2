/*
 * PNG by libpng, its memory counted and bounded through our allocator. Colours are Pillow's: palettes shorter than an
 * index continue as a grey ramp, 16-bit colour keeps the high byte, alpha and tRNS are dropped. In one thing we differ: 16-bit grey is
 * scaled to 8 bits (v * 255 / 65535, to the nearest), where Pillow clamps it, so that nearly all becomes white. Every chunk's checksum
 * counts, but a file that lacks nothing but its end is whole. Ancillary chunks are checked and skipped; those that say how the picture is
 * turned are found by png_turn.c. libpng's errors jump back to run().
 */
#include "vision/decode/png_reader.h"

struct picture {
    struct oc_decode_job *job;
    struct oc_png_reader r;
};

/* Indices past the palette's end are grey levels, as Pillow has it. */
static void extend_palette(struct oc_png_reader *r)
{
    png_colorp given = NULL;
    png_color full[256];
    int n = 0, all = 1 << png_get_bit_depth(r->png, r->info);
    png_get_PLTE(r->png, r->info, &given, &n);
    for (int i = 0; i < 256; i++)
        full[i] = i < n && i < all ? given[i] : (png_color){(uint8_t)i, (uint8_t)i, (uint8_t)i};
    png_set_PLTE(r->png, r->info, full, all < 256 ? all : 256);
}

/* Asks for 8-bit RGB. */
static void choose_output(struct oc_png_reader *r)
{
    int colour = png_get_color_type(r->png, r->info);
    if (colour == PNG_COLOR_TYPE_PALETTE) {
        extend_palette(r);
        png_set_palette_to_rgb(r->png);
    }
    if (colour & PNG_COLOR_MASK_COLOR)
        png_set_strip_16(r->png);
    else
        png_set_scale_16(r->png);
    if (colour == PNG_COLOR_TYPE_GRAY)
        png_set_expand_gray_1_2_4_to_8(r->png);
    if (!(colour & PNG_COLOR_MASK_COLOR))
        png_set_gray_to_rgb(r->png);
    png_set_strip_alpha(r->png);
}

static enum oc_status make_room(struct picture *p)
{
    struct oc_png_reader *r = &p->r;
    size_t width = png_get_image_width(r->png, r->info), height = png_get_image_height(r->png, r->info);
    struct oc_image *out = p->job->out;
    enum oc_status st = oc_image_new(out, (int)width, (int)height, 3, p->job->err);
    if (st)
        return st;
    if (png_get_rowbytes(r->png, r->info) != width * 3)
        return oc_err_set(p->job->err, OC_E_INTERNAL, "PNG rows of %zu bytes, expected %zu", png_get_rowbytes(r->png, r->info), width * 3);
    return oc_png_rows(r, out->data, height, width * 3);
}

static enum oc_status run(struct picture *p)
{
    struct oc_png_reader *r = &p->r;
    if (setjmp(png_jmpbuf(r->png)))
        return oc_png_failed(r);
    png_read_info(r->png, r->info);
    choose_output(r);
    png_set_interlace_handling(r->png);
    png_read_update_info(r->png, r->info);
    enum oc_status st = make_room(p);
    if (st)
        return st;
    png_read_image(r->png, r->rows);
    r->all_rows = true;
    png_read_end(r->png, NULL);
    return OC_OK;
}

enum oc_status oc_decode_png(struct oc_decode_job *job)
{
    struct picture p = {.job = job};
    uint32_t width, height;
    enum oc_status st = oc_png_size(job, &width, &height);
    if (st)
        return st;
    st = oc_png_begin(&p.r, job);
    if (!st)
        st = run(&p);
    oc_png_end(&p.r);
    if (st)
        oc_image_deinit(job->out);
    else
        job->orientation = oc_png_orientation(job->bytes, job->n);
    return st;
}

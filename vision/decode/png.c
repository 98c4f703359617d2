/*
 * PNG by libpng, its memory counted and bounded through our allocator. Colours are Pillow's: palettes shorter than an
 * index continue as a grey ramp, 16-bit colour keeps the high byte, 16-bit grey is clamped to 255 (Pillow reads it as
 * 32-bit integers and converts those by clamping), alpha and tRNS are dropped. Every chunk's checksum counts, and a
 * file without its end chunk is truncated. Ancillary chunks are checked and skipped; the one we want (eXIf) is found by
 * our own walk. libpng's errors jump back to run().
 */
#include "vision/decode/png_reader.h"
#include <string.h>

struct picture {
    struct oc_decode_job *job;
    struct oc_png_reader r;
    uint8_t *grey; /* owned: a whole picture of 16-bit samples */
};

/* The orientation in the eXIf chunk, wherever it stands. */
static int orientation_of(const uint8_t *p, size_t n)
{
    size_t at = OC_PNG_SIGNATURE;
    while (n - at >= OC_PNG_CHUNK_FRAME) {
        size_t length = oc_png_read32(p + at);
        if (length > n - at - OC_PNG_CHUNK_FRAME)
            break;
        if (!memcmp(p + at + 4, "eXIf", 4))
            return oc_exif_orientation(p + at + 8, length);
        at += OC_PNG_CHUNK_FRAME + length;
    }
    return 1;
}

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

/* Asks for 8-bit RGB; for 16-bit grey, for the samples as they are (low byte first). Returns whether it is the latter. */
static bool choose_output(struct oc_png_reader *r)
{
    int colour = png_get_color_type(r->png, r->info), depth = png_get_bit_depth(r->png, r->info);
    if (colour == PNG_COLOR_TYPE_GRAY && depth == 16) {
        png_set_swap(r->png);
        return true;
    }
    if (colour == PNG_COLOR_TYPE_PALETTE) {
        extend_palette(r);
        png_set_palette_to_rgb(r->png);
    }
    png_set_strip_16(r->png);
    if (colour == PNG_COLOR_TYPE_GRAY)
        png_set_expand_gray_1_2_4_to_8(r->png);
    if (!(colour & PNG_COLOR_MASK_COLOR))
        png_set_gray_to_rgb(r->png);
    png_set_strip_alpha(r->png);
    return false;
}

static enum oc_status make_room(struct picture *p, bool grey16)
{
    struct oc_png_reader *r = &p->r;
    size_t width = png_get_image_width(r->png, r->info), height = png_get_image_height(r->png, r->info);
    struct oc_image *out = p->job->out;
    enum oc_status st = oc_image_new(out, (int)width, (int)height, 3, p->job->err);
    if (st)
        return st;
    size_t stride = grey16 ? width * 2 : width * 3;
    if (png_get_rowbytes(r->png, r->info) != stride)
        return oc_err_set(p->job->err, OC_E_INTERNAL, "PNG rows of %zu bytes, expected %zu", png_get_rowbytes(r->png, r->info), stride);
    if (grey16 && !(p->grey = oc_mem_alloc(OC_MEM_PIXEL, stride * height)))
        return oc_err_nomem(p->job->err, "16-bit samples", stride * height);
    return oc_png_rows(r, p->grey ? p->grey : out->data, height, stride);
}

static void clamp_grey(const uint8_t *samples, size_t n, uint8_t *to)
{
    for (size_t i = 0; i < n; i++, to += 3)
        to[0] = to[1] = to[2] = samples[2 * i + 1] ? 255 : samples[2 * i];
}

static enum oc_status run(struct picture *p)
{
    struct oc_png_reader *r = &p->r;
    if (setjmp(png_jmpbuf(r->png)))
        return oc_png_failed(r);
    png_read_info(r->png, r->info);
    bool grey16 = choose_output(r);
    png_set_interlace_handling(r->png);
    png_read_update_info(r->png, r->info);
    enum oc_status st = make_room(p, grey16);
    if (st)
        return st;
    png_read_image(r->png, r->rows);
    png_read_end(r->png, NULL);
    if (grey16)
        clamp_grey(p->grey, (size_t)p->job->out->width * (size_t)p->job->out->height, p->job->out->data);
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
    oc_mem_free(p.grey);
    if (st)
        oc_image_deinit(job->out);
    else
        job->orientation = orientation_of(job->bytes, job->n);
    return st;
}

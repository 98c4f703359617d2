/*
 * PNG by libpng, its memory counted and bounded through our allocator. Colours are Pillow's: palettes shorter than an
 * index continue as a grey ramp, 16-bit colour keeps the high byte, 16-bit grey is clamped to 255 (Pillow reads it as
 * 32-bit integers and converts those by clamping), alpha and tRNS are dropped. Every chunk's checksum counts, and a
 * file without its end chunk is truncated. Ancillary chunks are checked and skipped; the one we want (eXIf) is found by
 * our own walk. libpng's errors jump back to run().
 */
#include "vision/decode/format.h"
#include "base/limits.h"
#include <string.h>
#include <png.h>

#define SIGNATURE 8
#define CHUNK_FRAME 12 /* length, name, checksum */

struct reader {
    struct oc_decode_job *job;
    size_t at; /* next byte for libpng */
    bool nomem;
    png_structp png;
    png_infop info;
    uint8_t *grey;   /* owned: a whole picture of 16-bit samples */
    png_bytep *rows; /* owned */
};

static uint32_t read32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static png_voidp on_alloc(png_structp png, png_alloc_size_t n)
{
    struct reader *r = png_get_mem_ptr(png);
    void *p = oc_mem_alloc(OC_MEM_PIXEL, n);
    if (!p)
        r->nomem = true;
    return p;
}

static void on_free(png_structp png, png_voidp p)
{
    (void)png;
    oc_mem_free(p);
}

static _Noreturn void on_error(png_structp png, png_const_charp text)
{
    struct reader *r = png_get_error_ptr(png);
    if (r->nomem)
        oc_err_set(r->job->err, OC_E_NOMEM, "out of memory for a PNG picture: %s", text);
    else
        oc_err_set(r->job->err, OC_E_IMAGE, "broken PNG: %s", text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void on_read(png_structp png, png_bytep to, size_t n)
{
    struct reader *r = png_get_io_ptr(png);
    if (n > r->job->n - r->at)
        png_error(png, "it is truncated");
    memcpy(to, r->job->bytes + r->at, n);
    r->at += n;
}

/* The orientation in the eXIf chunk, wherever it stands. */
static int orientation_of(const uint8_t *p, size_t n)
{
    size_t at = SIGNATURE;
    while (n - at >= CHUNK_FRAME) {
        size_t length = read32(p + at);
        if (length > n - at - CHUNK_FRAME)
            break;
        if (!memcmp(p + at + 4, "eXIf", 4))
            return oc_exif_orientation(p + at + 8, length);
        at += CHUNK_FRAME + length;
    }
    return 1;
}

/* Size from the bytes, before libpng allocates anything. */
static enum oc_status check_header(const struct oc_decode_job *job)
{
    const uint8_t *p = job->bytes + SIGNATURE;
    if (job->n < SIGNATURE + CHUNK_FRAME + 13)
        return oc_err_set(job->err, OC_E_IMAGE, "the PNG is truncated: %zu bytes do not hold its header", job->n);
    if (read32(p) != 13 || memcmp(p + 4, "IHDR", 4) != 0)
        return oc_err_set(job->err, OC_E_IMAGE, "broken PNG: it does not start with its header chunk");
    return oc_check_size(job, read32(p + 8), read32(p + 12));
}

static void configure(struct reader *r)
{
    png_structp png = r->png;
    png_set_read_fn(png, r, on_read);
    png_set_user_limits(png, LIM_SIDE, LIM_SIDE);
    png_set_chunk_malloc_max(png, LIM_PNG_CHUNK);
    png_set_chunk_cache_max(png, LIM_PNG_CHUNKS);
    png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_check_for_invalid_index(png, 0);
}

/* Indices past the palette's end are grey levels, as Pillow has it. */
static void extend_palette(struct reader *r)
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
static bool choose_output(struct reader *r)
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

static enum oc_status make_room(struct reader *r, bool grey16)
{
    size_t width = png_get_image_width(r->png, r->info), height = png_get_image_height(r->png, r->info);
    struct oc_image *out = r->job->out;
    enum oc_status st = oc_image_new(out, (int)width, (int)height, 3, r->job->err);
    if (st)
        return st;
    size_t stride = grey16 ? width * 2 : width * 3;
    if (png_get_rowbytes(r->png, r->info) != stride)
        return oc_err_set(r->job->err, OC_E_INTERNAL, "PNG rows of %zu bytes, expected %zu", png_get_rowbytes(r->png, r->info), stride);
    if (grey16 && !(r->grey = oc_mem_alloc(OC_MEM_PIXEL, stride * height)))
        return oc_err_nomem(r->job->err, "16-bit samples", stride * height);
    r->rows = oc_mem_array(OC_MEM_PIXEL, height, sizeof *r->rows);
    if (!r->rows)
        return oc_err_nomem(r->job->err, "row pointers", height * sizeof *r->rows);
    for (size_t y = 0; y < height; y++)
        r->rows[y] = (r->grey ? r->grey : out->data) + y * stride;
    return OC_OK;
}

static void clamp_grey(const uint8_t *samples, size_t n, uint8_t *to)
{
    for (size_t i = 0; i < n; i++, to += 3)
        to[0] = to[1] = to[2] = samples[2 * i + 1] ? 255 : samples[2 * i];
}

static enum oc_status run(struct reader *r)
{
    if (setjmp(png_jmpbuf(r->png)))
        return r->nomem ? OC_E_NOMEM : OC_E_IMAGE;
    configure(r);
    r->info = png_create_info_struct(r->png);
    if (!r->info)
        return oc_err_nomem(r->job->err, "PNG reader", 0);
    png_read_info(r->png, r->info);
    bool grey16 = choose_output(r);
    png_set_interlace_handling(r->png);
    png_read_update_info(r->png, r->info);
    enum oc_status st = make_room(r, grey16);
    if (st)
        return st;
    png_read_image(r->png, r->rows);
    png_read_end(r->png, NULL);
    if (grey16)
        clamp_grey(r->grey, (size_t)r->job->out->width * (size_t)r->job->out->height, r->job->out->data);
    return OC_OK;
}

enum oc_status oc_decode_png(struct oc_decode_job *job)
{
    struct reader r = {.job = job};
    enum oc_status st = check_header(job);
    if (st)
        return st;
    r.png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &r, on_error, on_warning, &r, on_alloc, on_free);
    if (!r.png)
        return oc_err_nomem(job->err, "PNG reader", 0);
    st = run(&r);
    png_destroy_read_struct(&r.png, &r.info, NULL);
    oc_mem_free(r.rows);
    oc_mem_free(r.grey);
    if (st)
        oc_image_deinit(job->out);
    else
        job->orientation = orientation_of(job->bytes, job->n);
    return st;
}

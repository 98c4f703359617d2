/* libpng's callbacks and limits; see png_reader.h. */
#include "vision/decode/png_reader.h"
#include "base/limits.h"
#include <string.h>

static png_voidp on_alloc(png_structp png, png_alloc_size_t n)
{
    struct oc_png_reader *r = png_get_mem_ptr(png);
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
    struct oc_png_reader *r = png_get_error_ptr(png);
    if (r->nomem)
        oc_err_set(r->err, OC_E_NOMEM, "out of memory for a PNG picture: %s", text);
    else
        oc_err_set(r->err, OC_E_IMAGE, "broken PNG: %s", text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void on_read(png_structp png, png_bytep to, size_t n)
{
    struct oc_png_reader *r = png_get_io_ptr(png);
    r->cut = n > r->n - r->at;
    if (r->cut)
        png_error(png, "it is truncated");
    memcpy(to, r->bytes + r->at, n);
    r->at += n;
}

enum oc_status oc_png_size(const struct oc_decode_job *job, uint32_t *width, uint32_t *height)
{
    const uint8_t *p = job->bytes + OC_PNG_SIGNATURE;
    if (job->n < OC_PNG_SIGNATURE + OC_PNG_CHUNK_FRAME + 13)
        return oc_err_set(job->err, OC_E_IMAGE, "the PNG is truncated: %zu bytes do not hold its header", job->n);
    if (oc_png_read32(p) != 13 || memcmp(p + 4, "IHDR", 4) != 0)
        return oc_err_set(job->err, OC_E_IMAGE, "broken PNG: it does not start with its header chunk");
    *width = oc_png_read32(p + 8);
    *height = oc_png_read32(p + 12);
    return oc_check_size(job, *width, *height);
}

static void configure(struct oc_png_reader *r)
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

/* Those of these calls that can fail jump; a frame of their own, so that no variable of the caller is touched between. */
static enum oc_status set_up(struct oc_png_reader *r)
{
    if (setjmp(png_jmpbuf(r->png)))
        return oc_png_failed(r);
    configure(r);
    r->info = png_create_info_struct(r->png);
    return r->info ? OC_OK : oc_err_nomem(r->err, "PNG reader", 0);
}

enum oc_status oc_png_begin(struct oc_png_reader *r, const struct oc_decode_job *job)
{
    *r = (struct oc_png_reader){.bytes = job->bytes, .n = job->n, .err = job->err};
    r->png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, r, on_error, on_warning, r, on_alloc, on_free);
    return r->png ? set_up(r) : oc_err_nomem(job->err, "PNG reader", 0);
}

void oc_png_end(struct oc_png_reader *r)
{
    if (r->png)
        png_destroy_read_struct(&r->png, &r->info, NULL);
    oc_mem_free(r->rows);
    r->rows = NULL;
}

enum oc_status oc_png_rows(struct oc_png_reader *r, uint8_t *pixels, size_t height, size_t stride)
{
    r->rows = oc_mem_array(OC_MEM_PIXEL, height, sizeof *r->rows);
    if (!r->rows)
        return oc_err_nomem(r->err, "row pointers", height * sizeof *r->rows);
    for (size_t y = 0; y < height; y++)
        r->rows[y] = pixels + y * stride;
    return OC_OK;
}

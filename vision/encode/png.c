/* PNG by libpng, its memory (and zlib's) counted through our allocator. Its errors jump back to run(); see encode.h. */
#include "vision/encode/writer.h"
#include <png.h>

enum { LEVEL = 3 };

struct writer {
    struct oc_encode_job *job;
    png_structp png;
    png_infop info;
    enum oc_status status; /* of what failed below libpng, told before it jumps */
};

static png_voidp on_alloc(png_structp png, png_alloc_size_t n)
{
    struct writer *w = png_get_mem_ptr(png);
    void *p = oc_mem_alloc(OC_MEM_PIXEL, n);
    if (!p)
        w->status = oc_err_nomem(w->job->err, "writing a PNG", n);
    return p;
}

static void on_free(png_structp png, png_voidp p)
{
    (void)png;
    oc_mem_free(p);
}

static _Noreturn void on_error(png_structp png, png_const_charp text)
{
    struct writer *w = png_get_error_ptr(png);
    if (!w->status)
        w->status = oc_err_set(w->job->err, OC_E_INTERNAL, "cannot write a PNG: %s", text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void on_write(png_structp png, png_bytep from, size_t n)
{
    struct writer *w = png_get_io_ptr(png);
    enum oc_status st = oc_buf_add(w->job->out, from, n);
    if (!st)
        return;
    w->status = st == OC_E_NOMEM ? oc_err_nomem(w->job->err, "an encoded PNG", w->job->out->len + n) : st;
    png_error(png, "the buffer is full");
}

static void on_flush(png_structp png)
{
    (void)png;
}

static enum oc_status run(struct writer *w)
{
    if (setjmp(png_jmpbuf(w->png)))
        return w->status;
    const struct oc_image *im = w->job->im;
    w->info = png_create_info_struct(w->png);
    if (!w->info)
        return w->status ? w->status : oc_err_nomem(w->job->err, "PNG writer", 0);
    png_set_write_fn(w->png, w, on_write, on_flush);
    png_set_compression_level(w->png, LEVEL);
    png_set_filter(w->png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
    png_set_IHDR(w->png, w->info, (png_uint_32)im->width, (png_uint_32)im->height, 8,
                 im->channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_write_info(w->png, w->info);
    for (size_t y = 0; y < (size_t)im->height; y++) {
        if (oc_encode_stopped(w->job))
            return oc_err_set(w->job->err, OC_E_CANCELLED, "cancelled while writing a PNG");
        png_write_row(w->png, oc_encode_row(im, y));
    }
    png_write_end(w->png, w->info);
    return OC_OK;
}

enum oc_status oc_encode_png(const struct oc_image *im, const struct oc_encode_stop *stop, struct oc_buf *out, struct oc_err *err)
{
    struct oc_encode_job job = {.im = im, .stop = stop, .out = out, .err = err};
    struct writer w = {.job = &job};
    size_t before = out->len;
    enum oc_status st = oc_encode_check(&job);
    if (st)
        return st;
    w.png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, &w, on_error, on_warning, &w, on_alloc, on_free);
    if (!w.png)
        return w.status ? w.status : oc_err_nomem(err, "PNG writer", 0);
    st = run(&w);
    png_destroy_write_struct(&w.png, &w.info);
    if (st)
        oc_encode_undo(out, before);
    return st;
}

/* libpng's callbacks; see png_writer.h. */
#include "vision/encode/png_writer.h"

static png_voidp on_alloc(png_structp png, png_alloc_size_t n)
{
    struct oc_png_writer *w = png_get_mem_ptr(png);
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
    struct oc_png_writer *w = png_get_error_ptr(png);
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
    struct oc_png_writer *w = png_get_io_ptr(png);
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

static enum oc_status set_up(struct oc_png_writer *w)
{
    if (setjmp(png_jmpbuf(w->png)))
        return w->status;
    w->info = png_create_info_struct(w->png);
    if (!w->info)
        return w->status ? w->status : oc_err_nomem(w->job->err, "PNG writer", 0);
    png_set_write_fn(w->png, w, on_write, on_flush);
    return OC_OK;
}

enum oc_status oc_png_writer_begin(struct oc_png_writer *w, struct oc_encode_job *job)
{
    *w = (struct oc_png_writer){.job = job};
    w->png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, w, on_error, on_warning, w, on_alloc, on_free);
    if (!w->png)
        return w->status ? w->status : oc_err_nomem(job->err, "PNG writer", 0);
    return set_up(w);
}

void oc_png_writer_end(struct oc_png_writer *w)
{
    if (w->png)
        png_destroy_write_struct(&w->png, &w->info);
}

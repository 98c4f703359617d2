/* Pictures as PNG: its errors jump back to run(); see encode.h. */
#include "vision/encode/png_writer.h"

enum { LEVEL = 3 };

static enum oc_status run(struct oc_png_writer *w)
{
    if (setjmp(png_jmpbuf(w->png)))
        return w->status;
    const struct oc_image *im = w->job->im;
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
    struct oc_png_writer w = {0};
    size_t before = out->len;
    enum oc_status st = oc_encode_check(&job);
    if (st)
        return st;
    st = oc_png_writer_begin(&w, &job);
    if (!st)
        st = run(&w);
    oc_png_writer_end(&w);
    if (st)
        oc_encode_undo(out, before);
    return st;
}

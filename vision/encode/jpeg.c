/*
 * JPEG through a small block that is added to the buffer whenever it is full. The library's errors jump back to run(): everything
 * they must leave behind lives in struct writer, not in locals. Its working rows are its own memory; they are counted by estimate.
 */
#include "vision/encode/writer.h"
#include <setjmp.h>
#include <jpeglib.h>

/* The library's message codes; its header's macros are left out, they use a banned function. */
enum message {
#define JERROR_H
#define JMESSAGE(code, text) code,
#include <jerror.h>
};

enum { QUALITY = 90, BLOCK = 8192, ROWS_HELD = 24 /* bytes a column: 8 rows of 3 components */ };

struct writer {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr destination;
    struct oc_encode_job *job;
    enum oc_status status;
    jmp_buf out;
    uint8_t block[BLOCK];
};

static _Noreturn void fail(struct writer *w, enum oc_status status)
{
    w->status = status;
    longjmp(w->out, 1);
}

static _Noreturn void on_error(j_common_ptr jpeg)
{
    char text[JMSG_LENGTH_MAX];
    struct writer *w = jpeg->client_data;
    jpeg->err->format_message(jpeg, text);
    if (jpeg->err->msg_code == JERR_OUT_OF_MEMORY)
        fail(w, oc_err_set(w->job->err, OC_E_NOMEM, "out of memory while writing a JPEG: %s", text));
    fail(w, oc_err_set(w->job->err, OC_E_INTERNAL, "cannot write a JPEG: %s", text));
}

static void on_output(j_common_ptr jpeg)
{
    (void)jpeg; /* nothing is printed */
}

static void destination_begin(j_compress_ptr jpeg)
{
    struct writer *w = jpeg->client_data;
    w->destination.next_output_byte = w->block;
    w->destination.free_in_buffer = BLOCK;
}

static void add(struct writer *w, size_t n)
{
    enum oc_status st = oc_buf_add(w->job->out, w->block, n);
    if (st == OC_E_NOMEM)
        fail(w, oc_err_nomem(w->job->err, "an encoded JPEG", w->job->out->len + n));
    if (st)
        fail(w, st);
}

static boolean destination_full(j_compress_ptr jpeg)
{
    add(jpeg->client_data, BLOCK); /* the whole block, whatever free_in_buffer says: so the library's rules have it */
    destination_begin(jpeg);
    return TRUE;
}

static void destination_end(j_compress_ptr jpeg)
{
    struct writer *w = jpeg->client_data;
    add(w, BLOCK - w->destination.free_in_buffer);
}

static void configure(struct writer *w)
{
    j_compress_ptr jpeg = &w->jpeg;
    const struct oc_image *im = w->job->im;
    jpeg->image_width = (JDIMENSION)im->width;
    jpeg->image_height = (JDIMENSION)im->height;
    jpeg->input_components = im->channels;
    jpeg->in_color_space = im->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(jpeg);
    jpeg_set_quality(jpeg, QUALITY, TRUE);
    for (int i = 0; i < jpeg->num_components; i++)
        jpeg->comp_info[i].h_samp_factor = jpeg->comp_info[i].v_samp_factor = 1;
}

static enum oc_status run(struct writer *w)
{
    if (setjmp(w->out))
        return w->status;
    j_compress_ptr jpeg = &w->jpeg;
    jpeg_create_compress(jpeg);
    jpeg->dest = &w->destination;
    configure(w);
    jpeg_start_compress(jpeg, TRUE);
    while (jpeg->next_scanline < jpeg->image_height) {
        if (oc_encode_stopped(w->job))
            return oc_err_set(w->job->err, OC_E_CANCELLED, "cancelled while writing a JPEG");
        /* The library's interface lacks the const; it reads rows only. */
        JSAMPROW row = (JSAMPROW)(uintptr_t)oc_encode_row(w->job->im, jpeg->next_scanline);
        jpeg_write_scanlines(jpeg, &row, 1);
    }
    jpeg_finish_compress(jpeg);
    return OC_OK;
}

enum oc_status oc_encode_jpeg(const struct oc_image *im, const struct oc_encode_stop *stop, struct oc_buf *out, struct oc_err *err)
{
    struct oc_encode_job job = {.im = im, .stop = stop, .out = out, .err = err};
    struct writer w = {.job = &job};
    size_t before = out->len, rows = (size_t)(im->width > 0 ? im->width : 0) * ROWS_HELD;
    enum oc_status st = oc_encode_check(&job);
    if (st)
        return st;
    if (!oc_mem_reserve(OC_MEM_PIXEL, rows))
        return oc_err_nomem(err, "rows of a JPEG", rows);
    w.jpeg.err = jpeg_std_error(&w.errors);
    w.jpeg.client_data = &w;
    w.errors.error_exit = on_error;
    w.errors.output_message = on_output;
    w.destination = (struct jpeg_destination_mgr){
        .init_destination = destination_begin, .empty_output_buffer = destination_full, .term_destination = destination_end};
    st = run(&w);
    jpeg_destroy_compress(&w.jpeg);
    oc_mem_release(OC_MEM_PIXEL, rows);
    if (st)
        oc_encode_undo(out, before);
    return st;
}

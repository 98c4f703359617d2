/*
 * JPEG by libjpeg-turbo with its defaults (integer "slow" DCT, smooth chroma upsampling), which are Pillow's. The source
 * is the whole body. When it ends early, the library is given the end marker that is missing: a file that lacks nothing else (cameras and
 * cut downloads make such) decodes as it is, any other is refused as soon as the library misses data. The library's errors jump back to
 * run(): everything they must leave behind lives in struct reader, not in locals.
 */
#include "vision/decode/format.h"
#include "base/limits.h"
#include <setjmp.h>
#include <string.h>
#include <jpeglib.h>

/* The library's message codes; its header's macros are left out, they use a banned function. */
enum message {
#define JERROR_H
#define JMESSAGE(code, text) code,
#include <jerror.h>
};

struct reader {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    struct jpeg_source_mgr source;
    struct oc_decode_job *job;
    uint8_t *row;    /* owned: one CMYK row */
    size_t reserved; /* bytes counted for the library's own buffers */
    bool in_data;    /* past the headers: an end marker may be added */
    bool ended;      /* it was */
    enum oc_status status;
    jmp_buf out;
};

static struct reader *reader_of(j_common_ptr jpeg)
{
    return jpeg->client_data;
}

static _Noreturn void fail(struct reader *r, enum oc_status status)
{
    r->status = status;
    longjmp(r->out, 1);
}

static _Noreturn void on_error(j_common_ptr jpeg)
{
    struct reader *r = reader_of(jpeg);
    char text[JMSG_LENGTH_MAX];
    jpeg->err->format_message(jpeg, text);
    int code = jpeg->err->msg_code;
    if (code == JERR_OUT_OF_MEMORY || code == JERR_NO_BACKING_STORE)
        fail(r, oc_err_set(r->job->err, OC_E_NOMEM, "out of memory for a JPEG picture: %s", text));
    fail(r, oc_err_set(r->job->err, code == JERR_IMAGE_TOO_BIG ? OC_E_IMAGE_TOO_LARGE : OC_E_IMAGE, "broken JPEG: %s", text));
}

static _Noreturn void truncated(struct reader *r)
{
    fail(r, oc_err_set(r->job->err, OC_E_IMAGE, "the JPEG is truncated: it ends after %zu bytes, before the picture does", r->job->n));
}

/* Warnings (negative levels) are faults in the data that the library papers over; a few are common in the wild. */
static void on_message(j_common_ptr jpeg, int level)
{
    struct reader *r = reader_of(jpeg);
    if (level < 0 && r->ended && jpeg->err->msg_code == JWRN_HIT_MARKER)
        truncated(r);
    if (level < 0 && ++jpeg->err->num_warnings > LIM_JPEG_WARNINGS)
        fail(r, oc_err_set(r->job->err, OC_E_IMAGE, "broken JPEG: more than %d faults in its data", LIM_JPEG_WARNINGS));
}

static void on_output(j_common_ptr jpeg)
{
    (void)jpeg; /* nothing is printed */
}

static void on_progress(j_common_ptr jpeg)
{
    struct reader *r = reader_of(jpeg);
    if (r->jpeg.input_scan_number > LIM_JPEG_SCANS)
        fail(r, oc_err_set(r->job->err, OC_E_IMAGE, "the JPEG has more than %d scans", LIM_JPEG_SCANS));
}

static void source_nothing(j_decompress_ptr jpeg)
{
    (void)jpeg;
}

static boolean source_ended(j_decompress_ptr jpeg)
{
    static const JOCTET end[] = {0xFF, JPEG_EOI};
    struct reader *r = reader_of((j_common_ptr)jpeg);
    if (!r->in_data || r->ended || jpeg->arith_code) /* arithmetic coding leaves out trailing zeros: missing data would not show */
        return FALSE;                                /* suspends: the caller sees an incomplete step */
    r->ended = true;
    jpeg->src->next_input_byte = end;
    jpeg->src->bytes_in_buffer = sizeof end;
    return TRUE;
}

static void source_skip(j_decompress_ptr jpeg, long n)
{
    struct jpeg_source_mgr *s = jpeg->src;
    size_t step = n <= 0 ? 0 : (size_t)n < s->bytes_in_buffer ? (size_t)n : s->bytes_in_buffer;
    s->next_input_byte += step;
    s->bytes_in_buffer -= step;
}

/* The APP1 segments that are EXIF or else XMP, found by walking the segments before the picture's data. */
static int orientation_of(const uint8_t *p, size_t n)
{
    static const char xmp_name[] = "http://ns.adobe.com/xap/1.0/"; /* and a NUL */
    size_t at = 2;
    int exif = 0, xmp = 0;
    while (n - at >= 4) {
        if (p[at] != 0xFF || p[at + 1] == 0xFF || p[at + 1] == 0) { /* padding or junk between segments */
            at++;
            continue;
        }
        unsigned marker = p[at + 1];
        if (marker == 0xDA || marker == 0xD9)
            break;
        if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) { /* no length follows */
            at += 2;
            continue;
        }
        size_t length = (size_t)p[at + 2] << 8 | p[at + 3];
        if (length < 2 || n - at - 2 < length)
            break;
        if (marker == 0xE1 && !exif && length >= 8 && !memcmp(p + at + 4, "Exif\0", 5))
            exif = oc_exif_orientation(p + at + 10, length - 8);
        else if (marker == 0xE1 && !xmp && length > 2 + sizeof xmp_name && !memcmp(p + at + 4, xmp_name, sizeof xmp_name))
            xmp = oc_xmp_orientation(p + at + 4 + sizeof xmp_name, length - 2 - sizeof xmp_name);
        at += 2 + length;
    }
    return exif ? exif : xmp ? xmp : 1;
}

/* Files of several scans are held as coefficients, 2 bytes each, padded to whole MCUs; the budget has to know. */
static void reserve_coefficients(struct reader *r)
{
    if (!jpeg_has_multiple_scans(&r->jpeg))
        return;
    size_t total = 0;
    for (int i = 0; i < r->jpeg.num_components; i++) {
        const jpeg_component_info *c = &r->jpeg.comp_info[i];
        size_t across = c->width_in_blocks + (size_t)c->h_samp_factor, down = c->height_in_blocks + (size_t)c->v_samp_factor;
        total += across * down * DCTSIZE2 * sizeof(JCOEF); /* sides are below 2^16: fits */
    }
    if (total > LIM_JPEG_MEMORY)
        fail(r, oc_err_set(r->job->err, OC_E_IMAGE_TOO_LARGE, "the JPEG needs %zu bytes for its scans, at most %zu are allowed", total,
                           LIM_JPEG_MEMORY));
    if (!oc_mem_reserve(OC_MEM_PIXEL, total))
        fail(r, oc_err_nomem(r->job->err, "scans of a JPEG", total));
    r->reserved = total;
}

static void read_header(struct reader *r)
{
    j_decompress_ptr jpeg = &r->jpeg;
    if (jpeg_read_header(jpeg, TRUE) == JPEG_SUSPENDED)
        truncated(r);
    enum oc_status st = oc_check_size(r->job, jpeg->image_width, jpeg->image_height);
    if (st)
        fail(r, st);
    if (jpeg->num_components == 1 || jpeg->num_components == 3)
        jpeg->out_color_space = JCS_RGB;
    else if (jpeg->num_components == 4)
        jpeg->out_color_space = JCS_CMYK;
    else
        fail(r, oc_err_set(r->job->err, OC_E_IMAGE, "a JPEG of %d components is not a picture we know", jpeg->num_components));
    jpeg->dct_method = JDCT_ISLOW;
    jpeg->do_fancy_upsampling = TRUE;
    jpeg->mem->max_memory_to_use = (long)LIM_JPEG_MEMORY;
    r->job->orientation = orientation_of(r->job->bytes, r->job->n);
}

/* round(a * b / 255) as Pillow computes it. */
static uint8_t mul_255(unsigned a, unsigned b)
{
    unsigned t = a * b + 128;
    return (uint8_t)(((t >> 8) + t) >> 8);
}

/* CMYK in JPEG files is stored inverted (Adobe's habit, assumed always, as Pillow does): C' = 255 - C, K' = 255 - K. */
static void cmyk_row(const uint8_t *from, unsigned width, uint8_t *to)
{
    for (unsigned x = 0; x < width; x++, from += 4, to += 3)
        for (int c = 0; c < 3; c++) {
            unsigned key = from[3], less = mul_255(255u - from[c], key);
            to[c] = (uint8_t)(key > less ? key - less : 0);
        }
}

static void read_rows(struct reader *r)
{
    j_decompress_ptr jpeg = &r->jpeg;
    struct oc_image *out = r->job->out;
    size_t stride = (size_t)out->width * 3;
    while (jpeg->output_scanline < jpeg->output_height) {
        uint8_t *to = out->data + (size_t)jpeg->output_scanline * stride, *row = r->row ? r->row : to;
        if (jpeg_read_scanlines(jpeg, &row, 1) != 1)
            truncated(r);
        if (r->row)
            cmyk_row(r->row, jpeg->output_width, to);
    }
}

/* Whether a progressive file ended before every coefficient had come with all its bits. */
static bool lacks_scans(j_decompress_ptr jpeg)
{
    for (int i = 0; jpeg->coef_bits && i < jpeg->num_components; i++)
        for (int k = 0; k < DCTSIZE2; k++)
            if (jpeg->coef_bits[i][k] != 0)
                return true;
    return false;
}

static enum oc_status run(struct reader *r)
{
    if (setjmp(r->out))
        return r->status;
    j_decompress_ptr jpeg = &r->jpeg;
    jpeg_create_decompress(jpeg);
    jpeg->src = &r->source;
    jpeg->progress = &r->progress;
    read_header(r);
    enum oc_status st = oc_image_new(r->job->out, (int)jpeg->image_width, (int)jpeg->image_height, 3, r->job->err);
    if (st)
        return st;
    if (jpeg->out_color_space == JCS_CMYK) {
        size_t bytes = (size_t)jpeg->image_width * 4;
        r->row = oc_mem_alloc(OC_MEM_PIXEL, bytes);
        if (!r->row)
            return oc_err_nomem(r->job->err, "a CMYK row", bytes);
    }
    reserve_coefficients(r);
    r->in_data = true;
    if (!jpeg_start_decompress(jpeg))
        truncated(r);
    if (r->ended && lacks_scans(jpeg))
        truncated(r);
    read_rows(r);
    return OC_OK;
}

enum oc_status oc_decode_jpeg(struct oc_decode_job *job)
{
    struct reader r = {.job = job};
    r.jpeg.err = jpeg_std_error(&r.errors);
    r.jpeg.client_data = &r;
    r.errors.error_exit = on_error;
    r.errors.emit_message = on_message;
    r.errors.output_message = on_output;
    r.progress.progress_monitor = on_progress;
    r.source = (struct jpeg_source_mgr){
        .next_input_byte = job->bytes,
        .bytes_in_buffer = job->n,
        .init_source = source_nothing,
        .fill_input_buffer = source_ended,
        .skip_input_data = source_skip,
        .resync_to_restart = jpeg_resync_to_restart,
        .term_source = source_nothing,
    };
    enum oc_status st = run(&r);
    jpeg_destroy_decompress(&r.jpeg);
    oc_mem_release(OC_MEM_PIXEL, r.reserved);
    oc_mem_free(r.row);
    if (st)
        oc_image_deinit(job->out);
    return st;
}

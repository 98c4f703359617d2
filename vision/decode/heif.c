/*
 * HEIC and AVIF by libheif, where it is installed. The library turns and mirrors the picture itself, as the file says (irot, imir), so that
 * no orientation is left. Its memory is not ours to allocate: it is counted by an upper bound while it works, and its own limits are set.
 */
#include "vision/decode/format.h"
#ifdef OC_WITH_HEIF
#include <libheif/heif.h>
#include <string.h>
#include "base/limits.h"
#include "vision/decode/library.h"

static struct {
    struct heif_context *(*context_alloc)(void);
    void (*context_free)(struct heif_context *);
    void (*set_limit)(struct heif_context *, int);
    struct heif_error (*read)(struct heif_context *, const void *, size_t, const struct heif_reading_options *);
    struct heif_error (*primary)(struct heif_context *, struct heif_image_handle **);
    void (*handle_release)(const struct heif_image_handle *);
    int (*width)(const struct heif_image_handle *);
    int (*height)(const struct heif_image_handle *);
    struct heif_error (*decode)(const struct heif_image_handle *, struct heif_image **, enum heif_colorspace, enum heif_chroma,
                                const struct heif_decoding_options *);
    const uint8_t *(*plane)(const struct heif_image *, enum heif_channel, int *);
    int (*image_width)(const struct heif_image *, enum heif_channel);
    int (*image_height)(const struct heif_image *, enum heif_channel);
    void (*image_release)(const struct heif_image *);
} heif;

static const struct oc_library_symbol symbols[] = {
    {"heif_context_alloc", &heif.context_alloc},
    {"heif_context_free", &heif.context_free},
    {"heif_context_set_maximum_image_size_limit", &heif.set_limit},
    {"heif_context_read_from_memory_without_copy", &heif.read},
    {"heif_context_get_primary_image_handle", &heif.primary},
    {"heif_image_handle_release", &heif.handle_release},
    {"heif_image_handle_get_width", &heif.width},
    {"heif_image_handle_get_height", &heif.height},
    {"heif_decode_image", &heif.decode},
    {"heif_image_get_plane_readonly", &heif.plane},
    {"heif_image_get_width", &heif.image_width},
    {"heif_image_get_height", &heif.image_height},
    {"heif_image_release", &heif.image_release},
};
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct oc_library library = {"libheif.so.1", symbols, OC_ARRAY_LEN(symbols), &once, false};

static void load(void)
{
    oc_library_load(&library);
}

static enum oc_status broken(const struct oc_decode_job *job, const struct heif_error *e)
{
    if (e->code == heif_error_Unsupported_filetype || e->code == heif_error_Unsupported_feature)
        return oc_err_set(job->err, OC_E_MEDIA, "HEIC or AVIF of a kind that cannot be read here: %.200s", e->message ? e->message : "");
    return oc_err_set(job->err, OC_E_IMAGE, "broken HEIC or AVIF: %.200s", e->message ? e->message : "");
}

static enum oc_status copy_rows(struct oc_decode_job *job, const struct heif_image *im)
{
    struct oc_image *out = job->out;
    int stride = 0;
    const uint8_t *from = heif.plane(im, heif_channel_interleaved, &stride);
    size_t row = (size_t)out->width * 3;
    if (!from || stride < 0 || (size_t)stride < row || heif.image_width(im, heif_channel_interleaved) != out->width ||
        heif.image_height(im, heif_channel_interleaved) != out->height)
        return oc_err_set(job->err, OC_E_IMAGE, "broken HEIC or AVIF: its pixels are not of the size it says");
    for (int y = 0; y < out->height; y++)
        memcpy(out->data + (size_t)y * row, from + (size_t)y * (size_t)stride, row);
    return OC_OK;
}

static enum oc_status decode_handle(struct oc_decode_job *job, const struct heif_image_handle *handle)
{
    int width = heif.width(handle), height = heif.height(handle);
    enum oc_status st = width > 0 && height > 0 ? oc_check_size(job, (uint64_t)width, (uint64_t)height)
                                                : oc_err_set(job->err, OC_E_IMAGE, "broken HEIC or AVIF: it has no size");
    if (st)
        return st;
    size_t scratch = (size_t)width * (size_t)height * 8; /* planes of 4:4:4 in 16 bits, and interleaved */
    if (!oc_mem_reserve(OC_MEM_PIXEL, scratch))
        return oc_err_nomem(job->err, "HEIC decoder", scratch);
    struct heif_image *im = NULL;
    struct heif_error e = heif.decode(handle, &im, heif_colorspace_RGB, heif_chroma_interleaved_RGB, NULL);
    if (e.code != heif_error_Ok)
        st = broken(job, &e);
    if (!st)
        st = oc_image_new(job->out, width, height, 3, job->err);
    if (!st)
        st = copy_rows(job, im);
    if (im)
        heif.image_release(im);
    oc_mem_release(OC_MEM_PIXEL, scratch);
    return st;
}

enum oc_status oc_decode_heif(struct oc_decode_job *job)
{
    if (!oc_library_open(&library, load))
        return oc_err_set(job->err, OC_E_MEDIA, "it looks like: %s; reading it needs libheif (Debian: libheif1) on the server",
                          oc_image_describe(job->bytes, job->n));
    struct heif_context *context = heif.context_alloc();
    struct heif_image_handle *handle = NULL;
    if (!context)
        return oc_err_nomem(job->err, "HEIC decoder", 0);
    heif.set_limit(context, LIM_SIDE);
    struct heif_error e = heif.read(context, job->bytes, job->n, NULL);
    if (e.code == heif_error_Ok)
        e = heif.primary(context, &handle);
    enum oc_status st = e.code == heif_error_Ok ? decode_handle(job, handle) : broken(job, &e);
    if (handle)
        heif.handle_release(handle);
    heif.context_free(context);
    if (st)
        oc_image_deinit(job->out);
    return st;
}
#else
enum oc_status oc_decode_heif(struct oc_decode_job *job)
{
    return oc_err_set(job->err, OC_E_MEDIA, "it looks like: %s; this build cannot read it", oc_image_describe(job->bytes, job->n));
}
#endif

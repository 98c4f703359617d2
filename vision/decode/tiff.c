/*
 * TIFF by libtiff, where it is installed: the first picture of the file, by the library's conversion to 8-bit RGBA, alpha dropped, turned
 * by its orientation tag. The library allocates by what tags say: a limit is set on each allocation and all are bounded by the picture's
 * size, which is checked first.
 */
#include "vision/decode/format.h"
#ifdef OC_WITH_TIFF
#include <string.h>
#include <tiffio.h>
#include "base/limits.h"
#include "vision/decode/library.h"

static struct {
    TIFFOpenOptions *(*options)(void);
    void (*options_free)(TIFFOpenOptions *);
    void (*set_limit)(TIFFOpenOptions *, tmsize_t);
    void (*set_errors)(TIFFOpenOptions *, TIFFErrorHandlerExtR, void *);
    void (*set_warnings)(TIFFOpenOptions *, TIFFErrorHandlerExtR, void *);
    TIFF *(*open)(const char *, const char *, thandle_t, TIFFReadWriteProc, TIFFReadWriteProc, TIFFSeekProc, TIFFCloseProc, TIFFSizeProc,
                  TIFFMapFileProc, TIFFUnmapFileProc, TIFFOpenOptions *);
    void (*close)(TIFF *);
    int (*field)(TIFF *, uint32_t, ...);
    int (*begin)(TIFFRGBAImage *, TIFF *, int, char[1024]);
    int (*get)(TIFFRGBAImage *, uint32_t *, uint32_t, uint32_t);
    void (*end)(TIFFRGBAImage *);
} tiff;

static const struct oc_library_symbol symbols[] = {
    {"TIFFOpenOptionsAlloc", &tiff.options},
    {"TIFFOpenOptionsFree", &tiff.options_free},
    {"TIFFOpenOptionsSetMaxSingleMemAlloc", &tiff.set_limit},
    {"TIFFOpenOptionsSetErrorHandlerExtR", &tiff.set_errors},
    {"TIFFOpenOptionsSetWarningHandlerExtR", &tiff.set_warnings},
    {"TIFFClientOpenExt", &tiff.open},
    {"TIFFClose", &tiff.close},
    {"TIFFGetField", &tiff.field},
    {"TIFFRGBAImageBegin", &tiff.begin},
    {"TIFFRGBAImageGet", &tiff.get},
    {"TIFFRGBAImageEnd", &tiff.end},
};
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct oc_library library = {"libtiff.so.6", symbols, OC_ARRAY_LEN(symbols), &once, false};

static void load(void)
{
    oc_library_load(&library);
}

/* The file in memory. */
struct source {
    const struct oc_decode_job *job;
    uint64_t at;
    char why[200]; /* the first error */
};

static tmsize_t on_read(thandle_t handle, void *to, tmsize_t n)
{
    struct source *s = handle;
    uint64_t left = s->at < s->job->n ? s->job->n - s->at : 0, take = n > 0 && (uint64_t)n < left ? (uint64_t)n : n > 0 ? left : 0;
    memcpy(to, s->job->bytes + (take ? s->at : 0), take);
    s->at += take;
    return (tmsize_t)take;
}

static tmsize_t on_write(thandle_t handle, void *from, tmsize_t n)
{
    (void)handle, (void)from, (void)n;
    return 0;
}

static toff_t on_seek(thandle_t handle, toff_t to, int whence)
{
    struct source *s = handle;
    s->at = whence == SEEK_SET ? to : whence == SEEK_CUR ? s->at + to : s->job->n + to;
    return s->at;
}

static int on_close(thandle_t handle)
{
    (void)handle;
    return 0;
}

static toff_t on_size(thandle_t handle)
{
    return ((struct source *)handle)->job->n;
}

static int on_error(TIFF *t, void *data, const char *module, const char *format, va_list args) OC_PRINTF(4, 0);
static int on_error(TIFF *t, void *data, const char *module, const char *format, va_list args)
{
    struct source *s = data;
    (void)t, (void)module;
    if (!*s->why)
        vsnprintf(s->why, sizeof s->why, format, args);
    return 1;
}

static int on_warning(TIFF *t, void *data, const char *module, const char *format, va_list args) OC_PRINTF(4, 0);
static int on_warning(TIFF *t, void *data, const char *module, const char *format, va_list args)
{
    (void)t, (void)data, (void)module, (void)format, (void)args;
    return 1;
}

static enum oc_status broken(const struct source *s, const char *why)
{
    return oc_err_set(s->job->err, OC_E_IMAGE, "broken TIFF, or one of a kind that cannot be read: %.200s", *s->why ? s->why : why);
}

static enum oc_status read_pixels(struct oc_decode_job *job, const struct source *s, TIFF *t, uint32_t width, uint32_t height)
{
    char why[1024] = "";
    TIFFRGBAImage image;
    size_t pixels = (size_t)width * height;
    uint32_t *raster = oc_mem_alloc(OC_MEM_PIXEL, pixels * sizeof *raster);
    enum oc_status st = raster ? oc_image_new(job->out, (int)width, (int)height, 3, job->err) : oc_err_nomem(job->err, "TIFF", pixels * 4);
    bool begun = !st && tiff.begin(&image, t, 1, why);
    if (!st && !begun)
        st = broken(s, why);
    if (begun) {
        image.req_orientation = image.orientation; /* as stored: we turn it */
        if (!tiff.get(&image, raster, width, height))
            st = broken(s, why);
        tiff.end(&image);
    }
    uint8_t *to = st ? NULL : job->out->data;
    for (size_t i = 0; !st && i < pixels; i++, to += 3) {
        to[0] = (uint8_t)TIFFGetR(raster[i]);
        to[1] = (uint8_t)TIFFGetG(raster[i]);
        to[2] = (uint8_t)TIFFGetB(raster[i]);
    }
    oc_mem_free(raster);
    return st;
}

static enum oc_status decode_open(struct oc_decode_job *job, const struct source *s, TIFF *t)
{
    uint32_t width = 0, height = 0;
    uint16_t orientation = 1;
    if (!tiff.field(t, TIFFTAG_IMAGEWIDTH, &width) || !tiff.field(t, TIFFTAG_IMAGELENGTH, &height))
        return broken(s, "it has no size");
    enum oc_status st = oc_check_size(job, width, height);
    size_t scratch = (size_t)width * height * 8; /* a strip or tile may be the whole picture, in 16 bits and four channels */
    if (!st && !oc_mem_reserve(OC_MEM_PIXEL, scratch))
        return oc_err_nomem(job->err, "TIFF decoder", scratch);
    if (st)
        return st;
    st = read_pixels(job, s, t, width, height);
    oc_mem_release(OC_MEM_PIXEL, scratch);
    if (!st && tiff.field(t, TIFFTAG_ORIENTATION, &orientation) && orientation >= 1 && orientation <= 8)
        job->orientation = orientation;
    return st;
}

enum oc_status oc_decode_tiff(struct oc_decode_job *job)
{
    struct source s = {.job = job};
    if (!oc_library_open(&library, load))
        return oc_err_set(job->err, OC_E_MEDIA, "it looks like: TIFF image; reading it needs libtiff (Debian: libtiff6) on the server");
    TIFFOpenOptions *options = tiff.options();
    if (!options)
        return oc_err_nomem(job->err, "TIFF decoder", 0);
    uint64_t most = job->max_pixels * 8;
    tiff.set_limit(options, (tmsize_t)(most < LIM_JPEG_MEMORY ? LIM_JPEG_MEMORY : most));
    tiff.set_errors(options, on_error, &s);
    tiff.set_warnings(options, on_warning, &s);
    TIFF *t = tiff.open("picture", "rm", &s, on_read, on_write, on_seek, on_close, on_size, NULL, NULL, options);
    enum oc_status st = t ? decode_open(job, &s, t) : broken(&s, "its head cannot be read");
    if (t)
        tiff.close(t);
    tiff.options_free(options);
    if (st)
        oc_image_deinit(job->out);
    return st;
}
#else
enum oc_status oc_decode_tiff(struct oc_decode_job *job)
{
    return oc_err_set(job->err, OC_E_MEDIA, "it looks like: TIFF image; this build cannot read it");
}
#endif

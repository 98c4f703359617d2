/* Chooses a decoder by the first bytes, then turns the picture upright; see decode.h. */
#include "vision/decode/format.h"
#include "base/limits.h"

enum oc_status oc_check_size(const struct oc_decode_job *job, uint64_t width, uint64_t height)
{
    if (!width || !height)
        return oc_err_set(job->err, OC_E_IMAGE, "the picture has no pixels: %llu x %llu", (unsigned long long)width,
                          (unsigned long long)height);
    if (width > LIM_SIDE || height > LIM_SIDE)
        return oc_err_set(job->err, OC_E_IMAGE_TOO_LARGE, "the picture has %llu x %llu pixels, a side may have at most %d",
                          (unsigned long long)width, (unsigned long long)height, LIM_SIDE);
    uint64_t pixels = width * height; /* both are below 2^16 here */
    if (pixels > job->max_pixels)
        return oc_err_set(job->err, OC_E_IMAGE_TOO_LARGE, "the picture has %llu x %llu = %llu pixels, at most %llu are allowed",
                          (unsigned long long)width, (unsigned long long)height, (unsigned long long)pixels,
                          (unsigned long long)job->max_pixels);
    return OC_OK;
}

static enum oc_status decode_as(enum oc_image_format format, struct oc_decode_job *job)
{
    switch (format) {
    case OC_FORMAT_JPEG:
        return oc_decode_jpeg(job);
    case OC_FORMAT_PNG:
        return oc_decode_png(job);
    case OC_FORMAT_WEBP:
        return oc_decode_webp(job);
    case OC_FORMAT_BMP:
        return oc_decode_bmp(job);
    case OC_FORMAT_GIF:
        return oc_decode_gif(job);
    case OC_FORMAT_HEIF:
        return oc_decode_heif(job);
    case OC_FORMAT_TIFF:
        return oc_decode_tiff(job);
    case OC_FORMAT_UNKNOWN:
        break;
    }
    return oc_err_set(job->err, OC_E_MEDIA, "this is not a JPEG, PNG, WebP, BMP or GIF image, it looks like: %s",
                      oc_image_describe(job->bytes, job->n));
}

enum oc_status oc_decode(const uint8_t *bytes, size_t n, const struct oc_decode_options *opt, struct oc_image *out,
                         struct oc_image_info *info, struct oc_err *err)
{
    *out = (struct oc_image){0};
    struct oc_decode_job job = {.bytes = bytes, .n = n, .max_pixels = LIM_PIXELS, .out = out, .orientation = 1, .err = err};
    struct oc_image_info facts = {.format = oc_image_sniff(bytes, n)};
    if (opt && opt->max_pixels)
        job.max_pixels = opt->max_pixels;
    enum oc_status st = decode_as(facts.format, &job);
    if (!st) {
        facts.orientation = job.orientation;
        facts.stored_width = out->width;
        facts.stored_height = out->height;
        if (!opt || !opt->ignore_exif)
            st = oc_image_turn(out, job.orientation, err);
    }
    if (st)
        oc_image_deinit(out);
    if (info)
        *info = facts;
    return st;
}

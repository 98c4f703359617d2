/*
 * WebP by libwebp: the container is parsed by its demuxer (which refuses what is incomplete), the first frame is put on a
 * black canvas. libwebp's own buffers are not ours to allocate: they are counted by an upper bound while it works.
 */
#include "vision/decode/format.h"
#include <string.h>
#include <webp/decode.h>
#include <webp/demux.h>

static enum oc_status broken(const struct oc_decode_job *job, const char *what)
{
    return oc_err_set(job->err, OC_E_IMAGE, "broken or truncated WebP: %s", what);
}

/* Where the first frame lies on the canvas: the demuxer has checked that it is inside. */
static enum oc_status decode_frame(struct oc_decode_job *job, const WebPIterator *frame)
{
    struct oc_image *out = job->out;
    size_t stride = (size_t)out->width * 3, whole = stride * (size_t)out->height;
    if (frame->x_offset < 0 || frame->y_offset < 0 || frame->width < 1 || frame->height < 1 ||
        frame->width > out->width - frame->x_offset || frame->height > out->height - frame->y_offset)
        return broken(job, "its first frame lies outside the canvas");
    if (frame->width != out->width || frame->height != out->height)
        memset(out->data, 0, whole);
    int width, height;
    if (!WebPGetInfo(frame->fragment.bytes, frame->fragment.size, &width, &height) || width != frame->width || height != frame->height)
        return broken(job, "its first frame has another size than stated");
    /* Lossless keeps 4 bytes a pixel and lossy with alpha 1, besides some rows. */
    size_t scratch = (size_t)frame->width * (size_t)frame->height * 5;
    if (!oc_mem_reserve(OC_MEM_PIXEL, scratch))
        return oc_err_nomem(job->err, "WebP decoder", scratch);
    size_t start = (size_t)frame->y_offset * stride + (size_t)frame->x_offset * 3;
    const uint8_t *done = WebPDecodeRGBInto(frame->fragment.bytes, frame->fragment.size, out->data + start, whole - start, (int)stride);
    oc_mem_release(OC_MEM_PIXEL, scratch);
    return done ? OC_OK : broken(job, "its pixel data cannot be decoded");
}

static enum oc_status decode_first(struct oc_decode_job *job, WebPDemuxer *demux)
{
    uint32_t width = WebPDemuxGetI(demux, WEBP_FF_CANVAS_WIDTH), height = WebPDemuxGetI(demux, WEBP_FF_CANVAS_HEIGHT);
    enum oc_status st = oc_check_size(job, width, height);
    if (st)
        return st;
    WebPIterator frame;
    if (!WebPDemuxGetFrame(demux, 1, &frame))
        return broken(job, "it has no frame");
    if (!frame.complete)
        st = broken(job, "its first frame is incomplete");
    if (!st)
        st = oc_image_new(job->out, (int)width, (int)height, 3, job->err);
    if (!st)
        st = decode_frame(job, &frame);
    WebPDemuxReleaseIterator(&frame);
    return st;
}

static int orientation_of(WebPDemuxer *demux)
{
    WebPChunkIterator chunk;
    int orientation = 0;
    if (WebPDemuxGetChunk(demux, "EXIF", 1, &chunk)) {
        orientation = oc_exif_orientation(chunk.chunk.bytes, chunk.chunk.size);
        WebPDemuxReleaseChunkIterator(&chunk);
    }
    if (!orientation && WebPDemuxGetChunk(demux, "XMP ", 1, &chunk)) {
        orientation = oc_xmp_orientation(chunk.chunk.bytes, chunk.chunk.size);
        WebPDemuxReleaseChunkIterator(&chunk);
    }
    return orientation ? orientation : 1;
}

enum oc_status oc_decode_webp(struct oc_decode_job *job)
{
    WebPData data = {.bytes = job->bytes, .size = job->n};
    WebPDemuxer *demux = WebPDemux(&data);
    if (!demux)
        return broken(job, "its container cannot be read");
    enum oc_status st = decode_first(job, demux);
    if (!st)
        job->orientation = orientation_of(demux);
    WebPDemuxDelete(demux);
    if (st)
        oc_image_deinit(job->out);
    return st;
}

/*
 * The first frame of a GIF by giflib's low-level calls, on its canvas, as Pillow shows it: pixels that the frame does not
 * cover have the transparent index when there is one, else index 0; transparency itself is dropped. A frame that reaches
 * over the screen enlarges it. Only headers, extensions and one frame are read.
 */
#include "vision/decode/format.h"
#include <string.h>
#include <gif_lib.h>

#define EXTENSIONS_MAX 10000 /* sub-blocks before the first frame */

struct reader {
    struct oc_decode_job *job;
    size_t at;
    GifFileType *gif;
    int transparent;   /* index, or -1 */
    uint8_t *indices;  /* owned: the canvas */
    int width, height; /* of the canvas */
};

static int on_read(GifFileType *gif, GifByteType *to, int n)
{
    struct reader *r = gif->UserData;
    size_t have = r->job->n - r->at, take = n < 0 ? 0 : (size_t)n < have ? (size_t)n : have;
    memcpy(to, r->job->bytes + r->at, take);
    r->at += take;
    return (int)take;
}

static enum oc_status broken(const struct reader *r, const char *what)
{
    return oc_err_set(r->job->err, OC_E_IMAGE, "broken or truncated GIF: %s", what);
}

static enum oc_status library_error(const struct reader *r, int code)
{
    if (code == D_GIF_ERR_NOT_ENOUGH_MEM)
        return oc_err_nomem(r->job->err, "GIF decoder", 0);
    const char *text = GifErrorString(code);
    return broken(r, text ? text : "unknown fault");
}

static enum oc_status read_extension(struct reader *r, int *blocks)
{
    int code;
    GifByteType *block;
    if (DGifGetExtension(r->gif, &code, &block) == GIF_ERROR)
        return library_error(r, r->gif->Error);
    if (code == GRAPHICS_EXT_FUNC_CODE && block && block[0] >= 4 && (block[1] & 1))
        r->transparent = block[4];
    while (block) {
        if (++*blocks > EXTENSIONS_MAX)
            return broken(r, "too many extension blocks before its first frame");
        if (DGifGetExtensionNext(r->gif, &block) == GIF_ERROR)
            return library_error(r, r->gif->Error);
    }
    return OC_OK;
}

/* Reads up to the description of the first frame. */
static enum oc_status find_frame(struct reader *r)
{
    int blocks = 0;
    for (;;) {
        GifRecordType type;
        if (DGifGetRecordType(r->gif, &type) == GIF_ERROR)
            return library_error(r, r->gif->Error);
        if (type == TERMINATE_RECORD_TYPE)
            return broken(r, "it has no frame");
        if (type == IMAGE_DESC_RECORD_TYPE)
            break;
        enum oc_status st = type == EXTENSION_RECORD_TYPE ? read_extension(r, &blocks) : OC_OK;
        if (st)
            return st;
    }
    return DGifGetImageHeader(r->gif) == GIF_ERROR ? library_error(r, r->gif->Error) : OC_OK;
}

static enum oc_status read_rows(struct reader *r)
{
    const GifImageDesc *d = &r->gif->Image;
    static const int first[] = {0, 4, 2, 1}, step[] = {8, 8, 4, 2};
    for (int pass = 0; pass < (d->Interlace ? 4 : 1); pass++)
        for (int y = d->Interlace ? first[pass] : 0; y < d->Height; y += d->Interlace ? step[pass] : 1) {
            uint8_t *row = r->indices + (size_t)(d->Top + y) * (size_t)r->width + (size_t)d->Left;
            if (DGifGetLine(r->gif, row, d->Width) == GIF_ERROR)
                return library_error(r, r->gif->Error);
        }
    return OC_OK;
}

static void paint(struct reader *r)
{
    uint8_t table[256][3], *to = r->job->out->data;
    const ColorMapObject *map = r->gif->Image.ColorMap ? r->gif->Image.ColorMap : r->gif->SColorMap;
    for (int i = 0; i < 256; i++) /* past the palette: grey levels, as Pillow has it */
        memset(table[i], i, 3);
    for (int i = 0; map && i < map->ColorCount && i < 256; i++) {
        table[i][0] = map->Colors[i].Red;
        table[i][1] = map->Colors[i].Green;
        table[i][2] = map->Colors[i].Blue;
    }
    size_t n = (size_t)r->width * (size_t)r->height;
    for (size_t i = 0; i < n; i++, to += 3)
        memcpy(to, table[r->indices[i]], 3);
}

static enum oc_status decode_first(struct reader *r)
{
    enum oc_status st = find_frame(r);
    if (st)
        return st;
    const GifImageDesc *d = &r->gif->Image; /* four 16-bit numbers; the screen is two, and some writers leave them 0 */
    r->width = d->Left + d->Width > r->gif->SWidth ? d->Left + d->Width : r->gif->SWidth;
    r->height = d->Top + d->Height > r->gif->SHeight ? d->Top + d->Height : r->gif->SHeight;
    st = oc_check_size(r->job, (uint64_t)r->width, (uint64_t)r->height);
    if (st)
        return st;
    if (d->Width < 1 || d->Height < 1)
        return broken(r, "its first frame has no pixels");
    st = oc_image_new(r->job->out, r->width, r->height, 3, r->job->err);
    if (st)
        return st;
    size_t n = (size_t)r->width * (size_t)r->height;
    r->indices = oc_mem_alloc(OC_MEM_PIXEL, n);
    if (!r->indices)
        return oc_err_nomem(r->job->err, "GIF canvas", n);
    memset(r->indices, r->transparent < 0 ? 0 : r->transparent, n);
    st = read_rows(r);
    if (!st)
        paint(r);
    return st;
}

enum oc_status oc_decode_gif(struct oc_decode_job *job)
{
    struct reader r = {.job = job, .transparent = -1};
    int code = 0;
    r.gif = DGifOpen(&r, on_read, &code);
    if (!r.gif)
        return library_error(&r, code);
    enum oc_status st = decode_first(&r);
    DGifCloseFile(r.gif, &code);
    oc_mem_free(r.indices);
    if (st)
        oc_image_deinit(job->out);
    return st;
}

/*
 * Indices in runs compress best unfiltered. Shares nothing with png.c but its form: what libpng is told differs in each line. See ids.h.
 */
#include "vision/encode/png_writer.h"
#include "vision/ids.h"

enum { LEVEL = 6, PALETTE = 256 };

struct oc_colour oc_voc_colour(int id)
{
    int r = 0, g = 0, b = 0;
    for (int k = 7; id && k >= 0; k--, id >>= 3) {
        r |= (id & 1) << k;
        g |= (id >> 1 & 1) << k;
        b |= (id >> 2 & 1) << k;
    }
    return (struct oc_colour){(uint8_t)r, (uint8_t)g, (uint8_t)b};
}

struct map {
    struct oc_png_writer w;
    const uint16_t *ids;
    size_t width, height;
    bool wide; /* 16 bits */
    uint8_t *row;
};

static void set_header(struct map *m)
{
    png_color palette[PALETTE];
    png_set_compression_level(m->w.png, LEVEL);
    png_set_filter(m->w.png, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE);
    png_set_IHDR(m->w.png, m->w.info, (png_uint_32)m->width, (png_uint_32)m->height, m->wide ? 16 : 8,
                 m->wide ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_PALETTE, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    for (int i = 0; i < PALETTE; i++) {
        struct oc_colour c = oc_voc_colour(i);
        palette[i] = (png_color){c.r, c.g, c.b};
    }
    if (!m->wide)
        png_set_PLTE(m->w.png, m->w.info, palette, PALETTE);
}

static void make_row(struct map *m, size_t y)
{
    const uint16_t *ids = m->ids + y * m->width;
    for (size_t x = 0; x < m->width; x++) {
        if (m->wide) {
            m->row[2 * x] = (uint8_t)(ids[x] >> 8);
            m->row[2 * x + 1] = (uint8_t)ids[x];
        } else {
            m->row[x] = (uint8_t)ids[x];
        }
    }
}

static enum oc_status run(struct map *m)
{
    if (setjmp(png_jmpbuf(m->w.png)))
        return m->w.status;
    set_header(m);
    png_write_info(m->w.png, m->w.info);
    for (size_t y = 0; y < m->height; y++) {
        if (oc_encode_stopped(m->w.job))
            return oc_err_set(m->w.job->err, OC_E_CANCELLED, "cancelled while writing a PNG");
        make_row(m, y);
        png_write_row(m->w.png, m->row);
    }
    png_write_end(m->w.png, m->w.info);
    return OC_OK;
}

enum oc_status oc_encode_png_ids(const uint16_t *ids, int width, int height, int n_ids, const struct oc_encode_stop *stop,
                                 struct oc_buf *out, struct oc_err *err)
{
    struct oc_encode_job job = {.stop = stop, .out = out, .err = err};
    struct map m = {.ids = ids, .width = (size_t)width, .height = (size_t)height, .wide = n_ids > PALETTE};
    size_t before = out->len;
    if (!ids || width < 1 || height < 1)
        return oc_err_set(err, OC_E_INVALID, "a map of %d x %d cannot be encoded", width, height);
    m.row = oc_mem_array(OC_MEM_PIXEL, m.width, 2);
    enum oc_status st = m.row ? oc_png_writer_begin(&m.w, &job) : oc_err_nomem(err, "a row", m.width * 2);
    if (!st)
        st = run(&m);
    oc_png_writer_end(&m.w);
    oc_mem_free(m.row);
    if (st)
        oc_encode_undo(out, before);
    return st;
}

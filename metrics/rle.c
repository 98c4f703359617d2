/* Runs to text and back; see rle.h. */
#include "metrics/rle.h"
#include <string.h>

enum {
    FIRST = 48,      /* the character of 0 */
    LAST = 48 + 63,  /* of six bits */
    MOST_GROUPS = 8, /* 40 bits: more than a run, or a difference of two, has */
    STRIP = 64,      /* columns turned at a time */
};

void oc_rle_deinit(struct oc_rle *r)
{
    oc_mem_free(r->counts);
    *r = (struct oc_rle){0};
}

/* One signed number from text at *at; false where it is none, with *at on what is wrong. */
static bool read_number(const char *text, size_t n, size_t *at, int64_t *out)
{
    uint64_t value = 0;
    for (int k = 0; k < MOST_GROUPS && *at < n; k++) {
        int c = (unsigned char)text[*at];
        if (c < FIRST || c > LAST)
            return false;
        c -= FIRST;
        value |= (uint64_t)(c & 0x1f) << (5 * k);
        ++*at;
        if (c & 0x20)
            continue;
        if (c & 0x10)
            value |= ~(uint64_t)0 << (5 * (k + 1));
        *out = (int64_t)value;
        return true;
    }
    return false;
}

static enum oc_status wrong_sum(uint64_t sum, uint64_t pixels, bool more, struct oc_err *err)
{
    return oc_err_set(err, OC_E_INVALID, "counts: the runs add up to %s%llu pixels, the mask's size is %llu", more ? "at least " : "",
                      (unsigned long long)sum, (unsigned long long)pixels);
}

enum oc_status oc_rle_parse(const char *text, size_t n, uint64_t pixels, struct oc_rle *out, struct oc_err *err)
{
    uint64_t sum = 0;
    *out = (struct oc_rle){0};
    if (pixels > UINT32_MAX)
        return oc_err_set(err, OC_E_INVALID, "counts: a mask of at most %u pixels, its size is %llu", UINT32_MAX,
                          (unsigned long long)pixels);
    uint32_t *counts = oc_mem_array(OC_MEM_OTHER, n ? n : 1, sizeof *counts); /* each run is a character at least */
    if (!counts)
        return oc_err_nomem(err, "runs", n * sizeof *counts);
    out->counts = counts;
    for (size_t at = 0; at < n;) {
        int64_t run = 0;
        size_t start = at;
        enum oc_status st = OC_OK;
        if (!read_number(text, n, &at, &run))
            st = oc_err_set(err, OC_E_INVALID, "counts: character %zu of %zu: %s", at, n,
                            at == n ? "the text ends within a number" : "not of a run-length text");
        else if (out->n > 2)
            run += counts[out->n - 2];
        if (!st && run < 0)
            st = oc_err_set(err, OC_E_INVALID, "counts: character %zu: a run of %lld pixels", start, (long long)run);
        if (!st && (uint64_t)run > pixels - sum)
            st = wrong_sum(sum + (uint64_t)run, pixels, true, err);
        if (st) {
            oc_rle_deinit(out);
            return st;
        }
        sum += (uint64_t)run;
        counts[out->n++] = (uint32_t)run;
    }
    if (sum == pixels)
        return OC_OK;
    oc_rle_deinit(out);
    return wrong_sum(sum, pixels, false, err);
}

enum oc_status oc_rle_check(const struct oc_rle *r, uint64_t pixels, struct oc_err *err)
{
    uint64_t sum = 0; /* cannot overflow: 2^32 runs of 2^32 */
    for (size_t i = 0; i < r->n; i++)
        sum += r->counts[i];
    return sum == pixels ? OC_OK : wrong_sum(sum, pixels, false, err);
}

static enum oc_status print_number(int64_t value, struct oc_buf *out)
{
    char text[16];
    size_t n = 0;
    bool more = true;
    while (more) {
        int c = (int)(value & 0x1f);
        value >>= 5; /* keeps the sign: GCC and Clang shift arithmetically */
        more = c & 0x10 ? value != -1 : value != 0;
        text[n++] = (char)(c + (more ? 0x20 : 0) + FIRST);
    }
    return oc_buf_add(out, text, n);
}

enum oc_status oc_rle_print(const uint32_t *counts, size_t n, struct oc_buf *out)
{
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < n; i++)
        st = print_number((int64_t)counts[i] - (i > 2 ? (int64_t)counts[i - 2] : 0), out);
    return st;
}

enum oc_status oc_rle_paint(const struct oc_rle *r, uint16_t *ids, int width, int height, uint16_t class_id, uint16_t empty,
                            struct oc_err *err)
{
    size_t at = 0, h = (size_t)height, w = (size_t)width;
    for (size_t i = 0; i < r->n; at += r->counts[i++]) {
        if (i % 2 == 0)
            continue;
        size_t x = at / h, y = at % h;
        for (uint32_t k = 0; k < r->counts[i]; k++) {
            uint16_t *p = ids + y * w + x;
            if (*p != empty && *p != class_id)
                return oc_err_set(err, OC_E_INVALID, "the pixel at row %zu, column %zu is of two classes, %u and %u", y, x, *p, class_id);
            *p = class_id;
            if (++y == h) {
                y = 0;
                x++;
            }
        }
    }
    return OC_OK;
}

static enum oc_status add_count(struct oc_rle_class *c, uint64_t run)
{
    int64_t value = (int64_t)run;
    enum oc_status st = print_number(value - (c->n > 2 ? c->before2 : 0), &c->text);
    c->before2 = c->before;
    c->before = value;
    c->n++;
    return st;
}

/* A run of ones. */
static enum oc_status add_run(struct oc_rle_class *c, uint64_t start, uint64_t n)
{
    enum oc_status st = add_count(c, start - c->end);
    c->end = start + n;
    c->pixels += n;
    return st ? st : add_count(c, n);
}

/* The runs down one column; `start` and `class_id` of the run that is open go on from column to column. */
struct walk {
    struct oc_rle_class *classes;
    uint64_t at, start;
    int class_id; /* -1 before the first pixel */
};

static enum oc_status walk_column(struct walk *w, const uint16_t *column, size_t height)
{
    enum oc_status st = OC_OK;
    for (size_t y = 0; !st && y < height; y++, w->at++) {
        if (column[y] == w->class_id)
            continue;
        if (w->class_id >= 0)
            st = add_run(&w->classes[w->class_id], w->start, w->at - w->start);
        w->class_id = column[y];
        w->start = w->at;
    }
    return st;
}

/* The last run of ones, and of zeros. */
static enum oc_status finish(struct walk *w, int n_classes)
{
    enum oc_status st = OC_OK;
    if (w->class_id >= 0)
        st = add_run(&w->classes[w->class_id], w->start, w->at - w->start);
    for (int k = 0; !st && k < n_classes; k++)
        if (w->classes[k].n && w->classes[k].end < w->at)
            st = add_count(&w->classes[k], w->at - w->classes[k].end);
    return st;
}

enum oc_status oc_rle_encode_map(const uint16_t *ids, int width, int height, int n_classes, size_t max_text, struct oc_rle_class *out,
                                 struct oc_err *err)
{
    size_t w = (size_t)width, h = (size_t)height;
    struct walk walk = {.classes = out, .class_id = -1};
    enum oc_status st = OC_OK;
    for (int k = 0; k < n_classes; k++)
        oc_buf_init(&out[k].text, OC_MEM_JSON, max_text);
    uint16_t *strip = oc_mem_array(OC_MEM_PIXEL, h * STRIP, sizeof *strip);
    if (!strip)
        return oc_err_nomem(err, "columns of a map", h * STRIP * sizeof *strip);
    for (size_t x = 0; !st && x < w; x += STRIP) {
        size_t n = w - x < STRIP ? w - x : STRIP;
        for (size_t y = 0; y < h; y++)
            for (size_t i = 0; i < n; i++)
                strip[i * h + y] = ids[y * w + x + i];
        for (size_t i = 0; !st && i < n; i++)
            st = walk_column(&walk, strip + i * h, h);
    }
    if (!st)
        st = finish(&walk, n_classes);
    oc_mem_free(strip);
    if (st == OC_E_NOMEM)
        return oc_err_nomem(err, "a mask's runs", max_text);
    return st ? oc_err_set(err, st, "a mask's runs take more than %zu bytes", max_text) : OC_OK;
}

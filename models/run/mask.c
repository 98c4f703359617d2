/* See mask.h. */
#include "models/run/mask.h"

/* Runs while they are made. */
struct runs {
    struct oc_rle rle;
    size_t room;
    uint32_t length; /* of the run that is not written yet */
    bool ones;       /* its kind */
};

static enum oc_status write_run(struct runs *r, struct oc_err *err)
{
    if (r->rle.n == r->room) {
        size_t room = r->room ? r->room * 2 : 64;
        uint32_t *counts = oc_mem_realloc(OC_MEM_OTHER, r->rle.counts, room * sizeof *counts);
        if (!counts)
            return oc_err_nomem(err, "a mask", room * sizeof *counts);
        r->rle.counts = counts;
        r->room = room;
    }
    r->rle.counts[r->rle.n++] = r->length;
    return OC_OK;
}

static enum oc_status add_run(struct runs *r, bool ones, uint32_t length, struct oc_err *err)
{
    if (ones != r->ones && length) {
        enum oc_status st = write_run(r, err);
        if (st)
            return st;
        r->ones = ones;
        r->length = 0;
    }
    r->length += length;
    return OC_OK;
}

/* Writes the last run, or frees all. */
static enum oc_status end_runs(struct runs *r, enum oc_status st, struct oc_rle *out, struct oc_err *err)
{
    if (!st)
        st = write_run(r, err);
    if (st)
        oc_rle_deinit(&r->rle);
    *out = r->rle;
    return st;
}

/* One axis: pixel i of the picture lies at i * step + start on the grid, whose pixels are at 0..n-1. */
struct axis {
    double step, start;
    int n;
};

static struct axis axis_of(double scale, int offset, float from, float to, int n)
{
    double per_pixel = n / fmax((double)to - (double)from, 1e-6);
    return (struct axis){scale * per_pixel, (0.5 * scale + offset - (double)from) * per_pixel - 0.5, n};
}

static double place_on(const struct axis *a, int i)
{
    return fmin(fmax(i * a->step + a->start, 0), a->n - 1);
}

static float between(float a, float b, double share)
{
    return (float)((double)a * (1 - share) + (double)b * share);
}

/* The grid's column at pixel column x. */
static void take_column(const struct oc_mask_grid *g, const struct axis *across, int x, float *column)
{
    double at = place_on(across, x);
    int lo = (int)at, hi = lo + 1 < g->width ? lo + 1 : lo;
    for (int j = 0; j < g->height; j++) {
        const float *row = g->values + (size_t)j * (size_t)g->width;
        column[j] = between(row[lo], row[hi], at - lo);
    }
}

static bool is_object(const struct oc_mask_grid *g, const struct axis *down, const float *column, int y)
{
    double at = place_on(down, y);
    int lo = (int)at, hi = lo + 1 < g->height ? lo + 1 : lo;
    return between(column[lo], column[hi], at - lo) > g->threshold;
}

/* The first pixel row past y whose place lies between other rows of the grid than y's. */
static int next_segment(const struct axis *down, int y, int end)
{
    double at = y * down->step + down->start, edge = at < 0 ? 0 : floor(at) + 1;
    double next = edge > down->n - 1 ? end : ceil((edge - down->start) / down->step);
    return next > y + 1 ? next < end ? (int)next : end : y + 1;
}

/* Between two rows of the grid scores change evenly: where both ends agree, so does all between. */
static enum oc_status add_column(const struct oc_mask_grid *g, const struct axis *down, const float *column, int y, int end, struct runs *r,
                                 struct oc_err *err)
{
    enum oc_status st = OC_OK;
    while (!st && y < end) {
        int next = next_segment(down, y, end);
        bool ones = is_object(g, down, column, y);
        if (next - y > 2 && ones == is_object(g, down, column, next - 1)) {
            st = add_run(r, ones, (uint32_t)(next - y), err);
            y = next;
        } else {
            st = add_run(r, ones, 1, err);
            y++;
        }
    }
    return st;
}

enum oc_status oc_mask_grid_room(struct oc_mask_grid *grid, size_t n, struct oc_err *err)
{
    if (n <= grid->own_floats)
        return OC_OK;
    oc_mem_free(grid->own);
    grid->own_floats = 0;
    grid->own = oc_mem_array(OC_MEM_OTHER, n, sizeof *grid->own);
    if (!grid->own)
        return oc_err_nomem(err, "a mask", n * sizeof *grid->own);
    grid->own_floats = n;
    return OC_OK;
}

enum oc_status oc_mask_from_grid(const struct oc_mask_grid *g, const struct oc_fit_map *map, const struct oc_box *box, struct oc_mask *out,
                                 struct oc_err *err)
{
    int left = (int)ceilf(box->x1), top = (int)ceilf(box->y1), right = (int)ceilf(box->x2), bottom = (int)ceilf(box->y2);
    *out = (struct oc_mask){.x = left, .y = top, .width = right - left, .height = bottom - top};
    float *column = oc_mem_array(OC_MEM_OTHER, (size_t)g->height, sizeof *column);
    if (!column)
        return oc_err_nomem(err, "a mask", (size_t)g->height * sizeof *column);
    struct axis across = axis_of(map->scale_x, map->left, g->place.x1, g->place.x2, g->width);
    struct axis down = axis_of(map->scale_y, map->top, g->place.y1, g->place.y2, g->height);
    struct runs runs = {0};
    enum oc_status st = OC_OK;
    for (int x = left; !st && x < right; x++) {
        take_column(g, &across, x, column);
        st = add_column(g, &down, column, top, bottom, &runs, err);
    }
    oc_mem_free(column);
    return end_runs(&runs, st, &out->runs, err);
}

/* Walks through a mask's runs, as many pixels at a time as the caller wants. */
struct walk {
    const struct oc_rle *rle;
    size_t at;
    uint32_t left; /* of run `at` */
};

static struct walk walk_of(const struct oc_mask *m)
{
    return (struct walk){&m->runs, 0, m->runs.n ? m->runs.counts[0] : 0};
}

/* At most `most` pixels of one kind; 0 at the end. */
static uint32_t step(struct walk *w, uint32_t most, bool *ones)
{
    while (!w->left && w->at + 1 < w->rle->n)
        w->left = w->rle->counts[++w->at];
    uint32_t n = w->left < most ? w->left : most;
    w->left -= n;
    *ones = w->at & 1;
    return n;
}

enum oc_status oc_mask_whole(const struct oc_mask *m, int width, int height, struct oc_rle *out, struct oc_err *err)
{
    struct runs runs = {0};
    struct walk walk = walk_of(m);
    uint32_t above = (uint32_t)m->y, below = (uint32_t)(height - m->y - m->height);
    enum oc_status st = add_run(&runs, false, (uint32_t)m->x * (uint32_t)height, err);
    for (int x = 0; !st && x < m->width; x++) {
        st = add_run(&runs, false, above, err);
        for (uint32_t left = (uint32_t)m->height, n; !st && left; left -= n) {
            bool ones;
            if (!(n = step(&walk, left, &ones)))
                n = left; /* runs that end too early: the rest is none of it */
            st = add_run(&runs, ones, n, err);
        }
        if (!st)
            st = add_run(&runs, false, below, err);
    }
    if (!st)
        st = add_run(&runs, false, (uint32_t)(width - m->x - m->width) * (uint32_t)height, err);
    return end_runs(&runs, st, out, err);
}

uint64_t oc_mask_pixels(const struct oc_mask *m)
{
    uint64_t n = 0;
    for (size_t i = 1; i < m->runs.n; i += 2)
        n += m->runs.counts[i];
    return n;
}

void oc_mask_bits(const struct oc_mask *m, uint8_t *bits)
{
    struct walk walk = walk_of(m);
    for (int x = 0; x < m->width; x++) {
        for (uint32_t y = 0, n; y < (uint32_t)m->height; y += n) {
            bool ones = false;
            if (!(n = step(&walk, (uint32_t)m->height - y, &ones))) {
                n = (uint32_t)m->height - y;
                ones = false;
            }
            for (uint32_t i = y; i < y + n; i++)
                bits[(size_t)i * (size_t)m->width + (size_t)x] = ones;
        }
    }
}

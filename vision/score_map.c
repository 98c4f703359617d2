/*
 * Two bilinear steps, one after the other, without the large maps in between: for each row of the picture two rows at the network's size
 * are kept, each made when it is first needed. Most pixels need no arithmetic: where the four neighbours have the same best class, every
 * weighted mean of them has it too. See score_map.h.
 */
#include "vision/score_map.h"
#include <math.h>
#include <string.h>

enum { ROWS_BETWEEN_QUESTIONS = 16, MOST_CLASSES = 65536 };

/* Where pixel i of one side takes its value: the neighbours and the weight of the second. */
struct tap {
    int lo, hi;
    float weight;
};

struct work {
    const struct oc_score_grid *grid;
    const struct oc_grid_place *place;
    float *turned;                                       /* owned: the grid with classes last; NULL when it has them so */
    float *rows;                                         /* owned: two rows of the network's size within the picture, classes last */
    uint16_t *ids;                                       /* owned: the best class of each pixel of those rows */
    float *mean;                                         /* owned: one pixel */
    int row_at[2];                                       /* which row a place holds; -1: none */
    struct tap *grid_x, *grid_y, *picture_x, *picture_y; /* owned */
};

static struct tap tap_at(double position, int n)
{
    if (!(position > 0))
        return (struct tap){0, 0, 0};
    int lo = position < n - 1 ? (int)position : n - 1;
    double weight = lo < n - 1 ? position - lo : 0;
    return (struct tap){lo, weight > 0 ? lo + 1 : lo, (float)weight};
}

/* Taps of pixels first..first+n of a side that is `side` long and is made from `from` pixels. */
static enum oc_status make_taps(int first, int n, int side, int from, struct tap **out, struct oc_err *err)
{
    *out = oc_mem_array(OC_MEM_PIXEL, (size_t)n, sizeof **out);
    if (!*out)
        return oc_err_nomem(err, "a map's columns", (size_t)n * sizeof **out);
    for (int i = 0; i < n; i++)
        (*out)[i] = tap_at((first + i + 0.5) * from / side - 0.5, from);
    return OC_OK;
}

static enum oc_status turn_grid(struct work *w, struct oc_err *err)
{
    const struct oc_score_grid *g = w->grid;
    size_t pixels = (size_t)g->width * (size_t)g->height, classes = (size_t)g->classes, bytes;
    if (g->channels_last || classes == 1)
        return OC_OK;
    w->turned = oc_size_mul(pixels, classes * sizeof(float), &bytes) ? oc_mem_alloc(OC_MEM_PIXEL, bytes) : NULL;
    if (!w->turned)
        return oc_err_nomem(err, "a map of scores", pixels * classes * sizeof(float));
    for (size_t c = 0; c < classes; c++)
        for (size_t i = 0; i < pixels; i++)
            w->turned[i * classes + c] = g->scores[c * pixels + i];
    return OC_OK;
}

static enum oc_status prepare(struct work *w, struct oc_err *err)
{
    const struct oc_score_grid *g = w->grid;
    const struct oc_grid_place *p = w->place;
    const struct oc_fit_map *fit = p->fit;
    size_t classes = (size_t)g->classes, row = (size_t)fit->inner_width, floats;
    enum oc_status st = turn_grid(w, err);
    (void)(st || (st = make_taps(fit->left, fit->inner_width, p->network_width, g->width, &w->grid_x, err)) ||
           (st = make_taps(fit->top, fit->inner_height, p->network_height, g->height, &w->grid_y, err)) ||
           (st = make_taps(0, p->width, p->width, fit->inner_width, &w->picture_x, err)) ||
           (st = make_taps(0, p->height, p->height, fit->inner_height, &w->picture_y, err)));
    if (st)
        return st;
    w->rows = oc_size_mul(row * 2, classes, &floats) ? oc_mem_array(OC_MEM_PIXEL, floats, sizeof(float)) : NULL;
    w->ids = oc_mem_array(OC_MEM_PIXEL, row * 2, sizeof *w->ids);
    w->mean = oc_mem_array(OC_MEM_PIXEL, classes, sizeof *w->mean);
    if (!w->rows || !w->ids || !w->mean)
        return oc_err_nomem(err, "rows of a map", row * 2 * classes * sizeof(float));
    w->row_at[0] = w->row_at[1] = -1;
    return OC_OK;
}

static void release(struct work *w)
{
    oc_mem_free(w->turned);
    oc_mem_free(w->rows);
    oc_mem_free(w->ids);
    oc_mem_free(w->mean);
    oc_mem_free(w->grid_x);
    oc_mem_free(w->grid_y);
    oc_mem_free(w->picture_x);
    oc_mem_free(w->picture_y);
}

/*
 * The weighted mean of four neighbours. This form, and not a + w * (b - a), keeps the order of two classes that all four agree on,
 * rounding included.
 */
static void blend(const float *const corner[4], float wx, float wy, int classes, float *restrict out)
{
    const float *a = corner[0], *b = corner[1], *c = corner[2], *d = corner[3];
    float wx0 = 1 - wx, wy0 = 1 - wy;
    for (int k = 0; k < classes; k++)
        out[k] = wy0 * (wx0 * a[k] + wx * b[k]) + wy * (wx0 * c[k] + wx * d[k]);
}

static uint16_t best(const struct oc_score_grid *g, const float *scores)
{
    if (g->classes == 1)
        return scores[0] >= g->threshold;
    int at = 0;
    float top = -INFINITY;
    for (int k = 0; k < g->classes; k++) {
        if (scores[k] > top) {
            top = scores[k];
            at = k;
        }
    }
    return (uint16_t)at;
}

/* Row y of the network's input, counted from where the picture begins. */
static int network_row(struct work *w, int y)
{
    int slot = y & 1, width = w->place->fit->inner_width, classes = w->grid->classes;
    if (w->row_at[slot] == y)
        return slot;
    const float *grid = w->turned ? w->turned : w->grid->scores;
    size_t line = (size_t)w->grid->width * (size_t)classes;
    const struct tap *ty = &w->grid_y[y];
    const float *upper = grid + (size_t)ty->lo * line, *lower = grid + (size_t)ty->hi * line;
    float *out = w->rows + (size_t)slot * (size_t)width * (size_t)classes;
    uint16_t *ids = w->ids + (size_t)slot * (size_t)width;
    for (int x = 0; x < width; x++, out += classes) {
        const struct tap *tx = &w->grid_x[x];
        size_t lo = (size_t)tx->lo * (size_t)classes, hi = (size_t)tx->hi * (size_t)classes;
        blend((const float *const[4]){upper + lo, upper + hi, lower + lo, lower + hi}, tx->weight, ty->weight, classes, out);
        ids[x] = best(w->grid, out);
    }
    w->row_at[slot] = y;
    return slot;
}

static void picture_row(struct work *w, int y, uint16_t *out)
{
    const struct tap *ty = &w->picture_y[y];
    int a = network_row(w, ty->lo), b = network_row(w, ty->hi), classes = w->grid->classes;
    size_t width = (size_t)w->place->fit->inner_width;
    const uint16_t *upper_ids = w->ids + (size_t)a * width, *lower_ids = w->ids + (size_t)b * width;
    const float *upper = w->rows + (size_t)a * width * (size_t)classes, *lower = w->rows + (size_t)b * width * (size_t)classes;
    for (int x = 0; x < w->place->width; x++) {
        const struct tap *tx = &w->picture_x[x];
        uint16_t id = upper_ids[tx->lo];
        if (upper_ids[tx->hi] != id || lower_ids[tx->lo] != id || lower_ids[tx->hi] != id) {
            size_t lo = (size_t)tx->lo * (size_t)classes, hi = (size_t)tx->hi * (size_t)classes;
            blend((const float *const[4]){upper + lo, upper + hi, lower + lo, lower + hi}, tx->weight, ty->weight, classes, w->mean);
            id = best(w->grid, w->mean);
        }
        out[x] = id;
    }
}

static bool is_stopped(const struct oc_grid_place *p, int y)
{
    return y % ROWS_BETWEEN_QUESTIONS == 0 && p->cancelled && p->cancelled(p->cancel_arg);
}

static enum oc_status check(const struct oc_grid_place *p, int width, int height, int classes, struct oc_err *err)
{
    const struct oc_fit_map *f = p->fit;
    if (width < 1 || height < 1 || classes < 1 || classes > MOST_CLASSES || p->width < 1 || p->height < 1)
        return oc_err_set(err, OC_E_INVALID, "a map of %d x %d pixels and %d classes (at most %d) for a picture of %d x %d", width, height,
                          classes, MOST_CLASSES, p->width, p->height);
    if (f->inner_width < 1 || f->inner_height < 1 || f->left < 0 || f->top < 0 || f->left + f->inner_width > p->network_width ||
        f->top + f->inner_height > p->network_height)
        return oc_err_set(err, OC_E_INVALID, "a picture at %d, %d of %d x %d does not lie in an input of %d x %d", f->left, f->top,
                          f->inner_width, f->inner_height, p->network_width, p->network_height);
    return OC_OK;
}

enum oc_status oc_score_grid_to_ids(const struct oc_score_grid *grid, const struct oc_grid_place *place, uint16_t *ids, struct oc_err *err)
{
    struct work w = {.grid = grid, .place = place};
    enum oc_status st = check(place, grid->width, grid->height, grid->classes, err);
    if (!st)
        st = prepare(&w, err);
    for (int y = 0; !st && y < place->height; y++) {
        if (is_stopped(place, y))
            st = oc_err_set(err, OC_E_CANCELLED, "cancelled while a map was enlarged");
        else
            picture_row(&w, y, ids + (size_t)y * (size_t)place->width);
    }
    release(&w);
    return st;
}

/* The grid's pixel under the centre of pixel i of the picture, by way of the network's input. */
static int nearest(int i, int side, int first, int inner, int network, int grid)
{
    int at = first + (int)((i + 0.5) * inner / side);
    int on = (int)((at + 0.5) * grid / network);
    return on < grid ? on : grid - 1;
}

enum oc_status oc_id_grid_to_ids(const uint16_t *grid, int grid_width, int grid_height, const struct oc_grid_place *place, uint16_t *ids,
                                 struct oc_err *err)
{
    const struct oc_fit_map *f = place->fit;
    enum oc_status st = check(place, grid_width, grid_height, 1, err);
    if (st)
        return st;
    int *columns = oc_mem_array(OC_MEM_PIXEL, (size_t)place->width, sizeof *columns);
    if (!columns)
        return oc_err_nomem(err, "a map's columns", (size_t)place->width * sizeof *columns);
    for (int x = 0; x < place->width; x++)
        columns[x] = nearest(x, place->width, f->left, f->inner_width, place->network_width, grid_width);
    for (int y = 0; !st && y < place->height; y++) {
        int row = nearest(y, place->height, f->top, f->inner_height, place->network_height, grid_height);
        const uint16_t *from = grid + (size_t)row * (size_t)grid_width;
        if (is_stopped(place, y))
            st = oc_err_set(err, OC_E_CANCELLED, "cancelled while a map was enlarged");
        for (int x = 0; !st && x < place->width; x++)
            *ids++ = from[columns[x]];
    }
    oc_mem_free(columns);
    return st;
}

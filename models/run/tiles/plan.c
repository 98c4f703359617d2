/* See plan.h. Tiles are spread evenly: neighbours overlap at least as far as was asked for, and the last one ends where the picture does.
 */
#include "models/run/tiles/plan.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/parse.h"

const char *const oc_merge_words[] = {"nms", "soft_nms", "wbf", NULL};

#define WORTH_IT .75 /* auto: tiles that cover more of both sides show hardly more than the whole picture */

static bool parse_side(const char *s, size_t n, int *out)
{
    int64_t v;
    bool good = oc_parse_i64(s, n, OC_TILE_MIN, LIM_SIDE, &v);
    *out = good ? (int)v : 0;
    return good;
}

enum oc_status oc_tiling_parse_tile(const char *text, struct oc_tiling *t, struct oc_err *err)
{
    const char *by = strchr(text, 'x');
    size_t n = strlen(text), first = by ? (size_t)(by - text) : n;
    t->mode = OC_TILE_FIXED;
    if (!strcmp(text, "none"))
        t->mode = OC_TILE_NONE;
    else if (!strcmp(text, "auto"))
        t->mode = OC_TILE_AUTO;
    else if (!parse_side(text, first, &t->width) || !parse_side(by ? by + 1 : text, by ? n - first - 1 : n, &t->height))
        return oc_err_set(err, OC_E_INVALID, "tile: auto, none, or WIDTHxHEIGHT with sides of %d..%d pixels is expected, is '%.40s'",
                          OC_TILE_MIN, LIM_SIDE, text);
    return OC_OK;
}

/* Tiles along one side, `tile` long each. */
struct axis {
    int side, tile;
    int64_t n;
};

static struct axis spread(int side, double tile, double overlap)
{
    struct axis a = {.side = side, .tile = (int)ceil(tile), .n = 1};
    a.tile = tile >= side ? side : a.tile < 1 ? 1 : a.tile;
    double step = a.tile * (1 - overlap);
    step = step < 1 ? 1 : step;
    if (a.tile < side)
        a.n = 1 + (int64_t)ceil((side - a.tile) / step - 1e-9);
    return a;
}

static int start_of(const struct axis *a, int64_t i)
{
    return a->n > 1 ? (int)lround((double)i * (a->side - a->tile) / (double)(a->n - 1)) : 0;
}

/* One size of tiles over the picture. */
struct level {
    struct axis across, down;
};

static int64_t tiles_of(const struct level *l)
{
    return l->across.n * l->down.n; /* each at most LIM_SIDE */
}

static bool is_whole(const struct level *l)
{
    return l->across.n == 1 && l->down.n == 1;
}

enum { MOST_LEVELS = LIM_SCALES > 16 ? LIM_SCALES : 16 };

struct plan {
    const struct oc_tiling *tiling;
    int width, height;
    double overlap;
    bool whole;
    float shrinks[LIM_SCALES]; /* whole pictures made smaller */
    int n_shrinks;
    struct level levels[MOST_LEVELS];
    int n_levels;
};

static struct level level_of(const struct plan *p, double width, double height)
{
    return (struct level){spread(p->width, width, p->overlap), spread(p->height, height, p->overlap)};
}

/* A size that leaves one tile is the whole picture; two of one size are one. */
static void add_level(struct plan *p, double width, double height)
{
    struct level l = level_of(p, width, height);
    if (is_whole(&l)) {
        p->whole = true;
        return;
    }
    for (int i = 0; i < p->n_levels; i++)
        if (p->levels[i].across.tile == l.across.tile && p->levels[i].down.tile == l.down.tile)
            return;
    p->levels[p->n_levels++] = l;
}

/* A whole picture made smaller, or parts of it as large as it would be. */
static void add_scale(struct plan *p, float scale)
{
    if (scale > 1) {
        add_level(p, p->width / (double)scale, p->height / (double)scale);
    } else if (scale < 1) {
        p->shrinks[p->n_shrinks++] = scale;
    } else {
        p->whole = true;
    }
}

static int64_t count(const struct plan *p)
{
    int64_t n = (p->whole ? 1 : 0) + p->n_shrinks;
    for (int i = 0; i < p->n_levels; i++)
        n += tiles_of(&p->levels[i]);
    return n;
}

/* Tiles of the input's size and of its doubles, as long as they show more than the whole picture does; larger from the start for
 * pictures that would need too many. */
static void add_automatic(struct plan *p, double width, double height)
{
    for (int skip = 0; skip < MOST_LEVELS; skip++) {
        p->n_levels = 0;
        double k = ldexp(1, skip);
        while (p->n_levels < MOST_LEVELS && (width * k < WORTH_IT * p->width || height * k < WORTH_IT * p->height)) {
            add_level(p, width * k, height * k);
            k *= 2;
        }
        if (count(p) <= LIM_TILES)
            return;
    }
}

static void choose_levels(struct plan *p, int input_width, int input_height)
{
    const struct oc_tiling *t = p->tiling;
    double width = t->mode == OC_TILE_AUTO ? input_width : t->width, height = t->mode == OC_TILE_AUTO ? input_height : t->height;
    p->whole = t->mode == OC_TILE_AUTO || (t->mode == OC_TILE_FIXED && !t->no_whole);
    if (t->mode == OC_TILE_AUTO && !t->n_scales)
        add_automatic(p, width, height);
    else if (t->mode == OC_TILE_FIXED && !t->n_scales)
        add_level(p, width, height);
    for (int i = 0; i < t->n_scales; i++) {
        if (t->mode == OC_TILE_NONE)
            add_scale(p, t->scales[i]);
        else
            add_level(p, width / (double)t->scales[i], height / (double)t->scales[i]);
    }
}

static void put(struct oc_windows *out, struct oc_window w, const struct plan *p)
{
    w.cut = (w.x > 0 ? OC_CUT_LEFT : 0u) | (w.y > 0 ? OC_CUT_TOP : 0u) | (w.x + w.width < p->width ? OC_CUT_RIGHT : 0u) |
            (w.y + w.height < p->height ? OC_CUT_BOTTOM : 0u);
    out->items[out->n++] = w;
}

static void put_level(struct oc_windows *out, const struct level *l, const struct plan *p)
{
    for (int64_t y = 0; y < l->down.n; y++)
        for (int64_t x = 0; x < l->across.n; x++)
            put(out, (struct oc_window){start_of(&l->across, x), start_of(&l->down, y), l->across.tile, l->down.tile, 1, 0}, p);
}

enum oc_status oc_windows_plan(const struct oc_tiling *t, int width, int height, int input_width, int input_height, struct oc_windows *out,
                               struct oc_err *err)
{
    struct plan p = {
        .tiling = t, .width = width, .height = height, .overlap = t->has_overlap ? (double)t->overlap : (double)OC_TILE_OVERLAP};
    *out = (struct oc_windows){0};
    choose_levels(&p, input_width, input_height);
    int64_t n = count(&p);
    if (n > LIM_TILES)
        return oc_err_set(err, OC_E_INVALID, "tile: %lld tiles of a picture of %d x %d, at most %d", (long long)n, width, height,
                          LIM_TILES);
    out->items = oc_mem_array(OC_MEM_OTHER, (size_t)n + 1, sizeof *out->items);
    if (!out->items)
        return oc_err_nomem(err, "tiles", (size_t)n * sizeof *out->items);
    if (p.whole || !n)
        put(out, (struct oc_window){0, 0, width, height, 1, 0}, &p);
    for (int i = 0; i < p.n_shrinks; i++)
        put(out, (struct oc_window){0, 0, width, height, p.shrinks[i], 0}, &p);
    for (int i = 0; i < p.n_levels; i++)
        put_level(out, &p.levels[i], &p);
    return OC_OK;
}

void oc_windows_deinit(struct oc_windows *w)
{
    oc_mem_free(w->items);
    *w = (struct oc_windows){0};
}

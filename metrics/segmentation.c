/* Counting and dividing; see segmentation.h. */
#include "metrics/segmentation.h"
#include <math.h>
#include <string.h>
#include "metrics/boundary.h"

enum oc_status oc_tally_init(struct oc_tally *t, int classes, double boundary_ratio, struct oc_err *err)
{
    size_t n = (size_t)classes, cells;
    *t = (struct oc_tally){.classes = classes, .boundary_ratio = boundary_ratio > 0 ? boundary_ratio : 0};
    t->cells = oc_size_mul(n, n, &cells) ? oc_mem_array(OC_MEM_OTHER, cells, sizeof *t->cells) : NULL;
    if (t->cells && t->boundary_ratio > 0)
        t->boundary = oc_mem_array(OC_MEM_OTHER, n, sizeof *t->boundary);
    if (t->cells && (t->boundary || !(t->boundary_ratio > 0)))
        return OC_OK;
    oc_tally_deinit(t);
    return oc_err_nomem(err, "a confusion matrix", oc_tally_bytes(classes, boundary_ratio > 0));
}

void oc_tally_deinit(struct oc_tally *t)
{
    oc_mem_free(t->cells);
    oc_mem_free(t->boundary);
    *t = (struct oc_tally){0};
}

size_t oc_tally_bytes(int classes, bool boundary)
{
    size_t n = (size_t)classes;
    return n * n * sizeof(uint64_t) + (boundary ? n * sizeof(struct oc_boundary_count) : 0);
}

/*
 * Where the run of pixels that begins at i ends: maps are made of regions, and a run is checked and counted once. Four pixels of each map
 * at a time.
 */
static size_t run_end(const struct oc_map_pair *p, size_t i, size_t n)
{
    const uint16_t truth = p->truth[i], prediction = p->prediction[i];
    const uint64_t four = 0x0001000100010001u, truths = truth * four, predictions = prediction * four;
    size_t k = i + 1;
    for (; k + 4 <= n; k += 4) {
        uint64_t t, q;
        memcpy(&t, p->truth + k, sizeof t);
        memcpy(&q, p->prediction + k, sizeof q);
        if (t != truths || q != predictions)
            break;
    }
    while (k < n && p->truth[k] == truth && p->prediction[k] == prediction)
        k++;
    return k;
}

enum oc_void oc_pair_void(const struct oc_map_pair *p)
{
    size_t pixels = (size_t)p->width * (size_t)p->height;
    bool there = false, others = false;
    for (size_t i = 0; i < pixels && !(there && others); i = run_end(p, i, pixels)) {
        const uint16_t ids[2] = {p->truth[i], p->prediction[i]};
        for (int k = 0; k < 2; k++) {
            there |= ids[k] == OC_VOID_ID;
            others |= ids[k] != OC_VOID_ID && ids[k] != 0;
        }
    }
    return !there ? OC_VOID_ABSENT : others ? OC_VOID_BORDER : OC_VOID_BINARY;
}

void oc_map_from_binary(uint16_t *ids, size_t pixels)
{
    for (size_t i = 0; i < pixels; i++)
        ids[i] = ids[i] == OC_VOID_ID;
}

/* The pixel does not count. */
static bool is_skipped(const struct oc_tally *t, const struct oc_map_pair *p, size_t i)
{
    return p->truth[i] == p->ignore || (p->skip_beyond && (p->truth[i] >= t->classes || p->prediction[i] >= t->classes));
}

static enum oc_status wrong_class(const struct oc_map_pair *p, const char *which, size_t at, uint16_t id, int classes, struct oc_err *err)
{
    size_t w = (size_t)p->width;
    return oc_err_set(err, OC_E_INVALID, "%s: class %u at row %zu, column %zu; 0..%d are expected%s", which, id, at / w, at % w,
                      classes - 1, p->ignore >= 0 ? ", or in the truth the number that is ignored" : "");
}

/* Every pixel that counts has a class in both maps. */
static enum oc_status check_pair(const struct oc_tally *t, const struct oc_map_pair *p, struct oc_err *err)
{
    size_t pixels = (size_t)p->width * (size_t)p->height;
    for (size_t i = 0; i < pixels; i = run_end(p, i, pixels)) {
        if (is_skipped(t, p, i))
            continue;
        if (p->truth[i] >= t->classes)
            return wrong_class(p, "truth", i, p->truth[i], t->classes, err);
        if (p->prediction[i] >= t->classes)
            return wrong_class(p, "prediction", i, p->prediction[i], t->classes, err);
    }
    return OC_OK;
}

static enum oc_status count_borders(struct oc_tally *t, const struct oc_map_pair *p, struct oc_err *err)
{
    size_t pixels = (size_t)p->width * (size_t)p->height;
    int d = oc_boundary_distance(p->width, p->height, t->boundary_ratio);
    uint8_t *truth = oc_mem_alloc(OC_MEM_PIXEL, pixels), *prediction = oc_mem_alloc(OC_MEM_PIXEL, pixels);
    enum oc_status st = truth && prediction ? OC_OK : oc_err_nomem(err, "borders of a map", pixels * 2);
    if (!st)
        st = oc_boundary_find(p->truth, p->width, p->height, d, truth, err);
    if (!st)
        st = oc_boundary_find(p->prediction, p->width, p->height, d, prediction, err);
    for (size_t i = 0; !st && i < pixels; i++) {
        if (is_skipped(t, p, i))
            continue;
        t->boundary[p->truth[i]].truth += truth[i];
        t->boundary[p->prediction[i]].prediction += prediction[i];
        t->boundary[p->truth[i]].both += p->truth[i] == p->prediction[i] && truth[i] && prediction[i];
    }
    oc_mem_free(truth);
    oc_mem_free(prediction);
    return st;
}

static enum oc_status check_sum(uint64_t a, uint64_t b, struct oc_err *err)
{
    if (b <= INT64_MAX && a <= INT64_MAX - b)
        return OC_OK;
    return oc_err_set(err, OC_E_INVALID, "more than %lld pixels in all", (long long)INT64_MAX);
}

enum oc_status oc_tally_add(struct oc_tally *t, const struct oc_map_pair *p, struct oc_err *err)
{
    size_t pixels = (size_t)p->width * (size_t)p->height, n = (size_t)t->classes;
    uint64_t ignored = 0;
    enum oc_status st = check_pair(t, p, err);
    if (!st)
        st = check_sum(t->pixels, pixels, err);
    if (!st && t->boundary)
        st = count_borders(t, p, err);
    if (st)
        return st;
    for (size_t i = 0, end; i < pixels; i = end) {
        end = run_end(p, i, pixels);
        if (is_skipped(t, p, i))
            ignored += end - i;
        else
            t->cells[p->truth[i] * n + p->prediction[i]] += end - i;
    }
    t->ignored += ignored;
    t->pixels += pixels - ignored;
    t->pairs++;
    return OC_OK;
}

static void add_boundary(struct oc_boundary_count *to, const struct oc_boundary_count *from)
{
    to->both += from->both;
    to->truth += from->truth;
    to->prediction += from->prediction;
}

enum oc_status oc_tally_merge(struct oc_tally *t, const struct oc_tally *other, struct oc_err *err)
{
    size_t n = (size_t)t->classes;
    if (t->classes != other->classes)
        return oc_err_set(err, OC_E_INVALID, "%d classes here, %d there", t->classes, other->classes);
    if (fabs(t->boundary_ratio - other->boundary_ratio) > 0)
        return oc_err_set(err, OC_E_INVALID, "borders of %g of the diagonal here, of %g there", t->boundary_ratio, other->boundary_ratio);
    enum oc_status st = check_sum(t->pixels, other->pixels, err);
    if (st)
        return st;
    for (size_t i = 0; i < n * n; i++)
        t->cells[i] += other->cells[i];
    for (size_t k = 0; t->boundary && k < n; k++)
        add_boundary(&t->boundary[k], &other->boundary[k]);
    t->pixels += other->pixels;
    t->pairs += other->pairs;
    t->ignored += other->ignored;
    return OC_OK;
}

enum oc_status oc_tally_add_cell(struct oc_tally *t, int truth, int prediction, uint64_t pixels, struct oc_err *err)
{
    enum oc_status st = check_sum(t->pixels, pixels, err);
    if (st)
        return st;
    t->cells[(size_t)truth * (size_t)t->classes + (size_t)prediction] += pixels;
    t->pixels += pixels;
    return OC_OK;
}

/* The same counts in a tally of at least as many classes. */
static enum oc_status copy_into(const struct oc_tally *t, int classes, struct oc_tally *out, struct oc_err *err)
{
    size_t old = (size_t)t->classes, n = (size_t)classes;
    enum oc_status st = oc_tally_init(out, classes, t->boundary_ratio, err);
    if (st)
        return st;
    for (size_t k = 0; k < old; k++)
        memcpy(out->cells + k * n, t->cells + k * old, old * sizeof *t->cells);
    if (t->boundary)
        memcpy(out->boundary, t->boundary, old * sizeof *t->boundary);
    out->pixels = t->pixels;
    out->pairs = t->pairs;
    out->ignored = t->ignored;
    return OC_OK;
}

enum oc_status oc_tally_grow(struct oc_tally *t, int classes, struct oc_err *err)
{
    struct oc_tally more;
    if (classes <= t->classes)
        return OC_OK;
    enum oc_status st = copy_into(t, classes, &more, err);
    if (st)
        return st;
    oc_tally_deinit(t);
    *t = more;
    return OC_OK;
}

enum oc_status oc_tally_copy(const struct oc_tally *t, struct oc_tally *out, struct oc_err *err)
{
    return copy_into(t, t->classes, out, err);
}

int oc_pair_classes(const struct oc_map_pair *p)
{
    size_t pixels = (size_t)p->width * (size_t)p->height;
    int top = -1;
    for (size_t i = 0; i < pixels; i = run_end(p, i, pixels)) {
        if (p->truth[i] == p->ignore)
            continue;
        top = p->truth[i] > top ? p->truth[i] : top;
        top = p->prediction[i] > top ? p->prediction[i] : top;
    }
    return top + 1;
}

static double divide(double a, double b)
{
    return b > 0 ? a / b : (double)NAN;
}

/* The ratios of a class whose pixels have been added up. */
static void divide_class(const struct oc_tally *t, int k, struct oc_class_score *s)
{
    s->both = t->cells[(size_t)k * (size_t)t->classes + (size_t)k];
    s->iou = divide((double)s->both, (double)(s->truth + s->prediction - s->both));
    s->recall = divide((double)s->both, (double)s->truth);
    s->precision = divide((double)s->both, (double)s->prediction);
    s->dice = divide(2 * (double)s->both, (double)(s->truth + s->prediction));
    s->boundary_iou = (double)NAN;
    if (t->boundary) {
        const struct oc_boundary_count *b = &t->boundary[k];
        s->boundary_iou = divide((double)b->both, (double)(b->truth + b->prediction - b->both));
    }
}

static void add_up(const struct oc_tally *t, struct oc_class_score *classes)
{
    const uint64_t *cell = t->cells;
    memset(classes, 0, (size_t)t->classes * sizeof *classes);
    for (int truth = 0; truth < t->classes; truth++) {
        for (int prediction = 0; prediction < t->classes; prediction++, cell++) {
            classes[truth].truth += *cell;
            classes[prediction].prediction += *cell;
        }
    }
}

/* A mean of what is defined. */
struct mean {
    double sum;
    int n;
};

static void add_to(struct mean *m, double v)
{
    if (isnan(v))
        return;
    m->sum += v;
    m->n++;
}

static double mean_of(const struct mean *m)
{
    return divide(m->sum, m->n);
}

/*
 * With N pixels, A on the diagonal and E = sum of truth * prediction: (A / N - E / N^2) / (1 - E / N^2) = (N A - E) / (N^2 - E), in 128
 * bits, where N below 2^63 leaves room.
 */
static double kappa_of(uint64_t pixels, uint64_t agreed, unsigned __int128 expected)
{
    unsigned __int128 all = (unsigned __int128)pixels * pixels, agreement = (unsigned __int128)pixels * agreed;
    double above = agreement >= expected ? (double)(agreement - expected) : -(double)(expected - agreement);
    return divide(above, (double)(all - expected));
}

void oc_tally_score(const struct oc_tally *t, struct oc_segmentation_score *all, struct oc_class_score *classes)
{
    struct mean recall = {0}, precision = {0}, iou = {0}, dice = {0}, boundary = {0};
    uint64_t agreed = 0;
    unsigned __int128 expected = 0;
    double weighted = 0;
    *all = (struct oc_segmentation_score){.pixels = t->pixels};
    add_up(t, classes);
    for (int k = 0; k < t->classes; k++) {
        struct oc_class_score *s = &classes[k];
        divide_class(t, k, s);
        agreed += s->both;
        expected += (unsigned __int128)s->truth * s->prediction;
        weighted += s->truth ? (double)s->truth * s->iou : 0;
        add_to(&recall, s->recall);
        add_to(&precision, s->precision);
        add_to(&iou, s->iou);
        add_to(&dice, s->dice);
        add_to(&boundary, s->boundary_iou);
    }
    all->pixel_accuracy = divide((double)agreed, (double)all->pixels);
    all->mean_recall = mean_of(&recall);
    all->mean_precision = mean_of(&precision);
    all->mean_iou = mean_of(&iou);
    all->mean_dice = mean_of(&dice);
    all->mean_boundary_iou = mean_of(&boundary);
    all->frequency_weighted_iou = divide(weighted, (double)all->pixels);
    all->kappa = kappa_of(all->pixels, agreed, expected);
}

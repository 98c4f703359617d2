/*
 * NonMaxSuppression where all inputs are known when it is planned: the number of boxes that remain, and so the output's shape, depends on
 * them. Where a model computes its boxes, it stands in the model's tail (exec/tail.h), which is planned when they are known.
 */
#include "engine/ops/types.h"
#include "base/mem.h"
#include <stdlib.h>

struct suppression {
    const float *boxes, *scores;
    int64_t batches, classes, count; /* of boxes */
    int64_t keep_max;
    float overlap_max, score_min;
    bool has_score_min, centre;
};

struct corners {
    float x1, y1, x2, y2;
};

static struct corners box_of(const struct suppression *s, int64_t i)
{
    const float *b = s->boxes + 4 * i;
    if (s->centre)
        return (struct corners){b[0] - b[2] / 2, b[1] - b[3] / 2, b[0] + b[2] / 2, b[1] + b[3] / 2};
    bool down = b[0] <= b[2], right = b[1] <= b[3];
    return (struct corners){right ? b[1] : b[3], down ? b[0] : b[2], right ? b[3] : b[1], down ? b[2] : b[0]};
}

static bool overlaps(const struct suppression *s, struct corners a, struct corners b)
{
    float left = a.x1 > b.x1 ? a.x1 : b.x1, right = a.x2 < b.x2 ? a.x2 : b.x2;
    float top = a.y1 > b.y1 ? a.y1 : b.y1, bottom = a.y2 < b.y2 ? a.y2 : b.y2;
    if (!(right > left) || !(bottom > top))
        return false;
    float both = (right - left) * (bottom - top), area = (a.x2 - a.x1) * (a.y2 - a.y1), other = (b.x2 - b.x1) * (b.y2 - b.y1);
    return area > 0 && other > 0 && both / (area + other - both) > s->overlap_max;
}

struct ranked {
    float score;
    int64_t box;
};

/* The highest score first, then the lowest index. */
static int by_rank(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    return x->box < y->box ? -1 : x->box > y->box;
}

/* Boxes that score enough, best first; a score that is no number is not enough. */
static int64_t rank(const struct suppression *s, const float *scores, struct ranked *out)
{
    int64_t n = 0;
    for (int64_t i = 0; i < s->count; i++)
        if (s->has_score_min ? scores[i] > s->score_min : scores[i] == scores[i])
            out[n++] = (struct ranked){scores[i], i};
    qsort(out, (size_t)n, sizeof *out, by_rank);
    return n;
}

/* Selected boxes of one class: their indices to `kept` (room for all), their number returned. */
static int64_t select_class(const struct suppression *s, int64_t batch, int64_t class, struct ranked *order, int64_t *kept)
{
    int64_t n = 0, ranked = rank(s, s->scores + (batch * s->classes + class) * s->count, order);
    for (int64_t i = 0; i < ranked && n < s->keep_max; i++) {
        struct corners box = box_of(s, batch * s->count + order[i].box);
        bool free = true;
        for (int64_t k = 0; free && k < n; k++)
            free = !overlaps(s, box, box_of(s, batch * s->count + kept[k]));
        if (free)
            kept[n++] = order[i].box;
    }
    return n;
}

/* Rows (batch, class, box) to `rows` when it is not NULL; their number in *total. */
static enum oc_status select_all(const struct suppression *s, int64_t *rows, int64_t *total, struct oc_err *err)
{
    struct ranked *state = oc_mem_array(OC_MEM_MODEL, (size_t)s->count + 1, sizeof *state);
    int64_t *kept = oc_mem_array(OC_MEM_MODEL, (size_t)s->count + 1, sizeof *kept), n = 0;
    enum oc_status st = state && kept ? OC_OK : oc_err_nomem(err, "NonMaxSuppression", (size_t)s->count * 9);
    for (int64_t i = 0; !st && i < s->batches * s->classes; i++) {
        int64_t more = select_class(s, i / s->classes, i % s->classes, state, kept);
        for (int64_t k = 0; rows && k < more; k++) {
            int64_t *row = rows + 3 * (n + k);
            row[0] = i / s->classes;
            row[1] = i % s->classes;
            row[2] = kept[k];
        }
        n += more;
    }
    oc_mem_free(state);
    oc_mem_free(kept);
    *total = n;
    return st;
}

static const struct eng_tensor *known(const struct eng_value *const *in, int n_in, int i)
{
    return i < n_in && in[i] && in[i]->constant && eng_shape_count(&in[i]->shape) > 0 ? &in[i]->constant->t : NULL;
}

static enum oc_status read(struct oc_err *err, const struct eng_node *n, const struct eng_value *const *in, int n_in, struct suppression *s)
{
    for (int i = 0; i < n_in; i++)
        if (in[i] && !in[i]->constant)
            return eng_bad_node(err, n, "input %d must be known when the model is planned; boxes that the model computes are not supported",
                                i);
    if (n_in < 2 || !in[0] || !in[1] || in[0]->dtype != ENG_DT_F32 || in[1]->dtype != ENG_DT_F32)
        return eng_bad_node(err, n, "boxes and scores must be float32");
    const struct eng_shape *b = &in[0]->shape, *c = &in[1]->shape;
    if (b->rank != 3 || c->rank != 3 || b->dim[2] != 4 || b->dim[0] != c->dim[0] || b->dim[1] != c->dim[2])
        return eng_bad_node(err, n, "needs boxes N,B,4 and scores N,C,B");
    const struct eng_tensor *max = known(in, n_in, 2), *overlap = known(in, n_in, 3), *score = known(in, n_in, 4);
    if ((max && max->dtype != ENG_DT_I64) || (overlap && overlap->dtype != ENG_DT_F32) || (score && score->dtype != ENG_DT_F32))
        return eng_bad_node(err, n, "limits have the wrong type");
    *s = (struct suppression){.boxes = in[0]->constant->t.data,
                              .scores = in[1]->constant->t.data,
                              .batches = b->dim[0],
                              .classes = c->dim[1],
                              .count = b->dim[1],
                              .centre = eng_node_int(n, "center_point_box", 0) != 0};
    s->keep_max = max ? *(const int64_t *)max->data : 0;
    s->overlap_max = overlap ? *(const float *)overlap->data : 0;
    s->has_score_min = score != NULL;
    s->score_min = score ? *(const float *)score->data : 0;
    return OC_OK;
}

static enum oc_status infer(struct eng_infer *c)
{
    struct suppression s;
    int64_t total;
    enum oc_status st = read(c->err, c->node, c->in, c->n_in, &s);
    if (st || (st = select_all(&s, NULL, &total, c->err)))
        return st;
    c->out[0].dtype = ENG_DT_I64;
    c->out[0].shape = (struct eng_shape){2, {total, 3}};
    return OC_OK;
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    size_t bytes = (size_t)eng_shape_count(&call->out[0].shape) * sizeof(int64_t);
    if (bytes > 0)
        memcpy(call->out[0].data, k->state, bytes);
    return OC_OK;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct suppression s;
    int64_t total;
    enum oc_status st = read(c->err, c->node, c->in, c->n_in, &s);
    if (st)
        return st;
    int64_t *rows = oc_mem_array(OC_MEM_MODEL, (size_t)eng_shape_count(&c->out[0]->shape), sizeof *rows);
    if (!rows)
        return oc_err_nomem(c->err, "NonMaxSuppression", (size_t)eng_shape_count(&c->out[0]->shape) * sizeof *rows);
    st = select_all(&s, rows, &total, c->err);
    if (st) {
        oc_mem_free(rows);
        return st;
    }
    k->state = rows;
    k->run = run;
    k->impl = "non-max suppression of constants";
    return OC_OK;
}

const struct eng_op_def eng_ops_suppression[] = {
    {"", "NonMaxSuppression", 10, 0, 2, 5, 1, 1, 0x1f, 0, infer, prepare},
    {.name = NULL},
};

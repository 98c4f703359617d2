/* What the families share: looking at a file's declarations, growing a list of candidates; see family.h. */
#include "models/recipe/family.h"

int oc_facts_output(const struct eng_facts *f, const char *name)
{
    for (int i = 0; i < f->n_outputs; i++)
        if (!strncmp(f->outputs[i].name, name, strlen(name)) &&
            (!f->outputs[i].name[strlen(name)] || !strcmp(f->outputs[i].name + strlen(name), ":0")))
            return i;
    return -1;
}

int64_t oc_facts_dim(const struct eng_facts *f, int output, int from_end)
{
    if (output < 0 || output >= f->n_outputs)
        return -1;
    const struct eng_io *o = &f->outputs[output];
    if (!o->shape_known || from_end < 1 || from_end > o->shape.rank)
        return -1;
    return o->shape.dim[o->shape.rank - from_end];
}

enum oc_status oc_family_decline(bool forced, const struct oc_family *family, struct oc_err *err, const char *why)
{
    if (!forced)
        return OC_DECLINED;
    return oc_err_set(err, OC_E_MODEL, "model.json says family '%s', but the model has not its form: %s", family->name, why);
}

enum oc_status oc_head_expect(const struct oc_head *h, int role, int64_t rows, int64_t last, struct oc_err *err)
{
    const struct eng_tensor *t = h->outputs[role];
    char text[ENG_SHAPE_TEXT];
    int64_t have_last = t->shape.rank ? t->shape.dim[t->shape.rank - 1] : 0;
    if (t->dtype != ENG_DT_F32)
        return oc_err_set(err, OC_E_MODEL, "output %d: float32 is expected, is %s", h->recipe->decode.outputs[role],
                          eng_dtype_name(t->dtype));
    if (have_last != last || last <= 0 || eng_shape_count(&t->shape) / last < rows)
        return oc_err_set(err, OC_E_MODEL, "output %d: %lld rows of %lld are expected, the shape is %s", h->recipe->decode.outputs[role],
                          (long long)rows, (long long)last, eng_shape_text(&t->shape, text));
    return OC_OK;
}

int64_t oc_grid_cells(int width, int height, const int *strides, int n)
{
    int64_t cells = 0;
    for (int i = 0; i < n; i++)
        cells += (int64_t)oc_grid_side(width, strides[i]) * oc_grid_side(height, strides[i]);
    return cells;
}

/* The score that place `want` of n would have, best first; scores are rearranged (Hoare's selection). */
static float score_at(float *scores, size_t n, size_t want)
{
    size_t from = 0, to = n - 1;
    while (from < to) {
        float middle = scores[from + (to - from) / 2];
        size_t i = from, k = to;
        for (;;) {
            while (i < to && scores[i] > middle)
                i++;
            while (k > from && scores[k] < middle)
                k--;
            if (i >= k)
                break;
            float t = scores[i];
            scores[i++] = scores[k];
            scores[k--] = t;
        }
        if (want <= k)
            to = k;
        else
            from = k + 1;
    }
    return scores[want];
}

/* Keeps the best LIM_CANDIDATES, in their order. */
static enum oc_status drop_worst(struct oc_candidates *c, struct oc_err *err)
{
    float *scores = oc_mem_array(OC_MEM_OTHER, c->n, sizeof *scores);
    if (!scores)
        return oc_err_nomem(err, "candidates", c->n * sizeof *scores);
    for (size_t i = 0; i < c->n; i++)
        scores[i] = c->items[i].score;
    float least = score_at(scores, c->n, LIM_CANDIDATES - 1);
    oc_mem_free(scores);
    size_t better = 0, n = 0;
    for (size_t i = 0; i < c->n; i++)
        better += c->items[i].score > least;
    for (size_t i = 0, equal = LIM_CANDIDATES - better; i < c->n; i++)
        if (c->items[i].score > least || (!(c->items[i].score < least) && equal && equal--))
            c->items[n++] = c->items[i];
    c->n = n;
    return OC_OK;
}

enum oc_status oc_candidates_add(struct oc_candidates *c, const struct oc_candidate *item, struct oc_err *err)
{
    if (isnan(item->score))
        return OC_OK;
    if (c->n == 2 * LIM_CANDIDATES) {
        enum oc_status st = drop_worst(c, err);
        if (st)
            return st;
    }
    if (c->n == c->cap) {
        size_t cap = c->cap ? c->cap * 2 : 64, bytes;
        struct oc_candidate *items = oc_size_mul(cap, sizeof *items, &bytes) ? oc_mem_realloc(OC_MEM_OTHER, c->items, bytes) : NULL;
        if (!items)
            return oc_err_nomem(err, "candidates", cap * sizeof *items);
        c->items = items;
        c->cap = cap;
    }
    c->items[c->n++] = *item;
    return OC_OK;
}

void oc_candidates_deinit(struct oc_candidates *c)
{
    oc_mem_free(c->items);
    *c = (struct oc_candidates){0};
}

int oc_best_class(const struct oc_head *h, const float *scores, int n, size_t step)
{
    int best = -1;
    for (int k = 0; k < n; k++)
        if ((!h->class_wanted || h->class_wanted[k]) && (best < 0 || scores[(size_t)k * step] > scores[(size_t)best * step]))
            best = k;
    return best;
}

int oc_head_class(const struct oc_head *h, int64_t number)
{
    const struct oc_decode_recipe *d = &h->recipe->decode;
    int64_t k = d->coco91 ? oc_labels_coco91_to_80(number) : number - d->class_offset;
    int64_t end = d->n_classes ? d->n_classes : LIM_LABELS;
    if (k < 0 || k >= end || (h->class_wanted && (!d->n_classes || !h->class_wanted[k])))
        return -1;
    return (int)k;
}

double oc_tensor_number(const struct eng_tensor *t, int64_t i)
{
    switch (t->dtype) {
    case ENG_DT_F32:
        return (double)((const float *)t->data)[i];
    case ENG_DT_F64:
        return ((const double *)t->data)[i];
    case ENG_DT_I64:
        return (double)((const int64_t *)t->data)[i];
    case ENG_DT_I32:
        return ((const int32_t *)t->data)[i];
    case ENG_DT_U8:
    case ENG_DT_BOOL:
        return ((const uint8_t *)t->data)[i];
    default:
        return 0;
    }
}

int64_t oc_head_dim(const struct oc_head *h, int role, int from_end)
{
    const struct eng_shape *s = &h->outputs[role]->shape;
    return from_end <= s->rank ? s->dim[s->rank - from_end] : 1;
}

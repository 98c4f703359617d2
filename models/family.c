/* What the families share: looking at a file's declarations, growing a list of candidates; see family.h. */
#include "models/family.h"

int oc_facts_output(const struct eng_facts *f, const char *name)
{
    for (int i = 0; i < f->n_outputs; i++)
        if (!strcmp(f->outputs[i].name, name))
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

enum oc_status oc_candidates_add(struct oc_candidates *c, const struct oc_candidate *item, struct oc_err *err)
{
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

float oc_distribution_mean(const float *logits, int bins)
{
    float top = logits[0], sum = 0, mean = 0;
    for (int i = 1; i < bins; i++)
        top = logits[i] > top ? logits[i] : top;
    for (int i = 0; i < bins; i++) {
        float e = expf(logits[i] - top);
        sum += e;
        mean += e * (float)i;
    }
    return mean / sum;
}

/*
 * A model's plans: found by input types, shapes and deciding values, most recently used first. A plan is made
 * outside the lock, so that one new shape does not hold up the others; of two threads that make the same one,
 * the second throws its own away.
 */
#include "engine/exec/model.h"
#include <string.h>

static bool fits_declared(const struct eng_io *io, const struct eng_shape *s)
{
    if (!io->shape_known)
        return true;
    if (s->rank != io->shape.rank)
        return false;
    for (int i = 0; i < s->rank; i++)
        if (io->shape.dim[i] >= 0 && io->shape.dim[i] != s->dim[i])
            return false;
    return true;
}

enum oc_status eng_model_check_inputs(const struct eng_model *m, const struct eng_tensor *inputs, struct oc_err *err)
{
    for (int i = 0; i < m->file->n_inputs; i++) {
        const struct eng_io *io = &m->file->inputs[i];
        const struct eng_tensor *t = &inputs[i];
        char want[ENG_SHAPE_TEXT], seen[ENG_SHAPE_TEXT];
        if (t->dtype != io->dtype)
            return oc_err_set(err, OC_E_INVALID, "input '%.200s' must be %s, not %s", io->name, eng_dtype_name(io->dtype),
                              eng_dtype_name(t->dtype));
        bool sane = t->shape.rank >= 0 && t->shape.rank <= LIM_TENSOR_RANK;
        for (int k = 0; sane && k < t->shape.rank; k++)
            sane = t->shape.dim[k] >= 0;
        if (!sane)
            return oc_err_set(err, OC_E_INVALID, "input '%.200s' has no valid shape", io->name);
        if (!fits_declared(io, &t->shape))
            return oc_err_set(err, OC_E_INVALID, "input '%.200s' must have shape %s, not %s", io->name, eng_shape_text(&io->shape, want),
                              eng_shape_text(&t->shape, seen));
    }
    return OC_OK;
}

/* Moves entry i to the front; the lock is held. */
static struct eng_plan *to_front(struct eng_model *m, int i)
{
    struct eng_plan *p = m->plans[i];
    for (; i > 0; i--)
        m->plans[i] = m->plans[i - 1];
    m->plans[0] = p;
    return p;
}

/* A reference to the plan that fits, or NULL; the lock is held. */
static struct eng_plan *find(struct eng_model *m, const struct eng_tensor *inputs)
{
    for (int i = 0; i < LIM_PLANS && m->plans[i]; i++)
        if (eng_plan_fits(m->plans[i], inputs))
            return eng_plan_ref(to_front(m, i));
    return NULL;
}

enum oc_status eng_model_plan(struct eng_model *m, const struct eng_tensor *inputs, struct eng_plan **out, struct oc_err *err)
{
    pthread_mutex_lock(&m->lock);
    *out = find(m, inputs);
    pthread_mutex_unlock(&m->lock);
    if (*out)
        return OC_OK;
    struct eng_plan *mine, *old;
    enum oc_status st = eng_plan_new(&(struct eng_plan_source){.graph = m->graph,
                                                               .inputs = inputs,
                                                               .host_input = m->host_input,
                                                               .backend = m->backend,
                                                               .weights = m->weights,
                                                               .precision = m->precision,
                                                               .threads = m->threads,
                                                               .session_bytes_max = m->session_bytes_max,
                                                               .disable_passes = m->disable_passes},
                                     &mine, err);
    if (st)
        return st;
    pthread_mutex_lock(&m->lock);
    *out = find(m, inputs); /* another thread was first */
    old = mine;
    if (!*out) {
        old = m->plans[LIM_PLANS - 1];
        m->plans[LIM_PLANS - 1] = mine;
        int i = LIM_PLANS - 1;
        while (i > 0 && !m->plans[i - 1]) { /* no holes */
            m->plans[i - 1] = m->plans[i];
            m->plans[i] = NULL;
            i--;
        }
        *out = eng_plan_ref(to_front(m, i));
    }
    pthread_mutex_unlock(&m->lock);
    eng_plan_unref(old);
    return OC_OK;
}

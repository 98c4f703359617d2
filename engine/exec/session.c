/*
 * Running. A session binds a plan: its arena is made large enough and every operand gets its address. Further runs
 * with the same input shapes only set the addresses of the caller's inputs and call the kernels in order.
 *
 * Memory is given back as well: when, over a window of runs, less than half of the arena was needed, it shrinks.
 */
#include "engine/exec/model.h"
#include "base/clock.h"
#include "engine/exec/profile.h"
#include <string.h>

#define SHRINK_WINDOW 64 /* runs */

struct eng_session {
    struct eng_model *model; /* shared: one reference */
    struct eng_plan *plan;   /* shared: one reference; NULL before the first run */
    struct oc_par *par;      /* owned; NULL = one thread */
    void *arena;             /* owned */
    size_t arena_bytes;
    struct eng_tensor *args; /* owned: the plan's args with addresses */
    int cap_args;
    struct eng_tensor *outputs; /* owned: [outputs of the graph] */
    struct eng_session *tail;   /* owned: runs the model's tail; NULL: it has none */
    struct eng_tensor *given;   /* owned: a tail's inputs */
    struct eng_weights *packed; /* owned: a tail's, of one run: what it packs may be that run's data */
    struct eng_tensor *results; /* owned: of a model with a tail [its outputs], from both */
    bool ran;
    int runs_in_window;
    size_t most_in_window;     /* arena bytes needed */
    int64_t *step_ns;          /* owned; NULL unless runs are profiled: [profile->n_steps] */
    struct eng_plan *profiled; /* shared: one reference; the plan that step_ns is of */
    bool profiling;            /* in this run */
};

/* A session that runs the tail of a session's model; it borrows the threads when it runs. */
static enum oc_status new_tail(struct eng_session *s, struct oc_err *err)
{
    const struct eng_tail *t = s->model->tail;
    s->tail = oc_mem_zero(OC_MEM_SESSION, sizeof *s->tail);
    s->results = oc_mem_array(OC_MEM_SESSION, (size_t)t->n_outputs + 1, sizeof *s->results);
    if (!s->tail || !s->results)
        return oc_err_nomem(err, "a session", sizeof *s->tail);
    s->tail->model = eng_model_ref(s->model);
    s->tail->outputs = oc_mem_array(OC_MEM_SESSION, (size_t)t->graph->n_outputs + 1, sizeof *s->tail->outputs);
    s->tail->given = oc_mem_array(OC_MEM_SESSION, (size_t)t->graph->n_inputs + 1, sizeof *s->tail->given);
    if (!s->tail->outputs || !s->tail->given)
        return oc_err_nomem(err, "a session", (size_t)t->graph->n_outputs * sizeof *s->tail->outputs);
    return OC_OK;
}

enum oc_status eng_session_new(struct eng_model *m, struct eng_session **out, struct oc_err *err)
{
    *out = NULL;
    struct eng_session *s = oc_mem_zero(OC_MEM_SESSION, sizeof *s);
    if (!s)
        return oc_err_nomem(err, "a session", sizeof *s);
    s->model = eng_model_ref(m);
    s->outputs = oc_mem_array(OC_MEM_SESSION, (size_t)m->graph->n_outputs + 1, sizeof *s->outputs);
    enum oc_status st = s->outputs ? OC_OK : oc_err_nomem(err, "a session", (size_t)m->graph->n_outputs * sizeof *s->outputs);
    if (!st && m->tail)
        st = new_tail(s, err);
    if (!st && m->threads > 1)
        st = oc_par_new(m->threads, &s->par, err);
    if (st) {
        eng_session_free(s);
        return st;
    }
    *out = s;
    return OC_OK;
}

void eng_session_free(struct eng_session *s)
{
    if (!s)
        return;
    if (s->par)
        oc_par_free(s->par);
    oc_mem_free(s->arena);
    oc_mem_free(s->args);
    oc_mem_free(s->outputs);
    oc_mem_free(s->given);
    oc_mem_free(s->results);
    if (s->tail)
        s->tail->par = NULL;
    eng_session_free(s->tail);
    oc_mem_free(s->step_ns);
    eng_plan_unref(s->profiled);
    eng_plan_unref(s->plan);
    eng_weights_free(s->packed); /* after the plan */
    eng_model_unref(s->model);
    oc_mem_free(s);
}

/* --- binding --- */

static void *address(const struct eng_session *s, const struct eng_arg *a)
{
    if (a->where == ENG_AT_ARENA)
        return (char *)s->arena + a->offset;
    return a->where == ENG_AT_CONST ? a->t.data : NULL;
}

static enum oc_status resize_arena(struct eng_session *s, size_t bytes, struct oc_err *err)
{
    oc_mem_free(s->arena); /* before the new one: the two together could be over the budget */
    s->arena_bytes = 0;
    s->arena = oc_mem_aligned(OC_MEM_SESSION, bytes);
    if (!s->arena)
        return oc_err_nomem(err, "intermediate results", bytes);
    s->arena_bytes = bytes;
    return OC_OK;
}

static enum oc_status reserve(struct eng_session *s, const struct eng_plan *p, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    if (!s->arena || p->arena_bytes > s->arena_bytes)
        st = resize_arena(s, p->arena_bytes, err);
    if (!st && (!s->args || p->n_args > s->cap_args)) {
        struct eng_tensor *args = oc_mem_array(OC_MEM_SESSION, (size_t)p->n_args, sizeof *args);
        if (!args)
            return oc_err_nomem(err, "a session", (size_t)p->n_args * sizeof *args);
        oc_mem_free(s->args);
        s->args = args;
        s->cap_args = p->n_args;
    }
    return st;
}

static void set_addresses(struct eng_session *s)
{
    const struct eng_plan *p = s->plan;
    for (int i = 0; i < p->n_args; i++) {
        s->args[i] = p->args[i].t;
        s->args[i].data = address(s, &p->args[i]);
    }
    for (int i = 0; i < p->n_outputs; i++) {
        s->outputs[i] = p->outputs[i].t;
        s->outputs[i].data = address(s, &p->outputs[i]);
    }
}

static void unbind(struct eng_session *s)
{
    eng_plan_unref(s->plan);
    s->plan = NULL;
}

/* Gives memory back after a window of runs that needed little of it. Failing to is no error: the session starts anew with the next run. */
static void maybe_shrink(struct eng_session *s)
{
    size_t need = s->plan->arena_bytes;
    if (s->most_in_window < need)
        s->most_in_window = need;
    if (++s->runs_in_window < SHRINK_WINDOW)
        return;
    if (s->most_in_window < s->arena_bytes / 2) {
        if (resize_arena(s, s->most_in_window, NULL))
            unbind(s);
        else
            set_addresses(s);
    }
    s->runs_in_window = 0;
    s->most_in_window = 0;
}

static enum oc_status bind(struct eng_session *s, const struct eng_tensor *inputs, struct oc_err *err)
{
    if (s->plan) {
        if (eng_plan_fits(s->plan, inputs)) {
            maybe_shrink(s);
            if (s->plan)
                return OC_OK;
        }
        unbind(s);
    }
    struct eng_plan *p;
    enum oc_status st = eng_model_plan(s->model, inputs, &p, err);
    if (st)
        return st;
    st = reserve(s, p, err);
    if (st) {
        eng_plan_unref(p);
        return st;
    }
    s->plan = p;
    set_addresses(s);
    return OC_OK;
}

/* --- running --- */

static void feed(struct eng_session *s, const struct eng_tensor *inputs)
{
    const struct eng_plan *p = s->plan;
    for (int i = 0; i < p->n_args; i++)
        if (p->args[i].where == ENG_AT_INPUT)
            s->args[i].data = inputs[p->args[i].input].data;
}

static enum oc_status run_step(struct eng_session *s, const struct eng_step *step, struct oc_err *err)
{
    struct eng_tensor *a = s->args;
    struct eng_call call = {.in = a + step->first,
                            .out = a + step->first + step->n_in,
                            .bias = step->bias < 0 ? NULL : &a[step->bias],
                            .residual = step->residual < 0 ? NULL : &a[step->residual],
                            .scratch = step->kernel.scratch_bytes ? (char *)s->arena + step->scratch : NULL,
                            .par = s->par,
                            .err = err};
    return step->kernel.run(&step->kernel, &call);
}

/* The fastest run counts: on a busy machine the others measure its neighbours. 0 = none yet. */
static void note_time(int64_t *best, int64_t ns)
{
    if (*best == 0 || ns < *best)
        *best = ns > 0 ? ns : 1;
}

static enum oc_status run_steps(struct eng_session *s, const struct eng_run_options *opt, struct oc_err *err)
{
    const struct eng_plan *p = s->plan;
    for (int i = 0; i < p->n_steps; i++) {
        if (opt && opt->cancelled && opt->cancelled(opt->arg))
            return oc_err_set(err, OC_E_CANCELLED, "stopped before step %d of %d", i + 1, p->n_steps);
        int64_t start = OC_UNLIKELY(s->profiling) ? oc_now_ns() : 0;
        enum oc_status st = run_step(s, &p->steps[i], err);
        if (st)
            return st;
        if (OC_UNLIKELY(s->profiling) && s->profiled == p)
            note_time(&s->step_ns[i], oc_now_ns() - start);
    }
    return OC_OK;
}

static enum oc_status check_data(const struct eng_session *s, const struct eng_tensor *inputs, struct oc_err *err)
{
    for (int i = 0; i < s->model->file->n_inputs; i++)
        if (!inputs[i].data && eng_shape_count(&inputs[i].shape) > 0)
            return oc_err_set(err, OC_E_INVALID, "input '%.200s' is missing", s->model->file->inputs[i].name);
    return OC_OK;
}

/* Outputs that are inputs as they came. */
static void copy_inputs(const struct eng_session *s, const struct eng_tensor *inputs)
{
    for (int i = 0; i < s->plan->n_outputs; i++) {
        int from = s->plan->copy_from[i];
        const struct eng_tensor *t = &s->outputs[i];
        size_t bytes = (size_t)eng_shape_count(&t->shape) * eng_dtype_size(t->dtype);
        if (from >= 0 && bytes)
            memcpy(t->data, inputs[from].data, bytes);
    }
}

/* The head has run: the tail is planned for its results and run. The plan lives until the next run: results lie in it. */
static enum oc_status run_tail(struct eng_session *s, const struct eng_tensor *inputs, const struct eng_run_options *opt,
                               struct oc_err *err)
{
    const struct eng_model *m = s->model;
    const struct eng_tail *t = m->tail;
    struct eng_session *x = s->tail;
    for (int i = 0; i < t->graph->n_inputs; i++)
        x->given[i] = t->from_output[i] < 0 ? inputs[-1 - t->from_output[i]] : s->outputs[t->from_output[i]];
    unbind(x);
    eng_weights_free(x->packed);
    x->packed = NULL;
    x->par = s->par;
    enum oc_status st = eng_weights_new(&x->packed, err);
    if (!st)
        st = eng_plan_new(&(struct eng_plan_source){.graph = t->graph,
                                                    .inputs = x->given,
                                                    .host_input = t->known,
                                                    .any_size = true,
                                                    .backend = m->backend,
                                                    .weights = x->packed,
                                                    .precision = m->precision,
                                                    .threads = m->threads,
                                                    .session_bytes_max = m->session_bytes_max,
                                                    .disable_passes = m->disable_passes},
                          &x->plan, err);
    if (!st)
        st = reserve(x, x->plan, err);
    if (st)
        return st;
    set_addresses(x);
    feed(x, x->given);
    st = run_steps(x, opt, err);
    if (st)
        return st;
    copy_inputs(x, x->given);
    for (int i = 0; i < t->n_outputs; i++)
        s->results[i] = t->output[i] < 0 ? s->outputs[-1 - t->output[i]] : x->outputs[t->output[i]];
    return OC_OK;
}

enum oc_status eng_session_run(struct eng_session *s, const struct eng_tensor *inputs, const struct eng_run_options *opt,
                               struct oc_err *err)
{
    s->ran = false;
    enum oc_status st = eng_model_check_inputs(s->model, inputs, err);
    if (!st)
        st = check_data(s, inputs, err);
    if (!st)
        st = bind(s, inputs, err);
    if (st)
        return st;
    feed(s, inputs);
    st = run_steps(s, opt, err);
    if (st)
        return st;
    copy_inputs(s, inputs);
    if (s->tail)
        st = run_tail(s, inputs, opt, err);
    if (st)
        return st;
    s->ran = true;
    return OC_OK;
}

const struct eng_tensor *eng_session_output(const struct eng_session *s, int i)
{
    if (!s->ran || i < 0 || i >= s->model->file->n_outputs)
        return NULL;
    return s->tail ? &s->results[i] : &s->outputs[i];
}

/* --- profiling --- */

enum oc_status eng_session_run_profiled(struct eng_session *s, const struct eng_tensor *inputs, struct oc_err *err)
{
    s->profiling = s->step_ns != NULL;
    enum oc_status st = eng_session_run(s, inputs, NULL, err);
    s->profiling = false;
    if (st || s->step_ns)
        return st;
    s->step_ns = oc_mem_array(OC_MEM_SESSION, (size_t)s->plan->n_steps, sizeof *s->step_ns);
    if (!s->step_ns)
        return oc_err_nomem(err, "a profile", (size_t)s->plan->n_steps * sizeof *s->step_ns);
    s->profiled = eng_plan_ref(s->plan);
    return OC_OK;
}

bool eng_session_profile(const struct eng_session *s, int i, struct eng_profile_step *out)
{
    if (!s->profiled || i < 0 || i >= s->profiled->n_steps)
        return false;
    const struct eng_step *step = &s->profiled->steps[i];
    *out = (struct eng_profile_step){step->node->op_type, step->node->name, step->kernel.impl ? step->kernel.impl : "", {0}, s->step_ns[i]};
    if (step->n_out > 0)
        out->out = s->profiled->args[step->first + step->n_in].t.shape;
    return true;
}

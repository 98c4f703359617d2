/* Loading, what a model tells of itself, and its reference count. Plans are in plans.c, running in session.c. */
#include "engine/exec/model.h"
#include "base/cpu.h"
#include "engine/exec/choose.h"
#include "engine/plan/infer.h"
#include <string.h>

static void model_free(struct eng_model *m)
{
    for (int i = 0; i < LIM_PLANS; i++)
        eng_plan_unref(m->plans[i]);
    eng_weights_free(m->weights);
    eng_graph_free(m->graph);
    eng_tail_free(m->tail);
    eng_onnx_free(m->file);
    oc_mem_free(m->host_input);
    oc_mem_free(m->disable_passes);
    pthread_mutex_destroy(&m->lock);
    oc_mem_free(m);
}

struct eng_model *eng_model_ref(struct eng_model *m)
{
    atomic_fetch_add_explicit(&m->refs, 1, memory_order_relaxed);
    return m;
}

void eng_model_unref(struct eng_model *m)
{
    if (m && atomic_fetch_sub_explicit(&m->refs, 1, memory_order_acq_rel) == 1)
        model_free(m);
}

/* --- loading --- */

/* What is not there becomes f32; eng_model_precision tells. Only oneDNN has products of bfloat16. */
static enum eng_precision choose_precision(const struct eng_backend *b, enum eng_precision wanted)
{
    bool bf16 = wanted == ENG_PRECISION_BF16 && oc_cpu_has_bf16() && strcmp(b->name, "onednn") == 0;
    return bf16 ? ENG_PRECISION_BF16 : ENG_PRECISION_F32;
}

static enum oc_status set_options(struct eng_model *m, const struct eng_options *opt, struct oc_err *err)
{
    enum oc_status st = eng_backend_find(opt->backend, &m->backend, err);
    if (!st)
        st = eng_passes_check(opt->disable_passes, err);
    if (!st && opt->disable_passes) {
        m->disable_passes = oc_mem_strdup(OC_MEM_MODEL, opt->disable_passes);
        st = m->disable_passes ? OC_OK : oc_err_nomem(err, "a model", strlen(opt->disable_passes));
    }
    m->threads = opt->threads > 0 ? opt->threads : 1;
    m->session_bytes_max = opt->session_bytes_max ? opt->session_bytes_max : LIM_SESSION_BYTES;
    m->precision = ENG_PRECISION_F32;
    if (!st)
        m->precision = choose_precision(m->backend, opt->precision);
    return st;
}

/* What the file declares goes to the graph's values; the shape of an input without free dimensions is known now. */
static void declare(struct eng_model *m)
{
    for (int i = 0; i < m->graph->n_outputs; i++)
        if (!m->graph->values[m->graph->outputs[i]].known)
            m->graph->values[m->graph->outputs[i]].dtype = m->file->outputs[i].dtype;
    for (int i = 0; i < m->graph->n_inputs; i++) {
        const struct eng_io *io = &m->file->inputs[i];
        struct eng_value *v = &m->graph->values[m->graph->inputs[i]];
        v->dtype = io->dtype;
        v->shape = io->shape;
        v->known = io->shape_known && eng_dtype_size(io->dtype) != 0;
        for (int k = 0; k < io->shape.rank; k++)
            v->known &= io->shape.dim[k] >= 0;
    }
}

static size_t graph_const_bytes(const struct eng_graph *g)
{
    size_t n = 0;
    for (int i = 0; i < g->n_values; i++) {
        const struct eng_const *c = g->values[i].constant;
        n += c ? (size_t)eng_shape_count(&c->t.shape) * eng_dtype_size(c->t.dtype) : 0;
    }
    return n;
}

static enum oc_status optimise(struct eng_model *m, struct oc_err *err)
{
    enum oc_status st = eng_graph_sweep(m->graph, err);
    if (!st)
        st = eng_passes_run(m->graph, ENG_STAGE_LOAD, m->disable_passes, m->pass_counts, err);
    if (!st)
        st = eng_tail_split(m->graph, &m->tail, err);
    m->host_input = oc_mem_array(OC_MEM_MODEL, (size_t)m->graph->n_inputs, sizeof *m->host_input);
    if (!st && !m->host_input)
        st = oc_err_nomem(err, "a model", (size_t)m->graph->n_inputs);
    if (!st)
        st = eng_find_host_inputs(m->graph, m->host_input, err);
    m->const_bytes = graph_const_bytes(m->graph) + (m->tail ? graph_const_bytes(m->tail->graph) : 0);
    return st;
}

/* A model whose input shapes the file fixes is planned at once, so that whatever is wrong with it shows at load. */
static enum oc_status plan_now(struct eng_model *m, struct oc_err *err)
{
    struct eng_tensor *inputs = oc_mem_array(OC_MEM_MODEL, (size_t)m->graph->n_inputs, sizeof *inputs);
    if (!inputs)
        return oc_err_nomem(err, "a plan", (size_t)m->graph->n_inputs * sizeof *inputs);
    enum oc_status st = OC_OK;
    struct eng_plan *plan = NULL;
    bool fixed = true;
    for (int i = 0; i < m->graph->n_inputs; i++) {
        const struct eng_value *v = &m->graph->values[m->graph->inputs[i]];
        fixed &= v->known && !m->host_input[i];
        inputs[i] = (struct eng_tensor){v->dtype, v->shape, NULL};
    }
    if (fixed)
        st = eng_model_plan(m, inputs, &plan, err);
    eng_plan_unref(plan);
    oc_mem_free(inputs);
    return st;
}

enum oc_status eng_model_from_file(struct eng_onnx *file, const struct eng_options *opt, struct eng_model **out, struct oc_err *err)
{
    struct eng_options defaults = {0};
    *out = NULL;
    struct eng_model *m = oc_mem_zero(OC_MEM_MODEL, sizeof *m);
    if (!m) {
        eng_onnx_free(file);
        return oc_err_nomem(err, "a model", sizeof *m);
    }
    atomic_init(&m->refs, 1);
    pthread_mutex_init(&m->lock, NULL);
    m->file = file;
    m->graph = file->graph;
    file->graph = NULL;
    enum oc_status st = set_options(m, opt ? opt : &defaults, err);
    if (!st && opt && opt->n_outputs)
        st = eng_choose_outputs(m->file, m->graph, opt->outputs, opt->n_outputs, err);
    if (!st)
        st = eng_weights_new(&m->weights, err);
    if (!st) {
        declare(m);
        st = optimise(m, err);
    }
    if (!st)
        st = plan_now(m, err);
    if (st) {
        eng_model_unref(m);
        return st;
    }
    *out = m;
    return OC_OK;
}

enum oc_status eng_model_load(const char *path, const struct eng_options *opt, struct eng_model **out, struct oc_err *err)
{
    struct eng_onnx *file;
    *out = NULL;
    enum oc_status st = eng_onnx_read(path, &(struct eng_onnx_options){.links_below = opt ? opt->links_below : NULL}, &file, err);
    return st ? st : eng_model_from_file(file, opt, out, err);
}

enum oc_status eng_model_load_memory(const void *bytes, size_t n, const struct eng_options *opt, struct eng_model **out, struct oc_err *err)
{
    struct eng_onnx *file;
    *out = NULL;
    enum oc_status st = eng_onnx_read_memory(bytes, n, &(struct eng_onnx_options){0}, &file, err);
    return st ? st : eng_model_from_file(file, opt, out, err);
}

/* --- what it tells --- */

int eng_model_n_inputs(const struct eng_model *m)
{
    return m->file->n_inputs;
}

int eng_model_n_outputs(const struct eng_model *m)
{
    return m->file->n_outputs;
}

const struct eng_io *eng_model_input(const struct eng_model *m, int i)
{
    return &m->file->inputs[i];
}

const struct eng_io *eng_model_output(const struct eng_model *m, int i)
{
    return &m->file->outputs[i];
}

const char *eng_model_backend(const struct eng_model *m)
{
    return m->backend->name;
}

enum eng_precision eng_model_precision(const struct eng_model *m)
{
    return m->precision;
}

int eng_model_threads(const struct eng_model *m)
{
    return m->threads;
}

size_t eng_model_bytes(struct eng_model *m)
{
    size_t n = sizeof *m + m->const_bytes + m->graph->arena.used + m->file->arena.used + eng_weights_bytes(m->weights);
    pthread_mutex_lock(&m->lock);
    for (int i = 0; i < LIM_PLANS && m->plans[i]; i++)
        n += m->plans[i]->bytes;
    pthread_mutex_unlock(&m->lock);
    return n;
}

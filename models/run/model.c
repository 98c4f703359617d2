/*
 * A loaded model and its pool of sessions. The pool is a list under a mutex; making a session happens outside it. Idle sessions
 * are as many as were ever in use at once, and trimming frees them.
 */
#include "models/run/model.h"
#include <pthread.h>
#include <stdatomic.h>
#include "models/run/text_tower.h"
#include "models/recipe/family.h"
#include "models/recipe/files.h"

struct oc_model {
    atomic_int refs;
    atomic_bool one_at_a_time;          /* the network has shown that it does not take several pictures */
    struct eng_model *engine;           /* one reference */
    struct oc_model *texts;             /* owned: the half that reads texts, of a file that holds both; NULL otherwise */
    struct oc_model *stages[OC_STAGES]; /* owned: further networks of the package; NULL: none */
    struct oc_text_tower *tower;        /* owned; NULL: reads no texts */
    const struct oc_recipe *recipe;     /* borrowed; outlives the model */
    pthread_mutex_t mutex;              /* guards the three below */
    struct oc_session *idle;
    int n_sessions;
    size_t input_bytes; /* of all sessions */
};

/* The network alone; `outputs`: the only ones that are wanted, n = 0: all. */
static enum oc_status load_network(const char *path, const struct eng_options *opt, const struct oc_recipe *recipe,
                                   const char *const *outputs, int n, struct oc_model **out, struct oc_err *err)
{
    struct eng_options own = *opt;
    *out = NULL;
    struct oc_model *m = oc_mem_zero(OC_MEM_MODEL, sizeof *m);
    if (!m)
        return oc_err_nomem(err, "a model", sizeof *m);
    atomic_init(&m->refs, 1);
    pthread_mutex_init(&m->mutex, NULL);
    m->recipe = recipe;
    own.outputs = outputs;
    own.n_outputs = n;
    enum oc_status st = eng_model_load(path, &own, &m->engine, err);
    if (st) {
        oc_model_unref(m);
        return st;
    }
    *out = m;
    return OC_OK;
}

/* Which outputs of the file are computed; 0: all. Of a file with both towers those of pictures: texts have a half of their own. */
static int wanted_outputs(const struct oc_recipe *recipe, const char *wanted[LIM_HEAD_OUTPUTS])
{
    const struct oc_embed_recipe *e = &recipe->embed;
    const struct oc_decode_recipe *d = &recipe->decode;
    int n = 0;
    if (e->match_output)
        wanted[n++] = e->match_output;
    else if (e->image_output || e->text_output)
        wanted[n++] = e->image_output ? e->image_output : e->text_output;
    for (int i = 0; d->only_these && i < d->n_outputs; i++)
        if (d->outputs[i] >= 0)
            wanted[n++] = d->output_names[i];
    return n;
}

/* The further networks that a family wants, from the first one's folder. */
static enum oc_status load_stages(const char *path, const struct eng_options *opt, const struct oc_recipe *recipe, struct oc_model *m,
                                  struct oc_err *err)
{
    const char *slash = strrchr(path, '/');
    char file[OC_PATH_MAX];
    enum oc_status st = OC_OK;
    for (int i = 0; !st && i < OC_STAGES && recipe->family && recipe->family->stages[i]; i++) {
        const char *name = recipe->family->stages[i];
        int n = snprintf(file, sizeof file, "%.*s%s", slash ? (int)(slash - path) + 1 : 0, path, name);
        if (n < 0 || n >= OC_PATH_MAX)
            return oc_err_set(err, OC_E_MODEL, "%s: its path is too long", name);
        st = load_network(file, opt, recipe, NULL, 0, &m->stages[i], err);
        if (st && st != OC_E_NOMEM)
            st = oc_err_prefix(err, st, "%s: ", name);
    }
    return st;
}

enum oc_status oc_model_load(const char *path, const struct oc_model_options *opt, const struct oc_recipe *recipe, struct oc_model **out,
                             struct oc_err *err)
{
    const struct oc_embed_recipe *e = &recipe->embed;
    struct oc_text_tower *tower = NULL;
    enum oc_status st = e->text_output || e->match_output
                            ? oc_text_tower_new(recipe, e->text_output ? opt->text_cache_bytes : 0, &tower, err)
                            : OC_OK;
    *out = NULL;
    const char *wanted[LIM_HEAD_OUTPUTS];
    int n = wanted_outputs(recipe, wanted);
    if (!st)
        st = load_network(path, &opt->engine, recipe, wanted, n, out, err);
    if (!st && e->image_output && e->text_output)
        st = load_network(path, &opt->engine, recipe, &e->text_output, 1, &(*out)->texts, err);
    if (!st)
        st = load_stages(path, &opt->engine, recipe, *out, err);
    if (!st) {
        (*out)->tower = tower;
        return OC_OK;
    }
    oc_text_tower_free(tower);
    oc_model_unref(*out);
    *out = NULL;
    return st;
}

struct oc_model *oc_model_stage(struct oc_model *m, int i)
{
    return i >= 0 && i < OC_STAGES ? m->stages[i] : NULL;
}

bool oc_model_takes_several(struct oc_model *m)
{
    const struct oc_input_recipe *in = &m->recipe->input;
    if (in->no_batch || in->n_extras || eng_model_n_inputs(m->engine) != 1 || atomic_load(&m->one_at_a_time))
        return false;
    const struct eng_io *io = eng_model_input(m->engine, 0);
    return io->shape_known && io->shape.rank == 4 && io->shape.dim[0] < 1;
}

void oc_model_take_one_at_a_time(struct oc_model *m)
{
    atomic_store(&m->one_at_a_time, true);
}

struct oc_model *oc_model_of_texts(struct oc_model *m)
{
    return m->texts ? m->texts : m;
}

struct oc_text_tower *oc_model_text_tower(struct oc_model *m)
{
    return m->tower;
}

struct oc_text_cache_stats oc_model_text_cache(struct oc_model *m)
{
    return oc_text_cache_stats(m->tower ? m->tower->cache : NULL);
}

struct oc_model *oc_model_ref(struct oc_model *m)
{
    atomic_fetch_add(&m->refs, 1);
    return m;
}

static void free_session(struct oc_session *s)
{
    eng_session_free(s->engine);
    oc_mem_free(s->input);
    oc_mem_free(s);
}

void oc_model_unref(struct oc_model *m)
{
    if (!m || atomic_fetch_sub(&m->refs, 1) != 1)
        return;
    oc_model_trim(m);
    oc_model_unref(m->texts);
    for (int i = 0; i < OC_STAGES; i++)
        oc_model_unref(m->stages[i]);
    oc_text_tower_free(m->tower);
    eng_model_unref(m->engine);
    pthread_mutex_destroy(&m->mutex);
    oc_mem_free(m);
}

const struct oc_recipe *oc_model_recipe(const struct oc_model *m)
{
    return m->recipe;
}

struct eng_model *oc_model_engine(const struct oc_model *m)
{
    return m->engine;
}

size_t oc_model_bytes(struct oc_model *m)
{
    pthread_mutex_lock(&m->mutex);
    size_t bytes = m->input_bytes;
    pthread_mutex_unlock(&m->mutex);
    if (m->texts)
        bytes += oc_model_bytes(m->texts);
    for (int i = 0; i < OC_STAGES; i++)
        bytes += m->stages[i] ? oc_model_bytes(m->stages[i]) : 0;
    return bytes + eng_model_bytes(m->engine) + oc_text_tower_bytes(m->tower);
}

static enum oc_status make_session(struct oc_model *m, struct oc_session **out, struct oc_err *err)
{
    struct oc_session *s = oc_mem_zero(OC_MEM_SESSION, sizeof *s);
    if (!s)
        return oc_err_nomem(err, "a session", sizeof *s);
    enum oc_status st = eng_session_new(m->engine, &s->engine, err);
    if (st) {
        oc_mem_free(s);
        return st;
    }
    s->pool = m;
    pthread_mutex_lock(&m->mutex);
    m->n_sessions++;
    pthread_mutex_unlock(&m->mutex);
    *out = s;
    return OC_OK;
}

enum oc_status oc_session_borrow(struct oc_model *m, struct oc_session **out, struct oc_err *err)
{
    pthread_mutex_lock(&m->mutex);
    struct oc_session *s = m->idle;
    if (s)
        m->idle = s->next;
    pthread_mutex_unlock(&m->mutex);
    *out = s;
    return s ? OC_OK : make_session(m, out, err);
}

void oc_session_return(struct oc_session *s)
{
    if (!s)
        return;
    struct oc_model *m = s->pool;
    pthread_mutex_lock(&m->mutex);
    s->next = m->idle;
    m->idle = s;
    pthread_mutex_unlock(&m->mutex);
}

enum oc_status oc_session_input(struct oc_session *s, size_t n, struct oc_err *err)
{
    if (n <= s->input_floats)
        return OC_OK;
    size_t bytes;
    float *p = oc_size_mul(n, sizeof *p, &bytes) ? oc_mem_aligned(OC_MEM_SESSION, bytes) : NULL;
    if (!p)
        return oc_err_nomem(err, "a network's input", n * sizeof *p);
    pthread_mutex_lock(&s->pool->mutex);
    s->pool->input_bytes += bytes - s->input_floats * sizeof *p;
    pthread_mutex_unlock(&s->pool->mutex);
    oc_mem_free(s->input);
    s->input = p;
    s->input_floats = n;
    return OC_OK;
}

void oc_model_trim(struct oc_model *m)
{
    if (m->texts)
        oc_model_trim(m->texts);
    for (int i = 0; i < OC_STAGES; i++)
        if (m->stages[i])
            oc_model_trim(m->stages[i]);
    pthread_mutex_lock(&m->mutex);
    struct oc_session *s = m->idle;
    m->idle = NULL;
    for (struct oc_session *p = s; p; p = p->next) {
        m->n_sessions--;
        m->input_bytes -= p->input_floats * sizeof *p->input;
    }
    pthread_mutex_unlock(&m->mutex);
    while (s) {
        struct oc_session *next = s->next;
        free_session(s);
        s = next;
    }
}

/*
 * Vectors of texts: from the cache, or cleaned, tokenized and run, one by one or as many at once as a file's fixed batch says (more
 * at once cost processor time here too: images.c). Rows of ids are as long as the recipe says, padded, because position and padding
 * are part of what SigLIP learned. Where the file leaves the length free, plain embedders, which have a mask, get rows as long as their
 * texts need, in a few steps, each of which is a plan; and so do CLIPs, in which nothing behind the end token can reach it: that this is so
 * is tried with the first text, which is run both ways.
 */
#include "base/clock.h"
#include "models/embed/text_rows.h"
#include "models/run/vectors.h"
#include "models/embed/families.h"

#define SHORTEST_ROW 16   /* ids, of rows with a free length */
#define SAME_VECTORS 1e-8 /* square of the distance of two vectors, as a part of that of their length: float32 gives 1e-12 */

/* One text of a group. */
struct row {
    size_t index; /* of the caller's texts */
    struct oc_encoding ids;
};

struct pass {
    struct oc_model *model;
    const struct oc_recipe *recipe;
    struct oc_text_tower *tower;
    struct eng_model *engine;
    struct oc_run *run;
    struct oc_session *session;
    const struct oc_text *texts;
    size_t n, next;    /* next: the first text that was not looked at */
    struct row *group; /* owned: one, or a fixed batch's */
    size_t n_group, most;
    struct oc_vectors *out;
};

/* The batch that the file fixes, or 0. */
static size_t fixed_batch(const struct eng_model *m)
{
    for (int i = 0; i < eng_model_n_inputs(m); i++)
        if (oc_tower_input(eng_model_input(m, i)) == OC_TOWER_IDS)
            return eng_model_input(m, i)->shape.dim[0] > 0 ? (size_t)eng_model_input(m, i)->shape.dim[0] : 0;
    return 0;
}

/* Ids are one a text: batch alone, no rows. */
static bool is_single(const struct eng_model *m)
{
    for (int i = 0; i < eng_model_n_inputs(m); i++)
        if (oc_tower_input(eng_model_input(m, i)) == OC_TOWER_IDS)
            return eng_model_input(m, i)->shape.rank == 1;
    return false;
}

static enum oc_status begin(struct pass *p, struct oc_err *err)
{
    size_t batch = fixed_batch(p->engine);
    if (batch > LIM_BATCH)
        return oc_err_set(err, OC_E_MODEL, "the model's batch is fixed at %zu, %d at most", batch, LIM_BATCH);
    p->most = batch ? batch : 1;
    p->group = oc_mem_array(OC_MEM_OTHER, p->most, sizeof *p->group);
    if (!p->group)
        return oc_err_nomem(err, "texts", p->most * sizeof *p->group);
    return oc_session_borrow(p->model, &p->session, err);
}

static void empty_group(struct pass *p)
{
    for (size_t i = 0; i < p->n_group; i++)
        oc_encoding_deinit(&p->group[i].ids);
    p->n_group = 0;
}

static void end(struct pass *p)
{
    empty_group(p);
    oc_mem_free(p->group);
    oc_session_return(p->session);
}

static enum oc_status add_to_group(struct pass *p, size_t index, struct oc_err *err)
{
    struct row *row = &p->group[p->n_group];
    *row = (struct row){.index = index};
    enum oc_status st = oc_text_encode(p->recipe, p->tower, &p->texts[index], is_single(p->engine), &row->ids, err);
    p->n_group += !st;
    return st;
}

/* The vector of one text from the cache, into its place. */
static bool recall(struct pass *p, size_t index)
{
    struct oc_vectors *out = p->out;
    if (!out->data)
        return false; /* the first run ever */
    struct oc_text_row row = {.numbers = out->data + index * out->dim, .dim = out->dim};
    if (!oc_text_cache_get(p->tower->cache, p->texts[index].data, p->texts[index].len, &row))
        return false;
    out->tokens += row.tokens;
    out->cut += row.was_cut;
    out->from_cache++;
    return true;
}

/* The next texts that must be run, as many as there is room for. */
static enum oc_status gather(struct pass *p, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    while (!st && p->n_group < p->most && p->next < p->n) {
        if (!recall(p, p->next))
            st = add_to_group(p, p->next, err);
        p->next++;
    }
    return st;
}

/* Ids that the group's rows need, in steps; as many as the recipe says at most. */
static size_t needed_length(const struct pass *p)
{
    size_t need = 1;
    for (size_t i = 0; i < p->n_group; i++)
        need = p->group[i].ids.n_real > need ? p->group[i].ids.n_real : need;
    return oc_text_row_steps(need, (size_t)p->recipe->embed.context_length);
}

/* Ids in one row of this run. */
static size_t row_length(const struct pass *p)
{
    const struct oc_family *family = p->recipe->family;
    bool may_be_short = !p->recipe->embed.fixed_length &&
                        (family == &oc_family_embedder ||
                         (family == &oc_family_clip && atomic_load(&p->tower->short_rows) == OC_SHORT_ROWS_SAME));
    return may_be_short ? needed_length(p) : (size_t)p->recipe->embed.context_length;
}

/* Row r of a run: behind the group's, the last again. */
static const struct row *row_at(const struct pass *p, size_t r)
{
    return &p->group[r < p->n_group ? r : p->n_group - 1];
}

/* The group as the model's inputs; a fixed batch is filled up with the last. */
static enum oc_status prepare(struct pass *p, size_t rows, size_t length, struct eng_tensor *inputs, struct oc_err *err)
{
    int n_inputs = eng_model_n_inputs(p->engine);
    size_t bytes = 0;
    for (int i = 0; i < n_inputs; i++)
        bytes += oc_input_room(rows * length, eng_model_input(p->engine, i)->dtype);
    enum oc_status st = oc_session_input(p->session, bytes / sizeof(float), err);
    if (st)
        return st;
    char *data = (char *)p->session->input;
    bool sees_padding = p->recipe->family == &oc_family_siglip; /* it was trained to */
    for (int i = 0; i < n_inputs; i++) {
        const struct eng_io *io = eng_model_input(p->engine, i);
        inputs[i] = (struct eng_tensor){io->dtype, {io->shape.rank, {(int64_t)rows, (int64_t)length}}, data};
        for (size_t r = 0; r < rows; r++)
            oc_text_row_write(io, &row_at(p, r)->ids, p->tower->pad_id, sees_padding, r, length, data);
        data += oc_input_room(rows * length, io->dtype);
    }
    return OC_OK;
}

/* Where the text ends: the first end token, else the last that is no padding. */
static int end_of(const struct pass *p, const struct oc_encoding *e)
{
    for (size_t k = 0; k < e->n_real; k++)
        if (e->ids[e->start + k] == p->tower->end_id)
            return (int)k;
    return e->n_real ? (int)e->n_real - 1 : 0;
}

static void remember(struct pass *p, const struct row *row)
{
    struct oc_vectors *out = p->out;
    struct oc_text_row kept = {
        .numbers = out->data + row->index * out->dim, .dim = out->dim, .tokens = row->ids.n_real, .was_cut = row->ids.was_cut};
    out->tokens += row->ids.n_real;
    out->cut += row->ids.was_cut;
    oc_text_cache_put(p->tower->cache, p->texts[row->index].data, p->texts[row->index].len, &kept);
}

/* Vectors of the last run, dim numbers each. */
static enum oc_status pool(const struct pass *p, size_t rows, size_t dim, struct oc_vectors *out, struct oc_err *err)
{
    int end_at[LIM_BATCH] = {0}, count[LIM_BATCH] = {0};
    for (size_t r = 0; r < rows; r++) {
        const struct oc_encoding *e = &row_at(p, r)->ids;
        end_at[r] = end_of(p, e);
        count[r] = (int)e->n_real;
    }
    enum oc_status st = oc_vectors_make(out, rows, dim ? dim : 1, err);
    return st ? st
              : oc_vectors_pool(eng_session_output(p->session->engine, 0), rows, dim, p->recipe->embed.text_pooling, end_at, count,
                                out->data, err);
}

/* Vectors of the last run into their places and into the cache. The first run tells how long vectors are. */
static enum oc_status keep(struct pass *p, size_t rows, struct oc_err *err)
{
    size_t dim = oc_vectors_dim(eng_session_output(p->session->engine, 0), p->recipe->embed.text_pooling);
    struct oc_vectors *out = p->out, some = {0};
    enum oc_status st = OC_OK;
    if (!out->data && dim)
        st = oc_vectors_make(out, p->n, dim, err);
    if (!st)
        atomic_store(&p->tower->dim, dim);
    if (!st)
        st = pool(p, rows, dim, &some, err);
    for (size_t r = 0; !st && out->data && r < p->n_group; r++) {
        memcpy(out->data + p->group[r].index * dim, some.data + r * dim, dim * sizeof *out->data);
        remember(p, &p->group[r]);
    }
    oc_vectors_deinit(&some);
    return st;
}

static enum oc_status infer(struct pass *p, size_t rows, size_t length, struct oc_err *err)
{
    struct eng_tensor inputs[OC_TOWER_TYPES + 1]; /* each kind once: towers.c */
    struct eng_run_options opt = {.cancelled = p->run->cancelled, .arg = p->run->cancel_arg};
    int64_t t0 = oc_now_ns();
    enum oc_status st = prepare(p, rows, length, inputs, err);
    int64_t t1 = oc_now_ns();
    p->run->preprocess_ns += t1 - t0;
    if (!st)
        st = eng_session_run(p->session->engine, inputs, &opt, err);
    p->run->inference_ns += oc_now_ns() - t1;
    return st;
}

static bool is_same(const float *a, const float *b, size_t dim)
{
    double distance = 0;
    for (size_t i = 0; i < dim; i++)
        distance += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
    return distance <= SAME_VECTORS * oc_vector_dot(a, a, dim);
}

/* The group, whose vectors are known, with short rows: whether they are the same. */
static void try_short_rows(struct pass *p, size_t rows)
{
    size_t length = needed_length(p), dim = p->out->dim;
    struct oc_vectors some = {0};
    struct oc_err err;
    if (p->recipe->family != &oc_family_clip || p->recipe->embed.fixed_length || length == (size_t)p->recipe->embed.context_length ||
        atomic_load(&p->tower->short_rows) != OC_SHORT_ROWS_UNKNOWN)
        return;
    enum oc_status st = infer(p, rows, length, &err);
    if (!st)
        st = pool(p, rows, dim, &some, &err);
    bool same = !st;
    for (size_t r = 0; same && r < p->n_group; r++)
        same = is_same(p->out->data + p->group[r].index * dim, some.data + r * dim, dim);
    if (st != OC_E_NOMEM && st != OC_E_CANCELLED) /* then another text will tell */
        atomic_store(&p->tower->short_rows, same ? OC_SHORT_ROWS_SAME : OC_SHORT_ROWS_DIFFER);
    oc_vectors_deinit(&some);
}

static enum oc_status run_rows(struct pass *p, struct oc_err *err)
{
    size_t batch = fixed_batch(p->engine), rows = batch ? batch : p->n_group, length = is_single(p->engine) ? 1 : row_length(p);
    if (p->run->cancelled && p->run->cancelled(p->run->cancel_arg))
        return oc_err_set(err, OC_E_CANCELLED, "stopped before text %zu of %zu", p->group[0].index + 1, p->n);
    enum oc_status st = infer(p, rows, length, err);
    int64_t start = oc_now_ns();
    if (!st)
        st = keep(p, rows, err);
    p->run->postprocess_ns += oc_now_ns() - start;
    if (!st && !is_single(p->engine))
        try_short_rows(p, rows);
    return st;
}

static enum oc_status check(const struct oc_recipe *r, struct oc_err *err)
{
    if (r->embed.text_output)
        return OC_OK;
    if (r->embed.image_output)
        return oc_err_set(err, OC_E_INVALID, "the model gives vectors of pictures, not of texts");
    return oc_err_set(err, OC_E_INVALID, "the model's task is %s: it gives no vectors of texts", oc_task_name(r->task));
}

enum oc_status oc_model_embed_texts(struct oc_model *m, const struct oc_text *texts, size_t n, bool normalise, struct oc_run *run,
                                    struct oc_vectors *out, struct oc_err *err)
{
    struct oc_run own = {0};
    struct pass p = {.recipe = oc_model_recipe(m), .run = run ? run : &own, .texts = texts, .n = n, .out = out};
    *out = (struct oc_vectors){0};
    enum oc_status st = check(p.recipe, err);
    if (st || n == 0)
        return st;
    p.model = oc_model_of_texts(m);
    p.tower = oc_model_text_tower(m);
    p.engine = oc_model_engine(p.model);
    size_t dim = atomic_load(&p.tower->dim);
    if (dim) /* otherwise the cache is empty, and nobody knows */
        st = oc_vectors_make(out, n, dim, err);
    if (!st)
        st = begin(&p, err);
    while (!st && p.next < n) {
        int64_t start = oc_now_ns();
        st = gather(&p, err);
        p.run->preprocess_ns += oc_now_ns() - start;
        if (!st && p.n_group)
            st = run_rows(&p, err);
        empty_group(&p);
    }
    end(&p);
    if (st)
        oc_vectors_deinit(out);
    else if (normalise)
        oc_vectors_normalise(out);
    return st;
}

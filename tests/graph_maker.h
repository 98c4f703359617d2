/*
 * Small models made by hand, through the graph's own functions, for tests of passes, plans and sessions:
 *
 *     struct maker k;
 *     mk_begin(&k);
 *     int x = mk_input(&k, "x", ENG_DT_F32, MK_DIMS(-1, 8));
 *     mk_output(&k, mk_node(&k, "Relu", 1, x));
 *     struct eng_model *m = mk_model(&k, "reference", NULL);
 *
 * Errors are kept in k.st, so that tests which make allocations fail can use it too. Numbers come from a fixed sequence.
 */
#ifndef TESTS_GRAPH_MAKER_H
#define TESTS_GRAPH_MAKER_H

#include <stdarg.h>
#include <string.h>
#include "engine/exec/model.h"

#define MK_DIMS(...) ((struct eng_shape){(int)(sizeof((int64_t[]){__VA_ARGS__}) / 8), {__VA_ARGS__}})
#define MK_MAX_IO 8
#define MK_OPSET 17

struct maker {
    struct eng_graph *g;
    struct eng_io in[MK_MAX_IO], out[MK_MAX_IO];
    int in_id[MK_MAX_IO], out_id[MK_MAX_IO], n_in, n_out;
    int last; /* node */
    int opset;
    uint32_t seed;
    enum oc_status st;
    struct oc_err err;
};

static inline float mk_random(struct maker *k)
{
    k->seed = k->seed * 1664525u + 1013904223u;
    return (float)(k->seed >> 8) / 8388608.0f - 1;
}

static inline void mk_begin(struct maker *k)
{
    *k = (struct maker){.seed = 7, .opset = MK_OPSET};
    k->st = eng_graph_new(&k->g, &k->err);
}

static inline int mk_input(struct maker *k, const char *name, enum eng_dtype t, struct eng_shape s)
{
    int id = -1;
    if (!k->st)
        k->st = eng_graph_add_value(k->g, name, &id, &k->err);
    if (k->st)
        return 0;
    k->g->values[id].is_input = true;
    k->in[k->n_in] = (struct eng_io){.name = name, .dtype = t, .shape = s, .shape_known = true};
    k->in_id[k->n_in++] = id;
    return id;
}

static inline int mk_const(struct maker *k, enum eng_dtype t, struct eng_shape s, const void *data)
{
    struct eng_const *c;
    int id = 0;
    if (!k->st)
        k->st = eng_const_new(t, &s, &c, &k->err);
    if (k->st)
        return 0;
    memcpy(c->t.data, data, (size_t)eng_shape_count(&s) * eng_dtype_size(t));
    k->st = eng_graph_add_const_take(k->g, NULL, c, &id, &k->err);
    return id;
}

static inline int mk_scalar(struct maker *k, float v)
{
    return mk_const(k, ENG_DT_F32, (struct eng_shape){0}, &v);
}

static inline int mk_ints(struct maker *k, int n, const int64_t *v)
{
    return mk_const(k, ENG_DT_I64, MK_DIMS(n), v);
}

/* A constant of numbers in low..low + 2 * half. */
static inline int mk_weights(struct maker *k, struct eng_shape s, float middle, float half)
{
    float data[4096];
    int64_t n = eng_shape_count(&s);
    for (int64_t i = 0; i < n && i < 4096; i++)
        data[i] = middle + half * mk_random(k);
    return mk_const(k, ENG_DT_F32, s, data);
}

/* A node with n_out results; their value ids in out. */
static inline void mk_node_n(struct maker *k, const char *op, int n_in, const int *in, int n_out, int *out)
{
    int index = -1;
    for (int i = 0; i < n_out; i++) {
        out[i] = 0;
        if (!k->st)
            k->st = eng_graph_add_value(k->g, NULL, &out[i], &k->err);
    }
    if (!k->st)
        k->st = eng_graph_add_node(k->g, op, k->opset, n_in, n_out, &index, &k->err);
    if (k->st)
        return;
    if (!k->g->nodes[index].op) {
        k->st = oc_err_set(&k->err, OC_E_UNSUPPORTED, "there is no operator %s", op);
        return;
    }
    if (n_in)
        memcpy(k->g->nodes[index].in, in, (size_t)n_in * sizeof *in);
    memcpy(k->g->nodes[index].out, out, (size_t)n_out * sizeof *out);
    k->last = index;
}

/* A node on the given value ids with one result, which is returned. */
static inline int mk_node(struct maker *k, const char *op, int n_in, ...)
{
    int in[MK_MAX_IO], out;
    va_list ap;
    va_start(ap, n_in);
    for (int i = 0; i < n_in; i++)
        in[i] = va_arg(ap, int);
    va_end(ap);
    mk_node_n(k, op, n_in, in, 1, &out);
    return out;
}

static inline void mk_attr_int(struct maker *k, const char *name, int64_t v)
{
    if (!k->st)
        k->st = eng_node_set_int(k->g, &k->g->nodes[k->last], name, v, &k->err);
}

static inline void mk_attr_float(struct maker *k, const char *name, float v)
{
    if (!k->st)
        k->st = eng_node_set_float(k->g, &k->g->nodes[k->last], name, v, &k->err);
}

static inline void mk_attr_ints(struct maker *k, const char *name, size_t n, const int64_t *v)
{
    if (!k->st)
        k->st = eng_node_set_ints(k->g, &k->g->nodes[k->last], name, v, n, &k->err);
}

static inline void mk_output(struct maker *k, int id)
{
    static const char *const names[MK_MAX_IO] = {"out0", "out1", "out2", "out3", "out4", "out5", "out6", "out7"};
    if (k->st)
        return;
    k->g->values[id].is_output = true;
    k->out[k->n_out] = (struct eng_io){.name = names[k->n_out]};
    k->out_id[k->n_out++] = id;
}

static inline enum oc_status mk_ids(const int *from, int n, int **to)
{
    *to = oc_mem_array(OC_MEM_MODEL, (size_t)n, sizeof **to);
    if (*to && n)
        memcpy(*to, from, (size_t)n * sizeof *from);
    return *to ? OC_OK : OC_E_NOMEM;
}

static inline void *mk_copy(struct oc_arena *a, const void *from, size_t n)
{
    void *p = oc_arena_alloc(a, n + 1);
    if (p && n)
        memcpy(p, from, n);
    return p;
}

static inline enum oc_status mk_file(struct maker *k, struct eng_onnx *file)
{
    struct eng_graph *g = k->g;
    oc_arena_init(&file->arena, OC_MEM_MODEL, LIM_GRAPH_BYTES);
    file->graph = g;
    file->producer = "";
    file->inputs = mk_copy(&file->arena, k->in, sizeof k->in);
    file->outputs = mk_copy(&file->arena, k->out, sizeof k->out);
    file->n_inputs = g->n_inputs = k->n_in;
    file->n_outputs = g->n_outputs = k->n_out;
    if (!file->inputs || !file->outputs)
        return OC_E_NOMEM;
    enum oc_status st = mk_ids(k->in_id, k->n_in, &g->inputs);
    return st ? st : mk_ids(k->out_id, k->n_out, &g->outputs);
}

/* The model, or NULL with k->st and k->err; the graph is used up either way. */
static inline struct eng_model *mk_model_with(struct maker *k, const struct eng_options *opt)
{
    struct eng_model *m = NULL;
    struct eng_onnx *file = k->st ? NULL : oc_mem_zero(OC_MEM_MODEL, sizeof *file);
    if (!file) {
        k->st = k->st ? k->st : OC_E_NOMEM;
        eng_graph_free(k->g);
        return NULL;
    }
    k->st = mk_file(k, file);
    if (k->st)
        eng_onnx_free(file);
    else
        k->st = eng_model_from_file(file, opt, &m, &k->err);
    return m;
}

static inline struct eng_model *mk_model(struct maker *k, const char *backend, const char *disable_passes)
{
    return mk_model_with(k, &(struct eng_options){.backend = backend, .disable_passes = disable_passes});
}

#endif

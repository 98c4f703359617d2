/* The graph's arrays, names and attributes. Growing, copying and looking up; order and liveness are in sweep.c. */
#include "engine/ir/graph.h"
#include <string.h>

enum oc_status eng_graph_new(struct eng_graph **out, struct oc_err *err)
{
    *out = oc_mem_zero(OC_MEM_MODEL, sizeof **out);
    if (!*out)
        return oc_err_nomem(err, "a graph", sizeof **out);
    oc_arena_init(&(*out)->arena, OC_MEM_MODEL, LIM_GRAPH_BYTES);
    return OC_OK;
}

static void drop_attribute_tensors(struct eng_node *n)
{
    for (int i = 0; i < n->n_attrs; i++)
        eng_const_unref(n->attrs[i].tensor);
}

void eng_graph_free(struct eng_graph *g)
{
    if (!g)
        return;
    for (int i = 0; i < g->n_values; i++)
        eng_const_unref(g->values[i].constant);
    for (int i = 0; i < g->n_nodes; i++)
        drop_attribute_tensors(&g->nodes[i]);
    oc_mem_free(g->values);
    oc_mem_free(g->nodes);
    oc_mem_free(g->inputs);
    oc_mem_free(g->outputs);
    oc_arena_deinit(&g->arena);
    oc_mem_free(g);
}

/* Room for one more element of `size` bytes in an array that doubles. */
static enum oc_status grow(void **array, int n, int *cap, size_t size, const char *what, int limit, struct oc_err *err)
{
    if (n < *cap)
        return OC_OK;
    if (n >= limit)
        return oc_err_set(err, OC_E_MODEL, "the graph has more than %d %s", limit, what);
    int bigger = *cap ? *cap * 2 : 64;
    if (bigger > limit)
        bigger = limit;
    void *p = oc_mem_realloc(OC_MEM_MODEL, *array, (size_t)bigger * size);
    if (!p)
        return oc_err_nomem(err, what, (size_t)bigger * size);
    *array = p;
    *cap = bigger;
    return OC_OK;
}

/* An arena refuses for two reasons; over its own ceiling is the model's fault. */
static enum oc_status arena_refused(const struct eng_graph *g, size_t bytes, struct oc_err *err)
{
    if (g->arena.used + bytes > LIM_GRAPH_BYTES)
        return oc_err_set(err, OC_E_MODEL, "names and attributes of the graph need more than the limit of %zu bytes", LIM_GRAPH_BYTES);
    return oc_err_nomem(err, "the graph", bytes);
}

static enum oc_status copy_text(struct eng_graph *g, const char *s, const char **out, struct oc_err *err)
{
    size_t n = strlen(s);
    *out = n ? oc_arena_strndup(&g->arena, s, n) : "";
    return *out ? OC_OK : arena_refused(g, n, err);
}

static enum oc_status copy_array(struct eng_graph *g, const void *from, size_t n, size_t size, void *out, struct oc_err *err)
{
    void *p = NULL;
    if (n) {
        p = oc_arena_array(&g->arena, n, size);
        if (!p)
            return arena_refused(g, n * size, err);
        memcpy(p, from, n * size);
    }
    memcpy(out, &p, sizeof p);
    return OC_OK;
}

enum oc_status eng_graph_add_value(struct eng_graph *g, const char *name, int *id, struct oc_err *err)
{
    void *array = g->values;
    enum oc_status st = grow(&array, g->n_values, &g->cap_values, sizeof *g->values, "values", LIM_GRAPH_VALUES, err);
    g->values = array;
    if (st)
        return st;
    char made_up[32];
    if (!name) {
        snprintf(made_up, sizeof made_up, "_%d", g->n_values);
        name = made_up;
    }
    struct eng_value v = {.producer = -1};
    st = copy_text(g, name, &v.name, err);
    if (st)
        return st;
    *id = g->n_values;
    g->values[g->n_values++] = v;
    return OC_OK;
}

enum oc_status eng_graph_add_const_take(struct eng_graph *g, const char *name, struct eng_const *c, int *id, struct oc_err *err)
{
    enum oc_status st = eng_graph_add_value(g, name, id, err);
    if (st) {
        eng_const_unref(c);
        return st;
    }
    struct eng_value *v = &g->values[*id];
    v->constant = c;
    v->dtype = c->t.dtype;
    v->shape = c->t.shape;
    v->known = true;
    return OC_OK;
}

static enum oc_status id_array(struct eng_graph *g, int n, int **out, struct oc_err *err)
{
    *out = oc_arena_array(&g->arena, (size_t)n, sizeof **out);
    if (!*out)
        return arena_refused(g, (size_t)n * sizeof **out, err);
    for (int i = 0; i < n; i++)
        (*out)[i] = -1;
    return OC_OK;
}

enum oc_status eng_graph_add_node(struct eng_graph *g, const char *op_type, int opset, int n_in, int n_out, int *index, struct oc_err *err)
{
    void *array = g->nodes;
    enum oc_status st = grow(&array, g->n_nodes, &g->cap_nodes, sizeof *g->nodes, "nodes", 2 * LIM_MODEL_NODES, err);
    g->nodes = array;
    if (st)
        return st;
    struct eng_node n = {.name = "", .opset = opset, .n_in = n_in, .n_out = n_out, .fused = {.bias = -1, .residual = -1}};
    st = copy_text(g, op_type, &n.op_type, err);
    if (!st)
        st = id_array(g, n_in, &n.in, err);
    if (!st)
        st = id_array(g, n_out, &n.out, err);
    if (st)
        return st;
    n.op = eng_op_find("", n.op_type, opset);
    *index = g->n_nodes;
    g->nodes[g->n_nodes++] = n;
    return OC_OK;
}

/* --- attributes --- */

/* The attribute of that name, emptied, or a new one behind the others. */
static enum oc_status attr_slot(struct eng_graph *g, struct eng_node *n, const char *name, struct eng_attr **out, struct oc_err *err)
{
    for (int i = 0; i < n->n_attrs; i++) {
        struct eng_attr *a = &n->attrs[i];
        if (strcmp(a->name, name) == 0) {
            eng_const_unref(a->tensor);
            *a = (struct eng_attr){.name = a->name};
            *out = a;
            return OC_OK;
        }
    }
    struct eng_attr *more = oc_arena_array(&g->arena, (size_t)n->n_attrs + 1, sizeof *more);
    const char *own;
    if (!more)
        return arena_refused(g, sizeof *more, err);
    enum oc_status st = copy_text(g, name, &own, err);
    if (st)
        return st;
    if (n->n_attrs)
        memcpy(more, n->attrs, (size_t)n->n_attrs * sizeof *more);
    more[n->n_attrs].name = own;
    *out = &more[n->n_attrs];
    n->attrs = more;
    n->n_attrs++;
    return OC_OK;
}

enum oc_status eng_node_set_int(struct eng_graph *g, struct eng_node *n, const char *name, int64_t v, struct oc_err *err)
{
    struct eng_attr *a;
    enum oc_status st = attr_slot(g, n, name, &a, err);
    if (!st) {
        a->kind = ENG_ATTR_INT;
        a->i = v;
    }
    return st;
}

enum oc_status eng_node_set_float(struct eng_graph *g, struct eng_node *n, const char *name, float v, struct oc_err *err)
{
    struct eng_attr *a;
    enum oc_status st = attr_slot(g, n, name, &a, err);
    if (!st) {
        a->kind = ENG_ATTR_FLOAT;
        a->f = v;
    }
    return st;
}

enum oc_status eng_node_set_ints(struct eng_graph *g, struct eng_node *n, const char *name, const int64_t *v, size_t count,
                                 struct oc_err *err)
{
    int64_t *own;
    struct eng_attr *a;
    enum oc_status st = copy_array(g, v, count, sizeof *v, &own, err);
    if (!st)
        st = attr_slot(g, n, name, &a, err);
    if (!st) {
        a->kind = ENG_ATTR_INTS;
        a->ints = own;
        a->n = count;
    }
    return st;
}

const struct eng_attr *eng_node_attr(const struct eng_node *n, const char *name)
{
    for (int i = 0; i < n->n_attrs; i++)
        if (strcmp(n->attrs[i].name, name) == 0)
            return &n->attrs[i];
    return NULL;
}

static const struct eng_attr *attr_of_kind(const struct eng_node *n, const char *name, enum eng_attr_kind kind)
{
    const struct eng_attr *a = eng_node_attr(n, name);
    return a && a->kind == kind ? a : NULL;
}

int64_t eng_node_int(const struct eng_node *n, const char *name, int64_t def)
{
    const struct eng_attr *a = attr_of_kind(n, name, ENG_ATTR_INT);
    return a ? a->i : def;
}

float eng_node_float(const struct eng_node *n, const char *name, float def)
{
    const struct eng_attr *a = attr_of_kind(n, name, ENG_ATTR_FLOAT);
    return a ? a->f : def;
}

const char *eng_node_string(const struct eng_node *n, const char *name, const char *def)
{
    const struct eng_attr *a = attr_of_kind(n, name, ENG_ATTR_STRING);
    return a ? a->s : def;
}

const int64_t *eng_node_ints(const struct eng_node *n, const char *name, size_t *count)
{
    const struct eng_attr *a = attr_of_kind(n, name, ENG_ATTR_INTS);
    *count = a ? a->n : 0;
    return a ? a->ints : NULL;
}

/* --- copying --- */

static enum oc_status copy_attr(struct eng_graph *g, const struct eng_attr *from, struct eng_attr *to, struct oc_err *err)
{
    struct eng_attr a = *from;
    a.tensor = NULL;
    enum oc_status st = copy_text(g, from->name, &a.name, err);
    if (!st && from->s) {
        a.s = oc_arena_strndup(&g->arena, from->s, from->n);
        st = a.s ? OC_OK : arena_refused(g, from->n, err);
    }
    if (!st && from->ints)
        st = copy_array(g, from->ints, from->n, sizeof *from->ints, &a.ints, err);
    if (!st && from->floats)
        st = copy_array(g, from->floats, from->n, sizeof *from->floats, &a.floats, err);
    if (!st && from->strings) {
        const char **strings = NULL;
        st = copy_array(g, from->strings, from->n, sizeof *strings, &strings, err);
        for (size_t i = 0; strings && !st && i < from->n; i++)
            st = copy_text(g, from->strings[i], &strings[i], err);
        a.strings = st ? NULL : strings;
    }
    if (!st) {
        a.tensor = from->tensor ? eng_const_ref(from->tensor) : NULL;
        *to = a;
    }
    return st;
}

static enum oc_status copy_node(struct eng_graph *g, const struct eng_node *from, struct oc_err *err)
{
    struct eng_node *n = &g->nodes[g->n_nodes];
    *n = *from;
    n->n_attrs = 0;
    enum oc_status st = copy_text(g, from->name, &n->name, err);
    if (!st)
        st = copy_text(g, from->op_type, &n->op_type, err);
    if (!st)
        st = copy_array(g, from->in, (size_t)from->n_in, sizeof *from->in, &n->in, err);
    if (!st)
        st = copy_array(g, from->out, (size_t)from->n_out, sizeof *from->out, &n->out, err);
    if (st)
        return st;
    n->attrs = oc_arena_array(&g->arena, (size_t)from->n_attrs, sizeof *n->attrs);
    if (!n->attrs)
        return arena_refused(g, (size_t)from->n_attrs * sizeof *n->attrs, err);
    g->n_nodes++; /* from here on eng_graph_free drops what its attributes hold */
    for (int i = 0; !st && i < from->n_attrs; i++) {
        st = copy_attr(g, &from->attrs[i], &n->attrs[i], err);
        n->n_attrs += !st;
    }
    return st;
}

static enum oc_status copy_ids(const int *from, int n, int **out, struct oc_err *err)
{
    *out = oc_mem_array(OC_MEM_MODEL, (size_t)n, sizeof **out);
    if (!*out)
        return oc_err_nomem(err, "a graph", (size_t)n * sizeof **out);
    if (n)
        memcpy(*out, from, (size_t)n * sizeof *from);
    return OC_OK;
}

static enum oc_status copy_graph(const struct eng_graph *from, struct eng_graph *g, struct oc_err *err)
{
    g->cap_values = from->n_values;
    g->cap_nodes = from->n_nodes;
    g->values = oc_mem_array(OC_MEM_MODEL, (size_t)from->n_values, sizeof *g->values);
    g->nodes = oc_mem_array(OC_MEM_MODEL, (size_t)from->n_nodes, sizeof *g->nodes);
    if (!g->values || !g->nodes)
        return oc_err_nomem(err, "a graph", (size_t)from->n_nodes * sizeof *g->nodes);
    enum oc_status st = copy_ids(from->inputs, from->n_inputs, &g->inputs, err);
    if (!st)
        st = copy_ids(from->outputs, from->n_outputs, &g->outputs, err);
    g->n_inputs = from->n_inputs;
    g->n_outputs = from->n_outputs;
    for (int i = 0; !st && i < from->n_values; i++) {
        struct eng_value v = from->values[i];
        st = copy_text(g, v.name, &v.name, err);
        if (st)
            break;
        if (v.constant)
            eng_const_ref(v.constant);
        g->values[g->n_values++] = v;
    }
    for (int i = 0; !st && i < from->n_nodes; i++)
        st = copy_node(g, &from->nodes[i], err);
    return st;
}

enum oc_status eng_graph_clone(const struct eng_graph *g, struct eng_graph **out, struct oc_err *err)
{
    enum oc_status st = eng_graph_new(out, err);
    if (st)
        return st;
    st = copy_graph(g, *out, err);
    if (st) {
        eng_graph_free(*out);
        *out = NULL;
    }
    return st;
}

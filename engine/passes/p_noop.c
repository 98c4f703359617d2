/*
 * Nodes that change nothing, now that types and shapes are known:
 *
 *     x -> Cast to its own type | Expand, Tile, Slice to its own shape | Identity -> y      x -> y
 *     x -> Concat, Sum, Max, Min, Mean of one -> y                                          x -> y
 *     x -> Transpose that moves only dimensions of size 1 -> y                              x -> Reshape (a view) -> y
 */
#include "engine/passes/match.h"
#include "engine/passes/passes.h"
#include <string.h>

static bool same_type(const struct eng_graph *g, const struct eng_node *n)
{
    return g->values[n->in[0]].dtype == g->values[n->out[0]].dtype;
}

/* A slice of everything is the tensor itself, unless a step is negative. */
static bool steps_forward(const struct eng_graph *g, const struct eng_node *n)
{
    int64_t steps[LIM_TENSOR_RANK];
    size_t count;
    if (n->n_in <= 4 || n->in[4] < 0)
        return true;
    if (eng_const_ints(NULL, n, &g->values[n->in[4]], steps, LIM_TENSOR_RANK, &count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (steps[i] < 0)
            return false;
    return true;
}

static bool is_variadic_of_one(const struct eng_node *n)
{
    static const char *const ops[] = {"Concat", "Sum", "Max", "Min", "Mean"};
    for (size_t i = 0; i < OC_ARRAY_LEN(ops); i++)
        if (n->n_in == 1 && eng_is(n, ops[i]))
            return true;
    return false;
}

static bool changes_nothing(const struct eng_graph *g, const struct eng_node *n)
{
    if (n->n_in < 1 || n->in[0] < 0 || n->n_out != 1 || n->out[0] < 0 || !same_type(g, n) || !eng_same_shape(g, n->in[0], n->out[0]))
        return false;
    return eng_is(n, "Cast") || eng_is(n, "Expand") || eng_is(n, "Tile") || eng_is(n, "Identity") || is_variadic_of_one(n) ||
           (eng_is(n, "Slice") && steps_forward(g, n));
}

/* True when the dimensions larger than 1 stay in their order. */
static bool moves_ones_only(const struct eng_graph *g, const struct eng_node *n)
{
    const struct eng_shape *s = &g->values[n->in[0]].shape;
    size_t count;
    const int64_t *perm = eng_node_ints(n, "perm", &count);
    int64_t last = -1;
    if (!eng_is(n, "Transpose") || eng_shape_count(s) == 0 || (perm && (int)count != s->rank))
        return false;
    for (int i = 0; i < s->rank; i++) {
        int64_t from = perm ? perm[i] : s->rank - 1 - i;
        if (from < 0 || from >= s->rank || (s->dim[from] != 1 && from < last))
            return false;
        if (s->dim[from] != 1)
            last = from;
    }
    return true;
}

static enum oc_status become_reshape(struct eng_graph *g, int index, const struct eng_op_def *reshape, struct oc_err *err)
{
    struct eng_node *n = &g->nodes[index];
    const struct eng_shape *s = &g->values[n->out[0]].shape;
    struct eng_shape list = {.rank = 1, .dim = {s->rank}};
    struct eng_const *c;
    int id;
    enum oc_status st = eng_const_new(ENG_DT_I64, &list, &c, err);
    if (st)
        return st;
    if (s->rank)
        memcpy(c->t.data, s->dim, (size_t)s->rank * sizeof s->dim[0]);
    st = eng_graph_add_const_take(g, NULL, c, &id, err);
    if (!st)
        st = eng_node_inputs(g, n, 2, err);
    if (!st) {
        eng_node_become(n, reshape, 13);
        n->in[1] = id;
    }
    return st;
}

enum oc_status eng_pass_noop(struct eng_graph *g, int *count, struct oc_err *err)
{
    const struct eng_op_def *reshape = eng_op_find("", "Reshape", 13);
    for (int i = 0; i < g->n_nodes; i++) {
        struct eng_node *n = &g->nodes[i];
        if (changes_nothing(g, n)) {
            eng_graph_replace_uses(g, n->out[0], n->in[0]);
            n->dead = true;
            ++*count;
        } else if (reshape && moves_ones_only(g, n)) {
            enum oc_status st = become_reshape(g, i, reshape, err);
            if (st)
                return st;
            ++*count;
        }
    }
    return OC_OK;
}

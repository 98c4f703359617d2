/*
 *     x -> ReduceMean -> Sub(x, .) = d -> Pow 2 -> ReduceMean -> Add epsilon -> Sqrt = s
 *     Div(d, s) -> Mul scale [-> Add bias] -> y                                     x -> LayerNormalization(scale, bias) -> y
 *
 * over the last axes, with keepdims. d may be computed twice, the square may be Mul(d, d). scale and bias must have
 * exactly the shape of the normalised axes.
 */
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

#define SINCE 17 /* LayerNormalization's first opset */

/* ReduceMean with keepdims over the last axes: the first of them, or -1. */
static int mean_axis(const struct eng_graph *g, const struct eng_node *n)
{
    int64_t list[LIM_TENSOR_RANK];
    size_t count = 0;
    if (!eng_is(n, "ReduceMean") || eng_node_int(n, "keepdims", 1) != 1 || !eng_is_f32(g, n->in[0]))
        return -1;
    int rank = g->values[n->in[0]].shape.rank;
    const int64_t *axes = eng_node_ints(n, "axes", &count);
    if (n->n_in > 1 && n->in[1] >= 0) {
        if (eng_const_ints(NULL, n, &g->values[n->in[1]], list, LIM_TENSOR_RANK, &count))
            return -1;
        axes = list;
    }
    if (count < 1 || (int)count > rank)
        return -1;
    unsigned seen = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t a = axes[i] < 0 ? axes[i] + rank : axes[i];
        if (a < rank - (int)count || a >= rank)
            return -1;
        seen |= 1u << a;
    }
    unsigned wanted = ((1u << count) - 1) << (rank - (int)count);
    return seen == wanted ? rank - (int)count : -1;
}

/* d is x - mean(x): x and the axis. */
static bool is_centred(const struct eng_graph *g, int d, int *x, int *axis)
{
    const struct eng_node *sub = eng_maker(g, d), *mean;
    if (!eng_is(sub, "Sub"))
        return false;
    mean = eng_maker(g, sub->in[1]);
    *x = sub->in[0];
    *axis = mean ? mean_axis(g, mean) : -1;
    return *axis >= 0 && mean->in[0] == *x;
}

/* value is d^2 for some d. */
static bool is_square(const struct eng_graph *g, int value, int *d)
{
    const struct eng_node *n = eng_maker(g, value);
    float two;
    if (eng_is(n, "Pow") && n->n_in == 2 && eng_scalar(g, n->in[1], &two) && two == 2) {
        *d = n->in[0];
        return true;
    }
    if (eng_is(n, "Mul") && n->in[0] == n->in[1]) {
        *d = n->in[0];
        return true;
    }
    return false;
}

/* s is sqrt(mean(d^2) + epsilon) of the same x and axis. */
static bool is_deviation(const struct eng_graph *g, int s, int x, int axis, float *epsilon)
{
    const struct eng_node *sqrt = eng_maker(g, s), *add = eng_is(sqrt, "Sqrt") ? eng_maker(g, sqrt->in[0]) : NULL;
    int variance, d, same_x, same_axis;
    if (!eng_is(add, "Add") || !eng_with_scalar(g, add, epsilon, &variance))
        return false;
    const struct eng_node *mean = eng_maker(g, variance);
    return mean && mean_axis(g, mean) == axis && is_square(g, mean->in[0], &d) && is_centred(g, d, &same_x, &same_axis) && same_x == x &&
           same_axis == axis;
}

struct match {
    int x, axis, scale, bias;
    float epsilon;
};

static bool is_normalised(const struct eng_graph *g, int value, struct match *m)
{
    const struct eng_node *div = eng_inner(g, value, "Div");
    return div && is_centred(g, div->in[0], &m->x, &m->axis) && is_deviation(g, div->in[1], m->x, m->axis, &m->epsilon);
}

static bool has_axes_shape(const struct eng_graph *g, int value, const struct match *m)
{
    if (value < 0 || !eng_is_f32(g, value))
        return false;
    const struct eng_shape *x = &g->values[m->x].shape, *s = &g->values[value].shape;
    if (s->rank != x->rank - m->axis)
        return false;
    for (int i = 0; i < s->rank; i++)
        if (s->dim[i] != x->dim[m->axis + i])
            return false;
    return true;
}

static bool is_scaled(const struct eng_graph *g, const struct eng_node *mul, struct match *m)
{
    for (int k = 0; eng_is(mul, "Mul") && k < 2; k++)
        if (is_normalised(g, mul->in[k], m) && has_axes_shape(g, mul->in[1 - k], m)) {
            m->scale = mul->in[1 - k];
            return true;
        }
    return false;
}

static bool is_shifted(const struct eng_graph *g, const struct eng_node *add, struct match *m)
{
    for (int k = 0; eng_is(add, "Add") && k < 2; k++) {
        const struct eng_node *mul = eng_inner(g, add->in[k], "Mul");
        if (mul && is_scaled(g, mul, m) && has_axes_shape(g, add->in[1 - k], m)) {
            m->bias = add->in[1 - k];
            return true;
        }
    }
    return false;
}

static enum oc_status rewrite(struct eng_graph *g, struct eng_node *n, const struct eng_op_def *op, const struct match *m,
                              struct oc_err *err)
{
    enum oc_status st = eng_node_inputs(g, n, m->bias < 0 ? 2 : 3, err);
    if (st)
        return st;
    eng_node_become(n, op, SINCE);
    n->in[0] = m->x;
    n->in[1] = m->scale;
    if (m->bias >= 0)
        n->in[2] = m->bias;
    st = eng_node_set_int(g, n, "axis", m->axis, err);
    return st ? st : eng_node_set_float(g, n, "epsilon", m->epsilon, err);
}

enum oc_status eng_pass_layernorm(struct eng_graph *g, int *count, struct oc_err *err)
{
    const struct eng_op_def *op = eng_op_find("", "LayerNormalization", SINCE);
    enum oc_status st = OC_OK;
    for (int with_bias = 1; op && with_bias >= 0; with_bias--) /* the larger pattern first */
        for (int i = 0; !st && i < g->n_nodes; i++) {
            struct match m = {.bias = -1};
            if (!with_bias && (g->nodes[i].n_out < 1 || eng_graph_uses(g, g->nodes[i].out[0]) == 0)) /* was part of a larger one */
                continue;
            if (with_bias ? is_shifted(g, &g->nodes[i], &m) : is_scaled(g, &g->nodes[i], &m)) {
                st = rewrite(g, &g->nodes[i], op, &m, err);
                ++*count;
            }
        }
    return st;
}

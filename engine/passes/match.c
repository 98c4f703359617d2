/* Questions and rewrites for patterns; see match.h. */
#include "engine/passes/match.h"
#include <math.h>
#include <string.h>

struct eng_node *eng_maker(const struct eng_graph *g, int value)
{
    if (value < 0 || g->values[value].producer < 0)
        return NULL;
    struct eng_node *n = &g->nodes[g->values[value].producer];
    return n->dead ? NULL : n;
}

struct eng_node *eng_inner(const struct eng_graph *g, int value, const char *op_type)
{
    struct eng_node *n = eng_maker(g, value);
    return eng_is(n, op_type) && n->fused.act == ENG_ACT_NONE && eng_graph_sole_user(g, value) >= 0 ? n : NULL;
}

bool eng_scalar(const struct eng_graph *g, int value, float *out)
{
    const struct eng_const *c = value < 0 ? NULL : g->values[value].constant;
    if (!c || c->t.dtype != ENG_DT_F32 || eng_shape_count(&c->t.shape) != 1)
        return false;
    *out = *(const float *)c->t.data;
    return true;
}

/* A scalar must not raise the rank of the other side: [1,1,1] + [N] would. */
static bool is_plain_scalar(const struct eng_graph *g, int scalar, int other, float *out)
{
    if (!eng_scalar(g, scalar, out))
        return false;
    const struct eng_value *v = &g->values[other];
    int rank = g->values[scalar].shape.rank;
    return rank == 0 || (v->known && rank <= v->shape.rank);
}

bool eng_with_scalar(const struct eng_graph *g, const struct eng_node *n, float *scalar, int *other)
{
    if (n->n_in != 2 || n->in[0] < 0 || n->in[1] < 0)
        return false;
    for (int i = 1; i >= 0; i--)
        if (is_plain_scalar(g, n->in[i], n->in[1 - i], scalar)) {
            *other = n->in[1 - i];
            return true;
        }
    return false;
}

bool eng_is_f32(const struct eng_graph *g, int value)
{
    return value >= 0 && g->values[value].known && g->values[value].dtype == ENG_DT_F32;
}

bool eng_same_shape(const struct eng_graph *g, int a, int b)
{
    return a >= 0 && b >= 0 && g->values[a].known && g->values[b].known && eng_shape_equal(&g->values[a].shape, &g->values[b].shape);
}

enum oc_status eng_node_inputs(struct eng_graph *g, struct eng_node *n, int n_in, struct oc_err *err)
{
    if (n_in > n->n_in) {
        int *in = oc_arena_array(&g->arena, (size_t)n_in, sizeof *in);
        if (!in)
            return oc_err_nomem(err, "a node", (size_t)n_in * sizeof *in);
        for (int i = 0; i < n_in; i++)
            in[i] = i < n->n_in ? n->in[i] : -1;
        n->in = in;
    }
    n->n_in = n_in;
    return OC_OK;
}

void eng_node_become(struct eng_node *n, const struct eng_op_def *op, int opset)
{
    for (int i = 0; i < n->n_attrs; i++)
        eng_const_unref(n->attrs[i].tensor);
    n->n_attrs = 0;
    n->attrs = NULL;
    n->op = op;
    n->op_type = op->name;
    n->opset = opset;
}

bool eng_become_act(struct eng_node *n, int x, enum eng_act act, float alpha, float beta)
{
    const struct eng_op_def *op = eng_op_find("ocelli", "Act", 1);
    if (!op || n->n_in < 1)
        return false;
    eng_node_become(n, op, 1);
    n->in[0] = x;
    n->n_in = 1;
    n->fused.act = act;
    n->fused.alpha = alpha;
    n->fused.beta = beta;
    return true;
}

/* Clip's bounds: attributes up to opset 6, inputs (which must be constant here) since 11. */
static bool clip_bounds(const struct eng_graph *g, const struct eng_node *n, float *low, float *high)
{
    *low = eng_node_float(n, "min", -INFINITY);
    *high = eng_node_float(n, "max", INFINITY);
    if (n->n_in > 1 && n->in[1] >= 0 && !eng_scalar(g, n->in[1], low))
        return false;
    return n->n_in <= 2 || n->in[2] < 0 || eng_scalar(g, n->in[2], high);
}

struct simple_act {
    const char *op_type;
    enum eng_act act;
    const char *alpha_name, *beta_name; /* attributes, or NULL */
    float alpha, beta;                  /* their defaults */
};

static const struct simple_act simple_acts[] = {
    {"Relu", ENG_ACT_RELU, NULL, NULL, 0, 0},
    {"LeakyRelu", ENG_ACT_LEAKY, "alpha", NULL, 0.01f, 0},
    {"Sigmoid", ENG_ACT_SIGMOID, NULL, NULL, 0, 0},
    {"Tanh", ENG_ACT_TANH, NULL, NULL, 0, 0},
    {"HardSigmoid", ENG_ACT_HARDSIGMOID, "alpha", "beta", 0.2f, 0.5f},
    {"HardSwish", ENG_ACT_HARDSWISH, NULL, NULL, 0, 0},
    {"Elu", ENG_ACT_ELU, "alpha", NULL, 1, 0},
    {"Mish", ENG_ACT_MISH, NULL, NULL, 0, 0},
};

static bool as_gelu(const struct eng_node *n, enum eng_act *act)
{
    const char *form = eng_node_string(n, "approximate", "none");
    *act = strcmp(form, "tanh") == 0 ? ENG_ACT_GELU_TANH : ENG_ACT_GELU_ERF;
    return true;
}

bool eng_as_act(const struct eng_graph *g, const struct eng_node *n, enum eng_act *act, float *alpha, float *beta)
{
    *alpha = *beta = 0;
    if (n->dead || n->n_in < 1 || n->n_out < 1 || !eng_is_f32(g, n->in[0]))
        return false;
    if (n->op->domain[0] && strcmp(n->op->domain, "ocelli") == 0 && strcmp(n->op_type, "Act") == 0) {
        *act = n->fused.act;
        *alpha = n->fused.alpha;
        *beta = n->fused.beta;
        return true;
    }
    for (size_t i = 0; i < OC_ARRAY_LEN(simple_acts); i++) {
        const struct simple_act *s = &simple_acts[i];
        if (!eng_is(n, s->op_type))
            continue;
        *act = s->act;
        *alpha = s->alpha_name ? eng_node_float(n, s->alpha_name, s->alpha) : 0;
        *beta = s->beta_name ? eng_node_float(n, s->beta_name, s->beta) : 0;
        return true;
    }
    if (eng_is(n, "Clip")) {
        *act = ENG_ACT_CLIP;
        return clip_bounds(g, n, alpha, beta);
    }
    if (eng_is(n, "PRelu")) {
        *act = ENG_ACT_LEAKY;
        return n->n_in == 2 && is_plain_scalar(g, n->in[1], n->in[0], alpha);
    }
    return eng_is(n, "Gelu") && as_gelu(n, act);
}

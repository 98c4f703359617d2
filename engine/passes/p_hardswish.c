/*
 *     x -> Add 3 -> Clip 0..6 -> Div 6 -> y               x -> Act(HARDSIGMOID, 1/6, 1/2) -> y
 *
 *     x -------------------------------.
 *     x -> Add 3 -> Clip 0..6 -> Mul -> Div 6 -> y         x -> Act(HARDSWISH) -> y
 *
 * in whatever order the product is written, with Mul 1/6 for Div 6, and with ONNX's HardSigmoid for the gate.
 */
#include "engine/passes/passes.h"
#include "engine/passes/product.h"
#include <math.h>

static bool near(float a, float b)
{
    return fabsf(a - b) <= 1e-4f * fabsf(b);
}

/* clip is Clip(x + shift, 0, high). */
static bool is_shifted_clip(const struct eng_graph *g, int clip, int *x, float *shift, float *high)
{
    const struct eng_node *n = eng_maker(g, clip);
    enum eng_act act;
    float low;
    if (!eng_is(n, "Clip") || !eng_as_act(g, n, &act, &low, high) || low != 0 || !isfinite(*high) || *high <= 0)
        return false;
    const struct eng_node *add = eng_maker(g, n->in[0]);
    return eng_is(add, "Add") && eng_with_scalar(g, add, shift, x);
}

/* gate * scalar is clamp(x / 6 + 1/2, 0, 1). */
static bool is_hard_gate(const struct eng_graph *g, int gate, int x, float scalar)
{
    int of;
    float shift, high, alpha, beta;
    enum eng_act act;
    const struct eng_node *n = eng_maker(g, gate);
    if (is_shifted_clip(g, gate, &of, &shift, &high))
        return of == x && near(shift, 3) && near(high, 6) && near(scalar, 1.0f / 6);
    return eng_is(n, "HardSigmoid") && n->in[0] == x && eng_as_act(g, n, &act, &alpha, &beta) && near(alpha, 1.0f / 6) &&
           near(beta, 0.5f) && near(scalar, 1);
}

static bool make_hard_swish(struct eng_graph *g, struct eng_node *n)
{
    struct eng_product p;
    if (!eng_product_of(g, n->out[0], &p) || p.n != 2)
        return false;
    for (int k = 0; k < 2; k++)
        if (eng_same_shape(g, p.factor[k], n->out[0]) && is_hard_gate(g, p.factor[1 - k], p.factor[k], p.scalar))
            return eng_become_act(n, p.factor[k], ENG_ACT_HARDSWISH, 0, 0);
    return false;
}

static bool make_hard_sigmoid(struct eng_graph *g, struct eng_node *n)
{
    struct eng_product p;
    int x;
    float shift, high;
    if (eng_graph_uses(g, n->out[0]) == 0) /* was part of a hard swish */
        return false;
    return eng_product_of(g, n->out[0], &p) && p.n == 1 && is_shifted_clip(g, p.factor[0], &x, &shift, &high) && near(p.scalar * high, 1) &&
           eng_same_shape(g, x, n->out[0]) && eng_become_act(n, x, ENG_ACT_HARDSIGMOID, p.scalar, p.scalar * shift);
}

enum oc_status eng_pass_hardswish(struct eng_graph *g, int *count, struct oc_err *err)
{
    (void)err;
    for (int i = 0; i < g->n_nodes; i++) /* the larger pattern first: it contains the smaller one */
        if (eng_is(&g->nodes[i], "Mul") || eng_is(&g->nodes[i], "Div"))
            *count += make_hard_swish(g, &g->nodes[i]);
    for (int i = 0; i < g->n_nodes; i++)
        if (eng_is(&g->nodes[i], "Mul") || eng_is(&g->nodes[i], "Div"))
            *count += make_hard_sigmoid(g, &g->nodes[i]);
    return OC_OK;
}

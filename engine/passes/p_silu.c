/*
 * Self-gated activations:
 *
 *     x ----------------.                         x -> Act(SILU, alpha) -> y      alpha 1: SiLU, 1.702: QuickGELU
 *     x -> [Mul alpha] -> Sigmoid -> Mul -> y
 *
 *     x ----------------.                         x -> Act(MISH) -> y
 *     x -> Softplus -> Tanh -> Mul -> y
 */
#include "engine/passes/passes.h"
#include "engine/passes/product.h"

/* gate is Sigmoid(x) or Sigmoid(alpha * x). */
static bool is_sigmoid_of(const struct eng_graph *g, int gate, int x, float *alpha)
{
    const struct eng_node *n = eng_maker(g, gate);
    struct eng_product p;
    if (!eng_is(n, "Sigmoid"))
        return false;
    *alpha = 1;
    if (n->in[0] == x)
        return true;
    if (!eng_product_of(g, n->in[0], &p) || !eng_product_is_power(&p, x, 1))
        return false;
    *alpha = p.scalar;
    return true;
}

static bool is_mish_gate(const struct eng_graph *g, int gate, int x)
{
    const struct eng_node *tanh = eng_maker(g, gate), *soft = eng_is(tanh, "Tanh") ? eng_maker(g, tanh->in[0]) : NULL;
    return eng_is(soft, "Softplus") && soft->in[0] == x;
}

enum oc_status eng_pass_silu(struct eng_graph *g, int *count, struct oc_err *err)
{
    (void)err;
    for (int i = 0; i < g->n_nodes; i++) {
        struct eng_node *n = &g->nodes[i];
        struct eng_product p;
        if (!eng_is(n, "Mul") || !eng_product_of(g, n->out[0], &p) || p.n != 2 || p.scalar != 1)
            continue;
        for (int k = 0; k < 2; k++) {
            int x = p.factor[k], gate = p.factor[1 - k];
            float alpha;
            if (!eng_same_shape(g, x, n->out[0]))
                continue;
            if ((is_sigmoid_of(g, gate, x, &alpha) && eng_become_act(n, x, ENG_ACT_SILU, alpha, 0)) ||
                (is_mish_gate(g, gate, x) && eng_become_act(n, x, ENG_ACT_MISH, 0, 0))) {
                ++*count;
                break;
            }
        }
    }
    return OC_OK;
}

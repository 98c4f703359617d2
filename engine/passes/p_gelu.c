/*
 *     x --------------------------------------.
 *     x -> Div sqrt(2) -> Erf -> Add 1 -> Mul -> Mul 1/2 -> y              x -> Act(GELU_ERF) -> y
 *
 *     x * 1/2 * (1 + Tanh(sqrt(2/pi) * (x + 0.044715 * x^3)))             x -> Act(GELU_TANH) -> y
 *
 * in whatever order the products are written; the cubic also as x * (1 + 0.044715 * x^2).
 */
#include "engine/passes/passes.h"
#include "engine/passes/product.h"

#define SQRT_HALF 0.70710678f
#define SQRT_2_OVER_PI 0.79788456f
#define CUBIC 0.044715f

/* value is k * x^power */
static bool is_scaled_power(const struct eng_graph *g, int value, int x, int power, float k)
{
    struct eng_product p;
    return eng_product_of(g, value, &p) && eng_product_is_power(&p, x, power) && eng_product_scalar_is(&p, k);
}

/* value is x + k x^3 */
static bool is_cubic_sum(const struct eng_graph *g, int value, int x)
{
    const struct eng_node *n = eng_maker(g, value);
    if (!eng_is(n, "Add") || n->n_in != 2)
        return false;
    for (int k = 0; k < 2; k++)
        if (n->in[k] == x && is_scaled_power(g, n->in[1 - k], x, 3, CUBIC))
            return true;
    return false;
}

/* value is 1 + k x^2 */
static bool is_square_sum(const struct eng_graph *g, int value, int x)
{
    const struct eng_node *n = eng_maker(g, value);
    float one;
    int other;
    return eng_is(n, "Add") && eng_with_scalar(g, n, &one, &other) && one == 1 && is_scaled_power(g, other, x, 2, CUBIC);
}

static bool is_tanh_argument(const struct eng_graph *g, int value, int x)
{
    struct eng_product p;
    int rest;
    if (!eng_product_of(g, value, &p) || !eng_product_scalar_is(&p, SQRT_2_OVER_PI))
        return false;
    if (p.n == 1)
        return is_cubic_sum(g, p.factor[0], x);
    return eng_product_rest(&p, x, 1, &rest) && is_square_sum(g, rest, x);
}

/* gate is 1 + Erf(..) or 1 + Tanh(..) of x */
static bool is_gelu_gate(const struct eng_graph *g, int gate, int x, enum eng_act *act)
{
    const struct eng_node *add = eng_maker(g, gate), *n;
    float one;
    int inner;
    if (!eng_is(add, "Add") || !eng_with_scalar(g, add, &one, &inner) || one != 1)
        return false;
    n = eng_maker(g, inner);
    *act = ENG_ACT_GELU_ERF;
    if (eng_is(n, "Erf"))
        return is_scaled_power(g, n->in[0], x, 1, SQRT_HALF);
    *act = ENG_ACT_GELU_TANH;
    return eng_is(n, "Tanh") && is_tanh_argument(g, n->in[0], x);
}

enum oc_status eng_pass_gelu(struct eng_graph *g, int *count, struct oc_err *err)
{
    (void)err;
    for (int i = 0; i < g->n_nodes; i++) {
        struct eng_node *n = &g->nodes[i];
        struct eng_product p;
        enum eng_act act;
        if ((!eng_is(n, "Mul") && !eng_is(n, "Div")) || !eng_product_of(g, n->out[0], &p) || p.n != 2 || !eng_product_scalar_is(&p, 0.5f))
            continue;
        for (int k = 0; k < 2; k++)
            if (eng_same_shape(g, p.factor[k], n->out[0]) && is_gelu_gate(g, p.factor[1 - k], p.factor[k], &act) &&
                eng_become_act(n, p.factor[k], act, 0, 0)) {
                ++*count;
                break;
            }
    }
    return OC_OK;
}

/* Takes nested products apart; see product.h. */
#include "engine/passes/product.h"
#include <math.h>

#define DEPTH 5 /* nested products looked into; exporters use three at most */

static bool collect(const struct eng_graph *g, int value, int depth, struct eng_product *p)
{
    const struct eng_node *n = depth ? eng_maker(g, value) : NULL;
    float scalar;
    int other;
    if (eng_is(n, "Mul") && eng_with_scalar(g, n, &scalar, &other)) {
        p->scalar *= scalar;
        return collect(g, other, depth - 1, p);
    }
    if (eng_is(n, "Mul") && n->n_in == 2 && eng_same_shape(g, n->in[0], n->in[1]))
        return collect(g, n->in[0], depth - 1, p) && collect(g, n->in[1], depth - 1, p);
    if (eng_is(n, "Div") && eng_with_scalar(g, n, &scalar, &other) && other == n->in[0] && scalar != 0) {
        p->scalar /= scalar;
        return collect(g, other, depth - 1, p);
    }
    if (eng_is(n, "Pow") && eng_with_scalar(g, n, &scalar, &other) && other == n->in[0] && (scalar == 2 || scalar == 3)) {
        bool ok = true;
        for (int i = 0; ok && i < (int)scalar; i++)
            ok = collect(g, other, depth - 1, p);
        return ok;
    }
    if (p->n == ENG_PRODUCT_FACTORS)
        return false;
    p->factor[p->n++] = value;
    return true;
}

bool eng_product_of(const struct eng_graph *g, int value, struct eng_product *p)
{
    const struct eng_node *n = eng_maker(g, value);
    *p = (struct eng_product){.scalar = 1};
    return (eng_is(n, "Mul") || eng_is(n, "Div") || eng_is(n, "Pow")) && eng_is_f32(g, value) && collect(g, value, DEPTH, p);
}

bool eng_product_scalar_is(const struct eng_product *p, float want)
{
    return fabsf(p->scalar - want) <= 1e-4f * fabsf(want);
}

bool eng_product_rest(const struct eng_product *p, int x, int times, int *rest)
{
    int same = 0, others = 0;
    for (int i = 0; i < p->n; i++) {
        if (p->factor[i] == x) {
            same++;
        } else {
            others++;
            *rest = p->factor[i];
        }
    }
    return same == times && others == 1;
}

bool eng_product_is_power(const struct eng_product *p, int x, int times)
{
    for (int i = 0; i < p->n; i++)
        if (p->factor[i] != x)
            return false;
    return p->n == times;
}

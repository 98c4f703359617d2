/*
 * Removes what only spells something:
 *
 *     Constant -> y                          y becomes a constant value
 *     x -> Identity | Dropout -> y           x -> y
 *     x -> Cast|Sum|Max|Min|Mean|Concat of one value of the same type -> y       (p_noop.c, when types are known)
 *
 * Dropout only where its mask is not used and training_mode is absent or false.
 */
#include "engine/ops/shape/constant.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

static enum oc_status take_constant(struct eng_graph *g, struct eng_node *n, struct oc_err *err)
{
    struct eng_const *c;
    enum oc_status st = eng_constant_of(n, &c, err);
    if (st)
        return st;
    struct eng_value *v = &g->values[n->out[0]];
    v->constant = c;
    v->dtype = c->t.dtype;
    v->shape = c->t.shape;
    v->known = true;
    v->producer = -1;
    n->dead = true;
    return OC_OK;
}

static bool is_off(const struct eng_graph *g, int value)
{
    const struct eng_const *c = g->values[value].constant;
    return c && c->t.dtype == ENG_DT_BOOL && eng_shape_count(&c->t.shape) == 1 && !*(const unsigned char *)c->t.data;
}

static bool passes_through(const struct eng_graph *g, const struct eng_node *n)
{
    if (n->n_in < 1 || n->in[0] < 0 || n->n_out < 1 || n->out[0] < 0)
        return false;
    if (eng_is(n, "Identity"))
        return true;
    if (!eng_is(n, "Dropout") || (n->n_in > 2 && n->in[2] >= 0 && !is_off(g, n->in[2])))
        return false;
    for (int i = 1; i < n->n_out; i++)
        if (n->out[i] >= 0 && eng_graph_uses(g, n->out[i]) > 0)
            return false;
    return true;
}

enum oc_status eng_pass_canonicalise(struct eng_graph *g, int *count, struct oc_err *err)
{
    for (int i = 0; i < g->n_nodes; i++) {
        struct eng_node *n = &g->nodes[i];
        if (eng_is(n, "Constant") && n->n_out == 1 && n->out[0] >= 0) {
            enum oc_status st = take_constant(g, n, err);
            if (st)
                return st;
            ++*count;
        } else if (passes_through(g, n)) {
            eng_graph_replace_uses(g, n->out[0], n->in[0]);
            n->dead = true;
            ++*count;
        }
    }
    return OC_OK;
}

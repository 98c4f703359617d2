/*
 *     Conv | Gemm | MatMul -> Add(., r) -> y         Conv(+ r) -> y         r of the same shape
 *
 * Of two such producers the later one takes the other's result.
 */
#include "engine/passes/fuse.h"
#include "engine/passes/passes.h"

static bool can_take(const struct eng_graph *g, const struct eng_node *n, const struct eng_node *add)
{
    return n && eng_fusable_user(g, n) == add && n->fused.residual < 0;
}

enum oc_status eng_pass_residual(struct eng_graph *g, int *count, struct oc_err *err)
{
    (void)err;
    for (int i = 0; i < g->n_nodes; i++) {
        struct eng_node *add = &g->nodes[i], *best = NULL;
        int residual = -1;
        if (!eng_is(add, "Add") || add->in[0] == add->in[1] || !eng_same_shape(g, add->in[0], add->in[1]))
            continue;
        for (int k = 0; k < 2; k++) {
            struct eng_node *n = eng_maker(g, add->in[k]);
            if (can_take(g, n, add) && (!best || n > best)) {
                best = n;
                residual = add->in[1 - k];
            }
        }
        if (best) {
            best->fused.residual = residual;
            eng_absorb(g, best, add);
            ++*count;
        }
    }
    return OC_OK;
}

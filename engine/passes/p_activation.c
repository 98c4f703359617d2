/*
 *     Conv | Gemm | MatMul -> Relu | Clip | Sigmoid | Act ... -> y         Conv(act) -> y
 */
#include "engine/passes/fuse.h"
#include "engine/passes/passes.h"

enum oc_status eng_pass_activation(struct eng_graph *g, int *count, struct oc_err *err)
{
    (void)err;
    for (int i = 0; i < g->n_nodes; i++) {
        struct eng_node *n = &g->nodes[i], *user = eng_fusable_user(g, n);
        enum eng_act act;
        float alpha, beta;
        if (!user || user->in[0] != n->out[0] || !eng_as_act(g, user, &act, &alpha, &beta) || act == ENG_ACT_NONE)
            continue;
        n->fused.act = act;
        n->fused.alpha = alpha;
        n->fused.beta = beta;
        eng_absorb(g, n, user);
        ++*count;
    }
    return OC_OK;
}

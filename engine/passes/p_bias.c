/*
 *     MatMul -> Add b -> y          MatMul(+ b) -> y         b: a constant [N], N the result's last dimension
 *
 * Conv and Gemm have an input for it: the affine pass puts constants there.
 */
#include "engine/passes/fuse.h"
#include "engine/passes/passes.h"

static bool is_row(const struct eng_graph *g, int value, const struct eng_value *result)
{
    const struct eng_value *v = &g->values[value];
    return v->constant && v->dtype == ENG_DT_F32 && v->shape.rank == 1 && result->shape.rank >= 2 &&
           v->shape.dim[0] == result->shape.dim[result->shape.rank - 1];
}

enum oc_status eng_pass_bias(struct eng_graph *g, int *count, struct oc_err *err)
{
    (void)err;
    for (int i = 0; i < g->n_nodes; i++) {
        struct eng_node *n = &g->nodes[i];
        struct eng_node *add = eng_is(n, "MatMul") ? eng_fusable_user(g, n) : NULL;
        if (!eng_is(add, "Add") || n->fused.bias >= 0 || n->fused.residual >= 0)
            continue;
        int other = add->in[add->in[0] == n->out[0]];
        if (is_row(g, other, &g->values[n->out[0]])) {
            n->fused.bias = other;
            eng_absorb(g, n, add);
            ++*count;
        }
    }
    return OC_OK;
}

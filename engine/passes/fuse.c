/* Common ground of the epilogue fusions; see fuse.h. */
#include "engine/passes/fuse.h"

struct eng_node *eng_fusable_user(const struct eng_graph *g, const struct eng_node *n)
{
    static const char *const ops[] = {"Conv", "ConvTranspose", "Gemm", "MatMul"};
    bool known = false;
    for (size_t i = 0; !known && i < OC_ARRAY_LEN(ops); i++)
        known = eng_is(n, ops[i]);
    if (!known || n->n_out != 1 || !eng_is_f32(g, n->out[0]) || n->fused.act != ENG_ACT_NONE)
        return NULL;
    int user = eng_graph_sole_user(g, n->out[0]);
    return user < 0 || g->nodes[user].fused.residual == n->out[0] || g->nodes[user].fused.bias == n->out[0] ? NULL : &g->nodes[user];
}

void eng_absorb(struct eng_graph *g, struct eng_node *n, struct eng_node *user)
{
    /* The user's own value stays and n makes it, so that names of outputs survive. */
    int value = user->out[0];
    user->dead = true;
    n->out[0] = value;
    g->values[value].producer = (int)(n - g->nodes);
}

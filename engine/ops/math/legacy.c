/*
 * Binary operators before opset 7, which broadcast in one direction only and on request: `broadcast` = 1 lays the
 * second input over the first one's dimensions from `axis` on (without axis: over the last ones). PRelu's slope of
 * one dimension belongs to the channels. The second input gets the dimensions it lacks, and the operator of opset 7
 * does the rest.
 */
#include <string.h>
#include "engine/ops/types.h"

/* The second input's shape as numpy would have to see it. */
static enum oc_status aligned_shape(struct oc_err *err, const struct eng_node *n, const struct eng_value *const *in, struct eng_shape *out)
{
    const struct eng_shape *a = &in[0]->shape, *b = &in[1]->shape;
    bool prelu = strcmp(n->op_type, "PRelu") == 0;
    int64_t axis = eng_node_int(n, "axis", prelu && b->rank == 1 && a->rank > 1 ? 1 : (int64_t)a->rank - b->rank);
    *out = *b;
    if (!prelu && eng_node_int(n, "broadcast", 0) == 0)
        return eng_shape_equal(a, b) ? OC_OK : eng_bad_node(err, n, "shapes differ and broadcast is not set");
    axis += axis < 0 ? a->rank : 0;
    if (axis < 0 || axis + b->rank > a->rank)
        return eng_bad_node(err, n, "%d dimensions do not fit at axis %lld of %d", b->rank, (long long)axis, a->rank);
    while (axis + out->rank < a->rank)
        out->dim[out->rank++] = 1;
    return OC_OK;
}

/* The operator of opset 7, a node for it, and its inputs. */
struct modern {
    struct eng_node node;
    struct eng_value second;
    const struct eng_value *in[2];
};

static enum oc_status modernise(struct oc_err *err, const struct eng_node *n, const struct eng_value *const *in, struct modern *m)
{
    m->node = *n;
    m->node.opset = 7;
    m->node.op = eng_op_find("", n->op_type, 7);
    if (!m->node.op || !in[0] || !in[1])
        return eng_bad_node(err, n, "an input is missing");
    m->second = *in[1];
    m->in[0] = in[0];
    m->in[1] = &m->second;
    return aligned_shape(err, n, in, &m->second.shape);
}

static enum oc_status infer(struct eng_infer *c)
{
    struct modern m;
    const struct eng_node *node = c->node;
    const struct eng_value *const *in = c->in;
    enum oc_status st = modernise(c->err, c->node, c->in, &m);
    if (st)
        return st;
    c->node = &m.node;
    c->in = m.in;
    st = m.node.op->infer(c);
    c->node = node;
    c->in = in;
    if (!st && !eng_shape_equal(&c->out[0].shape, &in[0]->shape))
        st = eng_bad_node(c->err, node, "the second input is larger than the first");
    return st;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct modern m;
    struct eng_prepare d = *c;
    enum oc_status st = modernise(c->err, c->node, c->in, &m);
    d.node = &m.node;
    d.in = m.in;
    return st ? st : m.node.op->prepare(&d, k);
}

#define ROW(name)                                                      \
    {                                                                  \
        "", name, 1, 6, 2, 2, 1, 1, 0, ENG_OP_IN_PLACE, infer, prepare \
    }
const struct eng_op_def eng_ops_legacy[] = {
    ROW("Add"), ROW("Sub"),  ROW("Mul"),     ROW("Div"),   ROW("Pow"),   ROW("And"),     ROW("Or"),
    ROW("Xor"), ROW("Less"), ROW("Greater"), ROW("Equal"), ROW("PRelu"), {.name = NULL},
};

/* Nodes: operator, values by name, attributes, and the operator's own rules on how many values there are. */
#include "engine/onnx/read.h"
#include <string.h>

enum { N_INPUT = 1, N_OUTPUT = 2, N_NAME = 3, N_OP_TYPE = 4, N_ATTRIBUTE = 5, N_DOMAIN = 7 };

struct head {
    struct eng_span name, op_type, domain;
    int n_in, n_out, n_attrs; /* absent values at the end are not counted */
    int listed_in, listed_out;
};

static void count_value(struct eng_pb *m, const struct eng_pb_field *f, int *listed, int *n, const char *what)
{
    struct eng_span name = eng_pb_name(m, f, "the name of a value");
    if (*listed >= LIM_NODE_INPUTS)
        eng_pb_fail(m, "a node has more than %d %s", LIM_NODE_INPUTS, what);
    ++*listed;
    if (name.n)
        *n = *listed;
}

static enum oc_status read_head(struct eng_pb m, struct head *h)
{
    struct eng_pb_field f;
    *h = (struct head){.n_in = 0};
    while (eng_pb_next(&m, &f)) {
        switch (f.number) {
        case N_INPUT:
            count_value(&m, &f, &h->listed_in, &h->n_in, "inputs");
            break;
        case N_OUTPUT:
            count_value(&m, &f, &h->listed_out, &h->n_out, "outputs");
            break;
        case N_NAME:
            h->name = eng_pb_name(&m, &f, "the name of a node");
            break;
        case N_OP_TYPE:
            h->op_type = eng_pb_name(&m, &f, "an operator");
            break;
        case N_DOMAIN:
            h->domain = eng_pb_name(&m, &f, "the domain of an operator");
            break;
        case N_ATTRIBUTE:
            if (h->n_attrs++ >= LIM_NODE_ATTRIBUTES)
                eng_pb_fail(&m, "a node has more than %d attributes", LIM_NODE_ATTRIBUTES);
            break;
        default:
            break;
        }
    }
    return m.st;
}

static enum oc_status check_edges(struct eng_reading *r, const struct head *h)
{
    r->edges += (size_t)h->n_in + (size_t)h->n_out;
    if (r->edges > LIM_GRAPH_EDGES)
        return oc_err_set(r->err, OC_E_MODEL, "the nodes have more than %d inputs and outputs together", LIM_GRAPH_EDGES);
    return OC_OK;
}

static enum oc_status define(struct eng_reading *r, int node, int value)
{
    const struct eng_graph *g = r->m->graph;
    if (eng_reading_defined(r, value)) {
        const struct eng_value *v = &g->values[value];
        const char *by = v->is_input ? "as an input of the graph" : v->constant ? "as an initializer" : "by another node";
        return eng_bad_node(r->err, &g->nodes[node], "its output '%.200s' is already made %s", v->name, by);
    }
    g->values[value].producer = node;
    return OC_OK;
}

static enum oc_status connect(struct eng_reading *r, struct eng_pb m, int node)
{
    struct eng_graph *g = r->m->graph;
    struct eng_pb_field f;
    enum oc_status st = OC_OK;
    int n_in = 0, n_out = 0, id;
    while (!st && eng_pb_next(&m, &f)) {
        if (f.number != N_INPUT && f.number != N_OUTPUT)
            continue;
        st = eng_reading_value(r, f.bytes, &id, r->err);
        struct eng_node *n = &g->nodes[node];
        if (!st && f.number == N_INPUT && n_in < n->n_in)
            n->in[n_in++] = id;
        if (!st && f.number == N_OUTPUT && n_out < n->n_out) {
            n->out[n_out++] = id;
            st = id < 0 ? OC_OK : define(r, node, id);
        }
    }
    return st ? st : m.st;
}

static enum oc_status read_attrs(struct eng_reading *r, struct eng_pb m, struct eng_node *n)
{
    struct eng_pb_field f;
    enum oc_status st = OC_OK;
    while (!st && eng_pb_next(&m, &f)) {
        if (f.number != N_ATTRIBUTE)
            continue;
        struct eng_attr *a = &n->attrs[n->n_attrs];
        st = eng_read_attr(r, eng_pb_message(&m, &f), n->op, a);
        if (st) {
            st = oc_err_prefix(r->err, st, "%.100s '%.200s': ", n->op_type, n->name);
        } else if (eng_node_attr(n, a->name)) {
            n->n_attrs++; /* so that its tensor is given back */
            st = eng_bad_node(r->err, n, "attribute '%.200s' is given twice", a->name);
        } else {
            n->n_attrs++;
        }
    }
    return st ? st : m.st;
}

/* After this an operator may rely on its table: as many values as it says, and the first min_in of them present. */
static enum oc_status check_arity(const struct eng_node *n, struct oc_err *err)
{
    const struct eng_op_def *op = n->op;
    if (!op)
        return OC_OK;
    if (n->n_in < op->min_in || (op->max_in >= 0 && n->n_in > op->max_in))
        return eng_bad_node(err, n, "it has %d inputs; the operator takes %d to %d", n->n_in, op->min_in,
                            op->max_in < 0 ? LIM_NODE_INPUTS : op->max_in);
    if (n->n_out < op->min_out || (op->max_out >= 0 && n->n_out > op->max_out) || n->n_out > ENG_NODE_MAX_OUT)
        return eng_bad_node(err, n, "it has %d outputs; the operator gives %d to %d", n->n_out, op->min_out,
                            op->max_out < 0 ? ENG_NODE_MAX_OUT : op->max_out);
    for (int i = 0; i < op->min_in; i++)
        if (n->in[i] < 0)
            return eng_bad_node(err, n, "its input %d is absent, and the operator needs it", i);
    return OC_OK;
}

enum oc_status eng_read_node(struct eng_reading *r, struct eng_pb m, int index)
{
    struct eng_graph *g = r->m->graph;
    struct head h;
    int row, node;
    enum oc_status st = read_head(m, &h);
    if (!st)
        st = check_edges(r, &h);
    if (!st)
        st = eng_read_op(r, h.domain, h.op_type, h.name, index, &row);
    if (!st) {
        const struct eng_onnx_op *op = &r->m->ops[row];
        st = eng_graph_add_node(g, op->type, op->opset, h.n_in, h.n_out, &node, r->err);
    }
    if (st)
        return st;
    struct eng_node *n = &g->nodes[node];
    n->op = r->m->ops[row].def;
    st = eng_reading_text(&g->arena, h.name, &n->name, r->err);
    if (!st)
        st = eng_reading_array(&g->arena, (size_t)h.n_attrs, sizeof *n->attrs, &n->attrs, r->err);
    if (!st)
        st = connect(r, m, node);
    if (!st)
        st = read_attrs(r, m, n);
    return st ? st : check_arity(n, r->err);
}

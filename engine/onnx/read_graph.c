/*
 * The graph message. Its fields may come in any order, so it is walked several times: counts first, then initializers,
 * inputs, nodes, outputs. Names become value ids through a hash table; at the end the graph is sorted, which also finds
 * cycles and values that nobody makes. Shapes that the file claims for values inside the graph are not believed.
 */
#include "engine/onnx/read.h"
#include <string.h>

enum { G_NODE = 1, G_INITIALIZER = 5, G_INPUT = 11, G_OUTPUT = 12, G_SPARSE = 15 };

struct counts {
    int nodes, initializers, inputs, outputs;
};

static void count_one(struct eng_pb *m, int *n, int limit, const char *what)
{
    if (++*n > limit)
        eng_pb_fail(m, "the graph has more than %d %s", limit, what);
}

static enum oc_status count(struct eng_pb m, struct counts *c)
{
    struct eng_pb_field f;
    *c = (struct counts){0};
    while (eng_pb_next(&m, &f)) {
        if (f.number == G_NODE)
            count_one(&m, &c->nodes, LIM_MODEL_NODES, "nodes");
        else if (f.number == G_INITIALIZER)
            count_one(&m, &c->initializers, LIM_MODEL_INITIALIZERS, "initializers");
        else if (f.number == G_INPUT)
            count_one(&m, &c->inputs, LIM_MODEL_INITIALIZERS + LIM_MODEL_IO, "inputs and initializers");
        else if (f.number == G_OUTPUT)
            count_one(&m, &c->outputs, LIM_MODEL_IO, "outputs");
        else if (f.number == G_SPARSE)
            m.st = oc_err_set(m.err, OC_E_UNSUPPORTED, "the model has sparse initializers, which are not supported");
    }
    if (!m.st && !c->outputs)
        eng_pb_fail(&m, "the graph has no outputs");
    return m.st;
}

enum oc_status eng_reading_value(struct eng_reading *r, struct eng_span name, int *id, struct oc_err *err)
{
    struct eng_graph *g = r->m->graph;
    *id = -1;
    if (!name.n)
        return OC_OK;
    *id = eng_names_find(&r->values, name);
    if (*id >= 0)
        return OC_OK;
    const char *text;
    enum oc_status st = eng_reading_text(&g->arena, name, &text, err);
    if (!st)
        st = eng_graph_add_value(g, "", id, err);
    if (st)
        return st;
    g->values[*id].name = text;
    return eng_names_add(&r->values, (struct eng_span){(const uint8_t *)text, name.n}, *id, err);
}

bool eng_reading_defined(const struct eng_reading *r, int id)
{
    const struct eng_value *v = &r->m->graph->values[id];
    return v->constant || v->is_input || v->producer >= 0;
}

static enum oc_status read_initializer(struct eng_reading *r, struct eng_pb m)
{
    struct eng_const *c;
    struct eng_span name;
    int id;
    enum oc_status st = eng_onnx_tensor(m, &r->external, "initializer", &c, &name, r->err);
    if (st)
        return st;
    if (!name.n)
        st = eng_pb_fail(&m, "an initializer has no name");
    if (!st)
        st = eng_reading_value(r, name, &id, r->err);
    if (!st && eng_reading_defined(r, id))
        st = oc_err_set(r->err, OC_E_MODEL, "two initializers are called '%.*s'", ENG_SPAN_TEXT(name));
    if (st) {
        eng_const_unref(c);
        return st;
    }
    struct eng_value *v = &r->m->graph->values[id];
    v->constant = c;
    v->dtype = c->t.dtype;
    v->shape = c->t.shape;
    v->known = true;
    return OC_OK;
}

/* Inputs that are initializers too (every one before IR 4) are constants, not inputs. */
static enum oc_status read_input(struct eng_reading *r, struct eng_pb m)
{
    struct eng_onnx *out = r->m;
    struct eng_io io;
    struct eng_span name;
    int id;
    enum oc_status st = eng_read_io(r, m, true, &name, &io);
    if (!st)
        st = eng_reading_value(r, name, &id, r->err);
    if (st)
        return st;
    struct eng_value *v = &out->graph->values[id];
    if (v->constant)
        return OC_OK;
    if (v->is_input)
        return oc_err_set(r->err, OC_E_MODEL, "two inputs of the graph are called '%.*s'", ENG_SPAN_TEXT(name));
    if (out->n_inputs == LIM_MODEL_IO)
        return oc_err_set(r->err, OC_E_MODEL, "the graph has more than %d inputs", LIM_MODEL_IO);
    v->is_input = true;
    out->inputs[out->n_inputs++] = io;
    out->graph->inputs[out->graph->n_inputs++] = id;
    return OC_OK;
}

static enum oc_status read_output(struct eng_reading *r, struct eng_pb m)
{
    struct eng_onnx *out = r->m;
    struct eng_io io;
    struct eng_span name;
    enum oc_status st = eng_read_io(r, m, false, &name, &io);
    if (st)
        return st;
    int id = eng_names_find(&r->values, name);
    if (id < 0 || !eng_reading_defined(r, id))
        return oc_err_set(r->err, OC_E_MODEL, "the graph's output '%.*s' is made by no node", ENG_SPAN_TEXT(name));
    if (out->graph->values[id].is_output)
        return oc_err_set(r->err, OC_E_MODEL, "the graph's output '%.*s' is listed twice", ENG_SPAN_TEXT(name));
    out->graph->values[id].is_output = true;
    out->outputs[out->n_outputs++] = io;
    out->graph->outputs[out->graph->n_outputs++] = id;
    return OC_OK;
}

static enum oc_status make_room(struct eng_reading *r, const struct counts *c)
{
    struct eng_onnx *m = r->m;
    size_t inputs = (size_t)(c->inputs < LIM_MODEL_IO ? c->inputs : LIM_MODEL_IO), outputs = (size_t)c->outputs;
    enum oc_status st = eng_reading_array(&m->arena, inputs, sizeof *m->inputs, &m->inputs, r->err);
    if (!st)
        st = eng_reading_array(&m->arena, outputs, sizeof *m->outputs, &m->outputs, r->err);
    if (st)
        return st;
    m->graph->inputs = oc_mem_array(OC_MEM_MODEL, inputs, sizeof *m->graph->inputs);
    m->graph->outputs = oc_mem_array(OC_MEM_MODEL, outputs, sizeof *m->graph->outputs);
    if (!m->graph->inputs || !m->graph->outputs)
        return oc_err_nomem(r->err, "a graph", (inputs + outputs) * sizeof(int));
    return OC_OK;
}

/* One walk over the fields of one kind. */
static enum oc_status each(struct eng_reading *r, struct eng_pb m, uint32_t number,
                           enum oc_status (*read)(struct eng_reading *, struct eng_pb))
{
    struct eng_pb_field f;
    enum oc_status st = OC_OK;
    while (!st && eng_pb_next(&m, &f))
        if (f.number == number)
            st = read(r, eng_pb_message(&m, &f));
    return st ? st : m.st;
}

static enum oc_status each_node(struct eng_reading *r, struct eng_pb m)
{
    struct eng_pb_field f;
    enum oc_status st = OC_OK;
    int index = 0;
    while (!st && eng_pb_next(&m, &f))
        if (f.number == G_NODE)
            st = eng_read_node(r, eng_pb_message(&m, &f), index++);
    return st ? st : m.st;
}

enum oc_status eng_read_graph(struct eng_reading *r, struct eng_pb message)
{
    struct counts c;
    enum oc_status st = count(message, &c);
    if (!st)
        st = make_room(r, &c);
    if (!st)
        st = each(r, message, G_INITIALIZER, read_initializer);
    if (!st)
        st = each(r, message, G_INPUT, read_input);
    if (!st)
        st = each_node(r, message);
    if (!st)
        st = eng_read_unsupported(r);
    if (!st)
        st = each(r, message, G_OUTPUT, read_output);
    return st ? st : eng_graph_sweep(r->m->graph, r->err);
}

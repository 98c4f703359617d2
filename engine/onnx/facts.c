/*
 * What a file declares, for recognising it: inputs, outputs, operators, metadata. Weights are stepped over, so only a few
 * pages of a large file are touched.
 */
#include "engine/onnx/read.h"
#include "engine/onnx/tensor.h"
#include <string.h>

enum { G_NODE = 1, G_INITIALIZER = 5, G_INPUT = 11, G_OUTPUT = 12 };
enum { NODE_OUTPUT = 2, NODE_NAME = 3, NODE_OP_TYPE = 4, NODE_DOMAIN = 7, TENSOR_NAME = 8 };

struct facts {
    struct eng_facts shown; /* first: what the caller holds */
    struct eng_onnx *m;     /* owned: the strings */
    struct eng_metadata *metadata;
    struct eng_op_count *ops;
    const char **made_by;
    int first[ENG_FIRST_OPS]; /* rows of the operators' table */
    int n_first;
    struct eng_scalar scalars[LIM_FACTS_SCALARS];
    int n_scalars;
};

#define SCALAR_BYTES 512 /* a tensor of one number is no longer, with its name and documentation */

/* Remembers a weight of one number. What cannot be read is passed over here: loading the model says what is wrong with it. */
static enum oc_status note_scalar(struct eng_reading *r, struct eng_pb m, struct facts *facts)
{
    struct eng_const *c = NULL;
    struct eng_span name;
    struct eng_external none; /* numbers in other files are not looked for */
    struct oc_err why;
    m.err = &why;
    eng_external_init(&none, NULL, NULL);
    enum oc_status st = eng_onnx_tensor(m, &none, "an initializer", &c, &name, &why);
    if (st)
        return st == OC_E_NOMEM ? oc_err_nomem(r->err, "a model", SCALAR_BYTES) : OC_OK;
    if (c->t.dtype == ENG_DT_F32 && eng_shape_count(&c->t.shape) == 1) {
        struct eng_scalar *s = &facts->scalars[facts->n_scalars];
        s->value = *(const float *)c->t.data;
        st = eng_reading_text(&r->m->arena, name, &s->name, r->err);
        facts->n_scalars += !st;
    }
    eng_const_unref(c);
    return st;
}

static enum oc_status note_initializer(struct eng_reading *r, struct eng_pb m, struct facts *facts)
{
    struct eng_pb_field f;
    struct eng_span name = {NULL, 0};
    const struct eng_pb whole = m;
    while (eng_pb_next(&m, &f))
        if (f.number == TENSOR_NAME)
            name = eng_pb_name(&m, &f, "the name of a tensor");
    if (m.st || !name.n || eng_names_find(&r->values, name) >= 0)
        return m.st;
    enum oc_status st = eng_names_add(&r->values, name, 0, r->err);
    if (!st && whole.end - whole.p <= SCALAR_BYTES && facts->n_scalars < LIM_FACTS_SCALARS)
        st = note_scalar(r, whole, facts);
    return st;
}

static enum oc_status note_node(struct eng_reading *r, struct eng_pb m, int index, struct facts *facts)
{
    struct eng_pb_field f;
    struct eng_span name = {NULL, 0}, type = name, domain = name;
    int row;
    while (eng_pb_next(&m, &f)) {
        if (f.number == NODE_NAME)
            name = eng_pb_name(&m, &f, "the name of a node");
        else if (f.number == NODE_OP_TYPE)
            type = eng_pb_name(&m, &f, "an operator");
        else if (f.number == NODE_DOMAIN)
            domain = eng_pb_name(&m, &f, "the domain of an operator");
    }
    enum oc_status st = m.st ? m.st : eng_read_op(r, domain, type, name, index, &row);
    if (!st && facts->n_first < ENG_FIRST_OPS)
        facts->first[facts->n_first++] = row;
    return st;
}

static enum oc_status note_io(struct eng_reading *r, struct eng_pb m, bool is_input)
{
    struct eng_onnx *out = r->m;
    struct eng_io io;
    struct eng_span name;
    enum oc_status st = eng_read_io(r, m, is_input, &name, &io);
    if (st || (is_input && eng_names_find(&r->values, name) >= 0))
        return st;
    if ((is_input ? out->n_inputs : out->n_outputs) == LIM_MODEL_IO)
        return eng_pb_fail(&m, "the graph has more than %d inputs or outputs", LIM_MODEL_IO);
    if (is_input)
        out->inputs[out->n_inputs++] = io;
    else
        out->outputs[out->n_outputs++] = io;
    return OC_OK;
}

static enum oc_status walk_initializers(struct eng_reading *r, struct eng_pb m, struct facts *facts)
{
    struct eng_pb_field f;
    enum oc_status st = OC_OK;
    for (int n = 0; !st && eng_pb_next(&m, &f);)
        if (f.number == G_INITIALIZER)
            st = n++ < LIM_MODEL_INITIALIZERS ? note_initializer(r, eng_pb_message(&m, &f), facts)
                                              : eng_pb_fail(&m, "the graph has more than %d initializers", LIM_MODEL_INITIALIZERS);
    return st ? st : m.st;
}

static enum oc_status walk_rest(struct eng_reading *r, struct eng_pb m, struct facts *facts)
{
    struct eng_pb_field f;
    enum oc_status st = OC_OK;
    int nodes = 0;
    while (!st && eng_pb_next(&m, &f)) {
        if (f.number == G_NODE)
            st = nodes < LIM_MODEL_NODES ? note_node(r, eng_pb_message(&m, &f), nodes++, facts)
                                         : eng_pb_fail(&m, "the graph has more than %d nodes", LIM_MODEL_NODES);
        else if (f.number == G_INPUT || f.number == G_OUTPUT)
            st = note_io(r, eng_pb_message(&m, &f), f.number == G_INPUT);
    }
    return st ? st : m.st;
}

/* The operators' table holds the type already: it was filled by the first walk. */
static const char *text_of_type(const struct eng_onnx *m, struct eng_span type)
{
    for (int i = 0; i < m->n_ops; i++)
        if (eng_span_is(type, m->ops[i].type))
            return m->ops[i].type;
    return NULL;
}

/* Notes the node's type for each graph output that it makes. */
static enum oc_status note_maker(struct eng_reading *r, const struct eng_names *outputs, struct eng_pb m, struct facts *facts)
{
    struct eng_pb_field f;
    struct eng_span type = {NULL, 0};
    struct eng_pb again = m;
    while (eng_pb_next(&m, &f))
        if (f.number == NODE_OP_TYPE)
            type = eng_pb_name(&m, &f, "an operator");
    while (!m.st && eng_pb_next(&again, &f)) {
        int i = f.number == NODE_OUTPUT ? eng_names_find(outputs, eng_pb_name(&again, &f, "an output of a node")) : -1;
        if (i >= 0)
            facts->made_by[i] = text_of_type(r->m, type);
    }
    return m.st ? m.st : again.st;
}

/* A second walk over the nodes: only now are the outputs known. */
static enum oc_status walk_makers(struct eng_reading *r, struct eng_pb m, struct facts *facts)
{
    struct eng_pb_field f;
    struct eng_names outputs;
    enum oc_status st = eng_reading_array(&r->m->arena, (size_t)r->m->n_outputs, sizeof *facts->made_by, &facts->made_by, r->err);
    eng_names_init(&outputs);
    for (int i = 0; !st && i < r->m->n_outputs; i++) {
        struct eng_span name = {(const uint8_t *)r->m->outputs[i].name, strlen(r->m->outputs[i].name)};
        if (eng_names_find(&outputs, name) < 0)
            st = eng_names_add(&outputs, name, i, r->err);
    }
    while (!st && eng_pb_next(&m, &f))
        if (f.number == G_NODE)
            st = note_maker(r, &outputs, eng_pb_message(&m, &f), facts);
    eng_names_deinit(&outputs);
    return st ? st : m.st;
}

/* Room for the inputs and outputs that there are. */
static enum oc_status make_room(struct eng_reading *r, struct eng_pb m)
{
    struct eng_pb_field f;
    size_t inputs = 0, outputs = 0;
    while (eng_pb_next(&m, &f)) {
        inputs += f.number == G_INPUT && inputs < LIM_MODEL_IO;
        outputs += f.number == G_OUTPUT && outputs < LIM_MODEL_IO;
    }
    enum oc_status st = m.st;
    if (!st)
        st = eng_reading_array(&r->m->arena, inputs, sizeof *r->m->inputs, &r->m->inputs, r->err);
    return st ? st : eng_reading_array(&r->m->arena, outputs, sizeof *r->m->outputs, &r->m->outputs, r->err);
}

static enum oc_status show(struct facts *f, struct oc_err *err)
{
    struct eng_onnx *m = f->m;
    enum oc_status st = eng_reading_array(&m->arena, (size_t)m->n_meta, sizeof *f->metadata, &f->metadata, err);
    if (!st)
        st = eng_reading_array(&m->arena, (size_t)m->n_ops, sizeof *f->ops, &f->ops, err);
    if (st)
        return st;
    for (int i = 0; i < m->n_meta; i++)
        f->metadata[i] = (struct eng_metadata){m->meta[i].key, m->meta[i].value};
    for (int i = 0; i < m->n_ops; i++)
        f->ops[i] = (struct eng_op_count){m->ops[i].type, m->ops[i].count};
    f->shown = (struct eng_facts){.n_inputs = m->n_inputs,
                                  .n_outputs = m->n_outputs,
                                  .n_metadata = m->n_meta,
                                  .n_ops = m->n_ops,
                                  .inputs = m->inputs,
                                  .outputs = m->outputs,
                                  .metadata = f->metadata,
                                  .ops = f->ops,
                                  .scalars = f->scalars,
                                  .n_scalars = f->n_scalars,
                                  .made_by = f->made_by,
                                  .producer = m->producer};
    for (int i = 0; i < f->n_first; i++)
        f->shown.first_ops[f->shown.n_first_ops++] = m->ops[f->first[i]].type;
    for (int i = 0; i < m->n_opsets; i++)
        if (!*m->opsets[i].domain)
            f->shown.opset = m->opsets[i].version;
    return OC_OK;
}

static enum oc_status read_facts(struct eng_span file, struct facts *facts, struct oc_err *err)
{
    struct eng_reading r;
    struct eng_pb graph;
    enum oc_status st = eng_reading_begin(&r, NULL, NULL, err);
    if (!st)
        st = eng_read_model(&r, file, &graph);
    if (!st)
        st = make_room(&r, graph);
    if (!st)
        st = walk_initializers(&r, graph, facts);
    if (!st)
        st = walk_rest(&r, graph, facts);
    if (!st)
        st = walk_makers(&r, graph, facts);
    facts->m = eng_reading_end(&r, st == OC_OK);
    return st ? st : show(facts, err);
}

enum oc_status eng_facts_read(const char *path, struct eng_facts **out, struct oc_err *err)
{
    struct eng_span file;
    *out = NULL;
    enum oc_status st = eng_file_map(path, LIM_MODEL_FILE, &file, err);
    if (st)
        return st;
    struct facts *facts = oc_mem_zero(OC_MEM_MODEL, sizeof *facts);
    st = facts ? read_facts(file, facts, err) : oc_err_nomem(err, "a model", sizeof *facts);
    eng_file_unmap(&file);
    if (!st)
        *out = &facts->shown;
    else if (facts)
        eng_facts_free(&facts->shown);
    return st;
}

void eng_facts_set_output(struct eng_facts *f, int i, enum eng_dtype dtype, const struct eng_shape *shape)
{
    struct eng_io *io = &((struct facts *)f)->m->outputs[i];
    io->dtype = dtype;
    io->shape = *shape;
    io->shape_known = true;
    for (int k = 0; k < LIM_TENSOR_RANK; k++)
        io->dim_name[k] = NULL;
}

void eng_facts_set_input(struct eng_facts *f, int i, const struct eng_shape *shape)
{
    ((struct facts *)f)->m->inputs[i].shape = *shape;
}

void eng_facts_free(struct eng_facts *f)
{
    if (!f)
        return;
    struct facts *facts = (struct facts *)f;
    eng_onnx_free(facts->m);
    oc_mem_free(facts);
}

const char *eng_facts_metadata(const struct eng_facts *f, const char *key)
{
    for (int i = 0; i < f->n_metadata; i++)
        if (strcmp(f->metadata[i].key, key) == 0)
            return f->metadata[i].value;
    return NULL;
}

bool eng_facts_begins_with(const struct eng_facts *f, const char *op_type)
{
    for (int i = 0; i < f->n_first_ops; i++)
        if (strcmp(f->first_ops[i], op_type) == 0)
            return true;
    return false;
}

const struct eng_scalar *eng_facts_scalar(const struct eng_facts *f, const char *name)
{
    size_t n = strlen(name);
    for (int i = 0; i < f->n_scalars; i++) {
        size_t len = strlen(f->scalars[i].name);
        const char *tail = f->scalars[i].name + (len > n ? len - n : 0);
        if (strcmp(tail, name) == 0 && (len == n || tail[-1] == '.' || tail[-1] == '/'))
            return &f->scalars[i];
    }
    return NULL;
}

bool eng_facts_ends_with(const struct eng_facts *f, int output, const char *op_type)
{
    return f->made_by && output >= 0 && output < f->n_outputs && f->made_by[output] && strcmp(f->made_by[output], op_type) == 0;
}

bool eng_facts_has_op(const struct eng_facts *f, const char *op_type)
{
    for (int i = 0; i < f->n_ops; i++)
        if (strcmp(f->ops[i].op_type, op_type) == 0)
            return true;
    return false;
}

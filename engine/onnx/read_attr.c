/*
 * Attributes. A graph inside an attribute (the bodies of If, Loop and Scan) is walked once, so that a malformed or
 * endlessly nested one is refused, and then left alone: the attribute is ENG_ATTR_OTHER.
 */
#include "engine/onnx/read.h"
#include <string.h>

enum {
    A_NAME = 1,
    A_FLOAT = 2,
    A_INT = 3,
    A_STRING = 4,
    A_TENSOR = 5,
    A_GRAPH = 6,
    A_FLOATS = 7,
    A_INTS = 8,
    A_STRINGS = 9,
    A_TENSORS = 10,
    A_GRAPHS = 11,
    A_TYPE = 20,
    A_REFERENCE = 21,
    A_FIELDS
};

/* AttributeProto.AttributeType to the field that holds the value; 0 = none that the engine reads. */
static const unsigned char field_of_type[] = {
    [1] = A_FLOAT, [2] = A_INT, [3] = A_STRING, [4] = A_TENSOR, [6] = A_FLOATS, [7] = A_INTS, [8] = A_STRINGS, [14] = 0};

struct head {
    struct eng_span name, string;
    int64_t type, i;
    float f;
    struct eng_pb tensor;
    size_t count[A_FIELDS];
};

/* --- bodies of control flow --- */

static enum oc_status walk_graph(struct eng_pb graph, int depth);

static enum oc_status walk_attribute(struct eng_pb attr, int depth)
{
    struct eng_pb_field f;
    enum oc_status st = OC_OK;
    while (!st && eng_pb_next(&attr, &f))
        if (f.number == A_GRAPH || f.number == A_GRAPHS)
            st = walk_graph(eng_pb_message(&attr, &f), depth + 1);
    return st ? st : attr.st;
}

static enum oc_status walk_node(struct eng_pb node, int depth)
{
    struct eng_pb_field f;
    enum oc_status st = OC_OK;
    while (!st && eng_pb_next(&node, &f))
        if (f.number == 5)
            st = walk_attribute(eng_pb_message(&node, &f), depth);
    return st ? st : node.st;
}

static enum oc_status walk_graph(struct eng_pb graph, int depth)
{
    struct eng_pb_field f;
    enum oc_status st = OC_OK;
    if (depth > LIM_GRAPH_DEPTH)
        return eng_pb_fail(&graph, "graphs are nested deeper than %d", LIM_GRAPH_DEPTH);
    while (!st && eng_pb_next(&graph, &f))
        if (f.number == 1)
            st = walk_node(eng_pb_message(&graph, &f), depth);
    return st ? st : graph.st;
}

/* --- the attribute itself --- */

static void head_field(struct eng_pb *m, const struct eng_pb_field *f, struct head *h)
{
    size_t *count = f->number < A_FIELDS ? &h->count[f->number] : NULL;
    switch (f->number) {
    case A_NAME:
        h->name = eng_pb_name(m, f, "the name of an attribute");
        break;
    case A_FLOAT:
        h->f = eng_pb_float(m, f);
        *count = 1;
        break;
    case A_INT:
        h->i = eng_pb_int(m, f);
        *count = 1;
        break;
    case A_STRING:
        h->string = eng_pb_bytes(m, f);
        *count = 1;
        break;
    case A_TENSOR:
        if ((*count)++)
            eng_pb_fail(m, "an attribute has two tensors");
        h->tensor = eng_pb_message(m, f);
        break;
    case A_FLOATS:
        *count += eng_pb_scalars_count(m, f, ENG_PB_FIXED32);
        break;
    case A_INTS:
        *count += eng_pb_scalars_count(m, f, ENG_PB_VARINT);
        break;
    case A_STRINGS:
        ++*count;
        break;
    case A_GRAPH:
    case A_GRAPHS: {
        enum oc_status st = walk_graph(eng_pb_message(m, f), 2);
        if (st)
            m->st = st;
        break;
    }
    case A_TYPE:
        h->type = eng_pb_int(m, f);
        break;
    case A_REFERENCE:
        ++*count;
        break;
    default:
        break;
    }
}

/* The field that holds the value; files of IR 3 may leave the type out, and then the field that is there counts. */
static uint32_t value_field(const struct head *h)
{
    if (h->type > 0 && h->type < (int64_t)OC_ARRAY_LEN(field_of_type))
        return field_of_type[h->type];
    for (uint32_t field = A_FLOAT; h->type == 0 && field <= A_STRINGS; field++)
        if (h->count[field])
            return field;
    return 0;
}

static enum oc_status read_numbers(struct eng_pb m, uint32_t field, size_t n, void *to)
{
    struct eng_pb_field f;
    uint64_t bits;
    size_t i = 0, size = field == A_INTS ? 8 : 4;
    while (eng_pb_next(&m, &f)) {
        if (f.number != field)
            continue;
        struct eng_pb_scalars s = eng_pb_scalars(&m, &f, field == A_INTS ? ENG_PB_VARINT : ENG_PB_FIXED32);
        for (; i < n && eng_pb_scalars_next(&s, &bits); i++)
            memcpy((char *)to + i * size, &bits, size);
    }
    return m.st;
}

static enum oc_status read_string(struct eng_reading *r, struct eng_pb *m, struct eng_span s, const char **out)
{
    if (s.n > LIM_MODEL_STRING)
        return eng_pb_fail(m, "a string of an attribute is %zu bytes long; the limit is %zu", s.n, LIM_MODEL_STRING);
    return eng_reading_text(&r->m->graph->arena, s, out, r->err);
}

static enum oc_status read_strings(struct eng_reading *r, struct eng_pb m, const char **to, size_t n)
{
    struct eng_pb_field f;
    enum oc_status st = OC_OK;
    size_t i = 0;
    while (!st && i < n && eng_pb_next(&m, &f))
        if (f.number == A_STRINGS) {
            struct eng_span s = eng_pb_bytes(&m, &f);
            st = m.st ? m.st : read_string(r, &m, s, &to[i++]);
        }
    return st ? st : m.st;
}

static enum oc_status read_list(struct eng_reading *r, struct eng_pb m, const struct head *h, uint32_t field, struct eng_attr *a)
{
    struct oc_arena *arena = &r->m->graph->arena;
    int64_t *ints;
    float *floats;
    const char **strings;
    enum oc_status st;
    a->n = h->count[field];
    switch (field) {
    case A_INTS:
        a->kind = ENG_ATTR_INTS;
        st = eng_reading_array(arena, a->n, sizeof *ints, &ints, r->err);
        a->ints = ints;
        return st ? st : read_numbers(m, field, a->n, ints);
    case A_FLOATS:
        a->kind = ENG_ATTR_FLOATS;
        st = eng_reading_array(arena, a->n, sizeof *floats, &floats, r->err);
        a->floats = floats;
        return st ? st : read_numbers(m, field, a->n, floats);
    default:
        a->kind = ENG_ATTR_STRINGS;
        st = eng_reading_array(arena, a->n, sizeof *strings, &strings, r->err);
        a->strings = strings;
        return st ? st : read_strings(r, m, strings, a->n);
    }
}

static enum oc_status read_tensor(struct eng_reading *r, struct eng_pb m, const struct eng_op_def *op, const struct head *h,
                                  struct eng_attr *a)
{
    struct eng_span name;
    if (!h->count[A_TENSOR])
        return eng_pb_fail(&m, "attribute '%.*s' has no tensor", ENG_SPAN_TEXT(h->name));
    a->kind = ENG_ATTR_TENSOR;
    enum oc_status st = eng_onnx_tensor(h->tensor, &r->external, "tensor", &a->tensor, &name, r->err);
    if (st == OC_E_UNSUPPORTED && !op) { /* the missing operator is the better message */
        oc_err_clear(r->err);
        a->kind = ENG_ATTR_OTHER;
        return OC_OK;
    }
    return st ? oc_err_prefix(r->err, st, "attribute '%.*s': ", ENG_SPAN_TEXT(h->name)) : OC_OK;
}

static enum oc_status read_value(struct eng_reading *r, struct eng_pb m, const struct eng_op_def *op, const struct head *h,
                                 struct eng_attr *a)
{
    uint32_t field = value_field(h);
    a->kind = ENG_ATTR_OTHER;
    switch (field) {
    case A_FLOAT:
        a->kind = ENG_ATTR_FLOAT;
        a->f = h->f;
        return OC_OK;
    case A_INT:
        a->kind = ENG_ATTR_INT;
        a->i = h->i;
        return OC_OK;
    case A_STRING:
        a->kind = ENG_ATTR_STRING;
        a->n = h->string.n;
        return read_string(r, &m, h->string, &a->s);
    case A_TENSOR:
        return read_tensor(r, m, op, h, a);
    case A_FLOATS:
    case A_INTS:
    case A_STRINGS:
        if (h->count[field] > LIM_ATTRIBUTE_VALUES)
            return eng_pb_fail(&m, "attribute '%.*s' has %zu values; the limit is %u", ENG_SPAN_TEXT(h->name), h->count[field],
                               LIM_ATTRIBUTE_VALUES);
        return read_list(r, m, h, field, a);
    default:
        return OC_OK;
    }
}

enum oc_status eng_read_attr(struct eng_reading *r, struct eng_pb m, const struct eng_op_def *op, struct eng_attr *out)
{
    struct head h = {.type = 0};
    struct eng_pb again = m;
    struct eng_pb_field f;
    *out = (struct eng_attr){.kind = ENG_ATTR_OTHER};
    while (eng_pb_next(&m, &f))
        head_field(&m, &f, &h);
    if (m.st)
        return m.st;
    if (!h.name.n)
        return eng_pb_fail(&m, "an attribute has no name");
    if (h.count[A_REFERENCE])
        return eng_pb_fail(&m, "attribute '%.*s' refers to a function's parameter outside a function", ENG_SPAN_TEXT(h.name));
    enum oc_status st = eng_reading_text(&r->m->graph->arena, h.name, &out->name, r->err);
    return st ? st : read_value(r, again, op, &h, out);
}

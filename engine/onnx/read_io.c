/* What a graph declares of its inputs and outputs: a name, an element type, a shape with sizes, symbols or nothing. */
#include "engine/onnx/read.h"
#include <string.h>

enum { TYPE_TENSOR = 1, TYPE_SEQUENCE = 4, TYPE_MAP = 5, TYPE_OPAQUE = 7, TYPE_SPARSE = 8, TYPE_OPTIONAL = 9 };

struct declared {
    struct eng_reading *r;
    struct eng_io *io;
    int64_t elem_type;
    const char *foreign; /* "sequence", ...: not a tensor */
};

static enum oc_status read_dim(struct declared *d, struct eng_pb m)
{
    struct eng_pb_field f;
    struct eng_span symbol = {NULL, 0};
    int at = d->io->shape.rank;
    int64_t size = -1;
    if (at == LIM_TENSOR_RANK)
        return eng_pb_fail(&m, "a shape has more than %d dimensions", LIM_TENSOR_RANK);
    while (eng_pb_next(&m, &f)) {
        if (f.number == 1)
            size = eng_pb_int(&m, &f);
        else if (f.number == 2)
            symbol = eng_pb_name(&m, &f, "the name of a dimension");
    }
    if (!m.st && size < -1)
        eng_pb_fail(&m, "dimension %d of a shape is %lld", at, (long long)size);
    if (m.st)
        return m.st;
    d->io->shape.dim[at] = size;
    d->io->shape.rank++;
    if (size >= 0 || !symbol.n)
        return OC_OK;
    return eng_reading_text(&d->r->m->arena, symbol, &d->io->dim_name[at], d->r->err);
}

static enum oc_status read_shape(struct declared *d, struct eng_pb m)
{
    struct eng_pb_field f;
    enum oc_status st = OC_OK;
    if (d->io->shape_known)
        return eng_pb_fail(&m, "a type has two shapes");
    d->io->shape_known = true;
    while (!st && eng_pb_next(&m, &f))
        if (f.number == 1)
            st = read_dim(d, eng_pb_message(&m, &f));
    return st ? st : m.st;
}

static enum oc_status read_tensor_type(struct declared *d, struct eng_pb m)
{
    struct eng_pb_field f;
    enum oc_status st = OC_OK;
    while (!st && eng_pb_next(&m, &f)) {
        if (f.number == 1)
            d->elem_type = (int32_t)eng_pb_int(&m, &f);
        else if (f.number == 2)
            st = read_shape(d, eng_pb_message(&m, &f));
    }
    return st ? st : m.st;
}

static enum oc_status read_type(struct declared *d, struct eng_pb m)
{
    static const char *const foreign[] = {[TYPE_SEQUENCE] = "a sequence",
                                          [TYPE_MAP] = "a map",
                                          [TYPE_OPAQUE] = "an opaque value",
                                          [TYPE_SPARSE] = "a sparse tensor",
                                          [TYPE_OPTIONAL] = "an optional value"};
    struct eng_pb_field f;
    enum oc_status st = OC_OK;
    bool seen = false;
    while (!st && eng_pb_next(&m, &f)) {
        if (f.number == TYPE_TENSOR) {
            st = seen ? eng_pb_fail(&m, "a type is given twice") : read_tensor_type(d, eng_pb_message(&m, &f));
            seen = true;
        } else if (f.number < OC_ARRAY_LEN(foreign) && foreign[f.number]) {
            d->foreign = foreign[f.number];
        }
    }
    return st ? st : m.st;
}

/* A shape that is already too large with every open dimension at 1 will never run. */
static enum oc_status check_size(const struct eng_io *io, const char *label, struct oc_err *err)
{
    struct eng_shape s = io->shape;
    for (int i = 0; i < s.rank; i++)
        s.dim[i] = s.dim[i] < 0 ? 1 : s.dim[i];
    return eng_shape_check(err, label, io->dtype, &s);
}

static enum oc_status check_declared(struct declared *d, struct eng_span name, bool is_input)
{
    char label[320];
    struct oc_err *err = d->r->err;
    const char *what = is_input ? "the graph's input" : "the graph's output";
    snprintf(label, sizeof label, "%s '%.*s'", what, ENG_SPAN_TEXT(name));
    if (d->foreign)
        return oc_err_set(err, OC_E_UNSUPPORTED, "%s is %s; only tensors are supported", label, d->foreign);
    if (!d->elem_type && is_input)
        return oc_err_set(err, OC_E_MODEL, "%s has no element type", label);
    if (!d->elem_type)
        return OC_OK;
    enum oc_status st = eng_onnx_dtype(d->elem_type, what, name, &d->io->dtype, err);
    return st ? st : check_size(d->io, label, err);
}

enum oc_status eng_read_io(struct eng_reading *r, struct eng_pb m, bool is_input, struct eng_span *name, struct eng_io *out)
{
    struct eng_pb_field f;
    struct declared d = {.r = r, .io = out};
    enum oc_status st = OC_OK;
    *out = (struct eng_io){.name = ""};
    *name = (struct eng_span){NULL, 0};
    bool typed = false;
    while (!st && eng_pb_next(&m, &f)) {
        if (f.number == 1) {
            *name = eng_pb_name(&m, &f, "the name of an input or output");
        } else if (f.number == 2) {
            st = typed ? eng_pb_fail(&m, "an input or output has two types") : read_type(&d, eng_pb_message(&m, &f));
            typed = true;
        }
    }
    st = st ? st : m.st;
    if (!st && !name->n)
        st = eng_pb_fail(&m, "an input or output of the graph has no name");
    if (!st)
        st = check_declared(&d, *name, is_input);
    return st ? st : eng_reading_text(&r->m->arena, *name, &out->name, r->err);
}

/*
 * Half precision is a way to store: a file in float16 or bfloat16 is computed in float, so that the fusions and the fast kernels are
 * those of its float twin. Types follow from where they begin, and there they are changed:
 *
 *     constants and tensor attributes in half                                     the same numbers in float
 *     Cast to half, and other nodes whose attribute says half                     ... says float
 *     input in half -> users                                                      input -> Cast to float -> users
 *     producer -> output declared in half                                         producer -> Cast to half -> output
 *
 * Results are rounded once, at the output, where the file would round after each node. A file that looks at the bits themselves
 * (BitCast) is left as it is.
 */
#include <string.h>
#include "engine/ops/half.h"
#include "engine/passes/match.h"
#include "engine/passes/passes.h"

static bool is_half(enum eng_dtype t)
{
    return t == ENG_DT_F16 || t == ENG_DT_BF16;
}

static void convert(const struct eng_tensor *from, float *to)
{
    const uint16_t *half = from->data;
    int64_t n = eng_shape_count(&from->shape);
    if (from->dtype == ENG_DT_F16)
        for (int64_t i = 0; i < n; i++)
            to[i] = eng_f16_to_f32(half[i]);
    else
        for (int64_t i = 0; i < n; i++)
            to[i] = eng_bf16_to_f32(half[i]);
}

/* Puts a constant in float in the place of one in half. */
static enum oc_status widen_const(struct eng_const **c, int *count, struct oc_err *err)
{
    struct eng_const *wide;
    if (!*c || !is_half((*c)->t.dtype))
        return OC_OK;
    enum oc_status st = eng_const_new(ENG_DT_F32, &(*c)->t.shape, &wide, err);
    if (st)
        return st;
    convert(&(*c)->t, wide->t.data);
    eng_const_unref(*c);
    *c = wide;
    ++*count;
    return OC_OK;
}

static enum oc_status widen_values(struct eng_graph *g, int *count, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    for (int i = 0; !st && i < g->n_values; i++) {
        struct eng_value *v = &g->values[i];
        st = widen_const(&v->constant, count, err);
        if (!st && v->constant)
            v->dtype = v->constant->t.dtype;
    }
    return st;
}

/* Attributes by which a node says what type it makes. */
static bool names_type(const char *name)
{
    static const char *const names[] = {"to", "dtype", "output_dtype", "output_datatype"};
    for (size_t i = 0; i < OC_ARRAY_LEN(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static enum oc_status widen_attrs(struct eng_graph *g, int *count, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    for (int i = 0; !st && i < g->n_nodes; i++)
        for (int k = 0; !st && k < g->nodes[i].n_attrs; k++) {
            struct eng_attr *a = &g->nodes[i].attrs[k];
            st = widen_const(&a->tensor, count, err);
            if (a->kind == ENG_ATTR_INT && names_type(a->name) && (a->i == ENG_DT_F16 || a->i == ENG_DT_BF16)) {
                a->i = ENG_DT_F32;
                ++*count;
            }
        }
    return st;
}

static enum oc_status add_cast(struct eng_graph *g, int from, int to, int64_t type, struct oc_err *err)
{
    int index;
    enum oc_status st = eng_graph_add_node(g, "Cast", 13, 1, 1, &index, err);
    if (st)
        return st;
    g->nodes[index].in[0] = from;
    g->nodes[index].out[0] = to;
    return eng_node_set_int(g, &g->nodes[index], "to", type, err);
}

static enum oc_status widen_inputs(struct eng_graph *g, int *count, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    for (int i = 0; !st && i < g->n_inputs; i++) {
        int id = g->inputs[i], wide;
        if (!is_half(g->values[id].dtype))
            continue;
        st = eng_graph_add_value(g, NULL, &wide, err);
        if (st)
            return st;
        eng_graph_replace_uses(g, id, wide);
        st = add_cast(g, id, wide, ENG_DT_F32, err);
        ++*count;
    }
    return st;
}

/* An output keeps its name and its declared type; what made it makes a value beside it. */
static enum oc_status narrow_outputs(struct eng_graph *g, int *count, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    for (int i = 0; !st && i < g->n_outputs; i++) {
        int id = g->outputs[i], narrow;
        enum eng_dtype declared = g->values[id].dtype;
        if (!is_half(declared))
            continue;
        st = eng_graph_add_value(g, g->values[id].name, &narrow, err);
        if (st)
            return st;
        g->outputs[i] = narrow;
        g->values[narrow].is_output = true;
        g->values[id].is_output = false;
        st = add_cast(g, id, narrow, declared, err);
        ++*count;
    }
    return st;
}

/* Outputs are told by what the file declares, so before constants and inputs change their types. */
enum oc_status eng_pass_widen(struct eng_graph *g, int *count, struct oc_err *err)
{
    for (int i = 0; i < g->n_nodes; i++)
        if (eng_is(&g->nodes[i], "BitCast"))
            return OC_OK;
    enum oc_status st = widen_attrs(g, count, err);
    if (!st)
        st = narrow_outputs(g, count, err);
    if (!st)
        st = widen_inputs(g, count, err);
    return st ? st : widen_values(g, count, err);
}

/* Right models are read as they were written; every refusal has its message. */
#include <criterion/criterion.h>
#include "base/mem.h"
#include "engine/onnx/onnx.h"
#include "tests/support/onnx_writer.h"

static const struct eng_onnx_options any_op = {.keep_unsupported = true};

static struct eng_onnx *read_good(struct message m)
{
    struct eng_onnx *out;
    struct oc_err err = {0};
    enum oc_status st = eng_onnx_read_memory(m.p, m.n, &any_op, &out, &err);
    free(m.p);
    cr_assert_eq(st, OC_OK, "%s", err.msg);
    return out;
}

/* The message of a refusal; the status and that nothing stays allocated are checked here. */
static const char *refusal(enum oc_status want, struct message m, const struct eng_onnx_options *opt)
{
    static struct oc_err err;
    struct eng_onnx *out;
    size_t blocks = oc_mem_blocks();
    oc_err_clear(&err);
    enum oc_status st = eng_onnx_read_memory(m.p, m.n, opt, &out, &err);
    free(m.p);
    cr_assert_eq(st, want, "%s instead of %s: %s", oc_status_name(st), oc_status_name(want), err.msg);
    cr_assert_null(out);
    cr_assert_eq(oc_mem_blocks(), blocks);
    return err.msg;
}

#define REFUSED(status, message_, text)                                          \
    do {                                                                         \
        const char *why = refusal(status, message_, &any_op);                    \
        cr_assert_not_null(strstr(why, text), "'%s' is not in '%s'", text, why); \
    } while (0)

Test(onnx, a_small_model_is_read_as_it_was_written)
{
    struct eng_onnx *m = read_good(model_small());
    struct eng_graph *g = m->graph;
    cr_assert_eq(m->ir_version, 8);
    cr_assert_str_eq(m->producer, "writer 1.0");
    cr_assert(m->n_opsets == 1 && m->opsets[0].version == 13 && !*m->opsets[0].domain);
    cr_assert(m->n_meta == 1 && !strcmp(m->meta[0].key, "key") && !strcmp(m->meta[0].value, "value"));
    cr_assert(m->n_inputs == 1 && m->n_outputs == 1 && g->n_inputs == 1 && g->n_outputs == 1);
    const struct eng_io *x = &m->inputs[0];
    cr_assert(!strcmp(x->name, "x") && x->dtype == ENG_DT_F32 && x->shape_known && x->shape.rank == 2);
    cr_assert(x->shape.dim[0] == -1 && x->shape.dim[1] == 2 && !strcmp(x->dim_name[0], "N") && !x->dim_name[1]);
    cr_assert_eq(g->n_nodes, 2);
    const struct eng_node *add = &g->nodes[0], *relu = &g->nodes[1];
    cr_assert(!strcmp(add->op_type, "Add") && !strcmp(add->name, "first") && add->opset == 13 && add->n_in == 2 && add->n_out == 1);
    cr_assert(relu->in[0] == add->out[0] && g->values[relu->in[0]].producer == 0);
    cr_assert(g->inputs[0] == add->in[0] && g->values[g->inputs[0]].is_input);
    cr_assert(g->outputs[0] == relu->out[0] && g->values[g->outputs[0]].is_output);
    const struct eng_value *w = &g->values[add->in[1]];
    cr_assert(w->constant && w->known && w->dtype == ENG_DT_F32 && w->shape.rank == 1 && w->shape.dim[0] == 2);
    cr_assert_eq((uintptr_t)w->constant->t.data % 64, 0);
    cr_assert_eq(((const float *)w->constant->t.data)[1], -2);
    cr_assert(m->n_ops == 2 && !strcmp(m->ops[1].type, "Relu") && m->ops[1].count == 1);
    eng_onnx_free(m);
}

Test(onnx, attributes_of_every_kind)
{
    struct eng_onnx *m = read_good(model_rich());
    const struct eng_node *n = &m->graph->nodes[0];
    size_t count;
    cr_assert(n->n_in == 3 && n->in[1] == -1 && n->in[2] >= 0);
    cr_assert_eq(eng_node_int(n, "axis", 9), -1);
    cr_assert_eq(eng_node_int(n, "missing", 9), 9);
    cr_assert_eq(eng_node_float(n, "scale", 0), 0.5f);
    cr_assert_str_eq(eng_node_string(n, "mode", ""), "linear");
    const int64_t *pads = eng_node_ints(n, "pads", &count);
    cr_assert(count == 3 && pads[1] == -5 && pads[2] == 1 << 20);
    const struct eng_attr *a = eng_node_attr(n, "scales");
    cr_assert(a->kind == ENG_ATTR_FLOATS && a->n == 2 && a->floats[1] == 2);
    a = eng_node_attr(n, "words");
    cr_assert(a->kind == ENG_ATTR_STRINGS && a->n == 2 && !strcmp(a->strings[1], "two"));
    a = eng_node_attr(n, "value");
    cr_assert(a->kind == ENG_ATTR_TENSOR && a->tensor->t.dtype == ENG_DT_I64 && ((const int64_t *)a->tensor->t.data)[1] == -5);
    cr_assert_eq(eng_node_attr(n, "body")->kind, ENG_ATTR_OTHER);
    cr_assert_null(eng_node_attr(n, "missing"));
    eng_onnx_free(m);
}

/* --- tensors --- */

/* A model whose initializer "t" is this tensor and is its output. */
static struct message model_with(struct message tensor)
{
    struct message g = {0};
    put_message(&g, 5, tensor);
    put_message(&g, 12, value_info("t", 1, NULL, 0));
    return model_of(g);
}

static struct message typed(int type, uint32_t field, bool packed)
{
    static const int64_t two[] = {2}, v[] = {1, 0};
    struct message t = tensor_head("t", type, two, 1);
    if (field == 4) {
        const float f[] = {1, 0};
        if (packed)
            put_bytes(&t, 4, f, sizeof f);
        for (int i = 0; !packed && i < 2; i++)
            put_float(&t, 4, f[i]);
    } else if (field == 10) {
        const double d[] = {1, 0};
        if (packed)
            put_bytes(&t, 10, d, sizeof d);
        for (int i = 0; !packed && i < 2; i++)
            put_double(&t, 10, d[i]);
    } else {
        if (packed)
            put_packed(&t, field, v, 2);
        for (int i = 0; !packed && i < 2; i++)
            put_int(&t, field, v[i]);
    }
    return t;
}

Test(onnx, numbers_in_every_typed_field)
{
    static const struct {
        int type;
        uint32_t field;
    } kinds[] = {{1, 4}, {2, 5}, {3, 5}, {4, 5}, {5, 5}, {6, 5}, {7, 7}, {9, 5}, {10, 5}, {11, 10}, {12, 11}, {13, 11}, {16, 5}};
    static const float f[] = {1, 0};
    static const double d[] = {1, 0};
    for (size_t i = 0; i < 2 * OC_ARRAY_LEN(kinds); i++) {
        enum eng_dtype type = (enum eng_dtype)kinds[i / 2].type;
        struct eng_onnx *m = read_good(model_with(typed((int)type, kinds[i / 2].field, i % 2)));
        const struct eng_tensor *t = &m->graph->values[m->graph->outputs[0]].constant->t;
        cr_assert(t->dtype == type && t->shape.rank == 1 && t->shape.dim[0] == 2);
        uint64_t one = 1;
        const void *want = type == ENG_DT_F32 ? (const void *)&f[0] : type == ENG_DT_F64 ? (const void *)&d[0] : (const void *)&one;
        cr_assert(memcmp(t->data, want, eng_dtype_size(type)) == 0, "%s", eng_dtype_name(type));
        want = (const char *)want + eng_dtype_size(type);
        cr_assert_eq(((const uint8_t *)t->data)[eng_dtype_size(type)], 0);
        eng_onnx_free(m);
    }
}

Test(onnx, raw_bools_are_made_0_or_1_and_scalars_and_empty_tensors_pass)
{
    static const int64_t empty[] = {3, 0};
    struct eng_onnx *m = read_good(model_with(tensor_raw("t", 9, 3, "\x00\x02\xff", 3)));
    const uint8_t *b = m->graph->values[m->graph->outputs[0]].constant->t.data;
    cr_assert(b[0] == 0 && b[1] == 1 && b[2] == 1);
    eng_onnx_free(m);
    struct message t = tensor_head("t", 1, NULL, 0);
    put_float(&t, 4, 7);
    m = read_good(model_with(t));
    cr_assert_eq(m->graph->values[m->graph->outputs[0]].shape.rank, 0);
    eng_onnx_free(m);
    m = read_good(model_with(tensor_head("t", 1, empty, 2)));
    cr_assert_eq(eng_shape_count(&m->graph->values[m->graph->outputs[0]].shape), 0);
    eng_onnx_free(m);
}

static struct message tensor_with_int32(int type, int64_t v)
{
    static const int64_t one[] = {1};
    struct message t = tensor_head("t", type, one, 1);
    put_int(&t, 5, v);
    return t;
}

static struct message tensor_of_shape(int type, const int64_t *dims, size_t rank)
{
    return tensor_head("t", type, dims, rank);
}

Test(onnx, tensors_that_do_not_add_up_are_refused)
{
    static const int64_t two[] = {2}, big[] = {1 << 16, 1 << 16}, negative[] = {-1}, overflow[] = {INT64_MAX, INT64_MAX, 4},
                         nine[] = {1, 1, 1, 1, 1, 1, 1, 1, 1}, hidden[] = {0, INT64_MAX, 4};
    REFUSED(OC_E_MODEL, model_with(tensor_raw("t", 1, 2, "1234567", 7)),
            "initializer 't' has the wrong number of bytes for its shape: 7 instead of 8");
    REFUSED(OC_E_MODEL, model_with(tensor_raw("t", 1, 2, "123456789", 9)), "9 instead of 8");
    REFUSED(OC_E_MODEL, model_with(tensor_of_shape(1, two, 1)),
            "initializer 't' has the wrong number of values for its shape: 0 instead of 2");
    REFUSED(OC_E_MODEL, model_with(tensor_of_shape(1, big, 2)), "shape 65536x65536 of float32, more than the limit of 2147483648 bytes");
    REFUSED(OC_E_MODEL, model_with(tensor_of_shape(1, overflow, 3)), "more than the limit");
    REFUSED(OC_E_MODEL, model_with(tensor_of_shape(1, hidden, 3)), "more than the limit");
    REFUSED(OC_E_MODEL, model_with(tensor_of_shape(1, negative, 1)), "initializer 't' has dimension 0 of size -1");
    REFUSED(OC_E_MODEL, model_with(tensor_of_shape(1, nine, 9)), "a tensor has more than 8 dimensions");
    struct message t = tensor_raw("t", 1, 1, "1234", 4);
    put_float(&t, 4, 1);
    REFUSED(OC_E_MODEL, model_with(t), "initializer 't' has its data in two places");
    t = tensor_head("t", 7, two, 1);
    put_float(&t, 4, 1);
    put_float(&t, 4, 1);
    REFUSED(OC_E_MODEL, model_with(t), "initializer 't' is int64, and its data is of another type");
    REFUSED(OC_E_MODEL, model_with(tensor_with_int32(3, 128)), "value 0 of tensor 't' does not fit int8");
    REFUSED(OC_E_MODEL, model_with(tensor_with_int32(2, -1)), "value 0 of tensor 't' does not fit uint8");
    REFUSED(OC_E_MODEL, model_with(tensor_with_int32(10, 65536)), "value 0 of tensor 't' does not fit float16");
    REFUSED(OC_E_MODEL, model_with(tensor_with_int32(6, 1ll << 40)), "value 0 of tensor 't' does not fit int32");
    t = tensor_head("t", 1, two, 1);
    put_message(&t, 3, (struct message){0});
    REFUSED(OC_E_UNSUPPORTED, model_with(t), "initializer 't' is stored in segments");
}

Test(onnx, element_types_that_the_engine_does_not_hold_are_named)
{
    static const char *const names[] = {"string",     "complex64",      "complex128", "float8e4m3fn", "float8e4m3fnuz",
                                        "float8e5m2", "float8e5m2fnuz", "uint4",      "int4",         "float4e2m1"};
    static const int types[] = {8, 14, 15, 17, 18, 19, 20, 21, 22, 23};
    for (size_t i = 0; i < OC_ARRAY_LEN(types); i++) {
        char text[128];
        snprintf(text, sizeof text, "initializer 't' has element type %s, which is not supported", names[i]);
        REFUSED(OC_E_UNSUPPORTED, model_with(tensor_of_shape(types[i], NULL, 0)), text);
    }
    REFUSED(OC_E_MODEL, model_with(tensor_of_shape(0, NULL, 0)), "initializer 't' has the unknown element type 0");
    REFUSED(OC_E_MODEL, model_with(tensor_of_shape(99, NULL, 0)), "initializer 't' has the unknown element type 99");
}

Test(onnx, external_data_needs_a_file)
{
    static const int64_t two[] = {2};
    struct message t = tensor_head("t", 1, two, 1), entry = {0};
    put_text(&entry, 1, "location");
    put_text(&entry, 2, "weights.bin");
    put_message(&t, 13, entry);
    put_int(&t, 14, 1);
    REFUSED(OC_E_MODEL, model_with(t), "initializer 't': external data is not allowed here");
}

/* --- the model --- */

Test(onnx, what_is_no_model_is_refused)
{
    struct message m = {0};
    REFUSED(OC_E_MODEL, m, "there is no graph in it");
    put_int(&m, 1, 8);
    REFUSED(OC_E_MODEL, m, "there is no graph in it");
    m = (struct message){0};
    put_raw(&m, "\x89PNG\r\n\x1a\n", 8);
    REFUSED(OC_E_MODEL, m, "malformed at byte 0");
}

Test(onnx, ir_versions_and_operator_sets)
{
    struct message m = {0};
    put_int(&m, 1, 2);
    put_message(&m, 7, graph_small());
    REFUSED(OC_E_MODEL, m, "the file has ONNX IR version 2; the oldest that can be read is 3");
    m = (struct message){0};
    put_int(&m, 1, 8);
    put_message(&m, 7, graph_small());
    REFUSED(OC_E_MODEL, m, "node 0 'first' uses the operator set 'ai.onnx', which the file does not import");
    m = model_of(graph_small());
    put_message(&m, 8, opset("x", 0));
    REFUSED(OC_E_MODEL, m, "operator set 'x' has version 0");
    m = model_of(graph_small());
    put_message(&m, 7, graph_small());
    REFUSED(OC_E_MODEL, m, "the model has two graphs");
    m = model_of(graph_small());
    put_text(&m, 25, "f");
    REFUSED(OC_E_UNSUPPORTED, m, "the model defines functions of its own");
}

Test(onnx, the_domain_ai_onnx_is_the_default_one)
{
    struct message m = {0};
    put_int(&m, 1, 3);
    put_message(&m, 8, opset("ai.onnx", 7));
    put_message(&m, 7, graph_small());
    struct eng_onnx *r = read_good(m);
    cr_assert_eq(r->graph->nodes[0].opset, 7);
    cr_assert_str_eq(r->opsets[0].domain, "");
    eng_onnx_free(r);
}

/* x -> NODES -> y, all float vectors of 2. */
static struct message model_of_nodes(const struct message *nodes, size_t n)
{
    static const int64_t two[] = {2};
    struct message g = {0};
    for (size_t i = 0; i < n; i++)
        put_message(&g, 1, nodes[i]);
    put_message(&g, 11, value_info("x", 1, two, 1));
    put_message(&g, 12, value_info("y", 1, two, 1));
    return model_of(g);
}

#define MODEL(...) \
    model_of_nodes((const struct message[]){__VA_ARGS__}, sizeof((const struct message[]){__VA_ARGS__}) / sizeof(struct message))

Test(onnx, all_missing_operators_come_in_one_message)
{
    struct message custom = node_head("Odd", "c", "b", "y");
    put_text(&custom, 7, "org.example");
    struct message m = MODEL(node_head("NoSuchA", "a", "x", "t"), node_head("NoSuchB", "b", "t", "u"),
                             node_head("NoSuchA", "again", "u", "b"), custom);
    put_message(&m, 8, opset("org.example", 2));
    const char *why = refusal(OC_E_UNSUPPORTED, m, NULL);
    cr_assert_str_eq(why, "3 operators of the model are not supported: NoSuchA (opset 13, first at node 'a'), "
                          "NoSuchB (opset 13, first at node 'b'), org.example::Odd (opset 2, first at node 'c')");
    struct eng_onnx *r = read_good(MODEL(node_head("NoSuchA", "a", "x", "y")));
    cr_assert_str_eq(r->unsupported, "NoSuchA (opset 13, first at node 'a')");
    cr_assert_null(r->graph->nodes[0].op);
    eng_onnx_free(r);
}

Test(onnx, nodes_are_sorted_and_what_no_output_needs_is_left_out)
{
    struct eng_onnx *r = read_good(MODEL(node_head("C", "c", "b", "y"), node_head("Unused", "u", "x", "z"), node_head("B", "b", "a", "b"),
                                         node_head("A", "a", "x", "a")));
    const struct eng_graph *g = r->graph;
    cr_assert_eq(g->n_nodes, 3);
    cr_assert(!strcmp(g->nodes[0].op_type, "A") && !strcmp(g->nodes[1].op_type, "B") && !strcmp(g->nodes[2].op_type, "C"));
    cr_assert_eq(g->values[g->outputs[0]].producer, 2);
    cr_assert_eq(r->n_ops, 4);
    eng_onnx_free(r);
}

Test(onnx, broken_graphs_are_refused)
{
    REFUSED(OC_E_MODEL, MODEL(node_head("A", "a", "b", "a"), node_head("B", "b", "a", "b"), node_head("Y", "y", "x", "y")),
            "is part of a cycle");
    REFUSED(OC_E_MODEL, MODEL(node_head("A", "a", "y", "y")), "A 'a' is part of a cycle (through value 'y')");
    REFUSED(OC_E_MODEL, MODEL(node_head("A", "a", "nowhere", "y")), "value 'nowhere', used by a, is made by no node");
    REFUSED(OC_E_MODEL, MODEL(node_head("A", "a", "x", "z")), "the graph's output 'y' is made by no node");
    REFUSED(OC_E_MODEL, MODEL(node_head("A", "a", "x", "y"), node_head("B", "b", "x", "y")),
            "B 'b': its output 'y' is already made by another node");
    REFUSED(OC_E_MODEL, MODEL(node_head("A", "a", "x", "y,y")), "A 'a': its output 'y' is already made by another node");
    REFUSED(OC_E_MODEL, MODEL(node_head("A", "a", "x", "x")), "its output 'x' is already made as an input of the graph");
    REFUSED(OC_E_MODEL, MODEL(node_head("", "a", "x", "y")), "node 0 'a' has no operator");
}

Test(onnx, names_are_used_once)
{
    static const int64_t two[] = {2};
    struct message g = graph_small();
    put_message(&g, 5, tensor_raw("w", 1, 1, "1234", 4));
    REFUSED(OC_E_MODEL, model_of(g), "two initializers are called 'w'");
    g = graph_small();
    put_message(&g, 11, value_info("x", 1, two, 1));
    REFUSED(OC_E_MODEL, model_of(g), "two inputs of the graph are called 'x'");
    g = graph_small();
    put_message(&g, 12, value_info("y", 1, two, 1));
    REFUSED(OC_E_MODEL, model_of(g), "the graph's output 'y' is listed twice");
    g = graph_small();
    put_message(&g, 5, tensor_raw("", 1, 1, "1234", 4));
    REFUSED(OC_E_MODEL, model_of(g), "an initializer has no name");
    g = graph_small();
    put_message(&g, 15, (struct message){0});
    REFUSED(OC_E_UNSUPPORTED, model_of(g), "sparse initializers");
    g = (struct message){0};
    put_message(&g, 11, value_info("x", 1, two, 1));
    REFUSED(OC_E_MODEL, model_of(g), "the graph has no outputs");
}

Test(onnx, an_input_that_is_an_initializer_is_a_constant)
{
    static const int64_t two[] = {2};
    struct message g = graph_small();
    put_message(&g, 11, value_info("w", 1, two, 1));
    struct eng_onnx *r = read_good(model_of(g));
    cr_assert(r->n_inputs == 1 && !strcmp(r->inputs[0].name, "x"));
    eng_onnx_free(r);
}

/* --- inputs and outputs --- */

static struct message model_with_input(struct message type)
{
    static const int64_t two[] = {2};
    struct message g = {0}, info = {0};
    put_message(&g, 1, node_head("A", "a", "in", "y"));
    put_text(&info, 1, "in");
    if (type.n)
        put_message(&info, 2, type);
    put_message(&g, 11, info);
    put_message(&g, 12, value_info("y", 1, two, 1));
    return model_of(g);
}

static struct message type_of(uint32_t kind, int elem, bool with_shape)
{
    struct message type = {0}, inner = {0};
    put_int(&inner, 1, elem);
    if (with_shape)
        put_message(&inner, 2, (struct message){0});
    put_message(&type, kind, inner);
    return type;
}

Test(onnx, only_tensors_go_in)
{
    REFUSED(OC_E_UNSUPPORTED, model_with_input(type_of(4, 1, false)), "the graph's input 'in' is a sequence; only tensors are supported");
    REFUSED(OC_E_UNSUPPORTED, model_with_input(type_of(9, 1, false)), "the graph's input 'in' is an optional value");
    REFUSED(OC_E_UNSUPPORTED, model_with_input(type_of(5, 1, false)), "the graph's input 'in' is a map");
    REFUSED(OC_E_UNSUPPORTED, model_with_input(type_of(8, 1, false)), "the graph's input 'in' is a sparse tensor");
    REFUSED(OC_E_UNSUPPORTED, model_with_input(type_of(1, 8, true)), "the graph's input 'in' has element type string");
    REFUSED(OC_E_MODEL, model_with_input(type_of(1, 77, true)), "the graph's input 'in' has the unknown element type 77");
    REFUSED(OC_E_MODEL, model_with_input((struct message){0}), "the graph's input 'in' has no element type");
}

Test(onnx, a_missing_shape_is_not_a_scalar)
{
    struct eng_onnx *r = read_good(model_with_input(type_of(1, 1, false)));
    cr_assert(!r->inputs[0].shape_known);
    eng_onnx_free(r);
    r = read_good(model_with_input(type_of(1, 1, true)));
    cr_assert(r->inputs[0].shape_known && r->inputs[0].shape.rank == 0);
    eng_onnx_free(r);
}

static struct message model_with_input_shape(const int64_t *dims, size_t rank)
{
    struct message type = {0}, tensor = {0}, shape = {0};
    for (size_t i = 0; i < rank; i++) {
        struct message dim = {0};
        put_int(&dim, 1, dims[i]);
        put_message(&shape, 1, dim);
    }
    put_int(&tensor, 1, 1);
    put_message(&tensor, 2, shape);
    put_message(&type, 1, tensor);
    return model_with_input(type);
}

Test(onnx, impossible_input_shapes_are_refused)
{
    static const int64_t nine[] = {1, 1, 1, 1, 1, 1, 1, 1, 1}, huge[] = {1 << 20, 1 << 20}, negative[] = {-2}, open_[] = {-1};
    REFUSED(OC_E_MODEL, model_with_input_shape(nine, 9), "a shape has more than 8 dimensions");
    REFUSED(OC_E_MODEL, model_with_input_shape(huge, 2),
            "the graph's input 'in' has shape 1048576x1048576 of float32, more than the limit");
    REFUSED(OC_E_MODEL, model_with_input_shape(negative, 1), "dimension 0 of a shape is -2");
    struct eng_onnx *r = read_good(model_with_input_shape(open_, 1));
    cr_assert(r->inputs[0].shape.dim[0] == -1 && !r->inputs[0].dim_name[0]);
    eng_onnx_free(r);
}

/* --- attributes and limits --- */

static struct message node_with(struct message attr)
{
    struct message n = node_head("A", "a", "x", "y");
    put_message(&n, 5, attr);
    return n;
}

Test(onnx, broken_attributes_are_refused)
{
    struct message n = node_with(attr_int("k", 1)), a = {0}, t = {0};
    put_message(&n, 5, attr_int("k", 2));
    REFUSED(OC_E_MODEL, MODEL(n), "A 'a': attribute 'k' is given twice");
    put_int(&a, 3, 1);
    put_int(&a, 20, 2);
    REFUSED(OC_E_MODEL, MODEL(node_with(a)), "an attribute has no name");
    a = attr_int("k", 1);
    put_text(&a, 21, "p");
    REFUSED(OC_E_MODEL, MODEL(node_with(a)), "attribute 'k' refers to a function's parameter");
    a = (struct message){0};
    put_text(&a, 1, "k");
    put_int(&a, 20, 4);
    REFUSED(OC_E_MODEL, MODEL(node_with(a)), "attribute 'k' has no tensor");
    a = (struct message){0};
    put_text(&a, 1, "k");
    put_message(&a, 5, tensor_raw("v", 1, 2, "1234", 4));
    put_int(&a, 20, 4);
    REFUSED(OC_E_MODEL, MODEL(node_with(a)),
            "A 'a': attribute 'k': tensor 'v' has the wrong number of bytes for its shape: 4 instead of 8");
    a = (struct message){0};
    put_text(&a, 1, "k");
    put_message(&a, 5, t);
    put_message(&a, 5, t);
    REFUSED(OC_E_MODEL, MODEL(node_with(a)), "an attribute has two tensors");
}

Test(onnx, an_attribute_without_a_type_is_what_it_holds)
{
    struct message a = {0};
    put_text(&a, 1, "k");
    put_int(&a, 3, 42);
    struct eng_onnx *r = read_good(MODEL(node_with(a)));
    cr_assert_eq(eng_node_int(&r->graph->nodes[0], "k", 0), 42);
    eng_onnx_free(r);
}

Test(onnx, graphs_in_attributes_are_walked_to_a_depth)
{
    for (int levels = 1; levels <= 6; levels++) {
        struct message g = {0};
        for (int i = 0; i < levels; i++) {
            struct message a = {0}, n = node_head("If", "if", "c", "d"), outer = {0};
            put_text(&a, 1, "then_branch");
            put_message(&a, 6, g);
            put_int(&a, 20, 5);
            put_message(&n, 5, a);
            put_message(&outer, 1, n);
            g = outer;
        }
        struct message a = {0};
        put_text(&a, 1, "body");
        put_message(&a, 6, g);
        put_int(&a, 20, 5);
        if (levels < LIM_GRAPH_DEPTH - 1)
            eng_onnx_free(read_good(MODEL(node_with(a))));
        else
            REFUSED(OC_E_MODEL, MODEL(node_with(a)), "nested deeper than");
    }
}

Test(onnx, limits_of_a_node)
{
    struct message n = {0};
    for (int i = 0; i <= LIM_NODE_INPUTS; i++)
        put_text(&n, 1, "x");
    put_text(&n, 4, "A");
    REFUSED(OC_E_MODEL, MODEL(n), "a node has more than 512 inputs");
    n = node_head("A", "a", "x", "y");
    for (int i = 0; i <= LIM_NODE_ATTRIBUTES; i++) {
        char name[16];
        snprintf(name, sizeof name, "k%d", i);
        put_message(&n, 5, attr_int(name, i));
    }
    REFUSED(OC_E_MODEL, MODEL(n), "a node has more than 64 attributes");
}

Test(onnx, limits_of_a_graph)
{
    struct message g = graph_small();
    for (int i = 0; i < LIM_MODEL_NODES; i++)
        put_message(&g, 1, (struct message){0});
    REFUSED(OC_E_MODEL, model_of(g), "the graph has more than 20000 nodes");
    g = graph_small();
    for (int i = 0; i < LIM_MODEL_INITIALIZERS; i++)
        put_message(&g, 5, (struct message){0});
    REFUSED(OC_E_MODEL, model_of(g), "the graph has more than 50000 initializers");
    g = graph_small();
    for (int i = 0; i < LIM_MODEL_IO; i++)
        put_message(&g, 12, (struct message){0});
    REFUSED(OC_E_MODEL, model_of(g), "the graph has more than 1024 outputs");
}

Test(onnx, every_truncation_and_every_changed_byte_is_survived)
{
    for (int which = 0; which < 2; which++) {
        struct message m = which ? model_rich() : model_small();
        size_t blocks = oc_mem_blocks();
        for (size_t n = 0; n < m.n; n++) {
            uint8_t *cut = malloc(n ? n : 1); /* exact, so that a sanitizer sees the first byte past the end */
            memcpy(cut, m.p, n);
            struct eng_onnx *out;
            if (eng_onnx_read_memory(cut, n, &any_op, &out, NULL) == OC_OK)
                eng_onnx_free(out);
            free(cut);
        }
        for (size_t i = 0; i < m.n; i++)
            for (int bit = 0; bit < 9; bit++) {
                uint8_t old = m.p[i];
                m.p[i] = bit == 8 ? (uint8_t)~old : (uint8_t)(old ^ 1 << bit);
                struct eng_onnx *out;
                if (eng_onnx_read_memory(m.p, m.n, &any_op, &out, NULL) == OC_OK)
                    eng_onnx_free(out);
                m.p[i] = old;
            }
        cr_assert_eq(oc_mem_blocks(), blocks);
        free(m.p);
    }
}

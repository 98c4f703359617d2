#include <criterion/criterion.h>
#include "base/mem.h"
#include "engine/ops/op.h"

static struct eng_graph *g;
static size_t blocks_before;

static void setup(void)
{
    blocks_before = oc_mem_blocks();
    cr_assert_eq(eng_graph_new(&g, NULL), OC_OK);
}

static void teardown(void)
{
    eng_graph_free(g);
    cr_assert_eq(oc_mem_blocks(), blocks_before);
}

static int value(const char *name)
{
    int id;
    cr_assert_eq(eng_graph_add_value(g, name, &id, NULL), OC_OK);
    return id;
}

/* A node type(a, b) -> out; b and out may be -1. */
static int node(const char *type, int a, int b, int out)
{
    int i;
    cr_assert_eq(eng_graph_add_node(g, type, 13, b < 0 ? 1 : 2, 1, &i, NULL), OC_OK);
    g->nodes[i].in[0] = a;
    if (b >= 0)
        g->nodes[i].in[1] = b;
    g->nodes[i].out[0] = out;
    return i;
}

static void input_and_output(int in, int out)
{
    g->inputs = oc_mem_array(OC_MEM_MODEL, 1, sizeof *g->inputs);
    g->outputs = oc_mem_array(OC_MEM_MODEL, 1, sizeof *g->outputs);
    g->inputs[0] = in;
    g->outputs[0] = out;
    g->n_inputs = g->n_outputs = 1;
    g->values[in].is_input = g->values[out].is_output = true;
}

static struct eng_const *constant(float v)
{
    struct eng_const *c;
    struct eng_shape one = {1, {1}};
    cr_assert_eq(eng_const_new(ENG_DT_F32, &one, &c, NULL), OC_OK);
    *(float *)c->t.data = v;
    return c;
}

Test(graph, grows_and_names_values, .init = setup, .fini = teardown)
{
    for (int i = 0; i < 1000; i++)
        cr_assert_eq(value(NULL), i);
    cr_assert_str_eq(g->values[999].name, "_999");
    cr_assert_str_eq(g->values[value("mine")].name, "mine");
    int n = node("NoSuchThing", 0, 1, 2);
    cr_assert(g->nodes[n].op == NULL && g->nodes[n].fused.bias == -1 && g->nodes[n].fused.residual == -1 && !*g->nodes[n].name);
    cr_assert_eq(g->values[5].producer, -1);
}

Test(graph, attributes_are_set_and_replaced, .init = setup, .fini = teardown)
{
    size_t count;
    const int64_t pads[] = {1, 2, 3};
    node("A", value("x"), -1, value("y"));
    struct eng_node *n = &g->nodes[0];
    cr_assert_eq(eng_node_set_int(g, n, "k", 4, NULL), OC_OK);
    cr_assert_eq(eng_node_set_ints(g, n, "pads", pads, 3, NULL), OC_OK);
    cr_assert_eq(eng_node_set_float(g, n, "k", 0.5f, NULL), OC_OK);
    cr_assert_eq(n->n_attrs, 2);
    cr_assert_eq(eng_node_float(n, "k", 0), 0.5f);
    cr_assert_eq(eng_node_int(n, "k", -1), -1);
    const int64_t *got = eng_node_ints(n, "pads", &count);
    cr_assert(count == 3 && got[2] == 3 && got != pads);
    cr_assert(eng_node_ints(n, "k", &count) == NULL && count == 0);
    cr_assert_eq(eng_node_set_ints(g, n, "pads", NULL, 0, NULL), OC_OK);
    eng_node_ints(n, "pads", &count);
    cr_assert_eq(count, 0);
}

Test(graph, uses_are_counted_and_replaced, .init = setup, .fini = teardown)
{
    int x = value("x"), a = value("a"), b = value("b"), y = value("y");
    input_and_output(x, y);
    node("A", x, -1, a);
    int mul = node("Mul", a, a, b);
    int last = node("Y", b, -1, y);
    cr_assert(eng_graph_uses(g, a) == 2 && eng_graph_sole_user(g, a) == -1);
    cr_assert(eng_graph_uses(g, b) == 1 && eng_graph_sole_user(g, b) == last);
    cr_assert(eng_graph_uses(g, y) == 1 && eng_graph_sole_user(g, y) == -1);
    g->nodes[last].fused.residual = a;
    cr_assert_eq(eng_graph_uses(g, a), 3);
    eng_graph_replace_uses(g, a, x);
    cr_assert(g->nodes[mul].in[0] == x && g->nodes[mul].in[1] == x && g->nodes[last].fused.residual == x);
    cr_assert_eq(eng_graph_uses(g, a), 0);
    eng_graph_replace_uses(g, y, b);
    cr_assert(g->outputs[0] == b && g->values[b].is_output && !g->values[y].is_output);
    g->nodes[mul].dead = true;
    cr_assert_eq(eng_graph_uses(g, x), 2);
}

Test(graph, sweep_sorts_keeps_order_and_drops_the_dead, .init = setup, .fini = teardown)
{
    struct oc_err err;
    int x = value("x"), a = value("a"), b = value("b"), c = value("c"), y = value("y"), unused = value("unused"), used, idle;
    struct eng_const *kept = eng_const_ref(constant(1)), *dropped = eng_const_ref(constant(2));
    cr_assert_eq(eng_graph_add_const_take(g, "kept", kept, &used, NULL), OC_OK);
    cr_assert_eq(eng_graph_add_const_take(g, "dropped", dropped, &idle, NULL), OC_OK);
    input_and_output(x, y);
    int last = node("Last", c, b, y);
    node("A", x, -1, a);
    node("Unused", x, idle, unused);
    node("B", a, -1, b);
    node("C", a, used, c);
    node("Dead", x, -1, value("dead"));
    g->nodes[5].dead = true;
    g->nodes[last].fused.bias = used;
    cr_assert_eq(eng_graph_sweep(g, &err), OC_OK);
    cr_assert_eq(g->n_nodes, 4);
    const char *const order[] = {"A", "C", "B", "Last"};
    for (int i = 0; i < 4; i++)
        cr_assert_str_eq(g->nodes[i].op_type, order[i]);
    cr_assert(g->values[a].producer == 0 && g->values[y].producer == 3 && g->values[unused].producer == -1);
    cr_assert(g->values[used].constant == kept && g->values[idle].constant == NULL);
    cr_assert_eq(eng_graph_sweep(g, &err), OC_OK);
    for (int i = 0; i < 4; i++)
        cr_assert_str_eq(g->nodes[i].op_type, order[i]);
    eng_const_unref(kept);
    cr_assert_eq(atomic_load(&dropped->refs), 1);
    eng_const_unref(dropped);
}

Test(graph, sweep_names_what_is_wrong, .init = setup, .fini = teardown)
{
    struct oc_err err;
    int x = value("x"), a = value("a"), b = value("b"), y = value("y"), nobody = value("nobody");
    input_and_output(x, y);
    node("Y", x, -1, y);
    int first = node("A", b, -1, a), second = node("B", a, -1, b);
    cr_assert_eq(eng_graph_sweep(g, &err), OC_E_MODEL);
    cr_assert_not_null(strstr(err.msg, "part of a cycle"));
    g->nodes[first].in[0] = nobody;
    cr_assert_eq(eng_graph_sweep(g, &err), OC_E_MODEL);
    cr_assert_str_eq(err.msg, "value 'nobody', used by A, is made by no node");
    g->nodes[first].in[0] = x;
    g->nodes[second].out[0] = a;
    cr_assert_eq(eng_graph_sweep(g, &err), OC_E_MODEL);
    cr_assert_not_null(strstr(err.msg, "value 'a' is made twice"));
}

Test(graph, a_long_chain_needs_no_stack, .init = setup, .fini = teardown)
{
    enum { N = 20000 };
    int x = value("x"), y = value("y"), behind = y;
    input_and_output(x, y);
    for (int i = 0; i < N; i++) { /* last first, so that the sort goes to the bottom at once */
        int before = i == N - 1 ? x : value(NULL);
        node("A", before, -1, behind);
        behind = before;
    }
    cr_assert_eq(eng_graph_sweep(g, NULL), OC_OK);
    cr_assert(g->n_nodes == N && g->nodes[0].in[0] == x && g->values[y].producer == N - 1);
}

Test(graph, a_clone_is_its_own_but_for_constants, .init = setup, .fini = teardown)
{
    const int64_t pads[] = {1, 2};
    struct eng_graph *copy;
    struct oc_err err;
    int x = value("x"), y = value("y"), w;
    struct eng_const *c = constant(3);
    cr_assert_eq(eng_graph_add_const_take(g, "w", c, &w, NULL), OC_OK);
    input_and_output(x, y);
    node("A", x, w, y);
    cr_assert_eq(eng_node_set_ints(g, &g->nodes[0], "pads", pads, 2, NULL), OC_OK);
    cr_assert_eq(eng_graph_clone(g, &copy, &err), OC_OK);
    cr_assert_eq(atomic_load(&c->refs), 2);
    cr_assert(copy->values[w].constant == c && copy->values[w].known);
    cr_assert(copy->nodes[0].in != g->nodes[0].in && copy->nodes[0].in[1] == w && copy->values[x].name != g->values[x].name);
    eng_graph_replace_uses(copy, w, x);
    cr_assert_eq(g->nodes[0].in[1], w);
    size_t count;
    cr_assert(eng_node_ints(&copy->nodes[0], "pads", &count)[1] == 2 && count == 2);
    cr_assert_eq(eng_graph_sweep(copy, &err), OC_OK);
    cr_assert_eq(atomic_load(&c->refs), 1);
    int extra;
    cr_assert_eq(eng_graph_add_value(copy, NULL, &extra, NULL), OC_OK);
    eng_graph_free(copy);
}

/* --- what operators share --- */

static struct eng_node relu = {.op_type = "Relu", .name = "r"};

static struct eng_shape shape(int rank, const int64_t *dims)
{
    struct eng_shape s = {.rank = rank};
    for (int i = 0; i < rank; i++)
        s.dim[i] = dims[i];
    return s;
}

#define SHAPE(...) shape((int)(sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t)), (int64_t[]){__VA_ARGS__})

Test(op_support, axes)
{
    struct oc_err err;
    int axis;
    cr_assert(eng_axis(&err, &relu, -1, 3, &axis) == OC_OK && axis == 2);
    cr_assert(eng_axis(&err, &relu, 0, 3, &axis) == OC_OK && axis == 0);
    cr_assert_eq(eng_axis(&err, &relu, 3, 3, &axis), OC_E_MODEL);
    cr_assert_str_eq(err.msg, "Relu 'r': axis 3 is not in -3..2");
    cr_assert_eq(eng_axis(&err, &relu, INT64_MIN, 3, &axis), OC_E_MODEL);
    cr_assert_eq(eng_axis(NULL, &relu, 0, 0, &axis), OC_E_MODEL);
}

Test(op_support, broadcasting)
{
    struct oc_err err;
    struct eng_shape a = SHAPE(4, 1, 3), b = SHAPE(2, 1), empty = SHAPE(0), one = SHAPE(1), want = SHAPE(4, 2, 3), out;
    int64_t stride[LIM_TENSOR_RANK];
    cr_assert(eng_broadcast(&err, &relu, &a, &b, &out) == OC_OK && eng_shape_equal(&out, &want));
    eng_broadcast_strides(&a, &out, stride);
    cr_assert(stride[0] == 3 && stride[1] == 0 && stride[2] == 1);
    eng_broadcast_strides(&b, &out, stride);
    cr_assert(stride[0] == 0 && stride[1] == 1 && stride[2] == 0);
    cr_assert(eng_broadcast(&err, &relu, &empty, &one, &out) == OC_OK && eng_shape_equal(&out, &empty));
    b = SHAPE(2);
    cr_assert_eq(eng_broadcast(&err, &relu, &a, &b, &out), OC_E_MODEL);
    cr_assert_str_eq(err.msg, "Relu 'r': shapes 4x1x3 and 2 do not broadcast");
}

Test(op_support, shapes_have_limits)
{
    struct oc_err err;
    struct eng_shape s = SHAPE(1 << 15, 1 << 14);
    cr_assert_eq(eng_shape_check(&err, "y", ENG_DT_F32, &s), OC_OK);
    cr_assert_eq(eng_shape_check(&err, "y", ENG_DT_F64, &s), OC_E_MODEL);
    cr_assert_str_eq(err.msg, "y has shape 32768x16384 of float64, more than the limit of 2147483648 bytes");
    s = SHAPE(INT64_MAX, INT64_MAX);
    cr_assert_eq(eng_shape_check(&err, "y", ENG_DT_U8, &s), OC_E_MODEL);
    s = SHAPE(2, -1);
    cr_assert_eq(eng_shape_check(&err, "y", ENG_DT_U8, &s), OC_E_MODEL);
    s = SHAPE(2);
    cr_assert_eq(eng_shape_check(&err, "y", ENG_DT_UNDEFINED, &s), OC_E_MODEL);
    s.rank = LIM_TENSOR_RANK + 1;
    cr_assert_eq(eng_shape_check(&err, "y", ENG_DT_U8, &s), OC_E_MODEL);
}

Test(op_support, integer_lists)
{
    struct oc_err err;
    struct eng_const *c;
    struct eng_shape three = SHAPE(3);
    int64_t out[4];
    size_t n;
    cr_assert_eq(eng_const_new(ENG_DT_I32, &three, &c, &err), OC_OK);
    memcpy(c->t.data, (const int32_t[]){5, -6, 7}, 12);
    struct eng_value v = {.name = "v", .constant = c};
    cr_assert(eng_const_ints(&err, &relu, &v, out, 4, &n) == OC_OK && n == 3 && out[1] == -6);
    cr_assert_eq(eng_const_ints(&err, &relu, &v, out, 2, &n), OC_E_MODEL);
    c->t.dtype = ENG_DT_F32;
    cr_assert_eq(eng_const_ints(&err, &relu, &v, out, 4, &n), OC_E_MODEL);
    cr_assert_str_eq(err.msg, "Relu 'r': input 'v' is float32, not a list of integers");
    v.constant = NULL;
    cr_assert_eq(eng_const_ints(&err, &relu, &v, out, 4, &n), OC_E_MODEL);
    cr_assert_eq(eng_const_ints(&err, &relu, NULL, out, 4, &n), OC_E_MODEL);
    eng_const_unref(c);
}

Test(op_support, common_infer_functions)
{
    struct oc_err err;
    struct eng_value a = {.dtype = ENG_DT_I32, .shape = SHAPE(2, 1)}, b = {.dtype = ENG_DT_I32, .shape = SHAPE(3)};
    const struct eng_value *in[] = {&a, &b};
    static struct eng_infer c;
    struct eng_shape want = SHAPE(2, 3);
    c = (struct eng_infer){.node = &relu, .n_in = 2, .n_out = 1, .in = in, .err = &err};
    cr_assert(eng_infer_same(&c) == OC_OK && c.out[0].dtype == ENG_DT_I32 && eng_shape_equal(&c.out[0].shape, &a.shape));
    cr_assert(eng_infer_broadcast(&c) == OC_OK && c.out[0].dtype == ENG_DT_I32 && eng_shape_equal(&c.out[0].shape, &want));
    cr_assert(eng_infer_compare(&c) == OC_OK && c.out[0].dtype == ENG_DT_BOOL && eng_shape_equal(&c.out[0].shape, &want));
    b.dtype = ENG_DT_F32;
    cr_assert_eq(eng_infer_broadcast(&c), OC_E_MODEL);
    cr_assert_str_eq(err.msg, "Relu 'r': inputs are int32 and float32, not of one type");
    in[1] = NULL;
    cr_assert_eq(eng_infer_broadcast(&c), OC_E_MODEL);
}

Test(registry, finds_each_of_its_rows_and_nothing_else)
{
    const struct eng_op_def *row;
    int n = 0;
    for (; (row = eng_op_at(n)); n++) {
        cr_assert(row->name && row->domain && row->since >= 1, "row %d", n);
        cr_assert(row->until == 0 || row->until >= row->since, "%s", row->name);
        cr_assert_eq(eng_op_find(row->domain, row->name, row->since), row, "%s %d is hidden by another row", row->name, row->since);
        cr_assert(!row->until || eng_op_find(row->domain, row->name, row->until) == row, "%s %d is hidden", row->name, row->until);
        cr_assert(row->infer != NULL && (row->prepare != NULL || (row->flags & ENG_OP_VIEW)), "%s", row->name);
        cr_assert(row->min_in >= 0 && (row->max_in < 0 || row->max_in >= row->min_in), "%s", row->name);
        cr_assert(row->min_out >= 0 && row->max_out <= ENG_NODE_MAX_OUT, "%s", row->name);
    }
    cr_assert_null(eng_op_at(n + 1));
    cr_assert_null(eng_op_find("", "NoSuchOperator", 13));
    cr_assert_null(eng_op_find("org.example", "Relu", 13));
    cr_assert_null(eng_op_find("", "Relu", 0));
}

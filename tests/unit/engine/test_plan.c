/*
 * Memory: buffers that are alive together never overlap, checked on random buffers and, by an independent simulation of
 * who owns which bytes, on plans of random graphs.
 */
#include <criterion/criterion.h>
#include "engine/plan/memory.h"
#include "tests/graph_maker.h"

static uint32_t state = 12345;

static uint32_t roll(uint32_t n)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % n;
}

static bool alive_together(const struct eng_buffer *a, const struct eng_buffer *b)
{
    return a->first <= b->last && b->first <= a->last && a->bytes && b->bytes;
}

Test(plan, random_buffers_never_overlap)
{
    for (int round = 0; round < 200; round++) {
        struct eng_buffer b[60];
        struct oc_err err;
        size_t total, most = 0;
        int n = 1 + (int)roll(60), steps = 1 + (int)roll(40);
        for (int i = 0; i < n; i++) {
            int first = (int)roll((uint32_t)steps);
            b[i] = (struct eng_buffer){.bytes = roll(5) ? roll(5000) : 0, .first = first, .last = first + (int)roll(10)};
        }
        cr_assert_eq(eng_memory_place(b, n, &total, &err), OC_OK);
        for (int i = 0; i < n; i++) {
            cr_assert_eq(b[i].offset % ENG_MEMORY_ALIGN, 0);
            cr_assert(b[i].offset + b[i].bytes <= total);
            for (int k = 0; k < i; k++)
                cr_assert(!alive_together(&b[i], &b[k]) || b[i].offset + b[i].bytes <= b[k].offset ||
                              b[k].offset + b[k].bytes <= b[i].offset,
                          "round %d: buffers %d and %d overlap", round, i, k);
            most += b[i].bytes + ENG_MEMORY_ALIGN;
        }
        cr_assert(total <= most);
    }
}

Test(plan, a_chain_needs_room_for_two)
{
    struct eng_buffer b[10];
    size_t total;
    for (int i = 0; i < 10; i++)
        b[i] = (struct eng_buffer){.bytes = 640, .first = i, .last = i + 1};
    cr_assert_eq(eng_memory_place(b, 10, &total, NULL), OC_OK);
    cr_assert_eq(total, 2 * 640);
}

Test(plan, sizes_that_overflow_are_refused)
{
    struct eng_buffer b = {.bytes = SIZE_MAX - 10, .last = 1};
    size_t total;
    struct oc_err err;
    cr_assert_eq(eng_memory_place(&b, 1, &total, &err), OC_E_MODEL);
}

/* --- plans of random graphs --- */

#define UNITS 4096 /* of ENG_MEMORY_ALIGN bytes */

/* Layers of nodes on values of [4, 8], any of which may be used again later. */
static void random_graph(struct maker *k, int n_nodes)
{
    static const char *const unary[] = {"Relu", "Sigmoid", "Neg", "Softplus", "Exp"};
    int values[64], n = 0;
    mk_begin(k);
    values[n++] = mk_input(k, "a", ENG_DT_F32, MK_DIMS(4, 8));
    values[n++] = mk_input(k, "b", ENG_DT_F32, MK_DIMS(4, 8));
    for (int i = 0; i < n_nodes; i++) {
        int x = values[roll((uint32_t)n)], y = values[roll((uint32_t)n)];
        switch (roll(7)) {
        case 0:
            values[n++] = mk_node(k, "Add", 2, x, y);
            break;
        case 1:
            values[n++] = mk_node(k, "Mul", 2, x, y);
            break;
        case 2: /* a view, and back */
            x = mk_node(k, "Reshape", 2, x, mk_ints(k, 3, (int64_t[]){2, 2, 8}));
            x = roll(2) ? mk_node(k, "Relu", 1, x) : x;
            values[n++] = mk_node(k, "Reshape", 2, x, mk_ints(k, 2, (int64_t[]){4, 8}));
            break;
        case 3:
            values[n++] = mk_node(k, "MatMul", 2, x, mk_weights(k, MK_DIMS(8, 8), 0, 1));
            break;
        case 4: { /* the same bytes, read at other places than they are written */
            int row = mk_node(k, "Slice", 3, y, mk_ints(k, 1, (int64_t[]){1}), mk_ints(k, 1, (int64_t[]){2}));
            values[n++] = mk_node(k, "Sub", 2, x, row);
            break;
        }
        case 5:
            x = mk_node(k, "Transpose", 1, x);
            values[n++] = mk_node(k, "Transpose", 1, x);
            break;
        default:
            values[n++] = mk_node(k, unary[roll(5)], 1, x);
        }
    }
    for (int i = 0; i < 3; i++)
        mk_output(k, values[roll((uint32_t)n)]);
}

struct owners {
    int *of_unit; /* [UNITS] which content lies there */
    int *content; /* [values] what a value is; views share it */
    int next;
};

static const struct eng_arg *arg(const struct eng_plan *p, int i)
{
    return &p->args[i];
}

static void claim(struct owners *o, size_t offset, size_t bytes, int content)
{
    for (size_t u = offset / ENG_MEMORY_ALIGN; u < (offset + bytes + ENG_MEMORY_ALIGN - 1) / ENG_MEMORY_ALIGN; u++)
        o->of_unit[u] = content;
}

static void expect_intact(const struct owners *o, const struct eng_arg *a, int content, const char *who)
{
    size_t bytes = (size_t)eng_shape_count(&a->t.shape) * eng_dtype_size(a->t.dtype);
    for (size_t u = a->offset / ENG_MEMORY_ALIGN;
         a->where == ENG_AT_ARENA && u < (a->offset + bytes + ENG_MEMORY_ALIGN - 1) / ENG_MEMORY_ALIGN; u++)
        cr_assert_eq(o->of_unit[u], content, "%s reads bytes that something else has written", who);
}

static void simulate_step(struct owners *o, const struct eng_plan *p, const struct eng_step *s)
{
    const struct eng_node *n = s->node;
    for (int i = 0; i < n->n_in; i++)
        if (n->in[i] >= 0)
            expect_intact(o, arg(p, s->first + i), o->content[n->in[i]], n->op_type);
    if (s->residual >= 0)
        expect_intact(o, arg(p, s->residual), o->content[n->fused.residual], n->op_type);
    claim(o, s->scratch, s->kernel.scratch_bytes, -2);
    for (int i = 0; i < n->n_in; i++) /* scratch must not have hit an operand */
        if (n->in[i] >= 0)
            expect_intact(o, arg(p, s->first + i), o->content[n->in[i]], n->op_type);
    for (int i = 0; i < n->n_out; i++)
        if (n->out[i] >= 0) {
            const struct eng_arg *a = arg(p, s->first + n->n_in + i);
            o->content[n->out[i]] = o->next++;
            claim(o, a->offset, (size_t)eng_shape_count(&a->t.shape) * eng_dtype_size(a->t.dtype), o->content[n->out[i]]);
        }
}

static void simulate(const struct eng_plan *p)
{
    const struct eng_graph *g = p->graph;
    struct owners o = {calloc(UNITS, sizeof(int)), calloc((size_t)g->n_values, sizeof(int)), 1};
    int step = 0;
    cr_assert(p->arena_bytes <= UNITS * (size_t)ENG_MEMORY_ALIGN);
    for (int i = 0; i < g->n_nodes; i++) {
        const struct eng_node *n = &g->nodes[i];
        if (n->op->flags & ENG_OP_VIEW)
            o.content[n->out[0]] = o.content[n->in[0]];
        else
            simulate_step(&o, p, &p->steps[step++]);
    }
    cr_assert_eq(step, p->n_steps);
    for (int i = 0; i < p->n_outputs; i++)
        if (p->copy_from[i] < 0)
            expect_intact(&o, &p->outputs[i], o.content[g->outputs[i]], "the caller");
    free(o.of_unit);
    free(o.content);
}

static void check_numbers(struct eng_model *m, struct eng_model *plain)
{
    float a[32], b[32];
    struct eng_tensor in[2] = {{ENG_DT_F32, MK_DIMS(4, 8), a}, {ENG_DT_F32, MK_DIMS(4, 8), b}};
    struct eng_session *s, *t;
    struct oc_err err;
    for (int i = 0; i < 32; i++) {
        a[i] = (float)i / 32 - 0.5f;
        b[i] = 0.3f - (float)(i % 7) / 8;
    }
    cr_assert_eq(eng_session_new(m, &s, &err), OC_OK);
    cr_assert_eq(eng_session_new(plain, &t, &err), OC_OK);
    cr_assert_eq(eng_session_run(s, in, NULL, &err), OC_OK, "%s", err.msg);
    cr_assert_eq(eng_session_run(t, in, NULL, &err), OC_OK, "%s", err.msg);
    for (int i = 0; i < eng_model_n_outputs(m); i++)
        for (int k = 0; k < 32; k++) {
            float x = ((float *)eng_session_output(s, i)->data)[k], y = ((float *)eng_session_output(t, i)->data)[k];
            cr_assert(x == y || (x != x && y != y) ||
                          (x - y < 1e-3f + 1e-3f * (y < 0 ? -y : y) && y - x < 1e-3f + 1e-3f * (y < 0 ? -y : y)),
                      "output %d[%d] is %g, not %g", i, k, (double)x, (double)y);
        }
    eng_session_free(s);
    eng_session_free(t);
}

Test(plan, no_step_of_a_random_graph_destroys_what_is_read_later)
{
    for (int round = 0; round < 150; round++) {
        struct maker k;
        uint32_t seed = state;
        int nodes = 2 + (int)roll(40);
        random_graph(&k, nodes);
        struct eng_model *m = mk_model(&k, "reference", NULL);
        cr_assert_not_null(m, "%s", k.err.msg);
        simulate(m->plans[0]);
        state = seed; /* the same graph once more */
        nodes = 2 + (int)roll(40);
        random_graph(&k, nodes);
        struct eng_model *plain = mk_model(&k, "reference", "noop,residual,bias,activation,silu,affine");
        cr_assert_not_null(plain, "%s", k.err.msg);
        simulate(plain->plans[0]);
        check_numbers(m, plain);
        eng_model_unref(m);
        eng_model_unref(plain);
    }
}

static struct eng_model *chain(int n, struct maker *k)
{
    mk_begin(k);
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(16, 16));
    for (int i = 0; i < n; i++)
        x = mk_node(k, "MatMul", 2, mk_node(k, "Relu", 1, x), mk_weights(k, MK_DIMS(16, 16), 0, 0.1f));
    mk_output(k, x);
    return mk_model(k, "reference", NULL);
}

Test(plan, a_deeper_chain_needs_no_more_memory)
{
    struct maker k;
    struct eng_model *shallow = chain(3, &k), *deep = chain(60, &k);
    cr_assert(shallow && deep, "%s", k.err.msg);
    cr_assert_eq(shallow->plans[0]->arena_bytes, deep->plans[0]->arena_bytes);
    eng_model_unref(shallow);
    eng_model_unref(deep);
}

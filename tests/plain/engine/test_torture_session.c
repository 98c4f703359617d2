/*
 * The n-th allocation fails, for every n, over making a model, a session, and runs with two shapes: an out-of-memory
 * error or success, never a crash, never a block lost, and the session works again afterwards.
 */
#include <stdio.h>
#include "tests/graph_maker.h"

static float numbers[6 * 3 * 8 * 8];

/* A bit of everything that passes and plans do: folding, fusion, views, a computed shape. */
static struct eng_model *make(struct maker *k)
{
    mk_begin(k);
    int x = mk_input(k, "x", ENG_DT_F32, MK_DIMS(-1, 3, 8, 8));
    int y = mk_node(k, "Conv", 2, x, mk_weights(k, MK_DIMS(4, 3, 3, 3), 0, 1));
    int p[4] = {mk_weights(k, MK_DIMS(4), 1, 0.5f), mk_weights(k, MK_DIMS(4), 0, 1), mk_weights(k, MK_DIMS(4), 0, 1),
                mk_weights(k, MK_DIMS(4), 1, 0.5f)};
    y = mk_node(k, "BatchNormalization", 5, y, p[0], p[1], p[2], p[3]);
    y = mk_node(k, "Mul", 2, y, mk_node(k, "Sigmoid", 1, y));
    int batch = mk_node(k, "Gather", 2, mk_node(k, "Shape", 1, x), mk_ints(k, 1, (int64_t[]){0}));
    int shape = mk_node(k, "Concat", 2, batch, mk_ints(k, 1, (int64_t[]){-1}));
    mk_attr_int(k, "axis", 0);
    y = mk_node(k, "Reshape", 2, y, shape);
    y = mk_node(k, "Add", 2, mk_node(k, "MatMul", 2, y, mk_weights(k, MK_DIMS(144, 5), 0, 1)), mk_weights(k, MK_DIMS(5), 0, 1));
    mk_output(k, mk_node(k, "Relu", 1, mk_node(k, "Identity", 1, y)));
    return mk_model_with(k, &(struct eng_options){.backend = "reference", .threads = 2});
}

static enum oc_status run(struct eng_session *s, int64_t batch, struct oc_err *err)
{
    return eng_session_run(s, &(struct eng_tensor){ENG_DT_F32, MK_DIMS(batch, 3, 8, 8), numbers}, NULL, err);
}

static enum oc_status once(struct eng_session **s, struct eng_model **m)
{
    struct maker k;
    struct oc_err err;
    *s = NULL;
    *m = make(&k);
    if (!*m)
        return k.st;
    enum oc_status st = eng_session_new(*m, s, &err);
    if (!st)
        st = run(*s, 1, &err);
    return st ? st : run(*s, 4, &err);
}

int main(void)
{
    size_t blocks = oc_mem_blocks();
    uint64_t n = 1;
    for (;; n++) {
        struct eng_model *m;
        struct eng_session *s;
        struct oc_err err;
        oc_mem_fail_at(n);
        uint64_t before = oc_mem_calls();
        enum oc_status st = once(&s, &m);
        bool reached = oc_mem_calls() - before >= n;
        oc_mem_fail_at(0);
        if (st != OC_OK && st != OC_E_NOMEM) {
            printf("allocation %llu: status %s\n", (unsigned long long)n, oc_status_name(st));
            return 1;
        }
        if (s && (run(s, 4, &err) || run(s, 1, &err))) {
            printf("allocation %llu: the session does not recover: %s\n", (unsigned long long)n, err.msg);
            return 1;
        }
        eng_session_free(s);
        eng_model_unref(m);
        if (oc_mem_blocks() != blocks) {
            printf("allocation %llu: %zu blocks lost\n", (unsigned long long)n, oc_mem_blocks() - blocks);
            return 1;
        }
        if (!reached)
            break;
    }
    printf("%llu allocations, each failed once\n", (unsigned long long)n - 1);
    return n > 50 ? 0 : 1;
}

/*
 * Several threads, each with its own session of one model, run differing shapes at once: more shapes than the model keeps
 * plans for, so that plans are made, found, thrown out and freed under each other's feet. Meant for ThreadSanitizer.
 */
#include <stdio.h>
#include "base/thread.h"
#include "tests/graph_maker.h"

#define THREADS 4
#define RUNS 120
#define MOST_ROWS 11

static float numbers[MOST_ROWS * 8], expected[MOST_ROWS + 1];

struct worker {
    struct eng_model *m;
    unsigned seed;
    int wrong;
    pthread_t thread;
};

static struct eng_model *make(void)
{
    struct maker k;
    mk_begin(&k);
    int x = mk_input(&k, "x", ENG_DT_F32, MK_DIMS(-1, 8));
    int y = mk_node(&k, "Relu", 1, mk_node(&k, "MatMul", 2, x, mk_weights(&k, MK_DIMS(8, 8), 0, 1)));
    mk_output(&k, mk_node(&k, "ReduceSum", 1, mk_node(&k, "Add", 2, y, x)));
    return mk_model_with(&k, &(struct eng_options){.backend = "reference"});
}

static bool run(struct eng_session *s, int rows, float *sum)
{
    struct oc_err err;
    if (eng_session_run(s, &(struct eng_tensor){ENG_DT_F32, MK_DIMS(rows, 8), numbers}, NULL, &err)) {
        printf("%s\n", err.msg);
        return false;
    }
    *sum = *(const float *)eng_session_output(s, 0)->data;
    return true;
}

static void *work(void *p)
{
    struct worker *w = p;
    struct eng_session *s = NULL;
    for (int i = 0; i < RUNS; i++) {
        float sum;
        if (i % 40 == 0) { /* sessions come and go */
            eng_session_free(s);
            if (eng_session_new(w->m, &s, NULL)) {
                w->wrong++;
                return NULL;
            }
        }
        w->seed = w->seed * 1664525u + 1013904223u;
        int rows = 1 + (int)(w->seed >> 16) % MOST_ROWS;
        w->wrong += !run(s, rows, &sum) || sum != expected[rows];
    }
    eng_session_free(s);
    eng_model_unref(w->m);
    return NULL;
}

int main(void)
{
    struct worker w[THREADS];
    struct eng_session *s;
    struct eng_model *m = make();
    size_t wrong = 0;
    for (size_t i = 0; i < OC_ARRAY_LEN(numbers); i++)
        numbers[i] = (float)(i % 11) / 11 - 0.3f;
    if (!m || eng_session_new(m, &s, NULL))
        return 1;
    for (int rows = 1; rows <= MOST_ROWS; rows++)
        wrong += !run(s, rows, &expected[rows]);
    eng_session_free(s);
    for (int i = 0; i < THREADS; i++) {
        w[i] = (struct worker){.m = eng_model_ref(m), .seed = (unsigned)i * 77 + 1};
        if (oc_thread_start(&w[i].thread, "stress", work, &w[i], NULL))
            return 1;
    }
    eng_model_unref(m);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(w[i].thread, NULL);
        wrong += (size_t)w[i].wrong;
    }
    printf("%d runs of %d shapes in %d threads, %zu wrong, %zu blocks left\n", THREADS * RUNS, MOST_ROWS, THREADS, wrong, oc_mem_blocks());
    return wrong || oc_mem_blocks() ? 1 : 0;
}

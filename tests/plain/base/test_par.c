/* The parallel loop: every index exactly once, loops of any size back to back, several owners with a pool each. */
#include <pthread.h>
#include <stdatomic.h>
#include "base/mem.h"
#include "base/par.h"

#define N 5000

static void mark(void *arg, size_t i)
{
    atomic_int *seen = arg;
    atomic_fetch_add_explicit(&seen[i], 1, memory_order_relaxed);
}

static int check_loops(int n_threads)
{
    struct oc_par *par;
    struct oc_err err;
    if (oc_par_new(n_threads, &par, &err))
        return 1;
    static _Thread_local atomic_int seen[N];
    int bad = 0;
    for (size_t n = 0; n < 300 && !bad; n++) {
        size_t count = n % 7 == 0 ? N : n;
        for (size_t i = 0; i < count; i++)
            atomic_store(&seen[i], 0);
        oc_par_for(par, count, mark, seen);
        for (size_t i = 0; i < count; i++)
            bad |= atomic_load(&seen[i]) != 1;
    }
    oc_par_free(par);
    return bad;
}

static void *owner(void *arg)
{
    int *bad = arg;
    *bad = check_loops(3);
    return NULL;
}

int main(void)
{
    size_t blocks = oc_mem_blocks();
    int bad = check_loops(1) || check_loops(2) || check_loops(5), results[3] = {0};
    pthread_t owners[3];
    for (int i = 0; i < 3; i++)
        if (pthread_create(&owners[i], NULL, owner, &results[i]))
            return 1;
    for (int i = 0; i < 3; i++) {
        pthread_join(owners[i], NULL);
        bad |= results[i];
    }
    oc_par_for(NULL, 0, mark, NULL);
    bad |= oc_mem_blocks() != blocks;
    printf("parallel loops: %s\n", bad ? "FAILED" : "ok");
    return bad;
}

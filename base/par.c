/*
 * Helpers wait on a condition variable for a new generation of work; chunks are handed out by an atomic
 * counter; the owner waits only for helpers that joined. See par.h.
 */
#include "base/par.h"
#include "base/mem.h"
#include "base/thread.h"
#include <stdatomic.h>
#include <stdio.h>

struct oc_par {
    pthread_mutex_t lock;
    pthread_cond_t start, done;
    void (*fn)(void *, size_t);
    void *arg;
    size_t n;
    atomic_size_t next;
    unsigned generation; /* changes with each loop */
    int joined;          /* helpers inside the current loop */
    bool open, stop;     /* open: helpers may still join */
    int n_helpers;
    pthread_t helpers[];
};

static void work(struct oc_par *par)
{
    for (;;) {
        size_t i = atomic_fetch_add_explicit(&par->next, 1, memory_order_relaxed);
        if (i >= par->n)
            return;
        par->fn(par->arg, i);
    }
}

static void *helper_main(void *p)
{
    struct oc_par *par = p;
    unsigned seen = 0;
    pthread_mutex_lock(&par->lock);
    for (;;) {
        while (!par->stop && !(par->open && par->generation != seen))
            pthread_cond_wait(&par->start, &par->lock);
        if (par->stop)
            break;
        seen = par->generation;
        par->joined++;
        pthread_mutex_unlock(&par->lock);
        work(par);
        pthread_mutex_lock(&par->lock);
        if (--par->joined == 0)
            pthread_cond_signal(&par->done);
    }
    pthread_mutex_unlock(&par->lock);
    return NULL;
}

enum oc_status oc_par_new(int n_threads, struct oc_par **out, struct oc_err *err)
{
    int n = n_threads > 1 ? n_threads - 1 : 0;
    struct oc_par *par = oc_mem_zero(OC_MEM_OTHER, sizeof *par + (size_t)n * sizeof par->helpers[0]);
    *out = NULL;
    if (!par)
        return oc_err_nomem(err, "thread pool", sizeof *par);
    pthread_mutex_init(&par->lock, NULL);
    oc_cond_init(&par->start);
    oc_cond_init(&par->done);
    for (int i = 0; i < n; i++) {
        char name[16];
        snprintf(name, sizeof name, "oc-par-%d", i % 1000);
        enum oc_status st = oc_thread_start(&par->helpers[i], name, helper_main, par, err);
        if (st) {
            oc_par_free(par);
            return st;
        }
        par->n_helpers++;
    }
    *out = par;
    return OC_OK;
}

void oc_par_free(struct oc_par *par)
{
    if (!par)
        return;
    pthread_mutex_lock(&par->lock);
    par->stop = true;
    pthread_cond_broadcast(&par->start);
    pthread_mutex_unlock(&par->lock);
    for (int i = 0; i < par->n_helpers; i++)
        pthread_join(par->helpers[i], NULL);
    pthread_mutex_destroy(&par->lock);
    pthread_cond_destroy(&par->start);
    pthread_cond_destroy(&par->done);
    oc_mem_free(par);
}

int oc_par_threads(const struct oc_par *par)
{
    return par ? par->n_helpers + 1 : 1;
}

void oc_par_for(struct oc_par *par, size_t n, void (*fn)(void *arg, size_t i), void *arg)
{
    if (!par || par->n_helpers == 0 || n < 2) {
        for (size_t i = 0; i < n; i++)
            fn(arg, i);
        return;
    }
    pthread_mutex_lock(&par->lock);
    par->fn = fn;
    par->arg = arg;
    par->n = n;
    atomic_store_explicit(&par->next, 0, memory_order_relaxed); /* published by the mutex */
    par->generation++;
    par->open = true;
    pthread_cond_broadcast(&par->start);
    pthread_mutex_unlock(&par->lock);
    work(par);
    pthread_mutex_lock(&par->lock);
    par->open = false; /* a helper that has not started yet is not waited for */
    while (par->joined > 0)
        pthread_cond_wait(&par->done, &par->lock);
    pthread_mutex_unlock(&par->lock);
}

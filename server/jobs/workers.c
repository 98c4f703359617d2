/*
 * Worker and reaper threads; see workers.h. The reaper looks at the queue every 20 ms while something waits or runs, else a few times a
 * second.
 */
#include "server/jobs/workers.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"
#include <sched.h>

#define REAP_BUSY_NS (20 * (int64_t)OC_NS_PER_MS)
#define REAP_IDLE_NS (200 * (int64_t)OC_NS_PER_MS)

struct oc_workers {
    struct oc_queue *queue; /* borrowed */
    struct oc_job_calls calls;
    pthread_t *threads; /* owned */
    int n, started;
    pthread_t reaper;
    bool reaper_started;
    pthread_mutex_t lock; /* protects stop */
    pthread_cond_t wake;
    bool stop;
};

static void refuse_list(struct oc_workers *w, struct oc_job *list, enum oc_status why)
{
    while (list) {
        struct oc_job *job = list;
        list = job->next;
        w->calls.refuse(w->calls.arg, job, why != OC_OK ? why : job->reaped);
        oc_queue_finished(w->queue, false, 0);
    }
}

static void *worker_main(void *arg)
{
    struct oc_workers *w = arg;
    struct oc_job *job;
    while ((job = oc_queue_pop(w->queue))) {
        int64_t start = oc_now_ns(), ran = 0;
        if (start >= job->deadline_ns) {
            w->calls.refuse(w->calls.arg, job, OC_E_DEADLINE);
        } else if (oc_job_client_gone(job)) {
            w->calls.refuse(w->calls.arg, job, OC_E_CANCELLED);
        } else {
            w->calls.run(w->calls.arg, job);
            ran = oc_now_ns() - start;
        }
        oc_queue_finished(w->queue, true, ran);
    }
    return NULL;
}

static void *reaper_main(void *arg)
{
    struct oc_workers *w = arg;
    pthread_mutex_lock(&w->lock);
    while (!w->stop) {
        pthread_mutex_unlock(&w->lock);
        int64_t now = oc_now_ns();
        refuse_list(w, oc_queue_reap(w->queue, now), OC_OK);
        if (w->calls.tick)
            w->calls.tick(w->calls.arg, now);
        int64_t pause = oc_queue_state(w->queue).suspended > 0 ? REAP_BUSY_NS : REAP_IDLE_NS;
        pthread_mutex_lock(&w->lock);
        if (!w->stop)
            oc_cond_wait_until(&w->wake, &w->lock, now + pause);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

enum oc_status oc_workers_start(struct oc_queue *q, int n, const struct oc_job_calls *calls, struct oc_workers **out, struct oc_err *err)
{
    *out = NULL;
    struct oc_workers *w = oc_mem_zero(OC_MEM_OTHER, sizeof *w);
    if (!w)
        return oc_err_nomem(err, "workers", sizeof *w);
    w->queue = q;
    w->calls = *calls;
    w->n = n;
    pthread_mutex_init(&w->lock, NULL);
    oc_cond_init(&w->wake);
    enum oc_status st = OC_OK;
    w->threads = oc_mem_array(OC_MEM_OTHER, (size_t)n, sizeof *w->threads);
    if (!w->threads)
        st = oc_err_nomem(err, "workers", (size_t)n * sizeof *w->threads);
    while (!st && w->started < n) {
        char name[16];
        snprintf(name, sizeof name, "oc-work-%d", w->started & 0xfff);
        st = oc_thread_start(&w->threads[w->started], name, worker_main, w, err);
        w->started += !st;
    }
    if (!st)
        st = oc_thread_start(&w->reaper, "oc-reaper", reaper_main, w, err);
    w->reaper_started = !st;
    if (st) {
        oc_workers_stop(w);
        return st;
    }
    *out = w;
    return OC_OK;
}

void oc_workers_stop(struct oc_workers *w)
{
    if (!w)
        return;
    refuse_list(w, oc_queue_close(w->queue), OC_E_BUSY);
    for (int i = 0; w->threads && i < w->started; i++)
        pthread_join(w->threads[i], NULL);
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    if (w->reaper_started)
        pthread_join(w->reaper, NULL);
    /* A place reserved before the queue closed is still going to be filled; whoever holds it is between two statements. */
    while (oc_queue_state(w->queue).suspended + oc_queue_state(w->queue).reserved > 0) {
        refuse_list(w, oc_queue_close(w->queue), OC_E_BUSY);
        sched_yield();
    }
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
    oc_mem_free(w->threads);
    oc_mem_free(w);
}

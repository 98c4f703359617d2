/*
 * Eight producers, three workers, the reaper, and a stop in the middle: every job that was committed is answered exactly once, and nobody
 * who was refused was queued. For the thread sanitizer above all.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"
#include "server/jobs/workers.h"
#include <stdatomic.h>

#define PRODUCERS 8
#define WORKERS 3
#define ROUNDS 6

struct work {
    struct oc_job job;
    unsigned
        answers; /* written by the owner, read by the producer afterwards: no atomic on purpose, the sanitizer is to see a second owner */
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool answered;
};

static struct oc_queue queue;
static atomic_bool stop;
static atomic_ulong committed, refused, run, deadline, busy;

static void answer(struct work *w)
{
    w->answers++;
    pthread_mutex_lock(&w->lock); /* stands for the resume of a connection */
    w->answered = true;
    pthread_cond_signal(&w->done);
    pthread_mutex_unlock(&w->lock);
}

static void on_run(void *arg, struct oc_job *job)
{
    (void)arg;
    atomic_fetch_add(&run, 1);
    if (((uintptr_t)job >> 6) % 3 == 0)
        nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    answer((struct work *)(void *)job);
}

static void on_refuse(void *arg, struct oc_job *job, enum oc_status why)
{
    (void)arg;
    atomic_fetch_add(why == OC_E_DEADLINE ? &deadline : &busy, 1);
    answer((struct work *)(void *)job);
}

static void on_tick(void *arg, int64_t now_ns)
{
    (void)arg, (void)now_ns;
}

static int produce_one(unsigned i)
{
    if (!oc_queue_reserve(&queue)) {
        atomic_fetch_add(&refused, 1);
        sched_yield();
        return 0;
    }
    struct work *w = oc_mem_zero(OC_MEM_OTHER, sizeof *w);
    if (!w)
        return 1;
    pthread_mutex_init(&w->lock, NULL);
    oc_cond_init(&w->done);
    w->job.fd = -1;
    w->job.deadline_ns = oc_now_ns() + (i % 5 == 0 ? 100000 : OC_NS_PER_S * (int64_t)100);
    atomic_fetch_add(&committed, 1);
    oc_queue_commit(&queue, &w->job);
    pthread_mutex_lock(&w->lock);
    while (!w->answered)
        pthread_cond_wait(&w->done, &w->lock);
    pthread_mutex_unlock(&w->lock);
    int bad = w->answers != 1;
    if (bad)
        fprintf(stderr, "a job was answered %u times\n", w->answers);
    pthread_cond_destroy(&w->done);
    pthread_mutex_destroy(&w->lock);
    oc_mem_free(w);
    return bad;
}

static void *producer(void *arg)
{
    int bad = 0;
    for (unsigned i = 0; !atomic_load(&stop); i++)
        bad += produce_one(i);
    *(int *)arg = bad;
    return NULL;
}

static int round_of(int number)
{
    pthread_t threads[PRODUCERS];
    int bad[PRODUCERS] = {0}, sum = 0;
    struct oc_workers *workers;
    struct oc_err err;
    const struct oc_job_calls calls = {on_run, on_refuse, on_tick, NULL};
    oc_queue_init(&queue, 4);
    atomic_store(&stop, false);
    if (oc_workers_start(&queue, WORKERS, &calls, &workers, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    for (int i = 0; i < PRODUCERS; i++)
        if (oc_thread_start(&threads[i], "producer", producer, &bad[i], &err))
            return 1;
    nanosleep(&(struct timespec){.tv_nsec = 100000000L + 7000000L * number}, NULL);
    oc_workers_stop(workers); /* while the producers go on */
    atomic_store(&stop, true);
    for (int i = 0; i < PRODUCERS; i++) {
        pthread_join(threads[i], NULL);
        sum += bad[i];
    }
    struct oc_queue_state s = oc_queue_state(&queue);
    if (s.waiting + s.reserved + s.running + s.suspended != 0) {
        fprintf(stderr, "left over: %zu waiting, %zu reserved, %zu running, %zu suspended\n", s.waiting, s.reserved, s.running,
                s.suspended);
        sum++;
    }
    oc_queue_deinit(&queue);
    return sum;
}

int main(void)
{
    int bad = 0;
    size_t blocks = oc_mem_blocks();
    for (int i = 0; i < ROUNDS; i++)
        bad += round_of(i);
    unsigned long answered = atomic_load(&run) + atomic_load(&deadline) + atomic_load(&busy);
    printf("%lu committed: %lu run, %lu past their deadline, %lu refused at the stop; %lu found the queue full\n", atomic_load(&committed),
           atomic_load(&run), atomic_load(&deadline), atomic_load(&busy), atomic_load(&refused));
    if (answered != atomic_load(&committed) || atomic_load(&run) == 0 || atomic_load(&refused) == 0 || oc_mem_blocks() != blocks)
        bad++;
    return bad != 0;
}

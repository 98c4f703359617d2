/* A doubly linked list under one mutex; see queue.h. */
#include "server/jobs/queue.h"
#include "base/clock.h"
#include "base/thread.h"
#include <poll.h>
#include <sys/socket.h>

void oc_queue_init(struct oc_queue *q, size_t max)
{
    *q = (struct oc_queue){.max = max};
    pthread_mutex_init(&q->lock, NULL);
    oc_cond_init(&q->filled);
}

void oc_queue_deinit(struct oc_queue *q)
{
    pthread_cond_destroy(&q->filled);
    pthread_mutex_destroy(&q->lock);
}

bool oc_queue_reserve(struct oc_queue *q)
{
    pthread_mutex_lock(&q->lock);
    bool ok = !q->closed && q->linked + q->reserved < q->max;
    q->reserved += ok;
    pthread_mutex_unlock(&q->lock);
    return ok;
}

void oc_queue_commit(struct oc_queue *q, struct oc_job *job)
{
    job->committed_ns = oc_now_ns();
    job->next = NULL;
    pthread_mutex_lock(&q->lock);
    job->prev = q->tail;
    if (q->tail)
        q->tail->next = job;
    else
        q->head = job;
    q->tail = job;
    q->reserved--;
    q->linked++;
    q->suspended++;
    pthread_cond_signal(&q->filled);
    pthread_mutex_unlock(&q->lock);
}

/* With the lock held. */
static void unlink_job(struct oc_queue *q, struct oc_job *job)
{
    if (job->prev)
        job->prev->next = job->next;
    else
        q->head = job->next;
    if (job->next)
        job->next->prev = job->prev;
    else
        q->tail = job->prev;
    job->next = job->prev = NULL;
    q->linked--;
}

struct oc_job *oc_queue_pop(struct oc_queue *q)
{
    pthread_mutex_lock(&q->lock);
    while (!q->closed && !q->head)
        pthread_cond_wait(&q->filled, &q->lock);
    struct oc_job *job = q->closed ? NULL : q->head;
    if (job) {
        unlink_job(q, job);
        q->running++;
    }
    pthread_mutex_unlock(&q->lock);
    return job;
}

struct oc_job *oc_queue_reap(struct oc_queue *q, int64_t now_ns)
{
    struct oc_job *taken = NULL, *next;
    pthread_mutex_lock(&q->lock);
    for (struct oc_job *job = q->head; job; job = next) {
        next = job->next;
        if (now_ns >= job->deadline_ns)
            job->reaped = OC_E_DEADLINE;
        else if (oc_job_client_gone(job)) /* a system call that does not wait; the queue is short */
            job->reaped = OC_E_CANCELLED;
        else
            continue;
        unlink_job(q, job);
        job->next = taken;
        taken = job;
    }
    pthread_mutex_unlock(&q->lock);
    return taken;
}

struct oc_job *oc_queue_close(struct oc_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->closed = true;
    struct oc_job *rest = q->head;
    q->head = q->tail = NULL;
    q->linked = 0;
    pthread_cond_broadcast(&q->filled);
    pthread_mutex_unlock(&q->lock);
    return rest;
}

void oc_queue_finished(struct oc_queue *q, bool was_popped, int64_t service_ns)
{
    pthread_mutex_lock(&q->lock);
    q->suspended--;
    if (was_popped) {
        q->running--;
        if (service_ns > 0)
            q->mean_ns += ((double)service_ns - q->mean_ns) / 16;
    }
    pthread_mutex_unlock(&q->lock);
}

struct oc_queue_state oc_queue_state(struct oc_queue *q)
{
    pthread_mutex_lock(&q->lock);
    struct oc_queue_state s = {.waiting = q->linked,
                               .reserved = q->reserved,
                               .max = q->max,
                               .running = q->running,
                               .suspended = q->suspended,
                               .mean_ns = q->mean_ns};
    pthread_mutex_unlock(&q->lock);
    return s;
}

int oc_queue_retry_after(struct oc_queue *q, int workers)
{
    struct oc_queue_state s = oc_queue_state(q);
    double seconds = s.mean_ns / OC_NS_PER_S * (double)(s.waiting + s.running) / (workers > 0 ? workers : 1);
    return seconds < 1 ? 1 : seconds > 60 ? 60 : (int)(seconds + 0.999);
}

bool oc_job_client_gone(struct oc_job *job)
{
    if (job->fd < 0)
        return false;
    struct pollfd p = {.fd = job->fd, .events = POLLRDHUP};
    if (poll(&p, 1, 0) <= 0)
        return false;
    if (p.revents & (POLLHUP | POLLERR | POLLNVAL))
        return true;
    if ((p.revents & POLLRDHUP) && job->probe_allowed && !job->probed) {
        static const char interim[] = "HTTP/1.1 100 Continue\r\n\r\n";
        job->probed = true;
        if (send(job->fd, interim, sizeof interim - 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
            return true;
    }
    return false;
}

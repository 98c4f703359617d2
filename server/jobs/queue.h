/*
 * The bounded queue between the HTTP loops and the workers. A job is a baton: it has one owner at a time, and the queue's mutex is the only
 * place where the owner changes. Whoever unlinked a job (a worker by pop, the reaper by reap, the stop by close) owns it and answers it,
 * exactly once. docs/internals/job.md draws the whole way.
 */
#ifndef OC_SERVER_JOBS_QUEUE_H
#define OC_SERVER_JOBS_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/status.h"

/* Embedded in what the job is about; all fields but the links are set before commit and belong to the owner afterwards. */
struct oc_job {
    struct oc_job *next, *prev; /* the queue's while linked */
    int64_t committed_ns;       /* set by commit */
    int64_t deadline_ns;        /* monotonic */
    int fd;                     /* the client's socket, to see it leave; -1 = none */
    bool probe_allowed;         /* the client speaks HTTP/1.1: an interim response may be sent to see whether it is there */
    bool probed;
    enum oc_status reaped; /* why reap took it: OC_E_DEADLINE or OC_E_CANCELLED */
};

struct oc_queue {
    pthread_mutex_t lock; /* never held together with another lock */
    pthread_cond_t filled;
    struct oc_job *head, *tail;   /* first to run .. last */
    size_t linked, reserved, max; /* linked + reserved <= max */
    size_t running, suspended;    /* jobs at workers; jobs committed and not yet finished */
    bool closed;
    double mean_ns; /* moving average of service times */
};

/* What /metrics and Retry-After want to know. */
struct oc_queue_state {
    size_t waiting, reserved, max, running, suspended;
    double mean_ns;
};

void oc_queue_init(struct oc_queue *q, size_t max);
void oc_queue_deinit(struct oc_queue *q);

/* Takes a place; false when the queue is full or closed, and nothing has changed. */
bool oc_queue_reserve(struct oc_queue *q);
/* Fills a place that was reserved: cannot fail. The job is the queue's from here on, even when the queue was closed in between: then it is
   for the next close to hand out. */
void oc_queue_commit(struct oc_queue *q, struct oc_job *job);
/* The oldest job, now the caller's; waits for one. NULL once the queue is closed. */
struct oc_job *oc_queue_pop(struct oc_queue *q);
/* Unlinks every job whose deadline has passed or whose client has left, as a list by `next`; `reaped` says which. */
struct oc_job *oc_queue_reap(struct oc_queue *q, int64_t now_ns);
/* No more reservations, pop gives NULL from now on; returns the jobs that were waiting, as a list by `next`. May be called again. */
struct oc_job *oc_queue_close(struct oc_queue *q);
/* To be called after a job was answered: was_popped when it came from pop, and then how long it ran (0: not at all). */
void oc_queue_finished(struct oc_queue *q, bool was_popped, int64_t service_ns);
struct oc_queue_state oc_queue_state(struct oc_queue *q);
/* Seconds after which a place should be free, 1 to 60. */
int oc_queue_retry_after(struct oc_queue *q, int workers);

/*
 * Has the client left? A reset or fully closed connection counts. A client that merely closed its sending half may be waiting for the
 * answer, and looks just like one that was killed; so an HTTP/1.1 client gets an interim response once (RFC 9110 section 15.2 lets a server
 * send them at any time): a dead one's kernel answers that with a reset. Only for the owner of the job; nothing else may be writing.
 */
bool oc_job_client_gone(struct oc_job *job);

#endif

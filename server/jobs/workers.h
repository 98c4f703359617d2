/* The threads that answer jobs: workers, and the reaper that answers those nobody will run. */
#ifndef OC_SERVER_JOBS_WORKERS_H
#define OC_SERVER_JOBS_WORKERS_H

#include "base/err.h"
#include "server/jobs/queue.h"

/*
 * What is done with a job. Each callback owns the job and gives it up by answering it: the last thing it does with it. Neither can fail;
 * outcomes are data in the job. Called without any lock.
 */
struct oc_job_calls {
    void (*run)(void *arg, struct oc_job *job);                        /* on a worker */
    void (*refuse)(void *arg, struct oc_job *job, enum oc_status why); /* not run: deadline, client gone, stopping */
    void (*tick)(void *arg, int64_t now_ns);                           /* on the reaper, every now and then; may be NULL */
    void *arg;
};

struct oc_workers;

/* Starts n workers and the reaper. The queue and what calls->arg is outlive them. */
enum oc_status oc_workers_start(struct oc_queue *q, int n, const struct oc_job_calls *calls, struct oc_workers **out,
                                struct oc_err *err) OC_MUST_CHECK;
/* Closes the queue, refuses with OC_E_BUSY what still waits, waits for what runs, joins all threads. NULL is fine. */
void oc_workers_stop(struct oc_workers *w);

#endif

/*
 * Threads with a name, a stack size and the right signal mask, and what the machine lets us use: cores by
 * affinity and cgroup quota, memory by cgroup limit (v1 and v2).
 */
#ifndef OC_BASE_THREAD_H
#define OC_BASE_THREAD_H

#include <pthread.h>
#include <stdint.h>
#include "base/err.h"

/*
 * Starts fn(arg). All signals are blocked in the new thread except SIGILL, SIGFPE, SEGV and BUS; denormals are
 * flushed to zero in it. name: at most 15 characters.
 */
enum oc_status oc_thread_start(pthread_t *t, const char *name, void *(*fn)(void *), void *arg, struct oc_err *err) OC_MUST_CHECK;
/* Flushes denormals to zero in the calling thread (x86: MXCSR; elsewhere nothing). */
void oc_thread_flush_denormals(void);
/* A condition variable that waits on the monotonic clock. */
void oc_cond_init(pthread_cond_t *c);
/* Waits until signalled or until the monotonic time deadline_ns; false = the time has come. */
bool oc_cond_wait_until(pthread_cond_t *c, pthread_mutex_t *m, int64_t deadline_ns);

/* Cores this process may use at once, at least 1: the smaller of affinity mask and cgroup quota (rounded up). */
int oc_cores_usable(void);
/* The cgroup's memory limit, or the machine's memory where there is none; bytes. */
size_t oc_memory_available(void);
/* The same two read from a cgroup file tree below `root` (tests); 0 = no limit there. */
int oc_cgroup_cores(const char *root);
size_t oc_cgroup_memory(const char *root);
/* Resident memory of this process now, and the highest so far; bytes, 0 where /proc is missing. */
size_t oc_rss_now(void);
size_t oc_rss_peak(void);

#endif

/*
 * A parallel loop over chunks for one owner at a time: the calling thread works too, helpers sleep when there
 * is nothing to do (no spinning). Work is split by output, so results do not depend on the number of threads.
 */
#ifndef OC_BASE_PAR_H
#define OC_BASE_PAR_H

#include "base/err.h"

struct oc_par;

/* A pool of n_threads - 1 helpers (n_threads <= 1: none). */
enum oc_status oc_par_new(int n_threads, struct oc_par **out, struct oc_err *err) OC_MUST_CHECK;
void oc_par_free(struct oc_par *par);
/* Threads that take part, the caller included; 1 for NULL. */
int oc_par_threads(const struct oc_par *par);
/* Calls fn(arg, i) for every i in 0..n-1 and returns when all are done. par may be NULL: all in the caller. */
void oc_par_for(struct oc_par *par, size_t n, void (*fn)(void *arg, size_t i), void *arg);

#endif

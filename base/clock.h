/* Monotonic time. Wall-clock time is only for logs. */
#ifndef OC_BASE_CLOCK_H
#define OC_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

#define OC_NS_PER_MS 1000000
#define OC_NS_PER_S 1000000000

static inline int64_t oc_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * OC_NS_PER_S + t.tv_nsec;
}

#endif

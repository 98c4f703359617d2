/* Threads and the limits of the machine; see thread.h. */
#include "base/thread.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/parse.h"
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#if defined(__SSE__)
#include <xmmintrin.h>
#endif

#define STACK_BYTES OC_MIB(2)

struct start {
    void *(*fn)(void *);
    void *arg;
    char name[16];
};

void oc_thread_flush_denormals(void)
{
#if defined(__SSE__)
    _mm_setcsr(_mm_getcsr() | 0x8040); /* FTZ and DAZ */
#endif
}

static void *trampoline(void *p)
{
    struct start s = *(struct start *)p;
    oc_mem_free(p);
    pthread_setname_np(pthread_self(), s.name);
    oc_thread_flush_denormals();
    return s.fn(s.arg);
}

enum oc_status oc_thread_start(pthread_t *t, const char *name, void *(*fn)(void *), void *arg, struct oc_err *err)
{
    struct start *s = oc_mem_alloc(OC_MEM_OTHER, sizeof *s);
    if (!s)
        return oc_err_nomem(err, "thread", sizeof *s);
    s->fn = fn;
    s->arg = arg;
    snprintf(s->name, sizeof s->name, "%s", name);
    sigset_t all, old;
    sigfillset(&all);
    sigdelset(&all, SIGILL);
    sigdelset(&all, SIGFPE);
    sigdelset(&all, SIGSEGV);
    sigdelset(&all, SIGBUS);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    int rc = pthread_create(t, &attr, trampoline, s);
    pthread_attr_destroy(&attr);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (rc) {
        oc_mem_free(s);
        return oc_err_set(err, OC_E_INTERNAL, "cannot start thread %s: %s", name, strerror(rc));
    }
    return OC_OK;
}

void oc_cond_init(pthread_cond_t *c)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(c, &attr);
    pthread_condattr_destroy(&attr);
}

bool oc_cond_wait_until(pthread_cond_t *c, pthread_mutex_t *m, int64_t deadline_ns)
{
    struct timespec t = {.tv_sec = deadline_ns / OC_NS_PER_S, .tv_nsec = deadline_ns % OC_NS_PER_S};
    return pthread_cond_timedwait(c, m, &t) != ETIMEDOUT;
}

/* The first line of root/path in text[size]; false when there is none. */
static bool read_line(const char *root, const char *path, char *text, size_t size)
{
    char name[512];
    snprintf(name, sizeof name, "%s/%s", root, path);
    FILE *f = fopen(name, "re");
    if (!f)
        return false;
    bool ok = fgets(text, (int)size, f) != NULL;
    fclose(f);
    if (ok)
        text[strcspn(text, "\n")] = 0;
    return ok;
}

static int64_t number(const char *s)
{
    int64_t v;
    return oc_parse_i64(s, strlen(s), -1, INT64_MAX, &v) ? v : -1;
}

/* Rounded up: a quota of 1.5 cores lets two workers run most of the time. */
static int cores_of_quota(int64_t quota, int64_t period)
{
    if (quota <= 0 || period <= 0)
        return 0;
    int64_t n = (quota + period - 1) / period;
    return n > 4096 ? 4096 : (int)n;
}

int oc_cgroup_cores(const char *root)
{
    char line[128], quota[64];
    if (read_line(root, "cpu.max", line, sizeof line)) { /* v2: "max 100000" or "150000 100000" */
        char *space = strchr(line, ' ');
        if (!space)
            return 0;
        *space = 0;
        return cores_of_quota(number(line), number(space + 1));
    }
    if (read_line(root, "cpu/cpu.cfs_quota_us", quota, sizeof quota) && read_line(root, "cpu/cpu.cfs_period_us", line, sizeof line))
        return cores_of_quota(number(quota), number(line));
    return 0;
}

size_t oc_cgroup_memory(const char *root)
{
    char line[128];
    if (!read_line(root, "memory.max", line, sizeof line) && !read_line(root, "memory/memory.limit_in_bytes", line, sizeof line))
        return 0;
    int64_t v = number(line);
    return v <= 0 || v >= INT64_MAX / 2 ? 0 : (size_t)v; /* v1 says "no limit" with a number near INT64_MAX */
}

int oc_cores_usable(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : (int)sysconf(_SC_NPROCESSORS_ONLN);
    int quota = oc_cgroup_cores("/sys/fs/cgroup");
    if (quota > 0 && quota < n)
        n = quota;
    return n < 1 ? 1 : n;
}

size_t oc_memory_available(void)
{
    size_t machine = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
    size_t group = oc_cgroup_memory("/sys/fs/cgroup");
    return group != 0 && group < machine ? group : machine;
}

/* "VmRSS:   1234 kB" of /proc/self/status, in bytes. */
static size_t status_field(const char *key)
{
    FILE *f = fopen("/proc/self/status", "re");
    char line[256];
    size_t bytes = 0;
    while (f && fgets(line, sizeof line, f)) {
        if (strncmp(line, key, strlen(key)) != 0)
            continue;
        const char *p = line + strlen(key);
        p += strspn(p, " \t");
        int64_t v;
        if (oc_parse_i64(p, strspn(p, "0123456789"), 0, INT64_MAX / 1024, &v))
            bytes = (size_t)v * 1024;
        break;
    }
    if (f)
        fclose(f);
    return bytes;
}

size_t oc_rss_now(void)
{
    return status_field("VmRSS:");
}

size_t oc_rss_peak(void)
{
    return status_field("VmHWM:");
}

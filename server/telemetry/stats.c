/*
 * Counters are atomics in tables fixed at start: a route times a status. Models have theirs in a short list that only grows, up to
 * LIM_METRICS_MODELS; those beyond are counted together. See stats.h.
 */
#include "server/telemetry/stats.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"
#include "server/telemetry/prometheus.h"
#include <pthread.h>
#include <sys/resource.h>

static const int statuses[] = {200, 201, 202, 204, 302, 304, 400, 401, 403, 404, 405, 408,
                               409, 413, 415, 422, 499, 500, 501, 502, 503, 504, 0 /* any other */};
#define N_STATUSES OC_ARRAY_LEN(statuses)

static const char *const reject_names[OC_REJECTS] = {"queue_full",   "draining",       "body_too_large", "bodies_in_flight",
                                                     "body_timeout", "answer_timeout", "header_timeout", "deadline",
                                                     "client_gone",  "memory",         "unauthorized"};

enum stage { STAGE_QUEUE, STAGE_DECODE, STAGE_PREPROCESS, STAGE_INFERENCE, STAGE_POSTPROCESS, STAGES };
static const char *const stage_names[STAGES] = {"queue", "decode", "preprocess", "inference", "postprocess"};

struct route_stats {
    atomic_uint_fast64_t requests[N_STATUSES];
    struct oc_histogram duration;
};

struct model_stats {
    char *name; /* owned; set before the model is counted in n_models */
    struct oc_histogram inference;
};

struct oc_stats {
    const struct oc_router *router; /* borrowed */
    struct route_stats *routes;     /* owned; one more than the router has, for requests that match none */
    struct oc_histogram stage[STAGES];
    atomic_uint_fast64_t rejects[OC_REJECTS], body_bytes, response_bytes;
    pthread_mutex_t models_lock; /* a leaf: protects the list of models */
    struct model_stats *models[LIM_METRICS_MODELS];
    size_t n_models;
    int64_t started_ns;
    time_t started_at;
};

enum oc_status oc_stats_new(const struct oc_router *router, struct oc_stats **out, struct oc_err *err)
{
    struct oc_stats *s = *out = oc_mem_zero(OC_MEM_OTHER, sizeof *s);
    if (!s)
        return oc_err_nomem(err, "counters", sizeof *s);
    pthread_mutex_init(&s->models_lock, NULL);
    s->router = router;
    s->started_ns = oc_now_ns();
    s->started_at = time(NULL);
    s->routes = oc_mem_array(OC_MEM_OTHER, router->n + 1, sizeof *s->routes);
    if (!s->routes) {
        oc_stats_free(s);
        *out = NULL;
        return oc_err_nomem(err, "counters", (router->n + 1) * sizeof *s->routes);
    }
    return OC_OK;
}

void oc_stats_free(struct oc_stats *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n_models; i++) {
        oc_mem_free(s->models[i]->name);
        oc_mem_free(s->models[i]);
    }
    pthread_mutex_destroy(&s->models_lock);
    oc_mem_free(s->routes);
    oc_mem_free(s);
}

static void add(atomic_uint_fast64_t *counter, size_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static double get(atomic_uint_fast64_t *counter)
{
    return (double)atomic_load_explicit(counter, memory_order_relaxed);
}

/* NULL when the list is full or memory is short: such a model goes without counters. */
static struct model_stats *model_stats(struct oc_stats *s, const char *name)
{
    struct model_stats *m = NULL;
    pthread_mutex_lock(&s->models_lock);
    for (size_t i = 0; i < s->n_models && !m; i++)
        if (!strcmp(s->models[i]->name, name))
            m = s->models[i];
    if (!m && s->n_models < LIM_METRICS_MODELS) {
        m = oc_mem_zero(OC_MEM_OTHER, sizeof *m);
        if (m)
            m->name = oc_mem_strdup(OC_MEM_OTHER, name);
        if (m && !m->name) {
            oc_mem_free(m);
            m = NULL;
        }
        if (m)
            s->models[s->n_models++] = m;
    }
    pthread_mutex_unlock(&s->models_lock);
    return m;
}

void oc_stats_finished(struct oc_stats *s, const struct oc_finished *f)
{
    struct route_stats *r = &s->routes[f->route ? (size_t)(f->route - s->router->routes) : s->router->n];
    size_t i = 0;
    while (i + 1 < N_STATUSES && statuses[i] != f->status)
        i++;
    add(&r->requests[i], 1);
    oc_histogram_observe(&r->duration, f->total_ns);
    add(&s->body_bytes, f->body_bytes);
    add(&s->response_bytes, f->response_bytes);
    const int64_t ns[STAGES] = {f->timing.queue_ns, f->timing.decode_ns, f->timing.preprocess_ns, f->timing.inference_ns,
                                f->timing.postprocess_ns};
    for (size_t k = 0; k < STAGES; k++)
        if (ns[k] > 0)
            oc_histogram_observe(&s->stage[k], ns[k]);
    if (f->model && *f->model) {
        struct model_stats *m = model_stats(s, f->model);
        if (m)
            oc_histogram_observe(&m->inference, f->timing.inference_ns);
    }
}

void oc_stats_reject(struct oc_stats *s, enum oc_reject why)
{
    add(&s->rejects[why], 1);
}

static enum oc_status render_requests(struct oc_stats *s, struct oc_buf *out)
{
    enum oc_status st = oc_prom_family(out, "ocelli_http_requests_total", "counter", "Requests answered, by route and status.");
    for (size_t i = 0; !st && i <= s->router->n; i++) {
        for (size_t k = 0; !st && k < N_STATUSES; k++) {
            double n = get(&s->routes[i].requests[k]);
            char status[16] = "other";
            if (statuses[k])
                snprintf(status, sizeof status, "%d", statuses[k]);
            bool known = i < s->router->n;
            const struct oc_label labels[] = {{"route", known ? s->router->routes[i].path : "unmatched"},
                                              {"method", known ? s->router->routes[i].method : ""},
                                              {"status", status}};
            if (n > 0)
                st = oc_prom_sample(out, "ocelli_http_requests_total", labels, 3, n);
        }
    }
    return st;
}

static enum oc_status render_durations(struct oc_stats *s, struct oc_buf *out)
{
    static const char name[] = "ocelli_http_request_duration_seconds";
    enum oc_status st = oc_prom_family(out, name, "histogram", "Time from the request's headers to its answer, by route.");
    for (size_t i = 0; !st && i < s->router->n; i++) {
        const struct oc_label labels[] = {{"route", s->router->routes[i].path}, {"method", s->router->routes[i].method}};
        st = oc_prom_histogram(out, name, labels, 2, &s->routes[i].duration);
    }
    if (!st)
        st = oc_prom_family(out, "ocelli_stage_duration_seconds", "histogram", "Time spent in one stage of a request.");
    for (size_t i = 0; !st && i < STAGES; i++)
        st = oc_prom_histogram(out, "ocelli_stage_duration_seconds", &(struct oc_label){"stage", stage_names[i]}, 1, &s->stage[i]);
    if (!st)
        st = oc_prom_family(out, "ocelli_model_inference_duration_seconds", "histogram", "Time in inference, by the model that answered.");
    pthread_mutex_lock(&s->models_lock);
    size_t n = s->n_models; /* the list only grows: what is before n can be read without the lock */
    pthread_mutex_unlock(&s->models_lock);
    for (size_t i = 0; !st && i < n; i++)
        st = oc_prom_histogram(out, "ocelli_model_inference_duration_seconds", &(struct oc_label){"model", s->models[i]->name}, 1,
                               &s->models[i]->inference);
    return st;
}

static enum oc_status render_rejects(struct oc_stats *s, struct oc_buf *out)
{
    enum oc_status st = oc_prom_family(out, "ocelli_rejections_total", "counter", "Requests turned away or given up, by reason.");
    for (size_t i = 0; !st && i < OC_REJECTS; i++)
        st = oc_prom_sample(out, "ocelli_rejections_total", &(struct oc_label){"reason", reject_names[i]}, 1, get(&s->rejects[i]));
    return st;
}

static enum oc_status render_memory(struct oc_buf *out)
{
    enum oc_status st = oc_prom_family(out, "ocelli_memory_bytes", "gauge", "Memory in use, by what it is for.");
    for (int i = 0; !st && i < OC_MEM_CATS; i++)
        st = oc_prom_sample(out, "ocelli_memory_bytes", &(struct oc_label){"category", oc_mem_cat_name((enum oc_mem_cat)i)}, 1,
                            (double)oc_mem_used((enum oc_mem_cat)i));
    if (!st)
        st = oc_prom_single(out, "ocelli_memory_peak_bytes", "gauge", "Most memory in use so far.", (double)oc_mem_peak());
    if (!st)
        st = oc_prom_single(out, "ocelli_memory_budget_bytes", "gauge", "The memory budget; 0 is none.", (double)oc_mem_budget());
    if (!st)
        st = oc_prom_single(out, "process_resident_memory_bytes", "gauge", "Resident memory of the process.", (double)oc_rss_now());
    return st;
}

static double cpu_seconds(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static enum oc_status render_gauges(struct oc_stats *s, const struct oc_gauges *g, struct oc_buf *out)
{
    const struct gauge {
        const char *name, *type, *help;
        double value;
    } list[] = {
        {"ocelli_ready", "gauge", "1 when requests are served.", g->ready},
        {"ocelli_queue_depth", "gauge", "Requests waiting for a worker.", (double)g->queue_depth},
        {"ocelli_queue_limit", "gauge", "Requests that may wait for a worker.", (double)g->queue_limit},
        {"ocelli_workers", "gauge", "Worker threads.", (double)g->workers},
        {"ocelli_workers_busy", "gauge", "Workers that run a request.", (double)g->workers_busy},
        {"ocelli_body_bytes_in_flight", "gauge", "Request bodies being received or used.", (double)g->bodies_in_flight},
        {"ocelli_body_bytes_in_flight_limit", "gauge", "Most bytes of request bodies at a time.", (double)g->bodies_limit},
        {"ocelli_connections", "gauge", "Open connections.", (double)g->connections},
        {"ocelli_connections_limit", "gauge", "Most open connections; from there on idle ones are closed for new ones.",
         (double)g->connections_limit},
        {"ocelli_connections_evicted_total", "counter", "Idle connections closed to make room.", (double)g->connections_evicted},
        {"ocelli_requests_in_flight", "gauge", "Requests between their headers and the end of their answer.",
         (double)g->requests_in_flight},
        {"ocelli_request_body_bytes_total", "counter", "Bytes of request bodies received.", get(&s->body_bytes)},
        {"ocelli_response_body_bytes_total", "counter", "Bytes of response bodies made.", get(&s->response_bytes)},
        {"ocelli_uptime_seconds", "gauge", "Seconds since the start.", (double)(oc_now_ns() - s->started_ns) / OC_NS_PER_S},
        {"process_start_time_seconds", "gauge", "Start of the process, seconds since 1970.", (double)s->started_at},
        {"process_cpu_seconds_total", "counter", "Processor time used.", cpu_seconds()},
    };
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < OC_ARRAY_LEN(list); i++)
        st = oc_prom_single(out, list[i].name, list[i].type, list[i].help, list[i].value);
    return st;
}

enum oc_status oc_stats_render(struct oc_stats *s, const struct oc_gauges *g, struct oc_buf *out)
{
    enum oc_status st = oc_prom_family(out, "ocelli_build_info", "gauge", "Always 1; the labels say what runs.");
    const struct oc_label build[] = {{"version", g->version}, {"isa", g->isa}, {"backends", g->backends}};
    if (!st)
        st = oc_prom_sample(out, "ocelli_build_info", build, 3, 1);
    if (!st)
        st = render_gauges(s, g, out);
    if (!st)
        st = render_requests(s, out);
    if (!st)
        st = render_durations(s, out);
    if (!st)
        st = render_rejects(s, out);
    return st ? st : render_memory(out);
}

/*
 * Start and stop order. Start: queue, counters, socket, loops (not ready), workers; the caller loads models and says ready. Stop: not
 * ready, new work refused, accepted work finished or given up, loops told to accept no more, every suspended connection resumed, daemon,
 * threads.
 */
#include "server/server.h"
#include "base/clock.h"
#include "base/cpu.h"
#include "server/http/exchange.h"
#include <sys/random.h>
#include <unistd.h>

static struct oc_exchange *exchange_of(struct oc_job *job)
{
    return (struct oc_exchange *)(void *)((char *)job - offsetof(struct oc_exchange, job));
}

/* The last touch: from here on the exchange is its HTTP loop's again. */
static void give_back(struct oc_exchange *x)
{
    struct MHD_Connection *connection = x->connection;
    x->answered = true;
    MHD_resume_connection(connection);
}

static void run_job(void *arg, struct oc_job *job)
{
    (void)arg;
    struct oc_exchange *x = exchange_of(job);
    x->request.timing.queue_ns = oc_now_ns() - job->committed_ns;
    oc_exchange_run(x);
    give_back(x);
}

static void refuse_job(void *arg, struct oc_job *job, enum oc_status why)
{
    (void)arg;
    struct oc_exchange *x = exchange_of(job);
    x->request.timing.queue_ns = oc_now_ns() - job->committed_ns;
    if (why == OC_E_DEADLINE)
        oc_err_set(&x->err, why, "the deadline passed before a worker was free");
    else if (why == OC_E_BUSY)
        oc_err_set(&x->err, why, "the server is stopping");
    oc_exchange_fail(x, why);
    give_back(x);
}

static void tick(void *arg, int64_t now_ns)
{
    struct oc_server *s = arg;
    struct oc_cut cut = oc_connections_cut_slow(&s->connections, now_ns);
    for (size_t i = 0; i < cut.heads; i++)
        oc_stats_reject(s->stats, OC_REJECT_HEADER_TIMEOUT);
    for (size_t i = 0; i < cut.bodies; i++)
        oc_stats_reject(s->stats, OC_REJECT_BODY_TIMEOUT);
    for (size_t i = 0; i < cut.answers; i++)
        oc_stats_reject(s->stats, OC_REJECT_ANSWER_TIMEOUT);
}

static bool is_ready(void *arg, const char **why)
{
    struct oc_server *s = arg;
    if (atomic_load_explicit(&s->draining, memory_order_relaxed)) {
        *why = "the server is stopping";
        return false;
    }
    if (!atomic_load_explicit(&s->ready, memory_order_relaxed)) {
        *why = "the server is starting";
        return false;
    }
    for (size_t i = 0; i < s->opt.n_hooks; i++)
        if (s->opt.hooks[i].ready && !s->opt.hooks[i].ready(s->opt.hooks[i].arg, why))
            return false;
    return true;
}

static enum oc_status metrics_text(void *arg, struct oc_buf *out)
{
    struct oc_server *s = arg;
    struct oc_queue_state q = oc_queue_state(&s->queue);
    const char *why;
    struct oc_gauges g = {
        .queue_depth = q.waiting,
        .queue_limit = q.max,
        .workers = (size_t)s->config->workers,
        .workers_busy = q.running,
        .bodies_in_flight = oc_connections_bodies(&s->connections),
        .connections_limit = s->connections.most,
        .connections_evicted = oc_connections_evicted(&s->connections),
        .bodies_limit = s->config->max_body_inflight,
        .connections = oc_connections_count(&s->connections),
        .requests_in_flight = atomic_load_explicit(&s->in_flight, memory_order_relaxed),
        .ready = is_ready(s, &why),
        .version = s->opt.version,
        .isa = oc_cpu_isa_name(oc_cpu_isa()),
        .backends = s->opt.backends,
    };
    enum oc_status st = oc_stats_render(s->stats, &g, out);
    for (size_t i = 0; !st && i < s->opt.n_hooks; i++)
        if (s->opt.hooks[i].metrics)
            st = s->opt.hooks[i].metrics(s->opt.hooks[i].arg, out);
    return st;
}

static void fill_service(struct oc_server *s)
{
    const struct oc_config *c = s->config;
    s->service = (struct oc_service){
        .registry = s->opt.registry,
        .metric_sessions = s->opt.metric_sessions,
        .gallery = s->opt.gallery,
        .max_pixels = (uint64_t)c->max_pixels,
        .max_images = (int)c->max_images,
        .max_texts = (int)c->max_texts,
        .max_body = c->max_body,
        .aliases = c->model_aliases.items,
        .n_aliases = c->model_aliases.n,
        .preload = c->preload.items,
        .n_preload = c->preload.n,
        .fetch_url = s->opt.fetch_url,
        .fetch_arg = s->opt.fetch_arg,
        .metrics_text = metrics_text,
        .is_ready = is_ready,
        .server_arg = s,
        .version = s->opt.version,
        .build = s->opt.build,
        .backends = s->opt.backends,
    };
}

static void free_server(struct oc_server *s)
{
    if (s->no_memory)
        MHD_destroy_response(s->no_memory);
    if (s->listen_fd >= 0)
        close(s->listen_fd);
    oc_stats_free(s->stats);
    oc_connections_deinit(&s->connections);
    oc_queue_deinit(&s->queue);
    oc_mem_free(s);
}

static enum oc_status make_no_memory(struct oc_server *s, struct oc_err *err)
{
    static char text[] = "{\"type\":\"about:blank\",\"title\":\"Memory budget used up\",\"status\":503,\"detail\":\"out of memory\","
                         "\"code\":\"out_of_memory\",\"request_id\":\"\"}\n";
    s->no_memory = MHD_create_response_from_buffer(sizeof text - 1, text, MHD_RESPMEM_PERSISTENT);
    if (!s->no_memory || MHD_add_response_header(s->no_memory, "content-type", "application/problem+json") != MHD_YES ||
        MHD_add_response_header(s->no_memory, "retry-after", "1") != MHD_YES)
        return oc_err_nomem(err, "server", sizeof text);
    return OC_OK;
}

enum oc_status oc_server_start(const struct oc_server_options *opt, struct oc_server **out, struct oc_err *err)
{
    const struct oc_config *c = opt->config;
    *out = NULL;
    struct oc_server *s = oc_mem_zero(OC_MEM_OTHER, sizeof *s);
    if (!s)
        return oc_err_nomem(err, "server", sizeof *s);
    s->opt = *opt;
    s->config = c;
    s->listen_fd = -1;
    fill_service(s);
    oc_queue_init(&s->queue, (size_t)c->queue);
    oc_connections_init(&s->connections, &(struct oc_connection_limits){.head_ns = c->header_seconds * OC_NS_PER_S,
                                                                        .body_ns = c->body_seconds * OC_NS_PER_S,
                                                                        .answer_ns = c->answer_seconds * OC_NS_PER_S,
                                                                        .connections = oc_listen_connections(c),
                                                                        .bodies = c->max_body_inflight});
    if (getrandom(&s->id_seed, sizeof s->id_seed, GRND_NONBLOCK) < 0)
        s->id_seed = (uint64_t)oc_now_ns(); /* identifiers only have to differ */
    enum oc_status st = oc_stats_new(&s->opt.router, &s->stats, err);
    if (!st)
        st = make_no_memory(s, err);
    if (!st)
        st = oc_listen_open(c->host, (int)c->port, &s->listen_fd, &s->port, err);
    const struct oc_job_calls calls = {.run = run_job, .refuse = refuse_job, .tick = tick, .arg = s};
    if (!st)
        st = oc_workers_start(&s->queue, (int)c->workers, &calls, &s->workers, err);
    if (!st)
        st = oc_listen_start(s, err);
    if (st) {
        oc_workers_stop(s->workers);
        free_server(s);
        return st;
    }
    *out = s;
    return OC_OK;
}

int oc_server_port(const struct oc_server *s)
{
    return s->port;
}

void oc_server_set_ready(struct oc_server *s)
{
    atomic_store_explicit(&s->ready, true, memory_order_relaxed);
}

static void sleep_ms(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * OC_NS_PER_MS}, NULL);
}

/* Waits until no request is between its head and the end of its answer, or until the time has come. */
static bool wait_idle(struct oc_server *s, int64_t until_ns)
{
    while (atomic_load_explicit(&s->in_flight, memory_order_relaxed) > 0) {
        if (oc_now_ns() >= until_ns)
            return false;
        sleep_ms(5);
    }
    return true;
}

void oc_server_stop(struct oc_server *s)
{
    if (!s)
        return;
    int64_t until = oc_now_ns() + s->config->drain_ms * OC_NS_PER_MS;
    atomic_store_explicit(&s->ready, false, memory_order_relaxed);
    atomic_store_explicit(&s->draining, true, memory_order_relaxed);
    if (!wait_idle(s, until))
        oc_log(OC_LOG_WARN, "stopping with requests unfinished",
               OC_KV_I("requests", atomic_load_explicit(&s->in_flight, memory_order_relaxed)));
    /* Not MHD_quiesce_daemon: it and the loops may both take the socket out of epoll, and libmicrohttpd (0.9.75) aborts at the second.
       Who comes now is told 503 as the others are. */
    atomic_store_explicit(&s->stopping, true, memory_order_relaxed);
    oc_workers_stop(s->workers);             /* answers all jobs: every connection is resumed */
    wait_idle(s, oc_now_ns() + OC_NS_PER_S); /* for those answers to be sent */
    s->listen_fd = -1;                       /* the daemon closes it */
    MHD_stop_daemon(s->daemon);
    free_server(s);
}

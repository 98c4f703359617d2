/*
 * `ocelli serve`: reads the options, sets the process up, starts the server, waits for signals, stops it. The order matters and is this
 * file.
 */
#include "base/cpu.h"
#include "base/thread.h"
#include "handlers/model_name.h"
#include "server/command.h"
#include "server/fetch/fetch.h"
#include "server/gallery_setup.h"
#include "server/models_setup.h"
#include "server/sessions_setup.h"
#include "server/server.h"
#include <errno.h>
#include <microhttpd.h>
#include <signal.h>
#include <unistd.h>

static void mhd_panic(void *cls, const char *file, unsigned line, const char *reason) OC_NORETURN;
static void mhd_panic(void *cls, const char *file, unsigned line, const char *reason)
{
    (void)cls;
    oc_log(OC_LOG_ERROR, "libmicrohttpd panic", OC_KV_S("file", file), OC_KV_I("line", line), OC_KV_S("reason", reason));
    abort();
}

/*
 * With more than one compute thread the OpenMP runtime would spin between loops, on cores that other requests want. It reads its settings
 * when it is loaded, before main: so set them and start over, once.
 */
static void restart_with_passive_waiting(const struct oc_config *c, int argc, char **argv)
{
    if (c->threads <= 1 || getenv("OMP_WAIT_POLICY"))
        return;
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    char **again = oc_mem_array(OC_MEM_OTHER, (size_t)argc + 2, sizeof *again);
    if (n > 0 && again) {
        path[n] = 0;
        again[0] = program_invocation_name;
        memcpy(again + 1, argv, (size_t)argc * sizeof *argv);
        setenv("OMP_WAIT_POLICY", "passive", 0);
        execv(path, again);
    }
    oc_mem_free(again); /* still here: it works without, only less well */
}

static void log_start(const struct oc_config *c, const struct oc_server *s, const char *backends, struct oc_keys *keys)
{
    oc_log(OC_LOG_INFO, "ocelli", OC_KV_S("version", oc_version_text()), OC_KV_S("build", oc_build_text()), OC_KV_S("cpu", oc_cpu_name()),
           OC_KV_S("isa", oc_cpu_isa_name(oc_cpu_isa())), OC_KV_I("cores", oc_cores_usable()), OC_KV_S("backends", backends),
           OC_KV_S("backend", c->backend), OC_KV_S("precision", c->precision));
    oc_log(OC_LOG_INFO, "limits", OC_KV_I("workers", c->workers), OC_KV_I("threads", c->threads), OC_KV_I("queue", c->queue),
           OC_KV_I("deadline_ms", c->deadline_ms), OC_KV_I("max_body", c->max_body), OC_KV_I("max_body_inflight", c->max_body_inflight),
           OC_KV_I("max_pixels", c->max_pixels), OC_KV_I("memory_budget", c->memory_budget),
           OC_KV_I("connections_per_address", c->connections_per_address), OC_KV_S("url_input", c->url_input.n ? "on" : "off"),
           OC_KV_I("api_keys", oc_keys_count(keys)));
    oc_log(OC_LOG_INFO, "listening", OC_KV_S("host", c->host), OC_KV_I("port", oc_server_port(s)));
}

static void exit_at_once(int signal)
{
    (void)signal;
    _exit(1);
}

static pthread_t main_thread; /* for the handler below; set once */

/*
 * Libraries (OpenBLAS) start threads when they are loaded, before main can block anything. The kernel may choose one of those for a signal
 * to the process; it hands the signal to the thread that waits for it.
 */
static void pass_on(int signal)
{
    pthread_kill(main_thread, signal);
}

/* Blocked in every thread from here on; main waits for them. */
static void block_signals(sigset_t *set)
{
    static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
    struct sigaction action = {.sa_handler = pass_on, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigemptyset(set);
    main_thread = pthread_self();
    for (size_t i = 0; i < OC_ARRAY_LEN(signals); i++)
        sigaddset(set, signals[i]);
    pthread_sigmask(SIG_BLOCK, set, NULL);
    for (size_t i = 0; i < OC_ARRAY_LEN(signals); i++)
        sigaction(signals[i], &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

/* Asked while models are loaded. */
static bool stop_is_pending(void *arg)
{
    sigset_t pending;
    (void)arg;
    return sigpending(&pending) == 0 && (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1);
}

/* SIGHUP: models may have come or gone, keys may have changed. */
static void read_again(const struct oc_server_options *opt)
{
    struct oc_err err;
    struct oc_registry *reg = opt->registry;
    enum oc_status st = oc_keys_reload(opt->keys, &err);
    if (st)
        oc_log(OC_LOG_ERROR, "API keys not read again, those from before hold", OC_KV_S("error", err.msg));
    else if (opt->keys)
        oc_log(OC_LOG_INFO, "API keys", OC_KV_I("keys", oc_keys_count(opt->keys)));
    st = oc_registry_scan(reg, &err);
    oc_log(st ? OC_LOG_ERROR : OC_LOG_INFO, "scanned again", OC_KV_I("models", oc_registry_count(reg)),
           OC_KV_S("error", st ? err.msg : ""));
    if (!st)
        st = oc_models_preload(reg, &opt->config->preload, false, stop_is_pending, NULL, &err); /* those that have come */
    if (st)
        oc_log(OC_LOG_DEBUG, "not preloaded", OC_KV_S("error", err.msg));
}

/* Returns at the first SIGTERM or SIGINT; a second one ends the process on the spot. */
static void wait_for_stop(const sigset_t *set, const struct oc_server_options *opt)
{
    int got = SIGHUP;
    while (sigwait(set, &got) != 0 || got == SIGHUP)
        read_again(opt);
    oc_log(OC_LOG_INFO, "stopping", OC_KV_S("signal", got == SIGTERM ? "SIGTERM" : "SIGINT"));
    signal(SIGTERM, exit_at_once);
    signal(SIGINT, exit_at_once);
    signal(SIGHUP, SIG_IGN); /* one that is pending must not reach pass_on here: it would pass it on to itself */
    pthread_sigmask(SIG_UNBLOCK, set, NULL);
}

static bool is_strict(const struct oc_config *c)
{
    return !strcmp(c->strict, "on");
}

/* From listening to the end of listening; the registry outlives all requests. */
static enum oc_status serve_models(const struct oc_server_options *opt, const sigset_t *signals, struct oc_err *err)
{
    struct oc_server *server;
    enum oc_status st = oc_server_start(opt, &server, err);
    if (st)
        return st;
    log_start(opt->config, server, opt->backends, opt->keys);
    st = oc_models_preload(opt->registry, &opt->config->preload, is_strict(opt->config), stop_is_pending, NULL, err);
    if (!st) {
        oc_server_set_ready(server);
        oc_log(OC_LOG_INFO, "ready", OC_KV_I("models", oc_registry_count(opt->registry)));
    }
    if (!st || st == OC_E_CANCELLED) {
        wait_for_stop(signals, opt);
        st = OC_OK;
    }
    oc_server_stop(server);
    return st;
}

/* Exit status. */
static int serve(const struct oc_config *c, struct oc_router router, struct oc_keys *keys)
{
    struct oc_err err;
    struct oc_registry *reg = NULL;
    struct oc_metric_sessions *sessions = NULL;
    struct oc_gallery *gallery = NULL;
    struct oc_registry_options models;
    sigset_t signals;
    char backends[128];
    block_signals(&signals);
    MHD_set_panic_func(mhd_panic, NULL);
    enum oc_status st = oc_models_options(c, &models, &err);
    int status = st ? 2 : 1;
    if (!st && c->url_input.n) {
        st = oc_fetch_setup(&c->url_input, &err);
        status = st == OC_E_INVALID ? 2 : status;
    }
    if (!st && is_strict(c))
        st = oc_models_check_directories(c, &err);
    if (!st)
        st = oc_registry_new(&models, &reg, &err);
    if (st == OC_E_INVALID) /* an option that can only be judged here */
        status = 2;
    struct oc_strings allowed = c->url_input;
    if (!st)
        st = oc_sessions_open(c, &sessions, &err);
    if (!st)
        st = oc_gallery_open(c, &gallery, &err);
    const struct oc_server_hook hooks[] = {oc_models_hook(reg), oc_sessions_hook(sessions), oc_gallery_hook(gallery)};
    const struct oc_server_options opt = {.config = c,
                                          .router = router,
                                          .registry = reg,
                                          .keys = keys,
                                          .version = oc_version_text(),
                                          .build = oc_build_text(),
                                          .backends = oc_backends_text(backends, sizeof backends),
                                          .fetch_url = c->url_input.n ? oc_fetch_url : NULL,
                                          .fetch_arg = &allowed,
                                          .metric_sessions = sessions,
                                          .gallery = gallery,
                                          .hooks = hooks,
                                          .n_hooks = OC_ARRAY_LEN(hooks)};
    if (!st)
        st = serve_models(&opt, &signals, &err);
    oc_gallery_free(gallery);
    oc_metric_sessions_free(sessions);
    oc_registry_free(reg);
    if (st)
        oc_log(OC_LOG_ERROR, "cannot serve", OC_KV_S("why", err.msg));
    else
        oc_log(OC_LOG_INFO, "stopped");
    return st ? status : 0;
}

/* The keys are read first: from then on only their digests are needed. */
static int serve_with_keys(struct oc_config *c, int argc, char **argv, struct oc_router router)
{
    struct oc_err err;
    struct oc_keys *keys;
    enum oc_status st = oc_keys_new(&c->api_key, c->api_key_file, &keys, &err);
    if (st) {
        oc_log(OC_LOG_ERROR, "cannot serve", OC_KV_S("why", err.msg));
        return st == OC_E_INVALID ? 2 : 1;
    }
    oc_keys_hide(argc, argv, environ);
    oc_config_forget_secrets(c);
    int status = serve(c, router, keys);
    oc_keys_free(keys);
    return status;
}

/* What only the routes and the handlers can judge of the options: dialects, and other names of models. */
static enum oc_status check_options(struct oc_config *c, const struct oc_router *all, struct oc_router *router, struct oc_err *err)
{
    enum oc_status st = oc_router_select(all, c->dialects.items, c->dialects.n, &c->arena, router, err);
    for (size_t i = 0; !st && i < c->model_aliases.n; i++)
        st = oc_model_alias_check(c->model_aliases.items[i], err);
    return st;
}

int oc_serve(int argc, char **argv, struct oc_router all)
{
    struct oc_config c;
    struct oc_router router;
    struct oc_err err;
    int status = 2;
    oc_json_setup();
    if (oc_config_load(&c, argc - 1, argv + 1, environ, &err)) {
        fprintf(stderr, "ocelli serve: %s\ntry 'ocelli serve --help'\n", err.msg);
    } else if (c.help) {
        printf("usage: ocelli serve [OPTION]...\nServes the models in the model directories over HTTP.\n\n");
        oc_config_print_help(stdout);
        status = 0;
    } else if (c.print_config) {
        oc_config_print(&c, stdout);
        status = 0;
    } else if (check_options(&c, &all, &router, &err)) {
        fprintf(stderr, "ocelli serve: %s\n", err.msg);
    } else {
        restart_with_passive_waiting(&c, argc, argv);
        oc_log_init(c.log_format, c.log_level);
        oc_mem_set_budget(c.memory_budget);
        status = serve_with_keys(&c, argc, argv, router);
    }
    oc_config_deinit(&c);
    return status;
}

int oc_cmd_serve(int argc, char **argv)
{
    struct oc_router router;
    router.routes = oc_routes(&router.n);
    return oc_serve(argc, argv, router);
}

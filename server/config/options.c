/* The table of options, and how each type is read, written and explained. See config.h. */
#include "base/limits.h"
#include "base/parse.h"
#include "server/config/config.h"
#include <inttypes.h>

#define AT(member) offsetof(struct oc_config, member)
#define TEXT_OF(number) TEXT_OF_2(number)
#define TEXT_OF_2(number) #number

static const struct oc_option options[] = {
    {"host", "ADDRESS", OC_OPTION_TEXT, AT(host), "127.0.0.1", 0, 0, NULL, "address to listen on; 0.0.0.0 or :: for all"},
    {"port", "N", OC_OPTION_INT, AT(port), "8080", 0, 65535, NULL, "port to listen on; 0 takes any free one"},
    {"models", "DIR", OC_OPTION_LIST, AT(models), "", 0, 0, NULL, "directory of models, searched with its sub-folders; may be repeated"},
    {"default-models", "TASK=NAME", OC_OPTION_LIST, AT(default_models), "", 0, 0, NULL,
     "model used for a task when a request names none; may be repeated"},
    {"model-aliases", "ALIAS=NAME", OC_OPTION_LIST, AT(model_aliases), "", 0, 0, NULL,
     "another name of a model, for clients that cannot be told ours; may be repeated"},
    {"dialects", "NAME|none", OC_OPTION_LIST, AT(dialects), "", 0, 0, NULL,
     "foreign protocols to answer besides our own; may be repeated; none given: all of them"},
    {"preload", "NAME|all", OC_OPTION_LIST, AT(preload), "", 0, 0, NULL,
     "models loaded before the server is ready; the others are loaded on first use"},
    {"strict", "on|off", OC_OPTION_WORD, AT(strict), "off", 0, 0, "off on",
     "do not start when a model to be preloaded or a model directory is not there; else that is a warning, and /health/ready says it"},
    {"workers", "N", OC_OPTION_INT, AT(workers), "0", 0, 1024, NULL, "threads that answer requests; 0 is one per usable core"},
    {"threads", "N", OC_OPTION_INT, AT(threads), "0", 0, 1024, NULL,
     "compute threads of one inference; 0 is usable cores divided by workers"},
    {"precision", "P", OC_OPTION_WORD, AT(precision), "auto", 0, 0, "auto f32 bf16 int8", "arithmetic of inference"},
    {"backend", "B", OC_OPTION_WORD, AT(backend), "auto", 0, 0, "auto onednn openblas reference", "compute library"},
    {"queue", "N", OC_OPTION_INT, AT(queue), "0", 0, 100000, NULL,
     "requests that may wait for a worker; 0 is " TEXT_OF(LIM_QUEUE_PER_WORKER) " per worker, at least " TEXT_OF(LIM_QUEUE_MIN)},
    {"deadline-ms", "MS", OC_OPTION_INT, AT(deadline_ms), TEXT_OF(LIM_DEADLINE_MS), 1, 86400000, NULL,
     "a request's whole time; a client's x-timeout-ms can lower it"},
    {"drain-ms", "MS", OC_OPTION_INT, AT(drain_ms), TEXT_OF(LIM_DRAIN_MS), 0, 3600000, NULL,
     "after SIGTERM, time for accepted requests to finish"},
    {"max-body", "SIZE", OC_OPTION_SIZE, AT(max_body), "32M", 1024, INT64_C(1) << 32, NULL, "largest request body"},
    {"max-body-inflight", "SIZE", OC_OPTION_SIZE, AT(max_body_inflight), "512M", 1024, INT64_C(1) << 40, NULL,
     "bodies of all requests together"},
    {"body-seconds", "S", OC_OPTION_INT, AT(body_seconds), TEXT_OF(LIM_BODY_SECONDS), 1, 86400, NULL,
     "time for a request's body to arrive"},
    {"header-seconds", "S", OC_OPTION_INT, AT(header_seconds), TEXT_OF(LIM_HEADER_SECONDS), 1, 86400, NULL,
     "time for a request's headers to arrive, and for an idle connection to stay open"},
    {"answer-seconds", "S", OC_OPTION_INT, AT(answer_seconds), TEXT_OF(LIM_ANSWER_SECONDS), 1, 86400, NULL,
     "time a client may take no byte of its answer"},
    {"max-connections", "N", OC_OPTION_INT, AT(max_connections), TEXT_OF(LIM_CONNECTIONS), 8, 1000000, NULL,
     "open connections; when there are so many, the longest idle one is closed for a new one"},
    {"connections-per-address", "N", OC_OPTION_INT, AT(connections_per_address), TEXT_OF(LIM_CONN_PER_ADDRESS), 0, 1000000, NULL,
     "connections from one address; 0 is no limit"},
    {"max-pixels", "N", OC_OPTION_INT, AT(max_pixels), "64000000", 1, INT64_C(1) << 30, NULL, "width times height of an image"},
    {"max-images", "N", OC_OPTION_INT, AT(max_images), TEXT_OF(LIM_IMAGES), 1, 100000, NULL, "images in one request"},
    {"max-texts", "N", OC_OPTION_INT, AT(max_texts), TEXT_OF(LIM_TEXTS), 1, 1000000, NULL, "texts in one request"},
    {"text-cache", "SIZE", OC_OPTION_SIZE, AT(text_cache), "16M", 0, INT64_C(1) << 40, NULL,
     "vectors of texts that each model keeps for when they come again; 0 is none"},
    {"metric-sessions", "N", OC_OPTION_INT, AT(metric_sessions), TEXT_OF(LIM_METRIC_SESSIONS), 0, 100000, NULL,
     "sessions of /v1/metrics at a time; 0 keeps none"},
    {"metric-session-bytes", "SIZE", OC_OPTION_SIZE, AT(metric_session_bytes), "256M", 1024, INT64_C(1) << 40, NULL,
     "memory of all those sessions together"},
    {"metric-session-seconds", "S", OC_OPTION_INT, AT(metric_session_seconds), TEXT_OF(LIM_METRIC_SESSION_SECONDS), 1, 31536000, NULL,
     "time after its last use for which such a session is kept"},
    {"gallery", "FILE|auto|none", OC_OPTION_TEXT, AT(gallery), "auto", 0, 0, NULL,
     "database of enrolled faces, made by the first enrolment; auto: gallery.sqlite in $STATE_DIRECTORY, $XDG_STATE_HOME/ocelli or "
     "~/.local/state/ocelli"},
    {"gallery-images", "on|off", OC_OPTION_WORD, AT(gallery_images), "off", 0, 0, "off on",
     "keep enrolled pictures in it, so that another model can be used later"},
    {"gallery-max-faces", "N", OC_OPTION_INT, AT(gallery_max_faces), TEXT_OF(LIM_GALLERY_FACES), 1, 100000000, NULL,
     "faces it may hold; their vectors are in memory"},
    {"gallery-max-bytes", "SIZE", OC_OPTION_SIZE, AT(gallery_max_bytes), "0", 0, INT64_C(1) << 50, NULL,
     "size the database may reach; 0 is the disk's"},
    {"memory-budget", "SIZE", OC_OPTION_SIZE, AT(memory_budget), "0", 0, INT64_C(1) << 50, NULL,
     "memory the server may use; 0 is " TEXT_OF(LIM_MEMORY_PERCENT) " % of the container's limit or the machine's memory"},
    {"url-input", "HOST", OC_OPTION_LIST, AT(url_input), "", 0, 0, NULL,
     "host images may be fetched from by URL: HOST, HOST:PORT, *.HOST, private:HOST:PORT; may be repeated; none: URL input is off"},
    {"allowed-host", "NAME", OC_OPTION_LIST, AT(allowed_host), "", 0, 0, NULL,
     "name by which clients may call the server (the Host header); may be repeated; none: any, but on loopback addresses only those"},
    {"cors-origin", "ORIGIN", OC_OPTION_LIST, AT(cors_origin), "", 0, 0, NULL,
     "web site whose pages may use the server, as https://photos.example; may be repeated; none: only the server's own page"},
    {"api-key", "KEY", OC_OPTION_SECRETS, AT(api_key), "", 0, 0, NULL,
     "key that requests must bring, but for health checks; may be repeated; other programs can see arguments: prefer the file"},
    {"api-key-file", "FILE", OC_OPTION_TEXT, AT(api_key_file), "", 0, 0, NULL, "file with such keys, one a line; read again on SIGHUP"},
    {"log-format", "F", OC_OPTION_LOG_FORMAT, AT(log_format), "text", 0, 0, "text json", "form of log lines"},
    {"log-level", "L", OC_OPTION_LOG_LEVEL, AT(log_level), "info", 0, 0, "debug info warn error none",
     "least important lines that are logged"},
};
_Static_assert(OC_ARRAY_LEN(options) <= OC_OPTIONS_MAX, "OC_OPTIONS_MAX is the size of per-option tables");

const struct oc_option *oc_options(size_t *n)
{
    *n = OC_ARRAY_LEN(options);
    return options;
}

int oc_option_find(const char *s, size_t n)
{
    for (size_t i = 0; i < OC_ARRAY_LEN(options); i++)
        if (strlen(options[i].name) == n && !memcmp(options[i].name, s, n))
            return (int)i;
    return -1;
}

/* Is word one of the space-separated words? */
static bool one_of(const char *words, const char *word)
{
    size_t n = strlen(word);
    for (const char *p = words; *p; p += strspn(p, " ")) {
        size_t len = strcspn(p, " ");
        if (len == n && !memcmp(p, word, n))
            return true;
        p += len;
    }
    return false;
}

static enum oc_status bad_value(const struct oc_option *o, const char *value, const char *where, struct oc_err *err)
{
    if (o->words)
        return oc_err_set(err, OC_E_INVALID, "%s: '%.100s' is not one of: %s", where, value, o->words);
    return oc_err_set(err, OC_E_INVALID, "%s: '%.100s' is not %s from %" PRId64 " to %" PRId64, where, value,
                      o->type == OC_OPTION_SIZE ? "a size (such as 512K, 32M, 2G)" : "a whole number", o->min, o->max);
}

static enum oc_status store_one(struct oc_config *c, const struct oc_option *o, const char *value, const char *where, struct oc_err *err)
{
    void *member = (char *)c + o->offset;
    int64_t number;
    size_t size;
    bool ok = true;
    if (o->type == OC_OPTION_INT) {
        ok = oc_parse_i64(value, strlen(value), o->min, o->max, &number);
        if (ok)
            *(int64_t *)member = number;
    } else if (o->type == OC_OPTION_SIZE) {
        ok = oc_parse_size(value, strlen(value), &size) && size >= (size_t)o->min && size <= (size_t)o->max;
        if (ok)
            *(size_t *)member = size;
    } else if (o->type == OC_OPTION_LOG_FORMAT) {
        ok = oc_log_format_parse(value, member);
    } else if (o->type == OC_OPTION_LOG_LEVEL) {
        ok = oc_log_level_parse(value, member);
    } else {
        ok = o->type != OC_OPTION_WORD || one_of(o->words, value);
        *(const char **)member = value;
    }
    return ok ? OC_OK : bad_value(o, value, where, err);
}

enum oc_status oc_option_store(struct oc_config *c, const struct oc_option *o, const char *const *values, size_t n, const char *where,
                               struct oc_err *err)
{
    if (o->type != OC_OPTION_LIST && o->type != OC_OPTION_SECRETS)
        return n == 1 ? store_one(c, o, values[0], where, err) : oc_err_set(err, OC_E_INVALID, "%s: one value, not %zu", where, n);
    struct oc_strings *list = (void *)((char *)c + o->offset);
    list->items = oc_arena_array(&c->arena, n + 1, sizeof *list->items);
    if (!list->items)
        return oc_err_nomem(err, "options", n * sizeof *list->items);
    memcpy(list->items, values, n * sizeof *values);
    list->n = n;
    return OC_OK;
}

/* OCELLI_MAX_BODY for max-body. */
static void environment_name(const char *option, char *out, size_t size)
{
    snprintf(out, size, "OCELLI_%s", option);
    for (char *p = out; *p; p++)
        *p = *p == '-' ? '_' : (char)(*p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
}

void oc_config_print_help(FILE *out)
{
    fprintf(out, "Options, each also an environment variable and a key of the configuration file (a JSON object):\n");
    for (size_t i = 0; i < OC_ARRAY_LEN(options); i++) {
        const struct oc_option *o = &options[i];
        char left[64], name[64];
        snprintf(left, sizeof left, "--%s %s", o->name, o->value_name);
        environment_name(o->name, name, sizeof name);
        fprintf(out, "  %-34s %s\n  %-34s   ", left, o->help, "");
        if (o->words)
            fprintf(out, "one of: %s; ", o->words);
        fprintf(out, "default %s; %s\n", *o->fallback ? o->fallback : "none", name);
    }
    fprintf(out, "  %-34s configuration file; OCELLI_CONFIG\n", "--config FILE");
    fprintf(out, "  %-34s print the effective values and where each comes from, then exit\n", "--print-config");
    fprintf(out, "  %-34s this text\n", "--help");
}

static void print_value(const struct oc_config *c, const struct oc_option *o, FILE *out)
{
    static const char *const levels[] = {"debug", "info", "warn", "error", "none"};
    const void *member = (const char *)c + o->offset;
    const struct oc_strings *list = member;
    switch (o->type) {
    case OC_OPTION_INT:
        fprintf(out, "%" PRId64, *(const int64_t *)member);
        break;
    case OC_OPTION_SIZE:
        fprintf(out, "%zu", *(const size_t *)member);
        break;
    case OC_OPTION_LIST:
        for (size_t i = 0; i < list->n; i++)
            fprintf(out, "%s%s", i ? "," : "", list->items[i]);
        break;
    case OC_OPTION_SECRETS:
        fprintf(out, "%zu, not shown", list->n);
        break;
    case OC_OPTION_LOG_FORMAT:
        fprintf(out, "%s", c->log_format == OC_LOG_JSON ? "json" : "text");
        break;
    case OC_OPTION_LOG_LEVEL:
        fprintf(out, "%s", levels[c->log_level]);
        break;
    case OC_OPTION_TEXT:
    case OC_OPTION_WORD:
        fprintf(out, "%s", *(const char *const *)member);
        break;
    }
}

void oc_config_print(const struct oc_config *c, FILE *out)
{
    static const char *const sources[] = {"default", "file", "environment", "command line"};
    for (size_t i = 0; i < OC_ARRAY_LEN(options); i++) {
        fprintf(out, "%-24s ", options[i].name);
        print_value(c, &options[i], out);
        fprintf(out, "  (%s)\n", sources[c->source[i]]);
    }
}

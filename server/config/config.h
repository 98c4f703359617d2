/*
 * The options of the server: one table (options.c) drives parsing, --help and --print-config. A value comes from the command line
 * (--name VALUE), else the environment (OCELLI_NAME), else the configuration file (a JSON object, "name": value), else the table's default.
 */
#ifndef OC_SERVER_CONFIG_CONFIG_H
#define OC_SERVER_CONFIG_CONFIG_H

#include "base/arena.h"
#include "base/err.h"
#include "base/log.h"

struct oc_strings {
    const char **items; /* in the config's arena */
    size_t n;
};

enum oc_source { OC_FROM_DEFAULT, OC_FROM_FILE, OC_FROM_ENVIRONMENT, OC_FROM_COMMAND_LINE };

#define OC_OPTIONS_MAX 64

/* Effective values; everything is in the arena. */
struct oc_config {
    const char *host;
    int64_t port; /* 0: any free one */
    struct oc_strings models, preload, default_models, model_aliases, dialects, url_input, api_key;
    const char *api_key_file;                 /* "": none */
    int64_t workers, threads;                 /* 0 became the number of usable cores, or one */
    const char *precision, *backend, *strict; /* strict: "on", "off" */
    int64_t queue;                            /* 0 became LIM_QUEUE_PER_WORKER x workers */
    int64_t deadline_ms, drain_ms;
    size_t max_body, max_body_inflight;
    int64_t body_seconds, header_seconds, answer_seconds, max_connections, connections_per_address;
    struct oc_strings allowed_host, cors_origin;
    int64_t max_pixels, max_images, max_texts;
    size_t text_cache;
    int64_t metric_sessions, metric_session_seconds;
    const char *gallery; /* a path, "auto" or "none" */
    const char *gallery_images;
    int64_t gallery_max_faces;
    size_t gallery_max_bytes;    /* 0: no limit */
    size_t metric_session_bytes; /* of all together */
    size_t memory_budget;        /* 0 became LIM_MEMORY_PERCENT of what there is */
    enum oc_log_format log_format;
    enum oc_log_level log_level;

    bool help, print_config; /* asked for on the command line */
    enum oc_source source[OC_OPTIONS_MAX];
    const char *file; /* the configuration file, or NULL */
    struct oc_arena arena;
};

enum oc_option_type {
    OC_OPTION_INT,
    OC_OPTION_SIZE,
    OC_OPTION_TEXT,
    OC_OPTION_LIST,
    OC_OPTION_SECRETS, /* a list that is never shown */
    OC_OPTION_WORD,
    OC_OPTION_LOG_FORMAT,
    OC_OPTION_LOG_LEVEL
};

struct oc_option {
    const char *name, *value_name; /* "max-body", "SIZE" */
    enum oc_option_type type;
    size_t offset;        /* in struct oc_config */
    const char *fallback; /* default, as one would write it */
    int64_t min, max;     /* for INT and SIZE */
    const char *words;    /* for WORD: "auto f32 bf16" */
    const char *help;
};

/* The table; *n its length. */
const struct oc_option *oc_options(size_t *n);

/*
 * Reads all sources. argv: the words after the command's name; argc 0 reads the other sources only. environment: as environ.
 * OC_E_INVALID names the option, the value and what is allowed. Call oc_config_deinit in either case.
 */
enum oc_status oc_config_load(struct oc_config *c, int argc, char *const *argv, char *const *environment, struct oc_err *err) OC_MUST_CHECK;
void oc_config_deinit(struct oc_config *c);
/* Overwrites the values of options that are never shown; their number stays. */
void oc_config_forget_secrets(struct oc_config *c);

/* The options for --help, and the effective values with their sources. */
void oc_config_print_help(FILE *out);
void oc_config_print(const struct oc_config *c, FILE *out);

/* --- for the files in this folder --- */

/* Raw text of every option from one source; a list may have many values. NULL = not given there. */
struct oc_raw {
    const char **values[OC_OPTIONS_MAX];
    size_t n[OC_OPTIONS_MAX];
};
enum oc_status oc_raw_add(struct oc_arena *arena, struct oc_raw *raw, size_t option, const char *value) OC_MUST_CHECK;
/* Splits "a,b,c" into values. */
enum oc_status oc_raw_add_list(struct oc_arena *arena, struct oc_raw *raw, size_t option, const char *text) OC_MUST_CHECK;
/* Index of the option called s[0..n-1], or -1. */
int oc_option_find(const char *s, size_t n);
/* The configuration file's text: one JSON object. */
enum oc_status oc_config_parse_json(struct oc_arena *arena, const char *text, size_t n, struct oc_raw *raw,
                                    struct oc_err *err) OC_MUST_CHECK;
/* Stores text into the option's member of c. `where` names the source for the message. */
enum oc_status oc_option_store(struct oc_config *c, const struct oc_option *o, const char *const *values, size_t n, const char *where,
                               struct oc_err *err) OC_MUST_CHECK;

#endif

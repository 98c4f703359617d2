/* `ocelli pull`: the command line. */
#include "base/limits.h"
#include "base/parse.h"
#include "handlers/output/json_out.h"
#include "server/command.h"
#include "server/models_setup.h"
#include "server/pull/pull.h"
#include <curl/curl.h>
#include <signal.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DONE, FAILED, USAGE };

static const char usage[] = "usage: ocelli pull NAME... [--models DIR] [--mirror DIR|URL] [--accept-licence] [--force] [--quiet]\n"
                            "       ocelli pull --list [--json]\n"
                            "       ocelli pull --files NAME...\n";

static const char help[] =
    "\nDownloads models by name from the catalogue, checks size and SHA-256 of every file, and moves each model to its place when it is "
    "whole.\n"
    "What breaks off is gone on with by the same command.\n\n"
    "  --list               what the catalogue has; --json: as JSON\n"
    "  --files              the files of the named models, with URL, size, SHA-256 and the place where each belongs: for machines without "
    "a\n"
    "                       network\n"
    "  --models DIR         where to install; default: the first of OCELLI_MODELS or of the configuration file's models, else ./models\n"
    "  --mirror DIR|URL     take the files from DIR|URL/FOLDER/PATH, as they lie in a model directory\n"
    "  --accept-licence     agree to licences that restrict use without being asked\n"
    "  --force              pull again what is installed\n"
    "  --attempts N         tries for each file, 1..100; default 5\n"
    "  --pause-ms N         pause before the second try, doubled for each further one up to 30 s; 0..30000, default 1000\n"
    "  --stall-seconds N    a download that brings nothing for so long is broken off, 1..3600; default 30\n"
    "  --catalogue FILE     another catalogue; the built-in one is models/catalogue.json of the source\n"
    "  --quiet              only errors\n";

struct options {
    const char *models, *mirror, *catalogue;
    bool list, files, json, accept, force, quiet, help;
    int attempts, pause_ms, stall_seconds;
    char **names;
    int n_names;
};

static volatile int interrupted;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

static bool take_flag(struct options *o, const char *arg)
{
    const struct {
        const char *name;
        bool *flag;
    } flags[] = {{"--list", &o->list},
                 {"--files", &o->files},
                 {"--json", &o->json},
                 {"--accept-licence", &o->accept},
                 {"--accept-license", &o->accept},
                 {"--force", &o->force},
                 {"--quiet", &o->quiet},
                 {"--help", &o->help},
                 {"-h", &o->help}};
    for (size_t i = 0; i < OC_ARRAY_LEN(flags); i++)
        if (!strcmp(arg, flags[i].name)) {
            *flags[i].flag = true;
            return true;
        }
    return false;
}

static bool take_value(struct options *o, const char *name, size_t n, const char *value)
{
    int64_t number;
    if (n == 8 && !strncmp(name, "--models", n))
        o->models = value;
    else if (n == 8 && !strncmp(name, "--mirror", n))
        o->mirror = value;
    else if (n == 11 && !strncmp(name, "--catalogue", n))
        o->catalogue = value;
    else if (n == 10 && !strncmp(name, "--attempts", n) && oc_parse_i64(value, strlen(value), 1, 100, &number))
        o->attempts = (int)number;
    else if (n == 10 && !strncmp(name, "--pause-ms", n) && oc_parse_i64(value, strlen(value), 0, 30000, &number))
        o->pause_ms = (int)number;
    else if (n == 15 && !strncmp(name, "--stall-seconds", n) && oc_parse_i64(value, strlen(value), 1, 3600, &number))
        o->stall_seconds = (int)number;
    else
        return false;
    return *value != 0;
}

static bool read_options(struct options *o, int argc, char **argv)
{
    *o = (struct options){.attempts = 5, .pause_ms = 1000, .stall_seconds = 30, .names = argv};
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i], *equals = strchr(arg, '=');
        if (arg[0] != '-') {
            o->names[o->n_names++] = argv[i];
        } else if (!take_flag(o, arg)) {
            bool joined = equals != NULL, has = joined || i + 1 < argc;
            if (!has || !take_value(o, arg, joined ? (size_t)(equals - arg) : strlen(arg), joined ? equals + 1 : argv[i + 1])) {
                fprintf(stderr, "ocelli pull: option '%s' is unknown, or its value is missing or wrong\n", arg);
                return false;
            }
            i += !joined;
        }
    }
    return o->help || o->list || o->n_names > 0;
}

static enum oc_status load_catalogue(const struct options *o, struct oc_catalogue *c, struct oc_err *err)
{
    if (!o->catalogue)
        return oc_catalogue_read(c, (const char *)oc_catalogue_json, oc_catalogue_json_len, err);
    struct oc_buf text;
    oc_buf_init(&text, OC_MEM_OTHER, LIM_MODEL_JSON);
    const char *slash = strrchr(o->catalogue, '/');
    char folder[OC_PATH_MAX];
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - o->catalogue) + 1 : 1, slash ? o->catalogue : ".");
    *c = (struct oc_catalogue){0};
    enum oc_status st = oc_file_read(folder, slash ? slash + 1 : o->catalogue, &text, err);
    if (!st)
        st = oc_catalogue_read(c, text.data ? text.data : "", text.len, err);
    oc_buf_deinit(&text);
    return st;
}

static void print_list_json(const struct oc_catalogue *c, struct oc_buf *out)
{
    struct oc_json j = oc_json_begin(out);
    oc_json_open(&j, '[');
    for (size_t i = 0; i < c->n; i++) {
        const struct oc_pull_model *m = &c->models[i];
        int64_t size = oc_pull_model_size(m);
        oc_json_open(&j, '{');
        oc_json_put_string(&j, "name", m->name);
        oc_json_put_string(&j, "task", m->task);
        oc_json_put_string(&j, "about", m->about);
        oc_json_put_string(&j, "licence", m->licence);
        oc_json_put_string(&j, "licence_url", m->licence_url);
        oc_json_put_bool(&j, "restricted", m->restricted);
        oc_json_put_bool(&j, "verified", oc_pull_model_is_verified(m));
        oc_json_put_string(&j, "source", m->source);
        oc_json_key(&j, "size");
        if (size < 0)
            oc_json_null(&j);
        else
            oc_json_int(&j, size);
        oc_json_close(&j, '}');
    }
    oc_json_close(&j, ']');
    if (oc_json_end(&j) == OC_OK)
        printf("%s\n", out->data);
}

static void print_list(const struct oc_catalogue *c, bool json)
{
    struct oc_buf out;
    if (json) {
        oc_buf_init(&out, OC_MEM_JSON, OC_MIB(16));
        print_list_json(c, &out);
        oc_buf_deinit(&out);
        return;
    }
    int width = 4;
    for (size_t i = 0; i < c->n; i++)
        width = (int)strlen(c->models[i].name) > width ? (int)strlen(c->models[i].name) : width;
    printf("%-*s  %-9s %9s  %-10s %s\n", width, "NAME", "TASK", "SIZE", "SHA-256", "LICENCE");
    for (size_t i = 0; i < c->n; i++) {
        const struct oc_pull_model *m = &c->models[i];
        char size[24] = "?";
        if (oc_pull_model_size(m) >= 0)
            oc_bytes_text(oc_pull_model_size(m), size);
        printf("%-*s  %-9s %9s  %-10s %s%s\n", width, m->name, m->task, size, oc_pull_model_is_verified(m) ? "known" : "unverified",
               m->licence, m->restricted ? " (restricted)" : "");
    }
}

/* What a machine without a network needs: where to get each file, and where to put it. */
static void print_files(FILE *out, const struct oc_pull *p, const struct oc_pull_model *m, const char *directory)
{
    char from[OC_PATH_MAX], digest[65], size[24];
    for (size_t i = 0; i < m->n_files; i++) {
        const struct oc_pull_file *f = &m->files[i];
        if (oc_pull_origin(p, m, i, from, NULL))
            continue;
        fprintf(out, "%s\n  -> %s/%s/%s\n  ", from, directory, m->folder, f->path);
        if (f->size >= 0)
            fprintf(out, "%s (%lld bytes), ", oc_bytes_text(f->size, size), (long long)f->size);
        oc_sha256_text(f->sha256, digest);
        fprintf(out, "%s%s\n", f->has_sha256 ? "SHA-256 " : "SHA-256 unknown (unverified)", f->has_sha256 ? digest : "");
    }
    if (m->model_json)
        fprintf(out, "this text\n  -> %s/%s/model.json\n%s\n", directory, m->folder, m->model_json);
}

/* False: not agreed. */
static bool agree(const struct options *o, const struct oc_pull_model *m)
{
    char answer[16];
    if (!o->quiet || m->restricted)
        fprintf(stderr, "%s: licence: %s%s%s%s\n", m->name, m->licence, m->licence_url ? " (" : "", m->licence_url ? m->licence_url : "",
                m->licence_url ? ")" : "");
    if (!m->restricted || o->accept)
        return true;
    if (!isatty(STDIN_FILENO)) {
        fprintf(stderr, "%s: this licence restricts what you may do with the model; --accept-licence says that you agree\n", m->name);
        return false;
    }
    fprintf(stderr, "This licence restricts what you may do with the model. Do you agree? Type yes: ");
    return fgets(answer, sizeof answer, stdin) && !strcasecmp(answer, "yes\n");
}

static void say_unknown(const struct oc_catalogue *c, const char *name)
{
    fprintf(stderr, "ocelli pull: the catalogue has no '%.100s'", name);
    bool first = true;
    for (size_t i = 0; i < c->n; i++)
        if (strcasestr(c->models[i].name, name)) {
            fprintf(stderr, "%s%s", first ? "; it has " : ", ", c->models[i].name);
            first = false;
        }
    fprintf(stderr, first ? "; 'ocelli pull --list' shows all\n" : "\n");
}

static int pull_one(const struct options *o, const struct oc_pull *p, const struct oc_staging *s, const struct oc_pull_model *m)
{
    struct oc_err err;
    enum oc_pulled how;
    if (!agree(o, m))
        return FAILED;
    enum oc_status st = oc_pull_model(p, s, m, &how, &err);
    if (!st) {
        if (!o->quiet)
            fprintf(stderr, "%s: %s %s/%s\n", m->name, how == OC_PULL_INSTALLED ? "installed in" : "already in", s->directory, m->folder);
        return DONE;
    }
    fprintf(stderr, "ocelli pull: %s: %s\n", m->name, err.msg);
    if (st == OC_E_CANCELLED || st == OC_E_DEADLINE)
        fprintf(stderr, "What has come is kept; the same command goes on from there.\n");
    if (st == OC_E_DEADLINE || st == OC_E_NOT_FOUND || st == OC_E_FORBIDDEN) {
        fprintf(stderr, "Without a network, put these files there by hand:\n");
        print_files(stderr, p, m, s->directory);
    }
    return FAILED;
}

static int pull_all(const struct options *o, const struct oc_pull *p, const struct oc_catalogue *c, const char *directory)
{
    struct oc_staging s;
    struct oc_err err;
    int status = DONE;
    for (int i = 0; i < o->n_names; i++)
        if (!oc_catalogue_find(c, o->names[i])) {
            say_unknown(c, o->names[i]);
            return FAILED;
        }
    if (o->files) {
        for (int i = 0; i < o->n_names; i++)
            print_files(stdout, p, oc_catalogue_find(c, o->names[i]), directory);
        return DONE;
    }
    if (oc_staging_open(&s, directory, &err)) {
        fprintf(stderr, "ocelli pull: %s\n", err.msg);
        status = FAILED;
    }
    for (int i = 0; i < o->n_names && s.lock >= 0 && !status && !interrupted; i++)
        status = pull_one(o, p, &s, oc_catalogue_find(c, o->names[i]));
    oc_staging_close(&s);
    return interrupted ? FAILED : status;
}

/* http, https, or a folder that is there. */
static bool judge_mirror(const struct options *o, struct oc_pull *p)
{
    struct stat s;
    p->mirror = o->mirror;
    if (!o->mirror || !strncasecmp(o->mirror, "http://", 7) || !strncasecmp(o->mirror, "https://", 8))
        return true;
    p->mirror_is_path = true;
    if (!stat(o->mirror, &s) && S_ISDIR(s.st_mode))
        return true;
    fprintf(stderr, "ocelli pull: --mirror: '%s' is neither a folder nor an http or https URL\n", o->mirror);
    return false;
}

static int run(const struct options *o, const struct oc_config *config)
{
    struct oc_catalogue c;
    struct oc_err err;
    struct oc_registry_options registry;
    struct oc_pull p = {.force = o->force,
                        .quiet = o->quiet,
                        .attempts = o->attempts,
                        .stall_seconds = o->stall_seconds,
                        .first_pause_ms = o->pause_ms,
                        .interrupted = &interrupted};
    int status = FAILED;
    enum oc_status st = load_catalogue(o, &c, &err);
    if (!st)
        st = oc_models_options(config, &registry, &err);
    if (st) {
        fprintf(stderr, "ocelli pull: %s\n", err.msg);
    } else if (o->list) {
        print_list(&c, o->json);
        status = DONE;
    } else if (!judge_mirror(o, &p)) {
        status = USAGE;
    } else {
        p.engine = registry.engine;
        status = pull_all(o, &p, &c, o->models ? o->models : config->models.n ? config->models.items[0] : "models");
    }
    oc_catalogue_deinit(&c);
    return status;
}

int oc_cmd_pull(int argc, char **argv)
{
    struct options o;
    struct oc_config config;
    struct oc_err err;
    if (!read_options(&o, argc, argv)) {
        fprintf(stderr, "%s", usage);
        return USAGE;
    }
    if (o.help) {
        printf("%s%s", usage, help);
        return DONE;
    }
    oc_json_setup();
    int status = USAGE;
    if (oc_config_load(&config, 0, NULL, environ, &err)) {
        fprintf(stderr, "ocelli pull: %s\n", err.msg);
    } else if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        fprintf(stderr, "ocelli pull: libcurl cannot be set up\n");
        status = FAILED;
    } else {
        oc_log_init(config.log_format, config.log_level < OC_LOG_ERROR ? OC_LOG_ERROR : config.log_level);
        oc_mem_set_budget(config.memory_budget);
        struct sigaction action = {.sa_handler = on_interrupt, .sa_flags = SA_RESETHAND};
        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
        status = run(&o, &config);
        curl_global_cleanup();
    }
    oc_config_deinit(&config);
    return status;
}

/* Command-line options of the engine's commands; see args.h. */
#include "engine/cli/args.h"
#include "base/mem.h"
#include "base/parse.h"
#include <stdlib.h>
#include <string.h>

struct reader {
    struct eng_args *a;
    int argc, at;
    char **argv;
    unsigned allowed;
};

static bool complain(const struct reader *r, const char *what, const char *which)
{
    fprintf(stderr, "ocelli %s: %s%s\ntry 'ocelli %s --help'\n", r->argv[0], what, which, r->argv[0]);
    return false;
}

/* "--name VALUE" or "--name=VALUE". */
static bool is_option(struct reader *r, const char *name, const char **value)
{
    const char *arg = r->argv[r->at];
    size_t n = strlen(name);
    if (strncmp(arg, name, n) != 0 || (arg[n] != 0 && arg[n] != '='))
        return false;
    *value = arg[n] == '=' ? arg + n + 1 : r->at + 1 < r->argc ? r->argv[++r->at] : NULL;
    return true;
}

static bool split(const char *text, struct eng_pair *p)
{
    const char *eq = strrchr(text, '=');
    if (!eq || eq == text || !eq[1])
        return false;
    *p = (struct eng_pair){text, (size_t)(eq - text), eq + 1};
    return true;
}

static bool set_number(const struct reader *r, const char *option, const char *value, int max, int *out)
{
    int64_t v;
    if (!oc_parse_i64(value, strlen(value), 1, max, &v))
        return complain(r, option, " needs a whole number of at least 1");
    *out = (int)v;
    return true;
}

static bool set_dim(const struct reader *r, const char *value)
{
    int64_t v;
    struct eng_pair *p = &r->a->dims[r->a->n_dims];
    if (!split(value, p) || !oc_parse_i64(p->value, strlen(p->value), 0, INT32_MAX, &v))
        return complain(r, "--dim needs NAME=NUMBER, not ", value);
    r->a->n_dims++;
    return true;
}

static bool set_precision(const struct reader *r, const char *value)
{
    return eng_precision_parse(value, &r->a->options.precision) || complain(r, "--precision is auto, f32, bf16 or int8, not ", value);
}

/* One option with a value; *known: whether it is one. */
static bool valued_option(struct reader *r, bool *known)
{
    static const struct {
        const char *name;
        unsigned flag;
    } options[] = {{"--backend", 0},
                   {"--out", ENG_ARG_OUT},
                   {"--dim", ENG_ARG_DIM},
                   {"--precision", ENG_ARG_PRECISION},
                   {"--threads", ENG_ARG_THREADS},
                   {"--runs", ENG_ARG_RUNS}};
    const char *value = NULL;
    *known = false;
    for (size_t i = 0; i < OC_ARRAY_LEN(options); i++) {
        if ((options[i].flag && !(r->allowed & options[i].flag)) || !is_option(r, options[i].name, &value))
            continue;
        *known = true;
        if (!value)
            return complain(r, options[i].name, " needs a value");
        switch (options[i].flag) {
        case ENG_ARG_OUT:
            r->a->out_dir = value;
            return true;
        case ENG_ARG_DIM:
            return set_dim(r, value);
        case ENG_ARG_PRECISION:
            return set_precision(r, value);
        case ENG_ARG_THREADS:
            return set_number(r, "--threads", value, 1024, &r->a->options.threads);
        case ENG_ARG_RUNS:
            return set_number(r, "--runs", value, 1000000, &r->a->runs);
        default:
            r->a->options.backend = value;
            return true;
        }
    }
    return true;
}

static bool one_argument(struct reader *r)
{
    struct eng_args *a = r->a;
    const char *arg = r->argv[r->at];
    bool known;
    if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0) {
        a->help = true;
        return true;
    }
    if ((r->allowed & ENG_ARG_JSON) && strcmp(arg, "--json") == 0) {
        a->json = true;
        return true;
    }
    if ((r->allowed & ENG_ARG_PROFILE) && strcmp(arg, "--profile") == 0) {
        a->profile = true;
        return true;
    }
    if ((r->allowed & ENG_ARG_LIST_FAILURES) && strcmp(arg, "--list-failures") == 0) {
        a->list_failures = true;
        return true;
    }
    if (!valued_option(r, &known))
        return false;
    if (known)
        return true;
    if (arg[0] == '-' && arg[1])
        return complain(r, "there is no option ", arg);
    if ((r->allowed & ENG_ARG_FEED) && a->n_files > 0) { /* the model comes first */
        if (!split(arg, &a->feeds[a->n_feeds]))
            return complain(r, "inputs are given as NAME=FILE.npy, not ", arg);
        a->n_feeds++;
        return true;
    }
    a->files[a->n_files++] = arg;
    return true;
}

static bool from_environment(struct reader *r)
{
    const char *backend = getenv("OCELLI_BACKEND"), *precision = getenv("OCELLI_PRECISION"), *threads = getenv("OCELLI_THREADS");
    if (backend && *backend)
        r->a->options.backend = backend;
    if (precision && *precision && (r->allowed & ENG_ARG_PRECISION) && !set_precision(r, precision))
        return false;
    if (threads && *threads && (r->allowed & ENG_ARG_THREADS))
        return set_number(r, "OCELLI_THREADS", threads, 1024, &r->a->options.threads);
    return true;
}

bool eng_args_parse(struct eng_args *a, int argc, char **argv, unsigned allowed)
{
    struct reader r = {.a = a, .argc = argc, .argv = argv, .allowed = allowed};
    *a = (struct eng_args){.runs = 20};
    a->files = oc_mem_array(OC_MEM_OTHER, (size_t)argc, sizeof *a->files);
    a->feeds = oc_mem_array(OC_MEM_OTHER, (size_t)argc, sizeof *a->feeds);
    a->dims = oc_mem_array(OC_MEM_OTHER, (size_t)argc, sizeof *a->dims);
    if (!a->files || !a->feeds || !a->dims)
        return complain(&r, "out of memory", "");
    if (!from_environment(&r))
        return false;
    for (r.at = 1; r.at < argc; r.at++)
        if (!one_argument(&r))
            return false;
    return true;
}

void eng_args_free(struct eng_args *a)
{
    oc_mem_free(a->files);
    oc_mem_free(a->feeds);
    oc_mem_free(a->dims);
}

static bool is_name(const struct eng_pair *p, const char *name)
{
    return strlen(name) == p->name_len && memcmp(name, p->name, p->name_len) == 0;
}

static bool names_dim(const struct eng_pair *p, const struct eng_io *io, int axis)
{
    char axis_text[16];
    snprintf(axis_text, sizeof axis_text, "%d", axis);
    if ((io->dim_name[axis] && is_name(p, io->dim_name[axis])) || is_name(p, axis_text))
        return true;
    size_t n = strlen(io->name), digits = strlen(axis_text);
    return p->name_len == n + 1 + digits && memcmp(p->name, io->name, n) == 0 && p->name[n] == ':' &&
           memcmp(p->name + n + 1, axis_text, digits) == 0;
}

int64_t eng_args_dim(const struct eng_args *a, const struct eng_io *io, int axis)
{
    int64_t v = -1;
    for (int i = 0; i < a->n_dims; i++)
        if (names_dim(&a->dims[i], io, axis) && !oc_parse_i64(a->dims[i].value, strlen(a->dims[i].value), 0, INT32_MAX, &v))
            v = -1;
    return v;
}

const char *eng_args_feed(const struct eng_args *a, const char *input)
{
    for (int i = 0; i < a->n_feeds; i++)
        if (is_name(&a->feeds[i], input))
            return a->feeds[i].value;
    return NULL;
}

bool eng_args_check_names(const struct eng_args *a, const struct eng_model *m, const char *command)
{
    for (int i = 0; i < a->n_feeds; i++) {
        bool found = false;
        for (int k = 0; !found && k < eng_model_n_inputs(m); k++)
            found = is_name(&a->feeds[i], eng_model_input(m, k)->name);
        if (!found) {
            fprintf(stderr, "ocelli %s: the model has no input '%.*s'\n", command, (int)a->feeds[i].name_len, a->feeds[i].name);
            return false;
        }
    }
    return true;
}

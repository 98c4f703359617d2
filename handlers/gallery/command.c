/* `ocelli gallery`: options, and the sub-commands that are short; see cli.h. */
#include "handlers/gallery/command.h"
#include <unistd.h>
#include "base/clock.h"
#include "handlers/cli.h"
#include "handlers/gallery/ask.h"
#include "handlers/output/json_out.h"

enum { PROGRESS_S = 3 };

int oc_gallery_fail(const struct oc_err *err)
{
    fprintf(stderr, "ocelli gallery: %s\n", err->msg);
    return OC_EXIT_FAILED;
}

void oc_gallery_progress_show(struct oc_gallery_progress *p, size_t n)
{
    int64_t now = oc_now_ns();
    if (!p->last_ns)
        p->last_ns = now;
    if (now - p->last_ns < (int64_t)PROGRESS_S * OC_NS_PER_S)
        return;
    p->last_ns = now;
    fprintf(stderr, "%zu %s\n", n, p->text);
}

enum oc_status oc_gallery_installed_model(const struct oc_gallery_command *c, const char *name, struct oc_gallery_model *out,
                                          struct oc_err *err)
{
    struct oc_registry *reg = NULL;
    struct oc_lease lease = {0};
    enum oc_status st = oc_registry_new(&c->registry, &reg, err);
    if (!st)
        st = oc_registry_acquire(reg, name, OC_TASK_FACE_EMBED, NULL, &lease, err);
    if (!st)
        st = oc_gallery_lease_model(&lease, 0, out, err);
    if (reg)
        oc_registry_release(reg, &lease);
    oc_registry_free(reg);
    return st;
}

/* --- list --- */

static enum oc_status print_subject(void *arg, const struct oc_subject *s)
{
    bool json = *(const bool *)arg;
    struct oc_buf text;
    if (!json) {
        printf("%8zu  %s\n", s->faces, s->name);
        return OC_OK;
    }
    oc_buf_init(&text, OC_MEM_JSON, LIM_RESPONSE_BYTES);
    struct oc_json j = oc_json_begin(&text);
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "name", s->name);
    oc_json_put_int(&j, "faces", (int64_t)s->faces);
    oc_json_put_int(&j, "created", s->created_s);
    oc_json_close(&j, '}');
    enum oc_status st = oc_json_end(&j);
    if (!st)
        printf("%s\n", text.data);
    oc_buf_deinit(&text);
    return st;
}

int oc_gallery_list(struct oc_gallery_command *c)
{
    struct oc_gallery_model model;
    struct oc_err err = {.msg = "out of memory"};
    bool bound;
    if (oc_gallery_subjects(c->g, NULL, SIZE_MAX / 2, print_subject, &c->json, &err) || oc_gallery_model(c->g, &model, &bound, &err))
        return oc_gallery_fail(&err);
    struct oc_gallery_counts n = oc_gallery_count(c->g);
    if (!c->json && bound)
        printf("%8zu  faces; vectors of %s, %zu numbers\n", n.faces, model.name, model.dim);
    return fflush(stdout) ? OC_EXIT_FAILED : OC_EXIT_DONE;
}

/* --- check --- */

static void complain(void *arg, const char *text)
{
    (void)arg;
    printf("%s\n", text);
}

static int check(struct oc_gallery_command *c)
{
    struct oc_err err;
    size_t bad;
    if (oc_gallery_check(c->g, complain, NULL, &bad, &err))
        return oc_gallery_fail(&err);
    struct oc_gallery_counts n = oc_gallery_count(c->g);
    if (bad)
        fprintf(stderr, "ocelli gallery: %s: %zu complaints\n", c->store.path, bad);
    else
        printf("ok: %zu faces\n", n.faces);
    return bad ? OC_EXIT_FAILED : OC_EXIT_DONE;
}

/* --- options --- */

static const struct sub {
    const char *name;
    int (*run)(struct oc_gallery_command *c);
    const char *words, *help;
    int least, most; /* words */
    bool writes, makes;
} subs[] = {
    {"list", oc_gallery_list, "[--json]", "Prints everybody with the number of their faces; with --json one object a line.", 0, 0, false,
     false},
    {"export", oc_gallery_export, "[--pictures] [--subject NAME]",
     "Writes all faces, or one person's, to standard output, one JSON object a line; with --pictures the kept\n"
     "pictures too. A server may be using the gallery meanwhile.",
     0, 0, false, false},
    {"import", oc_gallery_import, "[FILE] [--model NAME] [--skip-existing] [--partial] [--pictures] [--models DIR]...",
     "Reads such lines from FILE or standard input, all of them or none: what is wrong is told by line. Lines\n"
     "that name no model are of --model (an installed one), else of the gallery's. Faces that are there\n"
     "already, by their id, are an error, unless --skip-existing leaves them out; so are those of another\n"
     "model, unless --partial does. --pictures keeps pictures.",
     0, 1, true, true},
    {"re-embed", oc_gallery_reembed, "MODEL [--detector NAME] [--partial | --drop] [--models DIR]...",
     "Makes vectors of another model from the pictures that were kept (--gallery-images on), then gives the\n"
     "gallery to it. Faces that cannot be converted are listed on standard output; unless there are none it\n"
     "stays as it is, but for --partial (they stay, and can be found no more) and --drop (they are deleted).\n"
     "What is done already is not done again.",
     1, 1, true, false},
    {"check", check, "", "SQLite's integrity check, references, and every vector; prints what is wrong.", 0, 0, false, false},
};

static void print_usage(FILE *out)
{
    fprintf(out, "usage: ocelli gallery COMMAND [OPTION]... [--gallery FILE]\n\n");
    for (size_t i = 0; i < OC_ARRAY_LEN(subs); i++)
        fprintf(out, "  %-9s %s\n", subs[i].name, subs[i].words);
    fprintf(out, "\n'ocelli gallery COMMAND --help' explains each. FILE: as the server's option, its environment variable or its\n"
                 "configuration file say. import and re-embed want the gallery for themselves: stop the server first.\n");
}

struct flag {
    const char *name;
    bool *flag;
    const char **value;
};

/* Words taken, 0: wrong. */
static int take_option(struct oc_gallery_command *c, const char *name, const char *value)
{
    const struct flag flags[] = {{"--json", &c->json, NULL},
                                 {"--pictures", &c->pictures, NULL},
                                 {"--skip-existing", &c->skip_existing, NULL},
                                 {"--partial", &c->partial, NULL},
                                 {"--drop", &c->drop, NULL},
                                 {"--help", &c->help, NULL},
                                 {"-h", &c->help, NULL},
                                 {"--gallery", NULL, &c->store.path},
                                 {"--model", NULL, &c->model},
                                 {"--detector", NULL, &c->detector},
                                 {"--subject", NULL, &c->subject}};
    for (size_t i = 0; i < OC_ARRAY_LEN(flags); i++) {
        if (strcmp(flags[i].name, name) != 0)
            continue;
        if (flags[i].flag)
            *flags[i].flag = true;
        else if (value && flags[i].value)
            *flags[i].value = value;
        else
            fprintf(stderr, "ocelli gallery: %s needs a value\n", name);
        return flags[i].flag ? 1 : value ? 2 : 0;
    }
    if (!strcmp(name, "--models") && value) {
        if (c->registry.directories != c->directories)
            c->registry.n_directories = 0;
        c->registry.directories = c->directories;
        if (c->registry.n_directories < OC_GALLERY_DIRECTORIES)
            c->directories[c->registry.n_directories++] = value;
        return 2;
    }
    fprintf(stderr, "ocelli gallery: unknown option '%s'\n", name);
    return 0;
}

static bool read_options(struct oc_gallery_command *c, const struct sub *sub, int argc, char **argv)
{
    for (int i = 0; i < argc;) {
        int took = 1;
        if (argv[i][0] == '-' && argv[i][1])
            took = take_option(c, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
        else if (c->n_words < sub->most)
            c->words[c->n_words++] = argv[i];
        else
            return fprintf(stderr, "ocelli gallery %s: '%s' is one word too many\n", sub->name, argv[i]), false;
        if (!took)
            return false;
        i += took;
    }
    if (c->n_words < sub->least && !c->help)
        fprintf(stderr, "ocelli gallery %s: a word is missing: %s\n", sub->name, sub->words);
    return c->help || c->n_words >= sub->least;
}

static int run_sub(struct oc_gallery_command *c, const struct sub *sub)
{
    struct oc_err err;
    c->store.read_only = !sub->writes;
    c->store.no_search = true;
    c->store.keep_pictures = c->pictures;
    if (!sub->makes && access(c->store.path, F_OK))
        return fprintf(stderr, "ocelli gallery: there is no gallery at %s\n", c->store.path), OC_EXIT_FAILED;
    if (oc_gallery_new(&c->store, &c->g, &err))
        return oc_gallery_fail(&err);
    int status = oc_gallery_load(c->g, &err) ? oc_gallery_fail(&err) : sub->run(c);
    oc_gallery_free(c->g);
    return status;
}

int oc_cmd_gallery(int argc, char **argv, const struct oc_registry_options *base, const struct oc_gallery_options *store)
{
    struct oc_gallery_command c = {.store = *store, .registry = *base};
    const struct sub *sub = NULL;
    const char *name = argc > 0 ? argv[0] : "";
    if (!strcmp(name, "--help") || !strcmp(name, "-h"))
        return print_usage(stdout), OC_EXIT_DONE;
    for (size_t i = 0; i < OC_ARRAY_LEN(subs); i++)
        sub = !strcmp(subs[i].name, name) ? &subs[i] : sub;
    if (!sub) {
        if (*name)
            fprintf(stderr, "ocelli gallery: there is no command '%s'\n", name);
        return print_usage(stderr), OC_EXIT_USAGE;
    }
    if (!read_options(&c, sub, argc - 1, argv + 1))
        return OC_EXIT_USAGE;
    if (c.help) {
        printf("usage: ocelli gallery %s %s [--gallery FILE]\n%s\n", sub->name, sub->words, sub->help);
        return OC_EXIT_DONE;
    }
    if (!c.store.path)
        return fprintf(stderr, "ocelli gallery: the configuration says that there is none; --gallery names one\n"), OC_EXIT_FAILED;
    return run_sub(&c, sub);
}

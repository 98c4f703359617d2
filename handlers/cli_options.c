/* See cli_options.h. */
#include "handlers/cli_options.h"
#include "base/parse.h"
#include "handlers/cli_tiling.h"

static bool take_number(const char *name, const char *text, double max, double *out)
{
    if (text && oc_parse_f64(text, strlen(text), 0, max, out))
        return true;
    fprintf(stderr, "ocelli: %s: a number of 0..%g is expected\n", name, max);
    return false;
}

/* One option with its value; how many words it took, 0 = wrong. */
static int take_option(struct oc_cli_options *o, const char *name, const char *value)
{
    double v = 0;
    if (!strcmp(name, "--json")) {
        o->json = true;
        return 1;
    }
    if (!strcmp(name, "--help") || !strcmp(name, "-h")) {
        o->help = true;
        return 1;
    }
    if (!strcmp(name, "--models")) {
        if (!value || o->n_directories == OC_CLI_MOST_DIRECTORIES) {
            fprintf(stderr, "ocelli: --models: a directory is expected, at most %d times\n", OC_CLI_MOST_DIRECTORIES);
            return 0;
        }
        o->directories[o->n_directories++] = value;
        return 2;
    }
    if (!strcmp(name, "--text")) {
        if (!value || o->n_texts == OC_CLI_MOST_TEXTS) {
            fprintf(stderr, "ocelli: --text: a text is expected, at most %d times\n", OC_CLI_MOST_TEXTS);
            return 0;
        }
        o->texts[o->n_texts++] = (struct oc_text){value, strlen(value)};
        return 2;
    }
    if (!strcmp(name, "--aligned")) {
        o->faces.aligned = true;
        return 1;
    }
    if (!strcmp(name, "--detector")) {
        o->faces.detector = value;
        return value ? 2 : 0;
    }
    if (!strcmp(name, "--score-threshold")) {
        bool good = take_number(name, value, 1, &v);
        o->detect.score_threshold = (float)v;
        return good ? 2 : 0;
    }
    if (!strcmp(name, "--iou-threshold")) {
        bool good = take_number(name, value, 1, &v);
        o->detect.iou_threshold = (float)v;
        return good ? 2 : 0;
    }
    if (!strcmp(name, "--max-detections")) {
        int64_t n = 0;
        if (value && oc_parse_i64(value, strlen(value), 1, LIM_DETECTIONS, &n)) {
            o->detect.max_detections = (int)n;
            return 2;
        }
        fprintf(stderr, "ocelli: --max-detections: a number of 1..%d is expected\n", LIM_DETECTIONS);
        return 0;
    }
    int took = oc_cli_tiling_option(name, value, &o->tiling);
    o->has_tiling |= took > 0;
    if (took < 0)
        fprintf(stderr, "ocelli: unknown option '%s'\n", name);
    return took < 0 ? 0 : took;
}

bool oc_cli_options_read(struct oc_cli_options *o, int argc, char **argv)
{
    *o = (struct oc_cli_options){.words = argv, .detect = {.score_threshold = -1, .iou_threshold = -1}};
    bool only_words = false;
    for (int i = 0; i < argc;) {
        if (only_words || argv[i][0] != '-' || !argv[i][1]) {
            o->words[o->n_words++] = argv[i++];
        } else if (!strcmp(argv[i], "--")) {
            only_words = true;
            i++;
        } else {
            int took = take_option(o, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
            if (!took)
                return false;
            i += took;
        }
    }
    o->detect.tiling = o->has_tiling ? &o->tiling : NULL;
    return true;
}

struct oc_registry *oc_cli_registry(const struct oc_cli_options *o, const struct oc_registry_options *base, const char *only)
{
    const char *with_others[OC_CLI_MOST_DIRECTORIES + 1] = {only};
    struct oc_registry_options opt = *base;
    struct oc_registry *reg;
    struct oc_err err;
    if (only) { /* and what --models says: an embedder of faces needs a detector */
        memcpy(with_others + 1, o->directories, o->n_directories * sizeof *with_others);
        opt.directories = with_others;
        opt.n_directories = o->n_directories + 1;
        opt.n_defaults = 0;
    } else if (o->n_directories) {
        opt.directories = o->directories;
        opt.n_directories = o->n_directories;
    }
    if (oc_registry_new(&opt, &reg, &err)) {
        fprintf(stderr, "ocelli: %s\n", err.msg);
        return NULL;
    }
    return reg;
}

int oc_cli_print_json(struct oc_json *j, struct oc_buf *text)
{
    enum oc_status st = oc_json_end(j);
    if (st)
        fprintf(stderr, "ocelli: %s\n", oc_status_title(st));
    else
        printf("%s\n", text->data);
    oc_buf_deinit(text);
    return st ? OC_CLI_FAILED : OC_CLI_DONE;
}

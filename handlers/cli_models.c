/* `ocelli models`; see cli.h. */
#include "handlers/cli.h"
#include "handlers/cli_options.h"
#include "handlers/output/render.h"
#include "models/recipe/family.h"

/* The columns fit the longest name: counted first. */
struct table {
    int width;
    size_t n;
};

static enum oc_status measure(void *arg, const struct oc_model_info *m)
{
    struct table *t = arg;
    int n = (int)strlen(m->name);
    t->width = n > t->width ? n : t->width;
    t->n++;
    return OC_OK;
}

static enum oc_status print_row(void *arg, const struct oc_model_info *m)
{
    const struct table *t = arg;
    const struct oc_recipe *r = m->recipe;
    char size[32] = "-";
    if (r && r->family && r->task == OC_TASK_EMBED_TEXT)
        snprintf(size, sizeof size, "%d ids", r->embed.context_length);
    else if (r && r->family)
        snprintf(size, sizeof size, "%dx%d", r->input.width, r->input.height);
    printf("%-*s  %-11s %-12s %-9s %8.1f MB  %-9s  %s  %s\n", t->width, m->name, r ? oc_task_name(r->task) : "?",
           r && r->family ? r->family->name : "-", size, (double)m->file_bytes / 1e6, m->state == OC_MODEL_FAILED ? "failed" : "installed",
           r && *r->licence ? r->licence : "-",
           m->state == OC_MODEL_FAILED ? m->error
           : r && *r->source           ? r->source
                                       : "-");
    return OC_OK;
}

static enum oc_status render_row(void *arg, const struct oc_model_info *m)
{
    oc_render_model(arg, m, false);
    return oc_json_end(arg);
}

static int print_models_json(struct oc_registry *reg)
{
    struct oc_buf text;
    oc_buf_init(&text, OC_MEM_JSON, LIM_RESPONSE_BYTES);
    struct oc_json j = oc_json_begin(&text);
    oc_json_open(&j, '[');
    (void)(oc_registry_each(reg, render_row, &j) == OC_OK); /* the writer keeps the status */
    oc_json_close(&j, ']');
    return oc_cli_print_json(&j, &text);
}

int oc_cmd_models(int argc, char **argv, const struct oc_registry_options *base)
{
    struct oc_cli_options o;
    if (!oc_cli_options_read(&o, argc, argv) || o.n_words) {
        fprintf(stderr, "usage: ocelli models [--models DIR]... [--json]\n");
        return OC_CLI_USAGE;
    }
    if (o.help) {
        printf("usage: ocelli models [--models DIR]... [--json]\nLists what is installed: name, task, family, input, size, licence, "
               "source.\n");
        return OC_CLI_DONE;
    }
    struct oc_registry *reg = oc_cli_registry(&o, base, NULL);
    if (!reg)
        return OC_CLI_FAILED;
    struct table t = {.width = 4};
    int status = OC_CLI_DONE;
    if (o.json) {
        status = print_models_json(reg);
    } else {
        (void)(oc_registry_each(reg, measure, &t) == OC_OK && oc_registry_each(reg, print_row, &t) == OC_OK);
        if (!t.n)
            printf("no models are installed\n");
    }
    oc_registry_free(reg);
    return status;
}

/* See models_setup.h. */
#include "server/models_setup.h"
#include <unistd.h>
#include "base/clock.h"
#include "server/telemetry/prometheus.h"

const char *oc_backends_text(char *out, size_t size)
{
    out[0] = 0;
    for (int i = 0; eng_backend_name(i); i++) {
        size_t n = strlen(out);
        snprintf(out + n, size - n, "%s%s", i ? "," : "", eng_backend_name(i));
    }
    return out;
}

static bool built_in(const char *backend)
{
    for (int i = 0; eng_backend_name(i); i++)
        if (!strcmp(eng_backend_name(i), backend))
            return true;
    return false;
}

enum oc_status oc_models_options(const struct oc_config *c, struct oc_registry_options *out, struct oc_err *err)
{
    char names[128];
    bool automatic = !strcmp(c->backend, "auto");
    *out = (struct oc_registry_options){
        .directories = (const char *const *)c->models.items,
        .n_directories = c->models.n,
        .defaults = (const char *const *)c->default_models.items,
        .n_defaults = c->default_models.n,
        .engine = {.backend = automatic ? NULL : c->backend, .threads = (int)c->threads},
        .text_cache_bytes = (size_t)c->text_cache,
    };
    if (!automatic && !built_in(c->backend))
        return oc_err_set(err, OC_E_INVALID, "--backend: %s is not in this build, which has %s", c->backend,
                          oc_backends_text(names, sizeof names));
    if (!eng_precision_parse(c->precision, &out->engine.precision))
        return oc_err_set(err, OC_E_INVALID, "--precision: '%s' is unknown", c->precision);
    return OC_OK;
}

/* Names of all models, collected under the registry's lock and used without it. */
struct name_list {
    struct oc_arena arena;
    struct oc_raw raw;
};

static enum oc_status collect_name(void *arg, const struct oc_model_info *info)
{
    struct name_list *l = arg;
    return oc_raw_add(&l->arena, &l->raw, 0, info->name);
}

static enum oc_status load_one(struct oc_registry *reg, const char *name, const struct oc_wait *wait, struct oc_err *err)
{
    int64_t start = oc_now_ns();
    enum oc_status st = wait->cancelled(wait->arg) ? oc_err_set(err, OC_E_CANCELLED, "stopped") : oc_registry_load(reg, name, wait, err);
    if (!st)
        oc_log(OC_LOG_INFO, "preloaded", OC_KV_S("model", name), OC_KV_F("ms", (double)(oc_now_ns() - start) / OC_NS_PER_MS));
    return st ? oc_err_prefix(err, st, "--preload %.100s: ", name) : OC_OK;
}

/* A model that is broken or not there yet does not keep the others from being served. */
static enum oc_status load_any(struct oc_registry *reg, const char *name, const struct oc_wait *wait, struct oc_err *err)
{
    enum oc_status st = load_one(reg, name, wait, err);
    if (st == OC_OK || st == OC_E_CANCELLED)
        return st;
    oc_log(OC_LOG_WARN, "not preloaded", OC_KV_S("model", name), OC_KV_S("error", err->msg));
    return OC_OK;
}

enum oc_status oc_models_preload(struct oc_registry *reg, const struct oc_strings *names, bool strict, bool (*cancelled)(void *arg),
                                 void *arg, struct oc_err *err)
{
    const struct oc_wait wait = {.cancelled = cancelled, .arg = arg};
    struct name_list all = {.raw = {.n = {0}}};
    enum oc_status st = OC_OK;
    oc_arena_init(&all.arena, OC_MEM_OTHER, OC_MIB(16));
    for (size_t i = 0; !st && i < names->n; i++) {
        if (strcmp(names->items[i], "all") != 0) {
            st = strict ? load_one(reg, names->items[i], &wait, err) : load_any(reg, names->items[i], &wait, err);
            continue;
        }
        st = oc_registry_each(reg, collect_name, &all);
        if (st)
            oc_err_nomem(err, "names of models", OC_MIB(16));
        for (size_t k = 0; !st && k < all.raw.n[0]; k++)
            st = load_any(reg, all.raw.values[0][k], &wait, err);
    }
    oc_arena_deinit(&all.arena);
    return st;
}

enum oc_status oc_models_check_directories(const struct oc_config *c, struct oc_err *err)
{
    for (size_t i = 0; i < c->models.n; i++)
        if (access(c->models.items[i], R_OK) != 0)
            return oc_err_set(err, OC_E_IO, "--strict: model directory %.400s: %m", c->models.items[i]);
    return OC_OK;
}

/* One family of samples: a number of each model. */
struct family {
    const char *name;
    bool of_texts; /* only of models that read texts */
    double (*value)(const struct oc_model_info *info);
    struct oc_buf *out;
};

static enum oc_status add_model(void *arg, const struct oc_model_info *info)
{
    const struct family *f = arg;
    if (f->of_texts && !(info->recipe && info->recipe->embed.text_output))
        return OC_OK;
    const struct oc_label labels[] = {{"model", info->name}, {"part", info->part}};
    return oc_prom_sample(f->out, f->name, labels, *info->part ? 2 : 1, f->value(info));
}

static double loaded(const struct oc_model_info *info)
{
    return info->state == OC_MODEL_READY;
}

static double memory(const struct oc_model_info *info)
{
    return (double)info->memory_bytes;
}

static double uses(const struct oc_model_info *info)
{
    return (double)info->uses;
}

static double in_use(const struct oc_model_info *info)
{
    return info->in_use;
}

static double text_hits(const struct oc_model_info *info)
{
    return (double)info->text_cache.hits;
}

static double text_misses(const struct oc_model_info *info)
{
    return (double)info->text_cache.misses;
}

static double text_bytes(const struct oc_model_info *info)
{
    return (double)info->text_cache.bytes;
}

static enum oc_status models_metrics(void *arg, struct oc_buf *out)
{
    static const struct {
        const char *name, *type, *help;
        double (*value)(const struct oc_model_info *info);
        bool of_texts;
    } families[] = {
        {"ocelli_model_loaded", "gauge", "1 when the model is in memory.", loaded, false},
        {"ocelli_model_memory_bytes", "gauge", "Memory the model holds.", memory, false},
        {"ocelli_model_uses_total", "counter", "Times the model was used.", uses, false},
        {"ocelli_model_in_use", "gauge", "Requests that use the model now.", in_use, false},
        {"ocelli_model_text_cache_hits_total", "counter", "Texts whose vector was known, since the model was loaded.", text_hits, true},
        {"ocelli_model_text_cache_misses_total", "counter", "Texts that had to be run, since the model was loaded.", text_misses, true},
        {"ocelli_model_text_cache_bytes", "gauge", "Memory of the vectors that are kept.", text_bytes, true},
    };
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < OC_ARRAY_LEN(families); i++) {
        struct family f = {families[i].name, families[i].of_texts, families[i].value, out};
        st = oc_prom_family(out, f.name, families[i].type, families[i].help);
        if (!st)
            st = oc_registry_each(arg, add_model, &f);
    }
    return st;
}

struct oc_server_hook oc_models_hook(struct oc_registry *reg)
{
    return (struct oc_server_hook){.metrics = models_metrics, .arg = reg};
}

/*
 * The list of installed models and who is loaded. One mutex guards the list and every entry's state; loading, describing and
 * freeing happen outside it. An entry with users (leases, waiting threads, a loader) is never freed: a scan that drops it
 * marks it gone, and the last user frees it.
 */
#include "models/installed/registry_inside.h"
#include "base/log.h"
#include "base/thread.h"

/* Options. */

static enum oc_status copy_default(struct oc_registry *reg, const char *text, struct oc_err *err)
{
    const char *equals = strchr(text, '=');
    char task_name[32];
    enum oc_task task;
    if (!equals || (size_t)(equals - text) >= sizeof task_name || !equals[1])
        return oc_err_set(err, OC_E_INVALID, "default model '%s': TASK=NAME is expected", text);
    snprintf(task_name, sizeof task_name, "%.*s", (int)(equals - text), text);
    if (!oc_task_parse(task_name, &task))
        return oc_err_set(err, OC_E_INVALID, "default model '%s': unknown task '%s'", text, task_name);
    reg->defaults[task] = oc_arena_strndup(&reg->arena, equals + 1, strlen(equals + 1));
    if (task == OC_TASK_EMBED_IMAGE && !reg->defaults[OC_TASK_EMBED_TEXT]) /* "embed" means both towers, unless embed_text is given too */
        reg->defaults[OC_TASK_EMBED_TEXT] = reg->defaults[task];
    return reg->defaults[task] ? OC_OK : oc_err_nomem(err, "options", strlen(text));
}

static enum oc_status copy_options(struct oc_registry *reg, const struct oc_registry_options *opt, struct oc_err *err)
{
    reg->models = (struct oc_model_options){opt->engine, opt->text_cache_bytes};
    reg->directories = oc_arena_array(&reg->arena, opt->n_directories ? opt->n_directories : 1, sizeof *reg->directories);
    if (!reg->directories)
        return oc_err_nomem(err, "options", opt->n_directories);
    for (size_t i = 0; i < opt->n_directories; i++) {
        const char *d = oc_arena_strndup(&reg->arena, opt->directories[i], strlen(opt->directories[i]));
        if (!d)
            return oc_err_nomem(err, "options", strlen(opt->directories[i]));
        reg->directories[reg->n_directories++] = d;
    }
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < opt->n_defaults; i++)
        st = copy_default(reg, opt->defaults[i], err);
    return st;
}

/* Models may come later, so a default that is not there is no error, but whoever mistyped it wants to know now. */
static void check_defaults(const struct oc_registry *reg)
{
    for (int task = 0; task < OC_TASK_COUNT; task++)
        if (reg->defaults[task] && !oc_registry_default(reg, (enum oc_task)task))
            oc_log(OC_LOG_WARN, "default model is not installed", OC_KV_S("task", oc_task_name((enum oc_task)task)),
                   OC_KV_S("model", reg->defaults[task]));
}

enum oc_status oc_registry_new(const struct oc_registry_options *opt, struct oc_registry **out, struct oc_err *err)
{
    *out = NULL;
    struct oc_registry *reg = oc_mem_zero(OC_MEM_OTHER, sizeof *reg);
    if (!reg)
        return oc_err_nomem(err, "the registry", sizeof *reg);
    pthread_mutex_init(&reg->mutex, NULL);
    pthread_mutex_init(&reg->scan_mutex, NULL);
    oc_cond_init(&reg->changed);
    oc_arena_init(&reg->arena, OC_MEM_OTHER, OC_MIB(4));
    enum oc_status st = copy_options(reg, opt, err);
    if (!st)
        st = oc_registry_scan(reg, err);
    if (st) {
        oc_registry_free(reg);
        return st;
    }
    check_defaults(reg);
    *out = reg;
    return OC_OK;
}

void oc_registry_free(struct oc_registry *reg)
{
    if (!reg)
        return;
    for (size_t i = 0; i < reg->n; i++)
        oc_entry_free(reg->entries[i]);
    oc_mem_free(reg->entries);
    oc_arena_deinit(&reg->arena);
    pthread_cond_destroy(&reg->changed);
    pthread_mutex_destroy(&reg->scan_mutex);
    pthread_mutex_destroy(&reg->mutex);
    oc_mem_free(reg);
}

/* Scanning. */

/* The entry that already stands for what was found, or NULL. Only scans change the list, so it may be read without the mutex. */
static struct oc_entry *find_same(const struct oc_registry *reg, const struct oc_found *f)
{
    for (size_t i = 0; i < reg->n; i++)
        if (oc_entry_is(reg->entries[i], f))
            return reg->entries[i];
    return NULL;
}

/* Entries for all that was found: those there are, and new ones. *entries is owned by the caller. */
static enum oc_status make_entries(const struct oc_registry *reg, const struct oc_scan *scan, struct oc_entry ***out, struct oc_err *err)
{
    struct oc_entry **entries = oc_mem_array(OC_MEM_OTHER, scan->n ? scan->n : 1, sizeof(struct oc_entry *));
    enum oc_status st = entries ? OC_OK : oc_err_nomem(err, "the list of models", scan->n * sizeof(struct oc_entry *));
    for (size_t i = 0; !st && i < scan->n; i++) {
        entries[i] = find_same(reg, &scan->items[i]);
        if (!entries[i])
            st = oc_entry_new(&scan->items[i], &entries[i], err);
    }
    for (size_t i = 0; st && entries && i < scan->n; i++)
        if (entries[i] && !find_same(reg, &scan->items[i]))
            oc_entry_free(entries[i]);
    if (st)
        oc_mem_free(entries);
    *out = st ? NULL : entries;
    return st;
}

static bool is_in(struct oc_entry *const *entries, size_t n, const struct oc_entry *e)
{
    for (size_t i = 0; i < n; i++)
        if (entries[i] == e)
            return true;
    return false;
}

/* Puts the new list in place; entries that are in it no more are freed now or by their last user. */
static void replace_entries(struct oc_registry *reg, struct oc_entry **entries, size_t n)
{
    pthread_mutex_lock(&reg->mutex);
    struct oc_entry **old = reg->entries;
    size_t n_old = reg->n, n_free = 0;
    reg->entries = entries;
    reg->n = n;
    for (size_t i = 0; i < n_old; i++) {
        if (is_in(entries, n, old[i]))
            continue;
        old[i]->gone = true;
        if (!old[i]->users)
            old[n_free++] = old[i];
    }
    pthread_mutex_unlock(&reg->mutex);
    for (size_t i = 0; i < n_free; i++)
        oc_entry_free(old[i]);
    oc_mem_free(old);
}

enum oc_status oc_registry_scan(struct oc_registry *reg, struct oc_err *err)
{
    struct oc_scan scan;
    struct oc_entry **entries = NULL;
    enum oc_status st = OC_OK;
    pthread_mutex_lock(&reg->scan_mutex);
    oc_scan_init(&scan);
    for (size_t i = 0; !st && i < reg->n_directories; i++) {
        struct oc_err why = {0};
        st = oc_scan_directory(&scan, reg->directories[i], &why);
        if (st == OC_E_IO || st == OC_E_INVALID) {
            oc_log(OC_LOG_WARN, "model directory left out", OC_KV_S("directory", reg->directories[i]), OC_KV_S("error", why.msg));
            st = OC_OK;
        } else if (st) {
            oc_err_set(err, st, "%s", why.msg);
        }
    }
    if (!st)
        st = make_entries(reg, &scan, &entries, err);
    if (!st)
        replace_entries(reg, entries, scan.n);
    oc_scan_deinit(&scan);
    pthread_mutex_unlock(&reg->scan_mutex);
    return st;
}

/* Finding; all with the mutex held. */

struct oc_entry *oc_registry_default(const struct oc_registry *reg, enum oc_task task)
{
    return oc_choose_default(reg->entries, reg->n, reg->defaults[task], task);
}

/* "a, b, c" of the models for a task, cut to the room there is. */
static const char *list_names(const struct oc_registry *reg, enum oc_task task, char *text, size_t size)
{
    size_t at = 0;
    text[0] = 0;
    for (size_t i = 0; i < reg->n; i++) {
        if (!oc_entry_can(reg->entries[i], task))
            continue;
        int n = snprintf(text + at, size - at, "%s%s", at ? ", " : "", reg->entries[i]->id);
        if (n < 0 || (size_t)n >= size - at) {
            snprintf(text + (at < size - 4 ? at : size - 4), 4, "...");
            break;
        }
        at += (size_t)n;
    }
    return text;
}

static enum oc_status find_by_name(const struct oc_registry *reg, const char *name, enum oc_task task, struct oc_entry **out,
                                   struct oc_err *err)
{
    struct oc_entry *other = NULL;
    char list[OC_ERR_MSG_MAX - 400];
    for (size_t i = 0; i < reg->n; i++) {
        struct oc_entry *e = reg->entries[i];
        if (!oc_entry_is_named(e, name))
            continue;
        if (oc_entry_can(e, task)) {
            *out = e;
            return OC_OK;
        }
        other = e;
    }
    list_names(reg, task, list, sizeof list);
    if (other && !other->has_recipe)
        return oc_err_set(err, other->error.code, "model '%s': %.700s", other->id, other->error.msg);
    if (other)
        return oc_err_set(err, OC_E_INVALID, "model '%s' is for %s, not %s; installed for it: %s", other->id,
                          oc_task_name(other->recipe.task), oc_task_name(task), *list ? list : "none");
    return oc_err_set(err, OC_E_UNKNOWN_MODEL, "no model '%.200s'; installed%s%s: %s", name, task == OC_TASK_COUNT ? "" : " for ",
                      task == OC_TASK_COUNT ? "" : oc_task_name(task), *list ? list : "none");
}

enum oc_status oc_registry_find(const struct oc_registry *reg, const char *name, enum oc_task task, struct oc_entry **out,
                                struct oc_err *err)
{
    *out = NULL;
    if (name && *name)
        return find_by_name(reg, name, task, out, err);
    if (task != OC_TASK_COUNT && reg->defaults[task] && !oc_registry_default(reg, task))
        return find_by_name(reg, reg->defaults[task], task, out, err);
    *out = task == OC_TASK_COUNT ? NULL : oc_registry_default(reg, task);
    return *out ? OC_OK : oc_err_set(err, OC_E_UNKNOWN_MODEL, "no model is installed for %s", oc_task_name(task));
}

void oc_registry_leave(struct oc_registry *reg, struct oc_entry *e)
{
    bool dead = --e->users == 0 && e->gone;
    pthread_mutex_unlock(&reg->mutex);
    if (dead)
        oc_entry_free(e);
}

/* Telling. */

static struct oc_model_info info_of(const struct oc_registry *reg, struct oc_entry *e)
{
    struct oc_model_info info = {.name = e->id,
                                 .part = e->part,
                                 .path = e->path,
                                 .layout = e->layout,
                                 .state = e->state,
                                 .error = "",
                                 .backend = "",
                                 .precision = ""};
    info.recipe = e->has_recipe ? &e->recipe : NULL;
    info.file_bytes = e->file_bytes;
    info.modified_s = e->modified_s;
    info.in_use = e->leases;
    info.uses = e->uses;
    info.is_default = e->has_recipe && oc_registry_default(reg, e->recipe.task) == e;
    if (e->state == OC_MODEL_FAILED)
        info.error = e->error.msg;
    if (e->state == OC_MODEL_READY) {
        info.memory_bytes = oc_model_bytes(e->model);
        info.text_cache = oc_model_text_cache(e->model);
        info.backend = eng_model_backend(oc_model_engine(e->model));
        info.precision = eng_precision_name(eng_model_precision(oc_model_engine(e->model)));
    }
    return info;
}

enum oc_status oc_registry_each(struct oc_registry *reg, enum oc_status (*fn)(void *arg, const struct oc_model_info *info), void *arg)
{
    enum oc_status st = OC_OK;
    pthread_mutex_lock(&reg->mutex);
    for (size_t i = 0; !st && i < reg->n; i++) {
        struct oc_model_info info = info_of(reg, reg->entries[i]);
        info.is_last = i + 1 == reg->n;
        st = fn(arg, &info);
    }
    pthread_mutex_unlock(&reg->mutex);
    return st;
}

enum oc_status oc_registry_info(struct oc_registry *reg, const char *name,
                                enum oc_status (*fn)(void *arg, const struct oc_model_info *info), void *arg, struct oc_err *err)
{
    struct oc_entry *e;
    pthread_mutex_lock(&reg->mutex);
    enum oc_status st = oc_registry_find(reg, name, OC_TASK_COUNT, &e, err);
    if (!st) {
        struct oc_model_info info = info_of(reg, e);
        st = fn(arg, &info);
    }
    pthread_mutex_unlock(&reg->mutex);
    return st;
}

size_t oc_registry_count(struct oc_registry *reg)
{
    pthread_mutex_lock(&reg->mutex);
    size_t n = reg->n;
    pthread_mutex_unlock(&reg->mutex);
    return n;
}

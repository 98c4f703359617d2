/*
 * The list of installed models and who is loaded. One mutex guards the list and every entry's state; loading, describing and
 * freeing happen outside it. An entry with users (leases, waiting threads, a loader) is never freed: a scan that drops it
 * marks it gone, and the last user frees it.
 */
#include "models/installed/registry.h"
#include <pthread.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "models/installed/choose.h"

struct oc_registry {
    pthread_mutex_t mutex;
    pthread_cond_t changed;     /* an entry's state */
    pthread_mutex_t scan_mutex; /* one scan at a time; taken before mutex */
    struct oc_arena arena;      /* options' strings */
    const char **directories;
    size_t n_directories;
    const char *defaults[OC_TASK_COUNT]; /* NULL = the first installed */
    struct oc_model_options models;
    struct oc_entry **entries; /* owned array of owned entries, in the order of the scan */
    size_t n;
};

const char *oc_model_state_name(enum oc_model_state s)
{
    static const char *const names[] = {"installed", "loading", "ready", "failed"};
    return names[s];
}

const char *oc_layout_name(enum oc_layout l)
{
    static const char *const names[] = {"package", "immich", "hugging_face", "open_clip", "file"};
    return names[l];
}

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

static struct oc_entry *find_default(const struct oc_registry *reg, enum oc_task task);

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
        if (reg->defaults[task] && !find_default(reg, (enum oc_task)task))
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

static struct oc_entry *find_default(const struct oc_registry *reg, enum oc_task task)
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

static enum oc_status find(const struct oc_registry *reg, const char *name, enum oc_task task, struct oc_entry **out, struct oc_err *err)
{
    *out = NULL;
    if (name && *name)
        return find_by_name(reg, name, task, out, err);
    if (task != OC_TASK_COUNT && reg->defaults[task] && !find_default(reg, task))
        return find_by_name(reg, reg->defaults[task], task, out, err);
    *out = task == OC_TASK_COUNT ? NULL : find_default(reg, task);
    return *out ? OC_OK : oc_err_set(err, OC_E_UNKNOWN_MODEL, "no model is installed for %s", oc_task_name(task));
}

/* Loading. */

/* Drops a user; frees the entry when it is gone and this was the last. With the mutex held; releases it. */
static void leave_and_unlock(struct oc_registry *reg, struct oc_entry *e)
{
    bool dead = --e->users == 0 && e->gone;
    pthread_mutex_unlock(&reg->mutex);
    if (dead)
        oc_entry_free(e);
}

bool oc_registry_relieve(struct oc_registry *reg)
{
    struct oc_entry *oldest = NULL;
    struct oc_model *model = NULL;
    pthread_mutex_lock(&reg->mutex);
    for (size_t i = 0; i < reg->n; i++) {
        struct oc_entry *e = reg->entries[i];
        if (e->state == OC_MODEL_READY && !e->leases && (!oldest || e->last_used_ns < oldest->last_used_ns))
            oldest = e;
    }
    if (oldest) {
        model = oldest->model;
        oldest->model = NULL;
        oldest->state = OC_MODEL_INSTALLED;
        oc_log(OC_LOG_INFO, "model unloaded to make room", OC_KV_S("model", oldest->id));
    }
    pthread_mutex_unlock(&reg->mutex);
    if (model) {
        oc_model_unref(model);
        oc_mem_trim();
    }
    return oldest;
}

/* What the budget leaves for models when none is loaded. */
static size_t room_for_models(struct oc_registry *reg)
{
    size_t loaded = 0, budget = oc_mem_budget(), total = oc_mem_total();
    pthread_mutex_lock(&reg->mutex);
    for (size_t i = 0; i < reg->n; i++)
        loaded += reg->entries[i]->model ? oc_model_bytes(reg->entries[i]->model) : 0;
    pthread_mutex_unlock(&reg->mutex);
    size_t others = total > loaded ? total - loaded : 0;
    return budget > others ? budget - others : 0;
}

/* Not for the moment, but for ever: loading it again would only push others out. */
static enum oc_status never_fits(size_t need, size_t room, struct oc_err *err)
{
    return oc_err_set(err, OC_E_MODEL,
                      "it needs at least %zu MiB of memory, and the budget leaves %zu MiB for models (--memory-budget is %zu MiB)",
                      need >> 20, room >> 20, oc_mem_budget() >> 20);
}

/* Weights are held once as read and once packed; nothing is pushed out for a model that would not fit an empty budget. */
static bool make_room(struct oc_registry *reg, size_t file_bytes, size_t room)
{
    size_t need = file_bytes * 2, budget = oc_mem_budget();
    if (budget && need > room)
        return false;
    while (budget && oc_mem_total() + need > budget && oc_registry_relieve(reg))
        continue;
    return true;
}

static enum oc_status load_outside(struct oc_registry *reg, struct oc_entry *e, struct oc_model **model, struct oc_err *err)
{
    int64_t t0 = oc_now_ns();
    size_t room = oc_mem_budget() ? room_for_models(reg) : SIZE_MAX;
    enum oc_status st = e->file_bytes > room ? never_fits(e->file_bytes, room, err) : OC_OK;
    bool may_push = !st && make_room(reg, e->file_bytes, room);
    if (!st) {
        do
            st = oc_entry_load(e, &reg->models, model, err);
        while (st == OC_E_NOMEM && may_push && oc_registry_relieve(reg));
    }
    if (st == OC_E_NOMEM && !may_push) {
        oc_mem_trim();
        st = never_fits(e->file_bytes * 2, room, err);
    }
    if (st)
        oc_log(OC_LOG_WARN, "model not loaded", OC_KV_S("model", e->id), OC_KV_S("error", err->msg));
    else
        oc_log(OC_LOG_INFO, "model loaded", OC_KV_S("model", e->id), OC_KV_I("ms", (oc_now_ns() - t0) / OC_NS_PER_MS),
               OC_KV_I("bytes", oc_model_bytes(*model)));
    return st;
}

/* With the mutex held and e installed (or failed, to try again); holds it again on return. The caller is a user of e. */
static enum oc_status load_unlocked(struct oc_registry *reg, struct oc_entry *e, struct oc_err *err)
{
    struct oc_model *model = NULL;
    struct oc_err why = {0};
    e->state = OC_MODEL_LOADING;
    pthread_mutex_unlock(&reg->mutex);
    enum oc_status st = load_outside(reg, e, &model, &why);
    pthread_mutex_lock(&reg->mutex);
    e->has_recipe = e->described;
    e->model = model;
    e->last_used_ns = oc_now_ns();
    if (!st)
        e->state = OC_MODEL_READY;
    else if (st == OC_E_NOMEM) /* may work later: not a fault of the model */
        e->state = OC_MODEL_INSTALLED;
    else
        e->state = OC_MODEL_FAILED;
    e->error = why;
    pthread_cond_broadcast(&reg->changed);
    return st ? oc_err_set(err, st, "model '%s': %.900s", e->id, why.msg) : OC_OK;
}

static enum oc_status wait_for_change(struct oc_registry *reg, const struct oc_entry *e, const struct oc_wait *w, struct oc_err *err)
{
    if (w && w->cancelled && w->cancelled(w->arg)) {
        bool late = w->deadline_ns && oc_now_ns() >= w->deadline_ns;
        return oc_err_set(err, late ? OC_E_DEADLINE : OC_E_CANCELLED, "%s while model '%s' was loading",
                          late ? "the deadline passed" : "the client went away", e->id);
    }
    if (w && w->deadline_ns && oc_now_ns() >= w->deadline_ns)
        return oc_err_set(err, OC_E_DEADLINE, "the deadline passed while model '%s' was loading", e->id);
    int64_t until = oc_now_ns() + 50 * OC_NS_PER_MS; /* so that a client who went away is noticed */
    oc_cond_wait_until(&reg->changed, &reg->mutex, w && w->deadline_ns && w->deadline_ns < until ? w->deadline_ns : until);
    return OC_OK;
}

/* Until e is ready: loads it or waits for who does. With the mutex held, before and after; the caller is a user of e. */
static enum oc_status make_ready(struct oc_registry *reg, struct oc_entry *e, bool again, const struct oc_wait *w, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    while (!st && e->state != OC_MODEL_READY) {
        if (e->state == OC_MODEL_LOADING) {
            st = wait_for_change(reg, e, w, err);
            again = false; /* somebody has just tried */
        } else if (e->state == OC_MODEL_INSTALLED || again) {
            st = load_unlocked(reg, e, err);
        } else {
            st = oc_err_set(err, e->error.code, "model '%s': %.900s", e->id, e->error.msg);
        }
    }
    return st;
}

/* With the mutex held; releases it. */
static enum oc_status lease_and_unlock(struct oc_registry *reg, struct oc_entry *e, const struct oc_wait *wait, struct oc_lease *lease,
                                       struct oc_err *err)
{
    e->users++;
    enum oc_status st = make_ready(reg, e, false, wait, err);
    if (st) {
        leave_and_unlock(reg, e);
        return st;
    }
    e->leases++;
    e->uses++;
    e->last_used_ns = oc_now_ns();
    *lease = (struct oc_lease){.model = oc_model_ref(e->model), .name = e->id, .package = e->name, .recipe = &e->recipe, .entry = e};
    pthread_mutex_unlock(&reg->mutex);
    return OC_OK;
}

enum oc_status oc_registry_acquire(struct oc_registry *reg, const char *name, enum oc_task task, const struct oc_wait *wait,
                                   struct oc_lease *lease, struct oc_err *err)
{
    *lease = (struct oc_lease){0};
    struct oc_entry *e;
    pthread_mutex_lock(&reg->mutex);
    enum oc_status st = find(reg, name, task, &e, err);
    if (!st)
        return lease_and_unlock(reg, e, wait, lease, err);
    pthread_mutex_unlock(&reg->mutex);
    return st;
}

enum oc_status oc_registry_acquire_beside(struct oc_registry *reg, const struct oc_lease *of, enum oc_task task, const struct oc_wait *wait,
                                          struct oc_lease *lease, struct oc_err *err)
{
    *lease = (struct oc_lease){0};
    pthread_mutex_lock(&reg->mutex);
    for (size_t i = 0; of->entry->part[0] && i < reg->n; i++) {
        struct oc_entry *e = reg->entries[i];
        if (e != of->entry && e->part[0] && !strcmp(e->name, of->entry->name) && oc_entry_can(e, task))
            return lease_and_unlock(reg, e, wait, lease, err);
    }
    pthread_mutex_unlock(&reg->mutex);
    return OC_DECLINED;
}

bool oc_registry_has_default(const struct oc_registry *reg, enum oc_task task)
{
    return reg->defaults[task]; /* fixed once made */
}

void oc_registry_release(struct oc_registry *reg, struct oc_lease *lease)
{
    struct oc_entry *e = lease->entry;
    if (!e)
        return;
    bool unload = lease->useless;
    struct oc_model *useless = NULL;
    oc_model_unref(lease->model); /* before the entry: the model borrows its recipe */
    *lease = (struct oc_lease){0};
    pthread_mutex_lock(&reg->mutex);
    e->leases--;
    e->last_used_ns = oc_now_ns();
    if (unload && !e->leases && e->state == OC_MODEL_READY) {
        useless = e->model;
        e->model = NULL;
        e->state = OC_MODEL_INSTALLED;
        oc_log(OC_LOG_INFO, "model unloaded: there is no memory to run it", OC_KV_S("model", e->id));
    }
    leave_and_unlock(reg, e);
    if (useless) {
        oc_model_unref(useless);
        oc_mem_trim();
    }
}

enum oc_status oc_registry_pair(struct oc_registry *reg, char out[OC_PACKAGE_NAME_MAX], struct oc_err *err)
{
    pthread_mutex_lock(&reg->mutex);
    const struct oc_entry *e = oc_choose_pair(reg->entries, reg->n, reg->defaults[OC_TASK_EMBED_IMAGE]);
    const char *configured = reg->defaults[OC_TASK_EMBED_IMAGE];
    snprintf(out, OC_PACKAGE_NAME_MAX, "%s", e ? e->name : "");
    pthread_mutex_unlock(&reg->mutex);
    if (e)
        return OC_OK;
    if (configured)
        return oc_err_set(err, OC_E_UNKNOWN_MODEL, "the default model '%.200s' does not embed both pictures and texts", configured);
    return oc_err_set(err, OC_E_UNKNOWN_MODEL, "no model is installed that embeds both pictures and texts");
}

enum oc_status oc_registry_load(struct oc_registry *reg, const char *name, const struct oc_wait *wait, struct oc_err *err)
{
    struct oc_entry *e;
    pthread_mutex_lock(&reg->mutex);
    enum oc_status st = find(reg, name, OC_TASK_COUNT, &e, err);
    if (st) {
        pthread_mutex_unlock(&reg->mutex);
        return st;
    }
    e->users++;
    st = make_ready(reg, e, true, wait, err);
    leave_and_unlock(reg, e);
    return st;
}

enum oc_status oc_registry_unload(struct oc_registry *reg, const char *name, struct oc_err *err)
{
    struct oc_entry *e;
    struct oc_model *model = NULL;
    pthread_mutex_lock(&reg->mutex);
    enum oc_status st = find(reg, name, OC_TASK_COUNT, &e, err);
    if (!st && e->state == OC_MODEL_READY) {
        model = e->model;
        e->model = NULL;
        e->state = OC_MODEL_INSTALLED;
        oc_log(OC_LOG_INFO, "model unloaded", OC_KV_S("model", e->id));
    }
    pthread_mutex_unlock(&reg->mutex);
    if (model) {
        oc_model_unref(model);
        oc_mem_trim();
    }
    return st;
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
    info.is_default = e->has_recipe && find_default(reg, e->recipe.task) == e;
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
    enum oc_status st = find(reg, name, OC_TASK_COUNT, &e, err);
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

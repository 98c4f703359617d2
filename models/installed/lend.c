/* Loading models, lending them, and making room for others; see registry.h. */
#include "models/installed/registry_inside.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"

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
        oc_registry_leave(reg, e);
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
    enum oc_status st = oc_registry_find(reg, name, task, &e, err);
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
    oc_registry_leave(reg, e);
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
    enum oc_status st = oc_registry_find(reg, name, OC_TASK_COUNT, &e, err);
    if (st) {
        pthread_mutex_unlock(&reg->mutex);
        return st;
    }
    e->users++;
    st = make_ready(reg, e, true, wait, err);
    oc_registry_leave(reg, e);
    return st;
}

enum oc_status oc_registry_unload(struct oc_registry *reg, const char *name, struct oc_err *err)
{
    struct oc_entry *e;
    struct oc_model *model = NULL;
    pthread_mutex_lock(&reg->mutex);
    enum oc_status st = oc_registry_find(reg, name, OC_TASK_COUNT, &e, err);
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

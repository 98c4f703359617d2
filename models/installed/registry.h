/*
 * The models installed in the model directories: found by a scan, loaded on first use, unloaded when memory is short.
 * All functions are thread-safe. Loading happens outside the lock; others who want the same model wait, up to their
 * deadline.
 *
 *     struct oc_lease lease = {0};
 *     st = oc_registry_acquire(reg, "yolox_nano", OC_TASK_DETECT, &wait, &lease, err);   // NULL name: the task's default
 *     st = oc_model_detect(lease.model, &image, ...);
 *     oc_registry_release(reg, &lease);
 */
#ifndef OC_MODELS_INSTALLED_REGISTRY_H
#define OC_MODELS_INSTALLED_REGISTRY_H

#include "models/installed/state.h"
#include "models/run/model.h"

struct oc_registry;

struct oc_registry_options {
    const char *const *directories; /* folders, or paths to .onnx files; copied */
    size_t n_directories;
    const char *const *defaults; /* "task=name" each, e.g. "detect=yolox_nano"; copied */
    size_t n_defaults;
    struct eng_options engine; /* for every model; strings are borrowed and outlive the registry */
    size_t text_cache_bytes;   /* vectors of texts that each model keeps; 0 = none */
};

/* Makes the registry and scans. A directory that cannot be read is a warning in the log, not an error. */
enum oc_status oc_registry_new(const struct oc_registry_options *opt, struct oc_registry **out, struct oc_err *err) OC_MUST_CHECK;
/* No lease may be out. NULL is fine. */
void oc_registry_free(struct oc_registry *reg);
/*
 * Scans again: new models appear, changed ones are replaced, missing ones disappear (those in use when they are given
 * back). Order: directories as given, within each by name, byte by byte.
 */
enum oc_status oc_registry_scan(struct oc_registry *reg, struct oc_err *err) OC_MUST_CHECK;

/* How long one may wait, and who asks. */
struct oc_wait {
    int64_t deadline_ns;          /* monotonic; 0 = no limit */
    bool (*cancelled)(void *arg); /* may be NULL */
    void *arg;
};

struct oc_lease {
    struct oc_model *model;         /* one reference */
    const char *name;               /* as listed; valid until release */
    const char *package;            /* the name without ":part"; the same */
    const struct oc_recipe *recipe; /* the same */
    struct oc_entry *entry;         /* the registry's */
    bool useless;                   /* set by the holder when there was no memory to run it: it is unloaded when nobody else has it */
};

/*
 * A model ready to run. name NULL or "": the task's default (configured; else, of embedders, one with both towers
 * if there is any; else the first installed that is not a starter model; else the first). OC_TASK_COUNT accepts any task. Loads it when
 * need be. OC_E_UNKNOWN_MODEL names those that exist; OC_E_INVALID: it exists for another task; OC_E_DEADLINE, OC_E_CANCELLED; or why it
 * cannot be loaded. *lease is zeroed on error.
 */
enum oc_status oc_registry_acquire(struct oc_registry *reg, const char *name, enum oc_task task, const struct oc_wait *wait,
                                   struct oc_lease *lease, struct oc_err *err) OC_MUST_CHECK;
/*
 * Another part of the package that a leased model belongs to (its name is the same), which can do `task`: the detector beside an
 * embedder. OC_DECLINED, without a message, when there is none; else as oc_registry_acquire.
 */
enum oc_status oc_registry_acquire_beside(struct oc_registry *reg, const struct oc_lease *of, enum oc_task task, const struct oc_wait *wait,
                                          struct oc_lease *lease, struct oc_err *err) OC_MUST_CHECK;
/* The operator has said which model is the task's default. */
bool oc_registry_has_default(const struct oc_registry *reg, enum oc_task task);
void oc_registry_release(struct oc_registry *reg, struct oc_lease *lease); /* a zeroed one is fine */

#define OC_PACKAGE_NAME_MAX (LIM_MODEL_ID + 32)
/*
 * The name of the package that embeds pictures and texts alike, for requests that have both and name none: of those installed with both
 * towers, chosen as a default is. OC_E_UNKNOWN_MODEL when there is none.
 */
enum oc_status oc_registry_pair(struct oc_registry *reg, char out[OC_PACKAGE_NAME_MAX], struct oc_err *err) OC_MUST_CHECK;

/* Loads by name; one that failed before is tried again. */
enum oc_status oc_registry_load(struct oc_registry *reg, const char *name, const struct oc_wait *wait, struct oc_err *err) OC_MUST_CHECK;
/* Unloads; requests that use it finish first, its memory goes with the last of them. Not loaded: fine. */
enum oc_status oc_registry_unload(struct oc_registry *reg, const char *name, struct oc_err *err) OC_MUST_CHECK;
/* Unloads the least recently used model that nobody uses; false when there is none. */
bool oc_registry_relieve(struct oc_registry *reg);

/* One installed model, for lists and metrics. Pointers are valid during the call that hands it out. */
struct oc_model_info {
    const char *name, *part, *path; /* part: "" or "visual", "textual", "detection", "recognition" */
    enum oc_layout layout;
    enum oc_model_state state;
    const struct oc_recipe *recipe;        /* NULL when the description could not be read: state is failed */
    const char *error;                     /* "" unless failed */
    size_t file_bytes;                     /* size of the .onnx file */
    size_t memory_bytes;                   /* while ready: oc_model_bytes                                    */
    const char *backend;                   /* while ready; else "" */
    const char *precision;                 /* while ready; else "" */
    int64_t modified_s;                    /* the file's time, seconds since 1970 */
    int in_use;                            /* leases out */
    uint64_t uses;                         /* leases ever */
    bool is_default;                       /* of its task */
    bool is_last;                          /* of the list that is being walked */
    struct oc_text_cache_stats text_cache; /* while ready */
};

/* Calls fn for each, in order, with the lock held: fn must be quick and not call back. Stops at the first status that is not OC_OK. */
enum oc_status oc_registry_each(struct oc_registry *reg, enum oc_status (*fn)(void *arg, const struct oc_model_info *info),
                                void *arg) OC_MUST_CHECK;
/* The same for one model by name; OC_E_UNKNOWN_MODEL names those that exist. */
enum oc_status oc_registry_info(struct oc_registry *reg, const char *name,
                                enum oc_status (*fn)(void *arg, const struct oc_model_info *info), void *arg,
                                struct oc_err *err) OC_MUST_CHECK;
size_t oc_registry_count(struct oc_registry *reg);

#endif

/* What the files of the registry share: the list, and finding in it. Private to models/installed/. */
#ifndef OC_MODELS_INSTALLED_REGISTRY_INSIDE_H
#define OC_MODELS_INSTALLED_REGISTRY_INSIDE_H

#include <pthread.h>
#include "models/installed/choose.h"
#include "models/installed/registry.h"

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

/* All with the mutex held. */

/* The default for a task, or NULL. */
struct oc_entry *oc_registry_default(const struct oc_registry *reg, enum oc_task task);
/* By name, or the task's default when that is NULL or empty; OC_TASK_COUNT: for any task. Statuses of oc_registry_acquire. */
enum oc_status oc_registry_find(const struct oc_registry *reg, const char *name, enum oc_task task, struct oc_entry **out,
                                struct oc_err *err) OC_MUST_CHECK;
/* Drops a user; frees the entry when it is gone and this was the last. Releases the mutex. */
void oc_registry_leave(struct oc_registry *reg, struct oc_entry *e);

#endif

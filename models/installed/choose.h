/*
 * Which of the installed models is a task's default. The registry's mutex is held. Private to models/installed/.
 */
#ifndef OC_MODELS_INSTALLED_CHOOSE_H
#define OC_MODELS_INSTALLED_CHOOSE_H

#include "models/installed/entry.h"

/* The entry can do the task, as far as it is described; OC_TASK_COUNT: any. */
bool oc_entry_can(const struct oc_entry *e, enum oc_task task);
/*
 * The default for a task among n entries: of those named `configured` when that is not NULL, one that is not a starter model before
 * one that is, an embedder of two towers before one of one, then the one of the best quality that is stated (model.json, else its family),
 * else the first. NULL when there is none.
 */
struct oc_entry *oc_choose_default(struct oc_entry *const *entries, size_t n, const char *configured, enum oc_task task);
/* The same among embedders of two towers alone, for requests of pictures and texts; the part that takes pictures. */
struct oc_entry *oc_choose_pair(struct oc_entry *const *entries, size_t n, const char *configured);

#endif

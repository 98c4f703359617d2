/* One installed model in the registry. The registry's mutex guards what is marked so. Private to models/installed/list.c and
 * models/installed/entry.c. */
#ifndef OC_MODELS_INSTALLED_ENTRY_H
#define OC_MODELS_INSTALLED_ENTRY_H

#include "base/sha256.h"
#include "models/installed/scan.h"
#include "models/run/model.h"

struct oc_entry {
    /* Fixed once made. */
    struct oc_arena arena;
    const char *id; /* "name", or "name:part" */
    const char *name, *part, *path;
    const char *directory, *root, *below, *manifest, *labels; /* as in struct oc_found */
    enum oc_layout layout;
    size_t file_bytes;
    int64_t modified_s;
    uint64_t stamp;
    /* models/installed/fingerprint.c's, under its mutex. */
    bool has_fingerprint;
    uint8_t fingerprint[OC_SHA256_BYTES];
    /* Written by oc_entry_new, or by the one thread that loads. */
    struct oc_recipe recipe;
    bool described; /* recipe is whole */
    /* Guarded. */
    bool has_recipe; /* recipe is whole and will not change any more */
    bool gone;       /* not in the registry's list any more */
    enum oc_model_state state;
    struct oc_err error;    /* while failed */
    struct oc_model *model; /* one reference while ready */
    int users, leases;      /* users: leases, waiting threads, the loader */
    uint64_t uses;
    int64_t last_used_ns;
};

/* Describes what a scan found. A model that cannot be described is an entry too, failed with the reason; only OC_E_NOMEM is an error. */
enum oc_status oc_entry_new(const struct oc_found *found, struct oc_entry **out, struct oc_err *err) OC_MUST_CHECK;
void oc_entry_free(struct oc_entry *e); /* NULL is fine; nobody may use it */
/* The entry stands for this file, unchanged. */
bool oc_entry_is(const struct oc_entry *e, const struct oc_found *found);
/* It is called this: its id, or its name alone. */
bool oc_entry_is_named(const struct oc_entry *e, const char *name);
/* Describes it when that failed before, and loads it. Called by one thread at a time. */
enum oc_status oc_entry_load(struct oc_entry *e, const struct oc_model_options *opt, struct oc_model **out,
                             struct oc_err *err) OC_MUST_CHECK;

#endif

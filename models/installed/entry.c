/* Describing and loading one installed model; see entry.h. */
#include "models/installed/entry.h"
#include "base/buf.h"
#include "base/log.h"
#include "models/recipe/files.h"
#include "models/package/manifest.h"
#include "models/package/open_sizes.h"

static enum oc_status read_manifest(const char *folder, struct oc_manifest **out, struct oc_err *err)
{
    struct oc_buf text;
    oc_buf_init(&text, OC_MEM_OTHER, LIM_MODEL_JSON);
    enum oc_status st = oc_file_read(folder, "model.json", &text, err);
    if (!st)
        st = oc_manifest_parse(text.data ? text.data : "", text.len, out, err);
    oc_buf_deinit(&text);
    return st;
}

/*
 * What is wrong with a model's files is never the client's request: a broken model.json, a file that is missing or cannot be read, are
 * all "this model is not valid", and the reason is told.
 */
static enum oc_status files_fault(enum oc_status st, struct oc_err *err)
{
    if (st != OC_E_INVALID && st != OC_E_JSON && st != OC_E_IO && st != OC_E_NOT_FOUND)
        return st;
    if (err)
        err->code = OC_E_MODEL;
    return OC_E_MODEL;
}

/* The recipe, from scratch. */
static enum oc_status describe(struct oc_entry *e, struct oc_err *err)
{
    struct oc_manifest *manifest = NULL;
    struct eng_facts *facts = NULL;
    struct oc_beside beside = {.directory = e->directory, .labels = e->labels, .root = e->root, .is_immich = e->layout == OC_LAYOUT_IMMICH};
    oc_recipe_deinit(&e->recipe);
    oc_recipe_init(&e->recipe);
    enum oc_status st = e->manifest ? read_manifest(e->manifest, &manifest, err) : OC_OK;
    if (!st)
        st = eng_facts_read(e->path, &facts, err);
    if (!st)
        st = oc_recipe_make_at_open_sizes(facts, e->path, manifest, &beside, &e->recipe, err);
    eng_facts_free(facts);
    oc_manifest_free(manifest);
    e->described = !st;
    return files_fault(st, err);
}

static const char *keep(struct oc_entry *e, const char *s)
{
    return s ? oc_arena_strndup(&e->arena, s, strlen(s)) : NULL;
}

static bool copy_found(struct oc_entry *e, const struct oc_found *f)
{
    char path[OC_PATH_MAX], id[LIM_MODEL_ID + 32];
    if (!oc_path_join(path, f->directory, f->file))
        return false;
    snprintf(id, sizeof id, "%s%s%s", f->name, f->part[0] ? ":" : "", f->part);
    e->id = keep(e, id);
    e->name = keep(e, f->name);
    e->part = keep(e, f->part);
    e->path = keep(e, path);
    e->directory = keep(e, f->directory);
    e->root = keep(e, f->root);
    e->below = keep(e, f->below);
    e->manifest = keep(e, f->manifest);
    e->labels = keep(e, f->labels);
    e->layout = f->layout;
    e->file_bytes = f->bytes;
    e->modified_s = f->modified_s;
    e->stamp = f->stamp;
    return e->id && e->name && e->part && e->path && e->directory && e->root && e->below && (e->manifest || !f->manifest) &&
           (e->labels || !f->labels);
}

enum oc_status oc_entry_new(const struct oc_found *found, struct oc_entry **out, struct oc_err *err)
{
    *out = NULL;
    struct oc_entry *e = oc_mem_zero(OC_MEM_OTHER, sizeof *e);
    if (!e)
        return oc_err_nomem(err, "a model's entry", sizeof *e);
    oc_arena_init(&e->arena, OC_MEM_OTHER, 8 * OC_PATH_MAX);
    oc_recipe_init(&e->recipe);
    if (!copy_found(e, found)) {
        oc_entry_free(e);
        return oc_err_nomem(err, "a model's entry", sizeof *e);
    }
    enum oc_status st = describe(e, &e->error);
    if (st == OC_E_NOMEM) {
        oc_err_set(err, st, "%s", e->error.msg);
        oc_entry_free(e);
        return st;
    }
    e->has_recipe = e->described;
    e->state = st ? OC_MODEL_FAILED : OC_MODEL_INSTALLED;
    if (st)
        oc_log(OC_LOG_WARN, "model cannot be used", OC_KV_S("model", e->id), OC_KV_S("path", e->path), OC_KV_S("error", e->error.msg));
    *out = e;
    return OC_OK;
}

void oc_entry_free(struct oc_entry *e)
{
    if (!e)
        return;
    oc_model_unref(e->model);
    oc_recipe_deinit(&e->recipe);
    oc_arena_deinit(&e->arena);
    oc_mem_free(e);
}

bool oc_entry_is(const struct oc_entry *e, const struct oc_found *f)
{
    char path[OC_PATH_MAX];
    return e->stamp == f->stamp && !strcmp(e->name, f->name) && !strcmp(e->part, f->part) && oc_path_join(path, f->directory, f->file) &&
           !strcmp(e->path, path);
}

bool oc_entry_is_named(const struct oc_entry *e, const char *name)
{
    const char *slash = strrchr(e->name, '/'); /* "org/name" of Hugging Face's cache is "name", too */
    size_t org = slash ? (size_t)(slash + 1 - e->name) : 0;
    return !strcmp(e->id, name) || !strcmp(e->name, name) || (org && (!strcmp(e->id + org, name) || !strcmp(e->name + org, name)));
}

enum oc_status oc_entry_load(struct oc_entry *e, const struct oc_model_options *opt, struct oc_model **out, struct oc_err *err)
{
    *out = NULL;
    struct oc_model_options own = *opt;
    own.engine.links_below = e->below;
    enum oc_status st = e->described ? OC_OK : describe(e, err);
    return st ? st : files_fault(oc_model_load(e->path, &own, &e->recipe, out, err), err);
}

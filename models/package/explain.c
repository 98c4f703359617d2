/* See explain.h. */
#include "models/package/explain.h"
#include "models/recipe/files.h"
#include "models/package/manifest.h"
#include "models/package/open_sizes.h"
#include "models/package/recognise.h"
#include "models/package/families.h"

/* The folder of a path, "." where it names none. */
static bool folder_of(const char *path, char folder[OC_PATH_MAX])
{
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 1;
    if (n >= OC_PATH_MAX)
        return false;
    memcpy(folder, slash ? path : ".", n);
    folder[n] = 0;
    if (slash == path)
        memcpy(folder, "/", 2);
    return true;
}

/* The model.json of the folder when it is of that file; *out NULL: there is none. */
static enum oc_status read_manifest(const char *folder, const char *file, struct oc_manifest **out, struct oc_err *err)
{
    struct oc_buf text;
    *out = NULL;
    if (!oc_file_exists(folder, "model.json"))
        return OC_OK;
    oc_buf_init(&text, OC_MEM_OTHER, LIM_MODEL_JSON);
    enum oc_status st = oc_file_read(folder, "model.json", &text, err);
    if (!st)
        st = oc_manifest_parse(text.data ? text.data : "", text.len, out, err);
    oc_buf_deinit(&text);
    if (!st && strcmp(oc_manifest_file(*out), file) != 0) {
        oc_manifest_free(*out);
        *out = NULL;
    }
    return st;
}

static enum oc_status ask_others(const struct eng_facts *facts, struct oc_explanation *x, struct oc_err *err)
{
    size_t n;
    const struct oc_family *const *families = oc_families(&n);
    x->others = oc_mem_array(OC_MEM_OTHER, n, sizeof *x->others);
    if (!x->others)
        return oc_err_nomem(err, "families", n * sizeof *x->others);
    for (size_t i = 0; i < n; i++) {
        struct oc_recipe r;
        struct oc_err why = {0};
        if (families[i]->task != OC_TASK_DETECT || families[i] == x->recipe.family)
            continue;
        struct oc_refusal *refusal = &x->others[x->n_others++];
        oc_recipe_init(&r);
        enum oc_status st = oc_recognise(facts, families[i], &r, &why);
        *refusal = (struct oc_refusal){.family = families[i], .possible = !st};
        const char *reason = strstr(why.msg, "form: ");
        snprintf(refusal->why, sizeof refusal->why, "%.255s", st ? reason ? reason + 6 : why.msg : r.because);
        oc_recipe_deinit(&r);
        if (st == OC_E_NOMEM)
            return st;
    }
    return OC_OK;
}

static enum oc_status find_runner_up(const struct eng_facts *facts, struct oc_explanation *x)
{
    struct oc_recipe r;
    struct oc_err why;
    if (!x->recipe.family)
        return OC_OK;
    oc_recipe_init(&r);
    enum oc_status st = oc_recognise_after(facts, x->recipe.family, &r, &why);
    if (!st) {
        x->runner_up = r.family;
        memcpy(x->runner_up_because, r.because, sizeof r.because);
    }
    oc_recipe_deinit(&r);
    return st == OC_E_NOMEM ? st : OC_OK;
}

enum oc_status oc_explain(const char *path, struct oc_explanation *x, struct oc_err *err)
{
    char folder[OC_PATH_MAX];
    const char *slash = strrchr(path, '/');
    struct oc_manifest *manifest = NULL;
    struct eng_facts *facts = NULL;
    memset(x, 0, sizeof *x);
    oc_recipe_init(&x->recipe);
    if (!folder_of(path, folder))
        return oc_err_set(err, OC_E_INVALID, "the path is longer than %d bytes", OC_PATH_MAX - 1);
    enum oc_status st = read_manifest(folder, slash ? slash + 1 : path, &manifest, err);
    if (!st)
        st = eng_facts_read(path, &facts, err);
    x->has_manifest = manifest != NULL;
    if (!st)
        st = oc_recipe_make_at_open_sizes(facts, path, manifest, &(struct oc_beside){.directory = folder}, &x->recipe, err);
    if (!st)
        st = ask_others(facts, x, err);
    if (!st && (st = find_runner_up(facts, x)))
        st = oc_err_nomem(err, "a recipe", sizeof x->recipe);
    eng_facts_free(facts);
    oc_manifest_free(manifest);
    return st;
}

void oc_explanation_deinit(struct oc_explanation *x)
{
    oc_recipe_deinit(&x->recipe);
    oc_mem_free(x->others);
    x->others = NULL;
    x->n_others = 0;
}

/*
 * model.json, the native package's description. Strict: unknown members are errors, every message names the JSON path.
 * The schema is docs/model.schema.json; docs/models.md explains it.
 */
#ifndef OC_MODELS_PACKAGE_MANIFEST_H
#define OC_MODELS_PACKAGE_MANIFEST_H

#include "engine/eng.h"
#include "models/recipe/recipe.h"

#define OC_MANIFEST_FORMAT 1

struct oc_manifest; /* parsed and checked on its own, not yet against a model */

/* OC_E_JSON, OC_E_INVALID ("/input/width: must be 1..4096, is 0"), OC_E_NOMEM. Text is borrowed for the call. */
enum oc_status oc_manifest_parse(const char *text, size_t n, struct oc_manifest **out, struct oc_err *err) OC_MUST_CHECK;
void oc_manifest_free(struct oc_manifest *m); /* NULL is fine */
/* The .onnx file's name, without a folder; "model.onnx" unless the description says otherwise. */
const char *oc_manifest_file(const struct oc_manifest *m);

/* What lies beside a model's file. */
struct oc_beside {
    const char *directory; /* where labels files are looked for */
    const char *labels;    /* name of a labels file found there; NULL = none */
    const char *root;      /* the package's folder, where configuration files are looked for too; NULL = none */
    bool is_immich;        /* pictures are cut and texts cleaned as Immich does it */
};

/*
 * A recipe from a model's declarations and its manifest (NULL: none): recognises the family, or takes the manifest's; then
 * overrides what the manifest states. r is initialised; on error it may be half filled. OC_E_INVALID, OC_E_MODEL, OC_E_NOMEM.
 */
enum oc_status oc_recipe_make(const struct eng_facts *facts, const struct oc_manifest *m, const struct oc_beside *beside,
                              struct oc_recipe *r, struct oc_err *err) OC_MUST_CHECK;

#endif

/* Why a file was taken for what it is, and why for nothing else: for people who look for their model's family. */
#ifndef OC_MODELS_PACKAGE_EXPLAIN_H
#define OC_MODELS_PACKAGE_EXPLAIN_H

#include "models/recipe/family.h"

/* What a family says of a file that was not given to it. */
struct oc_refusal {
    const struct oc_family *family; /* static */
    bool possible;                  /* a model.json could name it; else `why` not */
    char why[OC_BECAUSE_MAX];
};

struct oc_explanation {
    struct oc_recipe recipe;           /* family NULL: not recognised */
    bool has_manifest;                 /* a model.json beside the file had its say */
    const struct oc_family *runner_up; /* what it would be taken for without the family's claim; NULL: nothing */
    char runner_up_because[OC_BECAUSE_MAX];
    struct oc_refusal *others;
    size_t n_others; /* detectors of objects, but the one it is */
};

/* Of the file, with the model.json in its folder when that names it. OC_E_MODEL, OC_E_IO, OC_E_INVALID, OC_E_JSON, OC_E_NOMEM. To be
 * deinitialised in any case. */
enum oc_status oc_explain(const char *path, struct oc_explanation *x, struct oc_err *err) OC_MUST_CHECK;
void oc_explanation_deinit(struct oc_explanation *x);

#endif

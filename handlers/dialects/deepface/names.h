/* deepface's names of models and detectors, and what is installed for them. Private to handlers/dialects/deepface/. */
#ifndef OC_HANDLERS_DEEPFACE_NAMES_H
#define OC_HANDLERS_DEEPFACE_NAMES_H

#include "handlers/dialects/deepface/deepface.h"

struct oc_deepface_model {
    const char *name;
    const char *family;                 /* of ours; NULL: none is of its kind */
    int dim;                            /* numbers of a vector; 0: any */
    double thresholds[OC_METRIC_COUNT]; /* distances up to which two faces are of one person: deepface/config/threshold.py */
};

/* One of deepface's models by its name, in any case; NULL. */
const struct oc_deepface_model *oc_deepface_model_find(const char *name);
/* The installed model that a client's name means; *out NULL for a NULL name: the default. OC_E_UNKNOWN_MODEL tells what to do. */
enum oc_status oc_deepface_resolve_model(struct oc_request *req, const char *name, const char **out, struct oc_err *err) OC_MUST_CHECK;
/* The same for detectors; deepface's names for which nothing is installed mean the default. */
enum oc_status oc_deepface_resolve_detector(struct oc_request *req, const char *name, const char **out, struct oc_err *err) OC_MUST_CHECK;

#endif

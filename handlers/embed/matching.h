/*
 * How probable it is that pictures and texts of one request belong together, each picture with each text, by a network that sees both at
 * once (task "match"). Slower than cosines of vectors by the number of pairs, and better at telling what is done to what.
 */
#ifndef OC_HANDLERS_MATCHING_H
#define OC_HANDLERS_MATCHING_H

#include "handlers/embed/embedding.h"

struct oc_matching {
    const struct oc_inputs *in; /* borrowed */
    struct oc_lease lease;
    double *scores; /* of picture i with text k at i * texts + k, 0..1; in the request's arena */
};

/* At most LIM_MATCH_PAIRS pairs (OC_E_INVALID). Statuses as oc_embedding_run. *out is to be deinitialised in any case. */
enum oc_status oc_matching_run(const struct oc_inputs *in, const struct oc_embedding_ask *ask, struct oc_matching *out,
                               struct oc_err *err) OC_MUST_CHECK;
void oc_matching_deinit(struct oc_matching *m);

#endif

/* Where a run's time goes, node by node: what `ocelli bench --profile` prints. */
#ifndef ENG_EXEC_PROFILE_H
#define ENG_EXEC_PROFILE_H

#include "engine/eng.h"

struct eng_profile_step {
    const char *op_type, *name, *impl; /* borrowed from the plan */
    struct eng_shape out;              /* of output 0 */
    int64_t ns;                        /* in the fastest profiled run of this step */
};

/* Runs like eng_session_run and keeps each step's shortest time in the session's table. Allocates the table on its first call. */
enum oc_status eng_session_run_profiled(struct eng_session *s, const struct eng_tensor *inputs, struct oc_err *err) OC_MUST_CHECK;
/* Step i of the table, in running order; false past its end. */
bool eng_session_profile(const struct eng_session *s, int i, struct eng_profile_step *out);

#endif

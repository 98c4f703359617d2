/* Lists of axes and integers that are an attribute in old opsets and an input in new ones. */
#ifndef ENG_OPS_AXES_H
#define ENG_OPS_AXES_H

#include "engine/ops/op.h"

/* At most max integers: of input `input` (a constant) when it is 0 or more, else of the attribute. *given: it is there at all. */
enum oc_status eng_list(struct oc_err *err, const struct eng_node *n, const struct eng_value *const *in, int n_in, int input,
                        const char *attribute, int64_t *out, size_t max, size_t *count, bool *given) OC_MUST_CHECK;
/* The same as a set of axes of `rank` dimensions (bit i: axis i). An axis named twice is OC_E_MODEL. */
enum oc_status eng_axis_set(struct oc_err *err, const struct eng_node *n, const struct eng_value *const *in, int n_in, int input,
                            const char *attribute, int rank, uint32_t *set, bool *given) OC_MUST_CHECK;

#endif

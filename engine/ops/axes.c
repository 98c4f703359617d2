/* See axes.h. */
#include "engine/ops/axes.h"
#include <string.h>

enum oc_status eng_list(struct oc_err *err, const struct eng_node *n, const struct eng_value *const *in, int n_in, int input,
                        const char *attribute, int64_t *out, size_t max, size_t *count, bool *given)
{
    *count = 0;
    if (input >= 0) {
        *given = input < n_in && in[input];
        return *given ? eng_const_ints(err, n, in[input], out, max, count) : OC_OK;
    }
    size_t total;
    const int64_t *list = eng_node_ints(n, attribute, &total);
    *given = eng_node_attr(n, attribute) != NULL;
    if (total > max)
        return eng_bad_node(err, n, "%s has %zu numbers; the limit is %zu", attribute, total, max);
    if (total > 0)
        memcpy(out, list, total * sizeof *out);
    *count = total;
    return OC_OK;
}

enum oc_status eng_axis_set(struct oc_err *err, const struct eng_node *n, const struct eng_value *const *in, int n_in, int input,
                            const char *attribute, int rank, uint32_t *set, bool *given)
{
    int64_t list[LIM_TENSOR_RANK];
    size_t count;
    enum oc_status st = eng_list(err, n, in, n_in, input, attribute, list, LIM_TENSOR_RANK, &count, given);
    *set = 0;
    for (size_t i = 0; !st && i < count; i++) {
        int axis = 0;
        st = eng_axis(err, n, list[i], rank, &axis);
        if (!st && (*set >> axis & 1))
            st = eng_bad_node(err, n, "axis %d is named twice", axis);
        *set |= 1u << axis;
    }
    return st;
}

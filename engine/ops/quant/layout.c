/* Since opset 13 a one-dimensional scale belongs to `axis`; since 21 it may have blocks. */
#include "engine/ops/quant/layout.h"

static enum oc_status blocked(struct oc_err *err, const struct eng_node *n, const struct eng_shape *x, const struct eng_shape *scale,
                              int axis, int64_t block, struct eng_quant_layout *l)
{
    for (int i = 0; i < x->rank; i++) {
        bool fits = scale->rank == x->rank && (i == axis ? scale->dim[i] == (x->dim[i] + block - 1) / block : scale->dim[i] == x->dim[i]);
        if (!fits)
            return eng_bad_node(err, n, "scales do not fit blocks of %lld along axis %d", (long long)block, axis);
    }
    l->blocked = true;
    l->block = block;
    l->blocks = scale->rank ? scale->dim[axis] : 1;
    return OC_OK;
}

enum oc_status eng_quant_layout(struct oc_err *err, const struct eng_node *n, const struct eng_shape *x, const struct eng_shape *scale,
                                struct eng_quant_layout *out)
{
    struct eng_quant_layout l = {.run = 1, .dim = 1, .block = 1, .blocks = 1};
    int64_t count = eng_shape_count(x), block = eng_node_int(n, "block_size", 0);
    bool one = scale->rank == 0 || (scale->rank == 1 && scale->dim[0] == 1 && block == 0);
    int axis;
    if (one) {
        l.run = count > 0 ? count : 1;
        *out = l;
        return OC_OK;
    }
    enum oc_status st = eng_axis(err, n, eng_node_int(n, "axis", 1), x->rank, &axis);
    if (st)
        return st;
    l.dim = x->dim[axis] > 0 ? x->dim[axis] : 1;
    for (int i = axis + 1; i < x->rank; i++)
        l.run *= x->dim[i] > 0 ? x->dim[i] : 1;
    if (block < 0 || block > LIM_WINDOW)
        return eng_bad_node(err, n, "block_size %lld is out of range", (long long)block);
    if (block > 0)
        st = blocked(err, n, x, scale, axis, block, &l);
    else if (scale->rank != 1 || scale->dim[0] != x->dim[axis])
        st = eng_bad_node(err, n, "scale has another size than axis %d of the input", axis);
    *out = l;
    return st;
}

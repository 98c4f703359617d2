/* Shared constant tensors: reference counts around one aligned block. */
#include "engine/ops/op.h"

enum oc_status eng_const_new(enum eng_dtype dtype, const struct eng_shape *shape, struct eng_const **out, struct oc_err *err)
{
    *out = NULL;
    enum oc_status st = eng_shape_check(err, "a constant", dtype, shape);
    if (st)
        return st;
    size_t bytes = (size_t)eng_shape_count(shape) * eng_dtype_size(dtype);
    struct eng_const *c = oc_mem_zero(OC_MEM_MODEL, sizeof *c);
    void *data = c ? oc_mem_aligned(OC_MEM_MODEL, bytes) : NULL;
    if (!data) {
        oc_mem_free(c);
        return oc_err_nomem(err, "a constant", bytes);
    }
    atomic_init(&c->refs, 1);
    c->t = (struct eng_tensor){dtype, *shape, data};
    *out = c;
    return OC_OK;
}

struct eng_const *eng_const_ref(struct eng_const *c)
{
    atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    return c;
}

void eng_const_unref(struct eng_const *c)
{
    if (!c || atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
        return;
    oc_mem_free(c->t.data);
    oc_mem_free(c);
}

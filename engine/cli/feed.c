/* Files and made-up inputs; see feed.h. */
#include "engine/cli/feed.h"
#include "base/mem.h"
#include "engine/cli/npy.h"
#include <string.h>

/* The linear congruential generator of the C standard's example, 31 bits of it. */
static double next_number(uint32_t *state)
{
    *state = (*state * 1103515245u + 12345u) & 0x7fffffffu;
    return (double)*state / 2147483648.0;
}

static void fill(struct eng_tensor *t, size_t n)
{
    uint32_t state = 12345;
    for (size_t i = 0; i < n; i++) {
        double v = next_number(&state);
        switch (t->dtype) {
        case ENG_DT_F32:
            ((float *)t->data)[i] = (float)v;
            break;
        case ENG_DT_F64:
            ((double *)t->data)[i] = v;
            break;
        case ENG_DT_U8:
            ((uint8_t *)t->data)[i] = (uint8_t)(v * 256);
            break;
        case ENG_DT_I8:
            ((int8_t *)t->data)[i] = (int8_t)(v * 10);
            break;
        case ENG_DT_I16:
        case ENG_DT_U16:
            ((uint16_t *)t->data)[i] = (uint16_t)(v * 10);
            break;
        case ENG_DT_I32:
        case ENG_DT_U32:
            ((uint32_t *)t->data)[i] = (uint32_t)(v * 10);
            break;
        case ENG_DT_I64:
        case ENG_DT_U64:
            ((uint64_t *)t->data)[i] = (uint64_t)(v * 10);
            break;
        case ENG_DT_BOOL:
            ((uint8_t *)t->data)[i] = v > 0.5;
            break;
        case ENG_DT_F16: /* 1, or 1.5: enough for timing */
        case ENG_DT_BF16:
            ((uint16_t *)t->data)[i] = t->dtype == ENG_DT_F16 ? (v > 0.5 ? 0x3e00 : 0x3c00) : (v > 0.5 ? 0x3fc0 : 0x3f80);
            break;
        case ENG_DT_UNDEFINED:
            break;
        }
    }
}

static enum oc_status make_up_input(const struct eng_args *a, const struct eng_io *io, struct eng_tensor *t, struct oc_err *err)
{
    size_t bytes = eng_dtype_size(io->dtype);
    if (!io->shape_known || !bytes)
        return oc_err_set(err, OC_E_INVALID, "input '%.200s' needs a file: the model does not say its shape or its type is not supported",
                          io->name);
    t->dtype = io->dtype;
    t->shape = io->shape;
    for (int i = 0; i < t->shape.rank; i++) {
        if (t->shape.dim[i] < 0) {
            int64_t given = eng_args_dim(a, io, i);
            t->shape.dim[i] = given >= 0 ? given : 1;
        }
        if (!oc_size_mul(bytes, (size_t)t->shape.dim[i], &bytes) || bytes > LIM_TENSOR_BYTES)
            return oc_err_set(err, OC_E_INVALID, "input '%.200s' would be larger than %zu bytes", io->name, LIM_TENSOR_BYTES);
    }
    t->data = oc_mem_aligned(OC_MEM_OTHER, bytes);
    if (!t->data)
        return oc_err_nomem(err, "an input", bytes);
    fill(t, (size_t)eng_shape_count(&t->shape));
    return OC_OK;
}

/* A file's array must have the sizes that --dim gives. */
static enum oc_status check_dims(const struct eng_args *a, const struct eng_io *io, const struct eng_tensor *t, struct oc_err *err)
{
    for (int i = 0; io->shape_known && t->shape.rank == io->shape.rank && i < io->shape.rank; i++) {
        int64_t given = io->shape.dim[i] < 0 ? eng_args_dim(a, io, i) : -1;
        if (given >= 0 && given != t->shape.dim[i])
            return oc_err_set(err, OC_E_INVALID, "input '%.200s' has size %lld in dimension %d; --dim says %lld", io->name,
                              (long long)t->shape.dim[i], i, (long long)given);
    }
    return OC_OK;
}

enum oc_status eng_feed_new(const struct eng_args *a, const struct eng_model *m, bool make_up, struct eng_tensor **out, struct oc_err *err)
{
    int n = eng_model_n_inputs(m);
    enum oc_status st = OC_OK;
    struct eng_tensor *feed = oc_mem_array(OC_MEM_OTHER, (size_t)n, sizeof *feed);
    *out = NULL;
    if (!feed)
        return oc_err_nomem(err, "inputs", (size_t)n * sizeof *feed);
    for (int i = 0; !st && i < n; i++) {
        const struct eng_io *io = eng_model_input(m, i);
        const char *path = eng_args_feed(a, io->name);
        if (path) {
            st = eng_npy_read(path, &feed[i], err);
            if (!st)
                st = check_dims(a, io, &feed[i], err);
        } else if (make_up) {
            st = make_up_input(a, io, &feed[i], err);
        } else {
            st = oc_err_set(err, OC_E_INVALID, "input '%.200s' is not given: add '%.200s=FILE.npy'", io->name, io->name);
        }
    }
    if (st) {
        eng_feed_free(feed, m);
        return st;
    }
    *out = feed;
    return OC_OK;
}

void eng_feed_free(struct eng_tensor *feed, const struct eng_model *m)
{
    for (int i = 0; feed && i < eng_model_n_inputs(m); i++)
        oc_mem_free(feed[i].data);
    oc_mem_free(feed);
}

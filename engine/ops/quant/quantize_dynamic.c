/*
 * DynamicQuantizeLinear: scale and zero point from the smallest and largest number of the tensor (0 always among
 * them), then uint8. A tensor of zeros has scale 1, as in ONNX Runtime.
 */
#include "engine/kernels/kernels.h"
#include "engine/ops/state.h"
#include "engine/ops/types.h"
#include <math.h>

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const int64_t *count = k->state;
    const struct eng_kernels *kernels = eng_kernels();
    const float *x = call->in[0].data;
    uint8_t *y = call->out[0].data;
    float low = 0, high = 0;
    if (*count) {
        float least = kernels->minimum(x, (size_t)*count), most = kernels->maximum(x, (size_t)*count);
        low = least < 0 ? least : 0; /* NaN: as if there were no numbers */
        high = most > 0 ? most : 0;
    }
    float scale = low == high ? 1.0f : (high - low) / 255.0f;
    float zero = rintf(-low / scale);
    zero = zero > 0 ? (zero < 255 ? zero : 255) : 0;
    kernels->to_u8(x, scale, zero, y, (size_t)*count);
    *(float *)call->out[1].data = scale;
    *(uint8_t *)call->out[2].data = (uint8_t)zero;
    return OC_OK;
}

static enum oc_status infer(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T(F32));
    if (st)
        return st;
    c->out[0].dtype = ENG_DT_U8;
    c->out[0].shape = c->in[0]->shape;
    c->out[1].dtype = ENG_DT_F32;
    c->out[1].shape = (struct eng_shape){0};
    c->out[2].dtype = ENG_DT_U8;
    c->out[2].shape = (struct eng_shape){0};
    return OC_OK;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    int64_t count = eng_shape_count(&c->in[0]->shape);
    k->run = run;
    k->impl = "dynamic quantize";
    return eng_keep_state(c, k, &count, sizeof count);
}

const struct eng_op_def eng_ops_quantize_dynamic[] = {
    {"", "DynamicQuantizeLinear", 11, 0, 1, 1, 3, 3, 0, 0, infer, prepare},
    {.name = NULL},
};

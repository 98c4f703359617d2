/* HannWindow, HammingWindow, BlackmanWindow: cosine windows of a size known when the model is planned. */
#include "engine/ops/state.h"
#include "engine/ops/types.h"
#include <math.h>

/* w(n) = a0 - a1 cos(2 pi n / N) + a2 cos(4 pi n / N); coefficients from the ONNX operator documents */
struct window {
    double a0, a1, a2;
    int64_t period;
};

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct window *w = k->state;
    for (int64_t i = 0; i < call->out[0].shape.dim[0]; i++) {
        double t = 2 * M_PI * (double)i / (double)w->period;
        eng_store_f64(call->out[0].dtype, call->out[0].data, i, w->a0 - w->a1 * cos(t) + w->a2 * cos(2 * t));
    }
    return OC_OK;
}

static enum oc_status infer(struct eng_infer *c)
{
    int64_t size, type = eng_node_int(c->node, "output_datatype", ENG_DT_F32);
    size_t count;
    enum oc_status st = eng_const_ints(c->err, c->node, c->in[0], &size, 1, &count);
    if (st)
        return st;
    if (count != 1 || size < 0)
        return eng_bad_node(c->err, c->node, "size must be one number, at least 0");
    if (type < 0 || type > 31 || !eng_type_in((enum eng_dtype)type, ENG_T_NUMERIC))
        return eng_bad_node(c->err, c->node, "output_datatype %lld is not supported", (long long)type);
    c->out[0].dtype = (enum eng_dtype)type;
    c->out[0].shape = (struct eng_shape){1, {size}};
    return OC_OK;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k, double a0, double a1, double a2)
{
    struct window w = {a0, a1, a2, c->out[0]->shape.dim[0] - (eng_node_int(c->node, "periodic", 1) ? 0 : 1)};
    w.period = w.period > 0 ? w.period : 1;
    k->run = run;
    k->impl = "cosine window";
    return eng_keep_state(c, k, &w, sizeof w);
}

static enum oc_status prepare_hann(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, 0.5, 0.5, 0);
}

static enum oc_status prepare_hamming(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, 25.0 / 46, 21.0 / 46, 0);
}

static enum oc_status prepare_blackman(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, 0.42, 0.5, 0.08);
}

const struct eng_op_def eng_ops_windows[] = {
    {"", "HannWindow", 17, 0, 1, 1, 1, 1, 1, 0, infer, prepare_hann},
    {"", "HammingWindow", 17, 0, 1, 1, 1, 1, 1, 0, infer, prepare_hamming},
    {"", "BlackmanWindow", 17, 0, 1, 1, 1, 1, 1, 0, infer, prepare_blackman},
    {.name = NULL},
};

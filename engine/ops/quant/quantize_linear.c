/*
 * QuantizeLinear: y = saturate(round(x / scale) + zero point), ties to even. DequantizeLinear: y = (x - zero point) * scale.
 * 8- and 16-bit integers (and int32 to dequantise); the 4-bit and float8 types of later opsets are not held by the engine.
 */
#include "engine/ops/parallel.h"
#include "engine/ops/quant/layout.h"
#include "engine/ops/state.h"
#include "engine/ops/types.h"
#include <math.h>

#define PIECE 4096 /* elements that one thread takes at a time */

struct linear {
    struct eng_quant_layout layout;
    enum eng_dtype in, out;
    int64_t count;
    double low, high; /* of the quantised type */
    bool quantise, has_zero;
    int threads;
};

struct linear_run {
    const struct linear *l;
    const struct eng_tensor *x, *scale, *zero; /* zero: NULL = 0 */
    struct eng_tensor *y;
};

/* A run of elements with one scale and zero point. */
static void quantise(const struct linear_run *r, int64_t at, int64_t n, float scale, double zero)
{
    const struct linear *l = r->l;
    if (l->in == ENG_DT_F32 && (l->out == ENG_DT_U8 || l->out == ENG_DT_I8)) {
        const float *x = (const float *)r->x->data + at;
        float low = (float)(l->low - zero), high = (float)(l->high - zero);
        int32_t shift = (int32_t)zero;
        uint8_t *y = (uint8_t *)r->y->data + at;
        for (int64_t i = 0; i < n; i++) {
            float v = rintf(x[i] / scale);
            v = v > low ? v : low; /* NaN too */
            v = v < high ? v : high;
            y[i] = (uint8_t)((int32_t)v + shift);
        }
        return;
    }
    for (int64_t i = at; i < at + n; i++) {
        double v = (double)rintf((float)eng_load_f64(l->in, r->x->data, i) / scale) + zero;
        v = v > l->low ? (v < l->high ? v : l->high) : l->low;
        eng_store_f64(l->out, r->y->data, i, v);
    }
}

static void dequantise(const struct linear_run *r, int64_t at, int64_t n, float scale, double zero)
{
    const struct linear *l = r->l;
    int32_t shift = (int32_t)zero;
    float *y = (float *)r->y->data + at;
    if (l->out == ENG_DT_F32 && l->in == ENG_DT_U8) {
        const uint8_t *x = (const uint8_t *)r->x->data + at;
        for (int64_t i = 0; i < n; i++)
            y[i] = (float)(x[i] - shift) * scale;
        return;
    }
    if (l->out == ENG_DT_F32 && l->in == ENG_DT_I8) {
        const int8_t *x = (const int8_t *)r->x->data + at;
        for (int64_t i = 0; i < n; i++)
            y[i] = (float)(x[i] - shift) * scale;
        return;
    }
    for (int64_t i = at; i < at + n; i++)
        eng_store_f64(l->out, r->y->data, i, (double)((float)(eng_load_f64(l->in, r->x->data, i) - zero) * scale));
}

static void run_pieces(void *arg, int slot, int64_t begin, int64_t end)
{
    const struct linear_run *r = arg;
    int64_t last = end * PIECE < r->l->count ? end * PIECE : r->l->count;
    (void)slot;
    for (int64_t at = begin * PIECE; at < last;) {
        int64_t n = eng_quant_run(&r->l->layout, at, last - at), p = eng_quant_at(&r->l->layout, at);
        float scale = (float)eng_load_f64(r->scale->dtype, r->scale->data, p);
        double zero = r->zero ? eng_load_f64(r->zero->dtype, r->zero->data, p) : 0;
        if (r->l->quantise)
            quantise(r, at, n, scale, zero);
        else
            dequantise(r, at, n, scale, zero);
        at += n;
    }
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct linear *l = k->state;
    struct linear_run r = {l, &call->in[0], &call->in[1], l->has_zero ? &call->in[2] : NULL, &call->out[0]};
    eng_split(call->par, l->threads, (l->count + PIECE - 1) / PIECE, run_pieces, &r);
    return OC_OK;
}

#define QUANTISED (ENG_T(U8) | ENG_T(I8) | ENG_T(U16) | ENG_T(I16))

/* Checks scale and zero point against each other and the input. */
static enum oc_status check_parameters(struct eng_infer *c, uint32_t zero_types)
{
    struct eng_quant_layout l;
    const struct eng_value *zero = eng_infer_in(c, 2);
    enum oc_status st = eng_need_type(c, 1, ENG_T_FLOAT | ENG_T(I32));
    if (!st && zero)
        st = eng_need_type(c, 2, zero_types);
    if (!st && zero && eng_shape_count(&zero->shape) != eng_shape_count(&c->in[1]->shape))
        st = eng_bad_node(c->err, c->node, "scale and zero point have different sizes");
    c->out[0].shape = c->in[0]->shape;
    return st ? st : eng_quant_layout(c->err, c->node, &c->in[0]->shape, &c->in[1]->shape, &l);
}

static enum oc_status quantize_infer(struct eng_infer *c)
{
    const struct eng_value *zero = eng_infer_in(c, 2);
    int64_t wanted = eng_node_int(c->node, "output_dtype", 0);
    enum oc_status st = eng_need_type(c, 0, ENG_T_FLOAT | ENG_T(I32));
    if (st || (st = check_parameters(c, QUANTISED)))
        return st;
    if (wanted && zero && wanted != (int64_t)zero->dtype)
        return eng_bad_node(c->err, c->node, "output_dtype is not the zero point's type");
    c->out[0].dtype = zero ? zero->dtype : wanted ? (enum eng_dtype)wanted : ENG_DT_U8;
    if (wanted < 0 || wanted > 31 || !eng_type_in(c->out[0].dtype, QUANTISED))
        return eng_bad_node(c->err, c->node, "output type %lld is not supported; 8- and 16-bit integers are", (long long)wanted);
    return OC_OK;
}

static enum oc_status dequantize_infer(struct eng_infer *c)
{
    const struct eng_value *zero = eng_infer_in(c, 2);
    int64_t wanted = eng_node_int(c->node, "output_dtype", 0);
    enum oc_status st = eng_need_type(c, 0, QUANTISED | ENG_T(I32));
    if (st || (st = check_parameters(c, QUANTISED | ENG_T(I32))))
        return st;
    if (zero && zero->dtype != c->in[0]->dtype)
        return eng_bad_node(c->err, c->node, "the zero point is %s, the input %s", eng_dtype_name(zero->dtype),
                            eng_dtype_name(c->in[0]->dtype));
    c->out[0].dtype = wanted ? (enum eng_dtype)wanted : c->in[1]->dtype;
    if (wanted < 0 || wanted > 31 || !eng_type_in(c->out[0].dtype, ENG_T_FLOAT))
        return eng_bad_node(c->err, c->node, "output type %lld is not a floating-point type", (long long)wanted);
    return OC_OK;
}

static void limits_of(enum eng_dtype t, double *low, double *high)
{
    *low = t == ENG_DT_I8 ? INT8_MIN : t == ENG_DT_I16 ? INT16_MIN : 0;
    *high = t == ENG_DT_I8 ? INT8_MAX : t == ENG_DT_I16 ? INT16_MAX : t == ENG_DT_U16 ? UINT16_MAX : UINT8_MAX;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k, bool quantise_it)
{
    struct linear l = {.in = c->in[0]->dtype, .out = c->out[0]->dtype, .quantise = quantise_it, .threads = c->threads};
    enum oc_status st = eng_quant_layout(c->err, c->node, &c->in[0]->shape, &c->in[1]->shape, &l.layout);
    if (st)
        return st;
    l.count = eng_shape_count(&c->in[0]->shape);
    limits_of(l.out, &l.low, &l.high);
    l.has_zero = eng_prepare_in(c, 2) != NULL;
    k->run = run;
    k->impl = quantise_it ? "quantize" : "dequantize";
    return eng_keep_state(c, k, &l, sizeof l);
}

static enum oc_status quantize_prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, true);
}

static enum oc_status dequantize_prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    return prepare(c, k, false);
}

/* axis: 13; blocks, 16 bits, output_dtype: 21. */
const struct eng_op_def eng_ops_quantize_linear[] = {
    {"", "QuantizeLinear", 10, 0, 2, 3, 1, 1, 0, 0, quantize_infer, quantize_prepare},
    {"", "DequantizeLinear", 10, 0, 2, 3, 1, 1, 0, 0, dequantize_infer, dequantize_prepare},
    {.name = NULL},
};

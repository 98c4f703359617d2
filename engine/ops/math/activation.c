/*
 * Activations: functions of one number with up to two parameters (alpha, beta of eng_span_param), and PRelu,
 * whose slope is a tensor. float32 and float64 are computed each in its own precision.
 */
#include "engine/ops/math/vector.h"
#include "engine/ops/span.h"
#include "engine/ops/types.h"
#include <math.h>
#include <string.h>

/* One function in both precisions: inside, `a` and `b` are the parameters. */
#define ACTIVATION(name, f32, f64)                                                  \
    static void name##_f32(const void *arg, const struct eng_span *s)               \
    {                                                                               \
        const struct eng_span_param *p = arg;                                       \
        const float a OC_UNUSED = p->alpha, b OC_UNUSED = p->beta;                  \
        ENG_SPAN_UNARY(s, float, float, f32);                                       \
    }                                                                               \
    static void name##_f64(const void *arg, const struct eng_span *s)               \
    {                                                                               \
        const struct eng_span_param *p = arg;                                       \
        const double a OC_UNUSED = (double)p->alpha, b OC_UNUSED = (double)p->beta; \
        ENG_SPAN_UNARY(s, double, double, f64);                                     \
    }

/* float32 by the vector kernels. */
#define VECTOR_ACTIVATION(name, code, f64)                                          \
    static void name##_f32(const void *arg, const struct eng_span *s)               \
    {                                                                               \
        const struct eng_span_param *p = arg;                                       \
        eng_span_act_f32(code, p->alpha, p->beta, s);                               \
    }                                                                               \
    static void name##_f64(const void *arg, const struct eng_span *s)               \
    {                                                                               \
        const struct eng_span_param *p = arg;                                       \
        const double a OC_UNUSED = (double)p->alpha, b OC_UNUSED = (double)p->beta; \
        ENG_SPAN_UNARY(s, double, double, f64);                                     \
    }

static inline float softplus_one(float x)
{
    return fmaxf(x, 0) + log1pf(expf(-fabsf(x)));
}

static inline double softplus_one_f64(double x)
{
    return fmax(x, 0) + log1p(exp(-fabs(x)));
}

static inline double clamp01_f64(double x)
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

#define SQRT_HALF 0.70710678118654752440
#define SQRT_2_OVER_PI 0.79788456080286535588
#define GELU_CUBIC 0.044715 /* Hendrycks and Gimpel, 2016 */

VECTOR_ACTIVATION(relu, ENG_ACT_RELU, x < 0 ? 0 : x)
VECTOR_ACTIVATION(leaky, ENG_ACT_LEAKY, x < 0 ? a * x : x)
VECTOR_ACTIVATION(elu, ENG_ACT_ELU, x < 0 ? a * expm1(x) : x)
VECTOR_ACTIVATION(sigmoid, ENG_ACT_SIGMOID, 1 / (1 + exp(-x)))
VECTOR_ACTIVATION(hard_sigmoid, ENG_ACT_HARDSIGMOID, clamp01_f64(a *x + b))
VECTOR_ACTIVATION(hard_swish, ENG_ACT_HARDSWISH, x *clamp01_f64(x / 6 + 0.5))
VECTOR_ACTIVATION(tanh, ENG_ACT_TANH, tanh(x))
VECTOR_ACTIVATION(mish, ENG_ACT_MISH, x *tanh(softplus_one_f64(x)))
VECTOR_ACTIVATION(gelu_erf, ENG_ACT_GELU_ERF, 0.5 * x * (1 + erf(x * SQRT_HALF)))
VECTOR_ACTIVATION(gelu_tanh, ENG_ACT_GELU_TANH, 0.5 * x * (1 + tanh(SQRT_2_OVER_PI * (x + GELU_CUBIC * x * x * x))))
VECTOR_ACTIVATION(swish, ENG_ACT_SILU, x / (1 + exp(-a * x)))
ACTIVATION(selu, b *(x > 0 ? x : a * expm1f(x)), b *(x > 0 ? x : a * expm1(x)))
ACTIVATION(celu, x < 0 ? a * expm1f(x / a) : x, x < 0 ? a * expm1(x / a) : x)
ACTIVATION(softplus, softplus_one(x), softplus_one_f64(x))
ACTIVATION(softsign, x / (1 + fabsf(x)), x / (1 + fabs(x)))
ACTIVATION(thresholded, x > a ? x : 0, x > a ? x : 0)
ACTIVATION(shrink, (x < -b) ? x + a : (x > b) ? x - a : 0, (x < -b) ? x + a : (x > b) ? x - a : 0)

struct activation {
    const char *op, *impl;
    eng_span_fn f32, f64;
    const char *alpha_name, *beta_name; /* attributes; NULL = no such parameter */
    float alpha, beta;                  /* their defaults */
};

static const struct activation activations[] = {
    {"Relu", "relu", relu_f32, relu_f64, NULL, NULL, 0, 0},
    {"LeakyRelu", "leaky_relu", leaky_f32, leaky_f64, "alpha", NULL, 0.01f, 0},
    {"Elu", "elu", elu_f32, elu_f64, "alpha", NULL, 1, 0},
    {"Selu", "selu", selu_f32, selu_f64, "alpha", "gamma", 1.67326319217681884765625f, 1.05070102214813232421875f},
    {"Celu", "celu", celu_f32, celu_f64, "alpha", NULL, 1, 0},
    {"Sigmoid", "sigmoid", sigmoid_f32, sigmoid_f64, NULL, NULL, 0, 0},
    {"HardSigmoid", "hard_sigmoid", hard_sigmoid_f32, hard_sigmoid_f64, "alpha", "beta", 0.2f, 0.5f},
    {"HardSwish", "hard_swish", hard_swish_f32, hard_swish_f64, NULL, NULL, 0, 0},
    {"Tanh", "tanh", tanh_f32, tanh_f64, NULL, NULL, 0, 0},
    {"Softplus", "softplus", softplus_f32, softplus_f64, NULL, NULL, 0, 0},
    {"Softsign", "softsign", softsign_f32, softsign_f64, NULL, NULL, 0, 0},
    {"Mish", "mish", mish_f32, mish_f64, NULL, NULL, 0, 0},
    {"Gelu", "gelu_erf", gelu_erf_f32, gelu_erf_f64, NULL, NULL, 0, 0},
    {"ThresholdedRelu", "thresholded_relu", thresholded_f32, thresholded_f64, "alpha", NULL, 1, 0},
    {"Shrink", "shrink", shrink_f32, shrink_f64, "bias", "lambd", 0, 0.5f},
    {"Swish", "swish", swish_f32, swish_f64, "alpha", NULL, 1, 0},
};
static const struct activation gelu_tanh = {"Gelu", "gelu_tanh", gelu_tanh_f32, gelu_tanh_f64, NULL, NULL, 0, 0};

static const struct activation *find(const struct eng_node *n)
{
    if (strcmp(eng_node_string(n, "approximate", "none"), "tanh") == 0)
        return &gelu_tanh;
    for (size_t i = 0; i < OC_ARRAY_LEN(activations); i++)
        if (strcmp(activations[i].op, n->op_type) == 0)
            return &activations[i];
    return NULL;
}

static enum oc_status infer(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T_FLOAT);
    return st ? st : eng_infer_same(c);
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    const struct activation *a = find(c->node);
    struct eng_span_param p = {.alpha = a->alpha_name ? eng_node_float(c->node, a->alpha_name, a->alpha) : 0,
                               .beta = a->beta_name ? eng_node_float(c->node, a->beta_name, a->beta) : 0};
    return eng_span_kernel(c, k, 1, c->in[0]->dtype == ENG_DT_F64 ? a->f64 : a->f32, &p, a->impl);
}

/* Relu and Shrink also take integers. */
#define RELU_INTEGER(name, type, twin)                                           \
    static void relu_##name(const void *arg OC_UNUSED, const struct eng_span *s) \
    {                                                                            \
        ENG_SPAN_UNARY(s, type, type, x < 0 ? 0 : x);                            \
    }
ENG_SIGNED_TYPES(RELU_INTEGER)
#define RELU_ROW(name, type, twin) [ENG_DT_##name] = relu_##name,
static const eng_span_fn relu_integers[] = {ENG_SIGNED_TYPES(RELU_ROW)};

static enum oc_status infer_relu(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T_FLOAT | ENG_T_SIGNED);
    return st ? st : eng_infer_same(c);
}

static enum oc_status prepare_relu(const struct eng_prepare *c, struct eng_kernel *k)
{
    if (eng_type_in(c->in[0]->dtype, ENG_T_SIGNED))
        return eng_span_kernel(c, k, 1, relu_integers[c->in[0]->dtype], NULL, "relu");
    return prepare(c, k);
}

static void shrink_integer(const void *arg, const struct eng_span *s)
{
    const struct eng_span_param *p = arg;
    const double bias = (double)p->alpha, lambd = (double)p->beta;
    for (int64_t i = 0; i < s->n; i++) {
        double x = eng_load_f64((enum eng_dtype)p->mode, s->in[0], i);
        eng_store_f64((enum eng_dtype)p->mode, s->out, i, x < -lambd ? x + bias : x > lambd ? x - bias : 0);
    }
}

static enum oc_status infer_shrink(struct eng_infer *c)
{
    enum oc_status st = eng_need_type(c, 0, ENG_T_NUMERIC);
    return st ? st : eng_infer_same(c);
}

static enum oc_status prepare_shrink(const struct eng_prepare *c, struct eng_kernel *k)
{
    if (eng_type_in(c->in[0]->dtype, ENG_T_FLOAT))
        return prepare(c, k);
    struct eng_span_param p = {
        .alpha = eng_node_float(c->node, "bias", 0), .beta = eng_node_float(c->node, "lambd", 0.5f), .mode = c->in[0]->dtype};
    return eng_span_kernel(c, k, 1, shrink_integer, &p, "shrink");
}

/* PRelu: x < 0 ? slope * x : x. */
#define PRELU_INTEGER(name, type, twin)                                                      \
    static void prelu_##name(const void *arg OC_UNUSED, const struct eng_span *s)            \
    {                                                                                        \
        ENG_SPAN_BINARY(s, type, type, x < 0 ? (type)(twin)((uint64_t)x * (uint64_t)y) : x); \
    }
ENG_SIGNED_TYPES(PRELU_INTEGER)
static void prelu_F32(const void *arg OC_UNUSED, const struct eng_span *s)
{
    eng_span_binary_f32(ENG_BI_PRELU, s);
}

static void prelu_F64(const void *arg OC_UNUSED, const struct eng_span *s)
{
    ENG_SPAN_BINARY(s, double, double, x < 0 ? x * y : x);
}

#define PRELU_UNSIGNED(name, type, twin)                                          \
    static void prelu_##name(const void *arg OC_UNUSED, const struct eng_span *s) \
    {                                                                             \
        ENG_SPAN_UNARY(s, type, type, x);                                         \
    }
ENG_UNSIGNED_TYPES(PRELU_UNSIGNED)
#define PRELU_ROW(name, type, twin) [ENG_DT_##name] = prelu_##name,
static const eng_span_fn prelu_kernels[] = {
    ENG_INTEGER_TYPES(PRELU_ROW) ENG_FLOAT_TYPES(PRELU_ROW)[ENG_DT_F16] = prelu_F32,
    [ENG_DT_BF16] = prelu_F32,
};

static enum oc_status infer_prelu(struct eng_infer *c)
{
    enum oc_status st = eng_need_same_types(c, 0, 1, ENG_T_NUMERIC);
    if (!st)
        st = eng_infer_broadcast(c);
    if (!st && !eng_shape_equal(&c->out[0].shape, &c->in[0]->shape))
        st = eng_bad_node(c->err, c->node, "the slope has a larger shape than the input");
    return st;
}

static enum oc_status prepare_prelu(const struct eng_prepare *c, struct eng_kernel *k)
{
    enum oc_status st = eng_vector_binary(c, ENG_BI_PRELU, "prelu", k);
    return st == OC_DECLINED ? eng_span_kernel(c, k, 2, prelu_kernels[c->in[0]->dtype], NULL, "prelu") : st;
}

#define FLAGS (ENG_OP_IN_PLACE | ENG_OP_UNARY)
#define ROW(name, since)                                         \
    {                                                            \
        "", name, since, 0, 1, 1, 1, 1, 0, FLAGS, infer, prepare \
    }
const struct eng_op_def eng_ops_activation[] = {
    {"", "Relu", 6, 0, 1, 1, 1, 1, 0, FLAGS, infer_relu, prepare_relu},
    {"", "Shrink", 9, 0, 1, 1, 1, 1, 0, FLAGS, infer_shrink, prepare_shrink},
    {"", "PRelu", 7, 0, 2, 2, 1, 1, 0, ENG_OP_IN_PLACE | ENG_OP_BROADCAST, infer_prelu, prepare_prelu},
    ROW("LeakyRelu", 6),
    ROW("Elu", 6),
    ROW("Selu", 6),
    ROW("Celu", 12),
    ROW("Sigmoid", 6),
    ROW("HardSigmoid", 6),
    ROW("HardSwish", 14),
    ROW("Tanh", 6),
    ROW("Softplus", 1),
    ROW("Softsign", 1),
    ROW("Mish", 18),
    ROW("Gelu", 20),
    ROW("ThresholdedRelu", 10),
    ROW("Swish", 24),
    {.name = NULL},
};

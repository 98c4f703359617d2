/*
 * The one broadcast iterator of all elementwise operators. It merges dimensions as far as the shapes allow, cuts
 * the output into runs in which each input either steps by one element or stays, and calls a kernel on each run.
 * The common cases come out as the fast ones: same shape = one run; scalar = one run; trailing vector and
 * per-channel [C,1,1] = runs of the inner size.
 *
 * float16 and bfloat16: the kernel for float is called on converted pieces.
 */
#ifndef ENG_OPS_SPAN_H
#define ENG_OPS_SPAN_H

#include "engine/kernels/kernels.h"
#include "engine/ops/op.h"

#define ENG_SPAN_IN 3 /* inputs of one elementwise kernel: Where has three */

/* One run: n outputs; input i is in[i][0], in[i][step[i]], ... with step 0 or 1 (elements). out may be the memory of an input with step 1.
 */
struct eng_span {
    int64_t n;
    const void *in[ENG_SPAN_IN];
    int64_t step[ENG_SPAN_IN];
    void *out;
};

typedef void (*eng_span_fn)(const void *arg, const struct eng_span *s);

/* How shapes broadcast: made once, immutable. */
struct eng_broadcast_plan {
    int n_in, rank;
    int64_t dim[LIM_TENSOR_RANK];
    int64_t stride[ENG_SPAN_IN][LIM_TENSOR_RANK]; /* elements */
    enum eng_dtype in_type[ENG_SPAN_IN], out_type;
    int64_t total;
};

/* The shapes of v[0..n_in-1] must broadcast to out's (infer saw to it). */
void eng_broadcast_plan_init(struct eng_broadcast_plan *p, int n_in, const struct eng_value *const *v, const struct eng_value *out);
/* Calls fn on runs that cover the output, in parallel pieces when it is large. With half types fn sees floats instead. */
void eng_broadcast_run(const struct eng_broadcast_plan *p, const void *const *in, void *out, struct oc_par *par, eng_span_fn fn,
                       const void *arg);

/* Numbers that go with a kernel: attributes. */
struct eng_span_param {
    float alpha, beta;
    int64_t mode;
};

/* Sets k to a kernel that runs fn over the first n_in inputs and output 0. param may be NULL. */
enum oc_status eng_span_kernel(const struct eng_prepare *c, struct eng_kernel *k, int n_in, eng_span_fn fn,
                               const struct eng_span_param *param, const char *impl) OC_MUST_CHECK;

/* The vector kernels on one run. */
void eng_span_binary_f32(enum eng_binary op, const struct eng_span *s);
void eng_span_unary_f32(enum eng_unary op, const struct eng_span *s);
void eng_span_act_f32(enum eng_act act, float alpha, float beta, const struct eng_span *s);

/*
 * Bodies of kernels: loops over a span of two inputs (x, y) or one (x). No restrict: the output may be an input's
 * memory; ivdep says that this is so only element by element.
 */
#define ENG_SPAN_EACH(n, statement)                        \
    _Pragma("GCC ivdep") for (int64_t i = 0; i < (n); i++) \
    {                                                      \
        statement;                                         \
    }
#define ENG_SPAN_BINARY(s, type_in, type_out, expr)                                                           \
    do {                                                                                                      \
        const type_in *in0 = (s)->in[0], *in1 = (s)->in[1];                                                   \
        type_out *o = (s)->out;                                                                               \
        const int64_t count = (s)->n;                                                                         \
        if ((s)->step[0] && (s)->step[1]) {                                                                   \
            ENG_SPAN_EACH(count, const type_in x = in0[i]; const type_in y = in1[i]; o[i] = (type_out)(expr)) \
        } else if ((s)->step[0]) {                                                                            \
            const type_in y = in1[0];                                                                         \
            ENG_SPAN_EACH(count, const type_in x = in0[i]; o[i] = (type_out)(expr))                           \
        } else if ((s)->step[1]) {                                                                            \
            const type_in x = in0[0];                                                                         \
            ENG_SPAN_EACH(count, const type_in y = in1[i]; o[i] = (type_out)(expr))                           \
        } else {                                                                                              \
            const type_in x = in0[0], y = in1[0];                                                             \
            const type_out v = (type_out)(expr);                                                              \
            ENG_SPAN_EACH(count, o[i] = v)                                                                    \
        }                                                                                                     \
    } while (0)
#define ENG_SPAN_UNARY(s, type_in, type_out, expr)                               \
    do {                                                                         \
        const type_in *in0 = (s)->in[0];                                         \
        type_out *o = (s)->out;                                                  \
        ENG_SPAN_EACH((s)->n, const type_in x = in0[i]; o[i] = (type_out)(expr)) \
    } while (0)

#endif

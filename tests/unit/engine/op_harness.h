/*
 * Runs one operator by itself: a node with attributes, input tensors in, output tensors out, through the three
 * phases that the engine calls (infer, prepare, run). For tests of operators; no graph, no passes, no plan.
 *
 *     struct op_run r;
 *     op_begin(&r, "Softmax", 13);
 *     op_int(&r, "axis", 1);
 *     op_in_f32(&r, DIMS(2, 3), (float[]){1, 2, 3, 1, 2, 3});
 *     cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
 *     op_expect_f32(&r, 0, DIMS(2, 3), (float[]){...}, 1e-6);
 *     op_end(&r);
 *
 * Every block has exactly the size of its tensor, so that AddressSanitizer sees overruns.
 */
#ifndef TESTS_OP_HARNESS_H
#define TESTS_OP_HARNESS_H

#include "engine/backend/backend.h"
#include "engine/backend/weights.h"
#include "engine/ops/op.h"

#define OP_MAX_IN 32
#define OP_MAX_ATTRS 16
#define OP_MAX_NUMBERS 64

struct op_run {
    struct eng_node node;
    struct eng_attr attrs[OP_MAX_ATTRS];
    int64_t ints[OP_MAX_NUMBERS]; /* of list attributes */
    float floats[OP_MAX_NUMBERS];
    size_t n_ints, n_floats;
    struct eng_value value[OP_MAX_IN];   /* inputs */
    struct eng_const *tensor[OP_MAX_IN]; /* their numbers; NULL = absent optional */
    bool runtime[OP_MAX_IN];             /* set: the input is not a constant for infer and prepare (host inputs always are) */
    bool share;                          /* set before op_exec: output 0 is written over input `share_input` */
    int share_input;
    uint64_t unused_outputs;           /* set before op_exec: bit i: nobody uses output i (no value, no memory) */
    int threads;                       /* set before op_exec: size of the pool; default 1 */
    const struct eng_backend *backend; /* set before op_exec where the operator needs one */
    struct eng_weights *weights;       /* the same; the caller's */
    struct eng_tensor out[ENG_NODE_MAX_OUT];
    int n_out;
    const char *impl; /* kernel name of the last op_exec */
    struct oc_err err;
};

#define DIMS(...) ((struct eng_shape){(int)(sizeof((int64_t[]){__VA_ARGS__}) / 8), {__VA_ARGS__}})
#define SCALAR ((struct eng_shape){0, {0}})
#define INTS(...) ((int64_t[]){__VA_ARGS__})

/* An operator of ai.onnx (or "domain::Name") at an opset. */
void op_begin(struct op_run *r, const char *op, int opset);
void op_end(struct op_run *r);

/* Attributes. Strings are borrowed until op_end; lists and tensors are copied. */
void op_int(struct op_run *r, const char *name, int64_t v);
void op_float(struct op_run *r, const char *name, float v);
void op_string(struct op_run *r, const char *name, const char *v);
void op_ints(struct op_run *r, const char *name, size_t n, const int64_t *v);
void op_floats(struct op_run *r, const char *name, size_t n, const float *v);
void op_tensor(struct op_run *r, const char *name, enum eng_dtype t, struct eng_shape shape, const void *data);

/* The next input: data is copied. By default inputs are not constants, except those the operator declares as host inputs. */
void op_in(struct op_run *r, enum eng_dtype t, struct eng_shape shape, const void *data);
void op_in_f32(struct op_run *r, struct eng_shape shape, const float *data);
void op_in_i64(struct op_run *r, struct eng_shape shape, const int64_t *data);
void op_in_i32(struct op_run *r, struct eng_shape shape, const int32_t *data);
void op_in_u8(struct op_run *r, struct eng_shape shape, const uint8_t *data);
void op_in_bool(struct op_run *r, struct eng_shape shape, const uint8_t *data);
void op_in_absent(struct op_run *r);
/* The same as a constant: infer and prepare see its numbers (weights). */
void op_const_f32(struct op_run *r, struct eng_shape shape, const float *data);
void op_const(struct op_run *r, enum eng_dtype t, struct eng_shape shape, const void *data);

/* infer, prepare, run, with n_out outputs. The status of the first that fails; OC_E_UNSUPPORTED when there is no such operator. */
enum oc_status op_exec(struct op_run *r, int n_out) OC_MUST_CHECK;

/* Criterion assertions on output i: type, shape, numbers (tolerance absolute + relative; NaN equals NaN). */
void op_expect_shape(struct op_run *r, int i, enum eng_dtype t, struct eng_shape shape);
void op_expect_f32(struct op_run *r, int i, struct eng_shape shape, const float *want, double tolerance);
void op_expect_i64(struct op_run *r, int i, struct eng_shape shape, const int64_t *want);
/* Bytes equal, any type. */
void op_expect(struct op_run *r, int i, enum eng_dtype t, struct eng_shape shape, const void *want);

#endif

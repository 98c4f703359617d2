/*
 * The inference engine: ONNX files in, tensors out. This header is its whole public face; nothing above
 * engine/ includes any other header of it.
 *
 *     struct eng_model *m;  struct eng_session *s;  struct oc_err err;
 *     st = eng_model_load("yolox.onnx", &(struct eng_options){0}, &m, &err);
 *     st = eng_session_new(m, &s, &err);
 *     st = eng_session_run(s, &(struct eng_tensor){ENG_DT_F32, {4, {1, 3, 416, 416}}, pixels}, NULL, &err);
 *     const struct eng_tensor *boxes = eng_session_output(s, 0);
 *
 * A model is immutable once loaded, reference-counted, and may be used by any number of threads. A session
 * holds all mutable state (the arena) and belongs to one thread at a time. A run with input shapes that were
 * seen before allocates nothing; new shapes make a plan, and the few most recent plans are kept.
 */
#ifndef ENG_ENG_H
#define ENG_ENG_H

#include <stdint.h>
#include "base/err.h"
#include "base/limits.h"

/* ONNX TensorProto.DataType numbers. */
enum eng_dtype {
    ENG_DT_UNDEFINED = 0,
    ENG_DT_F32 = 1,
    ENG_DT_U8 = 2,
    ENG_DT_I8 = 3,
    ENG_DT_U16 = 4,
    ENG_DT_I16 = 5,
    ENG_DT_I32 = 6,
    ENG_DT_I64 = 7,
    ENG_DT_BOOL = 9, /* one byte, 0 or 1 */
    ENG_DT_F16 = 10,
    ENG_DT_F64 = 11,
    ENG_DT_U32 = 12,
    ENG_DT_U64 = 13,
    ENG_DT_BF16 = 16,
};

/* Bytes of one element; 0 for a type the engine does not hold. */
size_t eng_dtype_size(enum eng_dtype t);
/* "float32", "int64", ... as numpy says it; "undefined" for the rest. */
const char *eng_dtype_name(enum eng_dtype t);

struct eng_shape {
    int rank; /* 0 = scalar */
    int64_t dim[LIM_TENSOR_RANK];
};

/* Number of elements; 1 for a scalar. Shapes inside the engine were checked for overflow when made. */
int64_t eng_shape_count(const struct eng_shape *s);
bool eng_shape_equal(const struct eng_shape *a, const struct eng_shape *b);
/* "1x3x416x416" into text; "scalar" for rank 0, "?" for a dimension below 0. Returns text. */
#define ENG_SHAPE_TEXT 192
const char *eng_shape_text(const struct eng_shape *s, char text[ENG_SHAPE_TEXT]);

/* Dense, row-major. Who owns data is said where one is handed over. */
struct eng_tensor {
    enum eng_dtype dtype;
    struct eng_shape shape;
    void *data;
};

enum eng_precision { ENG_PRECISION_AUTO, ENG_PRECISION_F32, ENG_PRECISION_BF16, ENG_PRECISION_INT8 };
bool eng_precision_parse(const char *name, enum eng_precision *out);
const char *eng_precision_name(enum eng_precision p);

struct eng_options {
    const char *backend; /* "onednn", "openblas", "reference"; NULL: the best that this build and machine have */
    enum eng_precision precision;
    int threads;                /* compute threads of one run; 0 = 1 */
    size_t session_bytes_max;   /* ceiling of one session's arena; 0 = LIM_SESSION_BYTES */
    const char *links_below;    /* external data may lie behind symbolic links that end below this folder; NULL: no link is followed */
    const char *disable_passes; /* "name,name": passes that are left out (tests, bug reports); NULL = none */
    /* Names of the only outputs that are computed, in this order; inputs that none of them needs are no inputs of the model then.
     * Borrowed for the call. 0 names: all. OC_E_INVALID names one that is not there. */
    const char *const *outputs;
    int n_outputs;
};

/* Backends built in, best first: name i, or NULL past the end. */
const char *eng_backend_name(int i);

/* One input or output as the file declares it. */
struct eng_io {
    const char *name; /* borrowed from the model */
    enum eng_dtype dtype;
    struct eng_shape shape;                /* -1: any size */
    const char *dim_name[LIM_TENSOR_RANK]; /* symbolic name of such a dimension, or NULL */
    bool shape_known;                      /* false: the file says nothing of the shape, not even the rank */
};

/*
 * What a file declares, read without its weights and without checking operators: cheap enough to do for every file
 * of a model directory. Plain data; strings live as long as the whole.
 */
struct eng_metadata {
    const char *key, *value;
};

struct eng_op_count {
    const char *op_type;
    int count; /* nodes of that type in the main graph */
};

/* A weight of one number. */
struct eng_scalar {
    const char *name;
    float value;
};

#define ENG_FIRST_OPS 8

struct eng_facts {
    int n_inputs, n_outputs, n_metadata, n_ops, n_scalars;
    const struct eng_io *inputs, *outputs; /* inputs: those that are not initializers */
    const struct eng_metadata *metadata;
    const struct eng_op_count *ops;
    const struct eng_scalar *scalars;     /* float32 initializers of one number, the first LIM_FACTS_SCALARS */
    const char *first_ops[ENG_FIRST_OPS]; /* types of the main graph's first nodes, in the file's order, constants included */
    int n_first_ops;
    const char *const *made_by; /* for each output the type of the main graph's node that makes it; NULL where none does */
    int64_t opset;              /* of the default domain; 0 when the file names none */
    const char *producer;       /* "" when the file names none */
};

/* OC_E_MODEL for a malformed file, OC_E_UNSUPPORTED for inputs or outputs that are no tensors, OC_E_IO, OC_E_NOMEM; *out is NULL on error.
 */
enum oc_status eng_facts_read(const char *path, struct eng_facts **out, struct oc_err *err) OC_MUST_CHECK;
void eng_facts_free(struct eng_facts *f); /* NULL is fine; only for what eng_facts_read made */
/*
 * Gives outputs of f (read from `path`) the shapes that they have for inputs of these shapes (one each, no dimension below 0 where it is
 * known); what depends on data stays as the file has it. Reads the whole file. Statuses of eng_model_load.
 */
enum oc_status eng_facts_complete(struct eng_facts *f, const char *path, const struct eng_shape *inputs, struct oc_err *err) OC_MUST_CHECK;
/* Replaces the shape that the file declares for an input. */
void eng_facts_set_input(struct eng_facts *f, int i, const struct eng_shape *shape);
/* Value of a metadata key, or NULL. */
const char *eng_facts_metadata(const struct eng_facts *f, const char *key);
/* The scalar of that name, alone or behind a dot or slash ("model.logit_scale"); NULL when there is none. */
const struct eng_scalar *eng_facts_scalar(const struct eng_facts *f, const char *name);
bool eng_facts_has_op(const struct eng_facts *f, const char *op_type);
/* One of the first ENG_FIRST_OPS nodes is of that type: preprocessing that an exporter has put into the graph. */
bool eng_facts_begins_with(const struct eng_facts *f, const char *op_type);
/* Output i is made by a node of that type: whether an activation is in the graph already. */
bool eng_facts_ends_with(const struct eng_facts *f, int output, const char *op_type);

struct eng_model;
struct eng_session;

/*
 * Reads, checks, optimises. All operators that are missing come in one message (OC_E_UNSUPPORTED); a malformed
 * file is OC_E_MODEL with the place; *out is NULL on error. The caller owns one reference.
 */
enum oc_status eng_model_load(const char *path, const struct eng_options *opt, struct eng_model **out, struct oc_err *err) OC_MUST_CHECK;
/* The same from memory (borrowed for the call); external data is refused. */
enum oc_status eng_model_load_memory(const void *bytes, size_t n, const struct eng_options *opt, struct eng_model **out,
                                     struct oc_err *err) OC_MUST_CHECK;
struct eng_model *eng_model_ref(struct eng_model *m);
void eng_model_unref(struct eng_model *m); /* NULL is fine */

int eng_model_n_inputs(const struct eng_model *m);
int eng_model_n_outputs(const struct eng_model *m);
const struct eng_io *eng_model_input(const struct eng_model *m, int i);
const struct eng_io *eng_model_output(const struct eng_model *m, int i);
const char *eng_model_backend(const struct eng_model *m);
enum eng_precision eng_model_precision(const struct eng_model *m); /* what was chosen: never AUTO */
int eng_model_threads(const struct eng_model *m);
/* Bytes this model holds: weights, packed weights, plans. */
size_t eng_model_bytes(struct eng_model *m);

enum oc_status eng_session_new(struct eng_model *m, struct eng_session **out, struct oc_err *err) OC_MUST_CHECK;
void eng_session_free(struct eng_session *s); /* NULL is fine */

struct eng_run_options {
    /* Asked between nodes; true stops the run with OC_E_CANCELLED. NULL: never. */
    bool (*cancelled)(void *arg);
    void *arg;
};

/*
 * Runs on n_inputs tensors in the model's order. Data is borrowed for the call and must have the declared type
 * and a shape that fits the declaration (OC_E_INVALID names the input otherwise). opt may be NULL.
 */
enum oc_status eng_session_run(struct eng_session *s, const struct eng_tensor *inputs, const struct eng_run_options *opt,
                               struct oc_err *err) OC_MUST_CHECK;
/* Output i of the last successful run; data is the session's and dies with the next run or the session. */
const struct eng_tensor *eng_session_output(const struct eng_session *s, int i);

/*
 * Writes a description into out as JSON (one object): inputs, outputs, opset, ops with counts, unsupported operators, and,
 * when `inputs` (shapes by input, may be NULL: -1 becomes 1) can be planned, the plan: nodes after optimisation
 * with kernel names, output shapes and bytes, counters of each pass, arena size.
 */
struct oc_buf;
enum oc_status eng_inspect(const char *path, const struct eng_options *opt, const struct eng_shape *inputs, struct oc_buf *out,
                           struct oc_err *err) OC_MUST_CHECK;

#endif

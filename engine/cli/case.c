/* Runs and compares one case; see case.h. The files are protobufs, read with the engine's own reader. */
#include "engine/cli/case.h"
#include "engine/onnx/file.h"
#include "engine/onnx/onnx.h"
#include "base/mem.h"
#include <math.h>
#include <string.h>
#include <unistd.h>

/* ONNX's backend test runner: default tolerances of onnx.backend.test.case.test_case.TestCase */
#define RELATIVE 1e-3
#define ABSOLUTE 1e-7

/* --- comparing --- */

static double half_to_double(uint16_t h)
{
    int exponent = h >> 10 & 31, fraction = h & 1023;
    double v = exponent == 31 ? (fraction ? (double)NAN : (double)INFINITY)
               : exponent     ? ldexp(1024 + fraction, exponent - 25)
                              : ldexp(fraction, -24);
    return h & 0x8000 ? -v : v;
}

static double number_at(const struct eng_tensor *t, int64_t i)
{
    if (t->dtype == ENG_DT_F32)
        return (double)((const float *)t->data)[i];
    if (t->dtype == ENG_DT_F64)
        return ((const double *)t->data)[i];
    uint16_t half = ((const uint16_t *)t->data)[i];
    if (t->dtype == ENG_DT_F16)
        return half_to_double(half);
    uint32_t wide = (uint32_t)half << 16;
    float f;
    memcpy(&f, &wide, sizeof f);
    return (double)f;
}

static bool is_float(enum eng_dtype t)
{
    return t == ENG_DT_F32 || t == ENG_DT_F64 || t == ENG_DT_F16 || t == ENG_DT_BF16;
}

static bool close_enough(double want, double seen)
{
    if (isnan(want) || isnan(seen))
        return isnan(want) && isnan(seen);
    return want == seen || fabs(seen - want) <= ABSOLUTE + RELATIVE * fabs(want);
}

enum oc_status eng_case_compare(const char *name, const struct eng_tensor *want, const struct eng_tensor *seen, struct oc_err *err)
{
    char a[ENG_SHAPE_TEXT], b[ENG_SHAPE_TEXT];
    if (want->dtype != seen->dtype)
        return oc_err_set(err, OC_E_INTERNAL, "output '%.100s' is %s, not %s", name, eng_dtype_name(seen->dtype),
                          eng_dtype_name(want->dtype));
    if (!eng_shape_equal(&want->shape, &seen->shape))
        return oc_err_set(err, OC_E_INTERNAL, "output '%.100s' has shape %s, not %s", name, eng_shape_text(&seen->shape, a),
                          eng_shape_text(&want->shape, b));
    int64_t n = eng_shape_count(&want->shape), wrong = 0, first = 0;
    size_t size = eng_dtype_size(want->dtype);
    for (int64_t i = n - 1; i >= 0; i--) {
        bool ok = is_float(want->dtype) ? close_enough(number_at(want, i), number_at(seen, i))
                                        : memcmp((char *)want->data + (size_t)i * size, (char *)seen->data + (size_t)i * size, size) == 0;
        if (!ok) {
            wrong++;
            first = i;
        }
    }
    if (!wrong)
        return OC_OK;
    if (is_float(want->dtype))
        return oc_err_set(err, OC_E_INTERNAL, "output '%.100s': %lld of %lld values are wrong, element %lld is %g, not %g", name,
                          (long long)wrong, (long long)n, (long long)first, number_at(seen, first), number_at(want, first));
    return oc_err_set(err, OC_E_INTERNAL, "output '%.100s': %lld of %lld values are wrong, first element %lld", name, (long long)wrong,
                      (long long)n, (long long)first);
}

/* --- what is a tensor --- */

/* ValueInfoProto.type (2) -> TypeProto.tensor_type (1) */
static bool is_tensor(struct eng_pb value_info)
{
    struct eng_pb_field f;
    bool tensor = false;
    while (eng_pb_next(&value_info, &f)) {
        if (f.number != 2)
            continue;
        struct eng_pb type = eng_pb_message(&value_info, &f);
        while (eng_pb_next(&type, &f))
            tensor |= f.number == 1;
    }
    return tensor;
}

/* Whether any output (GraphProto, field 12) of the model (ModelProto, field 7: graph) is a tensor. */
static bool has_tensor_output(const char *path)
{
    struct eng_span file;
    struct eng_pb_field f;
    bool found = false;
    if (eng_file_map(path, LIM_MODEL_FILE, &file, NULL))
        return true; /* loading it will say what is wrong */
    struct eng_pb model = eng_pb_start(file, NULL);
    while (eng_pb_next(&model, &f)) {
        if (f.number != 7)
            continue;
        struct eng_pb graph = eng_pb_message(&model, &f);
        while (eng_pb_next(&graph, &f))
            found |= f.number == 12 && is_tensor(eng_pb_message(&graph, &f));
        found |= graph.st != OC_OK;
    }
    found |= model.st != OC_OK;
    eng_file_unmap(&file);
    return found;
}

/* --- running --- */

/* ONNX up to 1.12 wrote bfloat16 test data as uint16, for NumPy has no such type. */
static struct eng_tensor as_declared(struct eng_tensor t, enum eng_dtype declared)
{
    if (declared == ENG_DT_BF16 && t.dtype == ENG_DT_U16)
        t.dtype = ENG_DT_BF16;
    return t;
}

struct data_set {
    const char *dir;
    int number;
    struct eng_model *model;
    struct eng_session *session;
    struct eng_const **in; /* [inputs] */
    struct eng_tensor *feed;
};

static void file_name(const struct data_set *d, const char *kind, int i, char path[4400])
{
    snprintf(path, 4400, "%.4000s/test_data_set_%d/%s_%d.pb", d->dir, d->number, kind, i);
}

static enum oc_status read_inputs(struct data_set *d, struct oc_err *err)
{
    int n = eng_model_n_inputs(d->model);
    enum oc_status st = OC_OK;
    char path[4400];
    d->in = oc_mem_array(OC_MEM_OTHER, (size_t)n, sizeof *d->in);
    d->feed = oc_mem_array(OC_MEM_OTHER, (size_t)n, sizeof *d->feed);
    if (!d->in || !d->feed)
        return oc_err_nomem(err, "inputs", (size_t)n);
    for (int i = 0; !st && i < n; i++) {
        file_name(d, "input", i, path);
        st = eng_onnx_read_tensor(path, &d->in[i], err);
        if (!st)
            d->feed[i] = as_declared(d->in[i]->t, eng_model_input(d->model, i)->dtype);
    }
    return st;
}

static enum oc_status compare_outputs(const struct data_set *d, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    char path[4400];
    for (int i = 0; !st && i < eng_model_n_outputs(d->model); i++) {
        struct eng_const *want;
        file_name(d, "output", i, path);
        st = eng_onnx_read_tensor(path, &want, err);
        if (st)
            break;
        const struct eng_tensor *seen = eng_session_output(d->session, i), expected = as_declared(want->t, seen->dtype);
        st = eng_case_compare(eng_model_output(d->model, i)->name, &expected, seen, err);
        eng_const_unref(want);
    }
    return st;
}

static enum oc_status run_data_set(struct data_set *d, struct oc_err *err)
{
    enum oc_status st = read_inputs(d, err);
    if (!st)
        st = eng_session_run(d->session, d->feed, NULL, err);
    if (!st)
        st = compare_outputs(d, err);
    for (int i = 0; d->in && i < eng_model_n_inputs(d->model); i++)
        eng_const_unref(d->in[i]);
    oc_mem_free(d->in);
    oc_mem_free(d->feed);
    d->in = NULL;
    d->feed = NULL;
    return st;
}

static enum oc_status run_data_sets(struct data_set *d, struct oc_err *err)
{
    char path[4400];
    for (d->number = 0;; d->number++) {
        snprintf(path, sizeof path, "%.4000s/test_data_set_%d", d->dir, d->number);
        if (access(path, F_OK))
            break;
        enum oc_status st = run_data_set(d, err);
        if (st)
            return st;
    }
    return d->number > 0 ? OC_OK : oc_err_set(err, OC_E_IO, "the case has no test_data_set_0");
}

enum eng_case_result eng_case_run(const char *dir, const struct eng_options *opt, struct oc_err *err)
{
    char path[4400];
    struct data_set d = {.dir = dir};
    snprintf(path, sizeof path, "%.4000s/model.onnx", dir);
    if (!has_tensor_output(path))
        return ENG_CASE_SKIPPED;
    enum oc_status st = eng_model_load(path, opt, &d.model, err);
    if (!st)
        st = eng_session_new(d.model, &d.session, err);
    if (!st)
        st = run_data_sets(&d, err);
    eng_session_free(d.session);
    eng_model_unref(d.model);
    return st ? ENG_CASE_FAILED : ENG_CASE_PASSED;
}

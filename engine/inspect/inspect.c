/* Gathers what inspect tells: reads the file for what it declares, then loads it as any other user would and asks for a plan. */
#include "engine/inspect/inspect.h"
#include "base/buf.h"
#include <string.h>
#include <sys/stat.h>

enum oc_status eng_inspection_open(struct eng_inspection *x, const char *path, struct oc_err *err)
{
    const struct eng_onnx_options opt = {.keep_unsupported = true};
    struct stat info;
    *x = (struct eng_inspection){.path = path};
    enum oc_status st = eng_onnx_read(path, &opt, &x->file, err);
    if (st)
        return st;
    if (stat(path, &info) == 0)
        x->file_bytes = (size_t)info.st_size;
    eng_graph_free(x->file->graph); /* the weights are loaded again with the model; not twice at once */
    x->file->graph = NULL;
    return OC_OK;
}

void eng_inspection_clear(struct eng_inspection *x)
{
    eng_plan_unref(x->plan);
    eng_model_unref(x->model);
    eng_onnx_free(x->file);
    *x = (struct eng_inspection){0};
}

/* The value of an input that decides shapes is not known here; ones are as good a guess as any. */
static enum oc_status made_up(struct eng_tensor *t, struct oc_err *err)
{
    size_t n = (size_t)eng_shape_count(&t->shape), size = eng_dtype_size(t->dtype);
    uint8_t *p = oc_mem_array(OC_MEM_OTHER, n, size);
    if (!p)
        return oc_err_nomem(err, "an input", n * size);
    for (size_t i = 0; i < n && t->dtype != ENG_DT_F32 && t->dtype != ENG_DT_F64; i++)
        p[i * size] = 1; /* little-endian */
    t->data = p;
    return OC_OK;
}

static enum oc_status input_for(const struct eng_inspection *x, int i, const struct eng_shape *given, struct eng_tensor *t,
                                struct oc_err *err)
{
    const struct eng_io *io = eng_model_input(x->model, i);
    if (!given && !io->shape_known)
        return oc_err_set(err, OC_E_INVALID, "the file does not say the shape of input '%.200s'", io->name);
    *t = (struct eng_tensor){io->dtype, given ? given[i] : io->shape, NULL};
    for (int k = 0; k < t->shape.rank; k++)
        t->shape.dim[k] = t->shape.dim[k] < 0 ? 1 : t->shape.dim[k];
    enum oc_status st = eng_shape_check(err, io->name, t->dtype, &t->shape);
    return !st && x->model->host_input[i] ? made_up(t, err) : st;
}

static enum oc_status make_plan(struct eng_inspection *x, const struct eng_shape *given, struct oc_err *err)
{
    int n = eng_model_n_inputs(x->model);
    enum oc_status st = OC_OK;
    struct eng_tensor *inputs = oc_mem_array(OC_MEM_OTHER, (size_t)n, sizeof *inputs);
    if (!inputs)
        return oc_err_nomem(err, "inputs", (size_t)n * sizeof *inputs);
    for (int i = 0; !st && i < n; i++)
        st = input_for(x, i, given, &inputs[i], err);
    if (!st)
        st = eng_model_check_inputs(x->model, inputs, err);
    if (!st)
        st = eng_model_plan(x->model, inputs, &x->plan, err);
    for (int i = 0; i < n; i++)
        oc_mem_free(inputs[i].data);
    oc_mem_free(inputs);
    return st;
}

enum oc_status eng_inspection_plan(struct eng_inspection *x, const struct eng_options *opt, const struct eng_shape *inputs,
                                   struct oc_err *err)
{
    enum oc_status st = eng_model_load(x->path, opt, &x->model, &x->problem);
    if (!st)
        st = make_plan(x, inputs, &x->problem);
    if (!st)
        x->problem.code = OC_OK;
    return st == OC_E_NOMEM ? oc_err_set(err, st, "%s", x->problem.msg) : OC_OK;
}

int64_t eng_inspection_opset(const struct eng_inspection *x)
{
    for (int i = 0; i < x->file->n_opsets; i++)
        if (!*x->file->opsets[i].domain)
            return x->file->opsets[i].version;
    return 0;
}

const char *eng_inspection_kernel(const struct eng_step *s)
{
    if (s->kernel.impl)
        return s->kernel.impl;
    return s->node->op && (s->node->op->flags & ENG_OP_VIEW) ? "view" : "-";
}

const char *eng_act_name(enum eng_act act)
{
    static const char *const names[ENG_ACT_COUNT] = {
        [ENG_ACT_NONE] = "none",
        [ENG_ACT_RELU] = "relu",
        [ENG_ACT_LEAKY] = "leaky_relu",
        [ENG_ACT_CLIP] = "clip",
        [ENG_ACT_SIGMOID] = "sigmoid",
        [ENG_ACT_TANH] = "tanh",
        [ENG_ACT_SILU] = "silu",
        [ENG_ACT_HARDSIGMOID] = "hard_sigmoid",
        [ENG_ACT_HARDSWISH] = "hard_swish",
        [ENG_ACT_GELU_ERF] = "gelu",
        [ENG_ACT_GELU_TANH] = "gelu_tanh",
        [ENG_ACT_ELU] = "elu",
        [ENG_ACT_MISH] = "mish",
    };
    return (unsigned)act < ENG_ACT_COUNT && names[act] ? names[act] : "?";
}

size_t eng_arg_bytes(const struct eng_arg *a)
{
    return (size_t)eng_shape_count(&a->t.shape) * eng_dtype_size(a->t.dtype);
}

enum oc_status eng_inspect(const char *path, const struct eng_options *opt, const struct eng_shape *inputs, struct oc_buf *out,
                           struct oc_err *err)
{
    struct eng_inspection x;
    enum oc_status st = eng_inspection_open(&x, path, err);
    if (!st)
        st = eng_inspection_plan(&x, opt, inputs, err);
    if (!st)
        st = eng_inspection_json(&x, out, err);
    eng_inspection_clear(&x);
    return st;
}

/*
 * The description as one JSON object; docs/internals/onnx-reader.md lists its members. A dimension is a number, the symbolic name of an
 * open one, or null.
 */
#include "engine/inspect/inspect.h"
#include "engine/inspect/json.h"

static void member_text(struct eng_json *j, const char *name, const char *v)
{
    eng_json_name(j, name);
    eng_json_text(j, v);
}

static void member_int(struct eng_json *j, const char *name, int64_t v)
{
    eng_json_name(j, name);
    eng_json_int(j, v);
}

static void shape(struct eng_json *j, const struct eng_shape *s, const char *const *names)
{
    eng_json_name(j, "shape");
    eng_json_open(j, '[');
    for (int i = 0; i < s->rank; i++) {
        if (s->dim[i] >= 0)
            eng_json_int(j, s->dim[i]);
        else
            eng_json_text(j, names ? names[i] : NULL);
    }
    eng_json_close(j, ']');
}

static void io_list(struct eng_json *j, const char *name, const struct eng_io *io, int n)
{
    eng_json_name(j, name);
    eng_json_open(j, '[');
    for (int i = 0; i < n; i++) {
        eng_json_open(j, '{');
        member_text(j, "name", io[i].name);
        member_text(j, "dtype", eng_dtype_name(io[i].dtype));
        if (io[i].shape_known) {
            shape(j, &io[i].shape, io[i].dim_name);
        } else {
            eng_json_name(j, "shape");
            eng_json_null(j);
        }
        eng_json_close(j, '}');
    }
    eng_json_close(j, ']');
}

static void op_list(struct eng_json *j, const char *name, const struct eng_onnx *m, bool missing_only)
{
    eng_json_name(j, name);
    eng_json_open(j, '[');
    for (int i = 0; i < m->n_ops; i++) {
        const struct eng_onnx_op *op = &m->ops[i];
        if (missing_only && op->def)
            continue;
        eng_json_open(j, '{');
        member_text(j, "op", op->type);
        member_text(j, "domain", op->domain);
        member_int(j, "opset", op->opset);
        member_int(j, "count", op->count);
        member_text(j, "first_node", op->first_node);
        eng_json_name(j, "supported");
        eng_json_bool(j, op->def != NULL);
        eng_json_close(j, '}');
    }
    eng_json_close(j, ']');
}

static void declared(struct eng_json *j, const struct eng_inspection *x)
{
    const struct eng_onnx *m = x->file;
    member_text(j, "file", x->path);
    member_int(j, "file_bytes", (int64_t)x->file_bytes);
    member_int(j, "ir_version", m->ir_version);
    member_text(j, "producer", m->producer);
    member_int(j, "opset", eng_inspection_opset(x));
    eng_json_name(j, "opsets");
    eng_json_open(j, '[');
    for (int i = 0; i < m->n_opsets; i++) {
        eng_json_open(j, '{');
        member_text(j, "domain", m->opsets[i].domain);
        member_int(j, "version", m->opsets[i].version);
        eng_json_close(j, '}');
    }
    eng_json_close(j, ']');
    eng_json_name(j, "metadata");
    eng_json_open(j, '[');
    for (int i = 0; i < m->n_meta; i++) {
        eng_json_open(j, '{');
        member_text(j, "key", m->meta[i].key);
        member_text(j, "value", m->meta[i].value);
        eng_json_close(j, '}');
    }
    eng_json_close(j, ']');
    io_list(j, "inputs", m->inputs, m->n_inputs);
    io_list(j, "outputs", m->outputs, m->n_outputs);
    op_list(j, "ops", m, false);
    op_list(j, "unsupported", m, true);
}

static void node(struct eng_json *j, const struct eng_plan *p, const struct eng_step *s)
{
    eng_json_open(j, '{');
    member_text(j, "op", s->node->op_type);
    member_text(j, "name", s->node->name);
    member_text(j, "kernel", eng_inspection_kernel(s));
    if (s->node->fused.act != ENG_ACT_NONE)
        member_text(j, "activation", eng_act_name(s->node->fused.act));
    eng_json_name(j, "bias");
    eng_json_bool(j, s->node->fused.bias >= 0);
    eng_json_name(j, "residual");
    eng_json_bool(j, s->node->fused.residual >= 0);
    eng_json_name(j, "channels_last");
    eng_json_bool(j, s->node->channels_last);
    member_int(j, "scratch_bytes", (int64_t)s->kernel.scratch_bytes);
    eng_json_name(j, "outputs");
    eng_json_open(j, '[');
    for (int i = 0; i < s->n_out; i++) {
        const struct eng_arg *a = &p->args[s->first + s->n_in + i];
        if (s->node->out[i] < 0)
            continue;
        eng_json_open(j, '{');
        member_text(j, "name", p->graph->values[s->node->out[i]].name);
        member_text(j, "dtype", eng_dtype_name(a->t.dtype));
        shape(j, &a->t.shape, NULL);
        member_int(j, "bytes", (int64_t)eng_arg_bytes(a));
        eng_json_close(j, '}');
    }
    eng_json_close(j, ']');
    eng_json_close(j, '}');
}

static void plan(struct eng_json *j, const struct eng_inspection *x)
{
    const struct eng_plan *p = x->plan;
    eng_json_open(j, '{');
    member_text(j, "backend", eng_model_backend(x->model));
    member_text(j, "precision", eng_precision_name(eng_model_precision(x->model)));
    member_int(j, "threads", eng_model_threads(x->model));
    member_int(j, "arena_bytes", (int64_t)p->arena_bytes);
    member_int(j, "weight_bytes", (int64_t)x->model->const_bytes);
    member_int(j, "packed_bytes", (int64_t)eng_weights_bytes(x->model->weights));
    member_int(j, "model_bytes", (int64_t)eng_model_bytes(x->model));
    member_int(j, "folded", p->folded);
    eng_json_name(j, "inputs");
    eng_json_open(j, '[');
    for (int i = 0; i < p->n_inputs; i++) {
        eng_json_open(j, '{');
        member_text(j, "name", eng_model_input(x->model, i)->name);
        shape(j, &p->inputs[i].shape, NULL);
        eng_json_close(j, '}');
    }
    eng_json_close(j, ']');
    eng_json_name(j, "passes");
    eng_json_open(j, '{');
    for (int i = 0; eng_pass_at(i); i++)
        member_int(j, eng_pass_at(i)->name, x->model->pass_counts[i] + p->pass_counts[i]);
    eng_json_close(j, '}');
    eng_json_name(j, "nodes");
    eng_json_open(j, '[');
    for (int i = 0; i < p->n_steps; i++)
        node(j, p, &p->steps[i]);
    eng_json_close(j, ']');
    eng_json_close(j, '}');
}

enum oc_status eng_inspection_json(const struct eng_inspection *x, struct oc_buf *out, struct oc_err *err)
{
    struct eng_json j = {.out = out};
    eng_json_open(&j, '{');
    declared(&j, x);
    eng_json_name(&j, "plan");
    if (x->plan)
        plan(&j, x);
    else
        eng_json_null(&j);
    member_text(&j, "problem", x->problem.code ? x->problem.msg : NULL);
    eng_json_close(&j, '}');
    return j.st ? oc_err_set(err, j.st, "the description of the model does not fit into %zu bytes", out->max) : OC_OK;
}

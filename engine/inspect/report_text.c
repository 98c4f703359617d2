/* The description for people: a few lines of facts and one line for each node of the plan. */
#include "base/buf.h"
#include "engine/inspect/inspect.h"
#include <stdarg.h>

struct text {
    struct oc_buf *out;
    enum oc_status st; /* sticks */
};

static void say(struct text *t, const char *fmt, ...) OC_PRINTF(2, 3);

static void say(struct text *t, const char *fmt, ...)
{
    char line[1024];
    va_list ap;
    if (t->st)
        return;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    t->st = oc_buf_add_str(t->out, line);
}

/* "3.7 MB": names that carry units are for people, so powers of ten. */
static const char *size_text(size_t bytes, char text[32])
{
    if (bytes >= 1000000)
        snprintf(text, 32, "%.1f MB", (double)bytes / 1e6);
    else if (bytes >= 1000)
        snprintf(text, 32, "%.1f kB", (double)bytes / 1e3);
    else
        snprintf(text, 32, "%zu B", bytes);
    return text;
}

/* "Nx3x?x?" */
static void open_shape(const struct eng_io *io, char text[ENG_SHAPE_TEXT])
{
    size_t at = 0;
    snprintf(text, ENG_SHAPE_TEXT, "%s", io->shape_known ? "scalar" : "any shape");
    for (int i = 0; i < io->shape.rank && at < ENG_SHAPE_TEXT; i++) {
        const char *x = i ? "x" : "";
        int n = io->shape.dim[i] >= 0 ? snprintf(text + at, ENG_SHAPE_TEXT - at, "%s%lld", x, (long long)io->shape.dim[i])
                                      : snprintf(text + at, ENG_SHAPE_TEXT - at, "%s%.40s", x, io->dim_name[i] ? io->dim_name[i] : "?");
        at += n > 0 ? (size_t)n : 0;
    }
}

static void io_lines(struct text *t, const char *title, const struct eng_io *io, int n)
{
    char shape[ENG_SHAPE_TEXT];
    say(t, "\n%s\n", title);
    for (int i = 0; i < n; i++) {
        open_shape(&io[i], shape);
        say(t, "  %-24.200s %-9s %s\n", io[i].name, io[i].dtype ? eng_dtype_name(io[i].dtype) : "any type", shape);
    }
}

static void op_lines(struct text *t, const struct eng_onnx *m)
{
    int nodes = 0;
    for (int i = 0; i < m->n_ops; i++)
        nodes += m->ops[i].count;
    say(t, "\nOperators: %d nodes of %d kinds\n", nodes, m->n_ops);
    for (int i = 0; i < m->n_ops; i++) {
        const struct eng_onnx_op *op = &m->ops[i];
        say(t, "  %5d  %.100s%s%.100s%s", op->count, op->domain, *op->domain ? "::" : "", op->type, op->def ? "\n" : "  NOT SUPPORTED");
        if (!op->def)
            say(t, " (opset %d, first at node '%.200s')\n", op->opset, op->first_node);
    }
}

static void step_line(struct text *t, const struct eng_plan *p, const struct eng_step *s, int number)
{
    char shape[ENG_SHAPE_TEXT], bytes[32], op[128];
    const struct eng_fused *f = &s->node->fused;
    snprintf(op, sizeof op, "%.60s%s%s%s%s", s->node->op_type, f->bias >= 0 ? "+bias" : "", f->residual >= 0 ? "+add" : "",
             f->act != ENG_ACT_NONE ? "+" : "", f->act != ENG_ACT_NONE ? eng_act_name(f->act) : "");
    const struct eng_arg *a = s->n_out ? &p->args[s->first + s->n_in] : NULL;
    say(t, "  %4d  %-30s %-24.60s %-20s %10s  %.200s\n", number, op, eng_inspection_kernel(s), a ? eng_shape_text(&a->t.shape, shape) : "",
        a ? size_text(eng_arg_bytes(a), bytes) : "", s->node->name);
}

static void plan_lines(struct text *t, const struct eng_inspection *x)
{
    const struct eng_plan *p = x->plan;
    char arena[32], weights[32], packed[32], shape[ENG_SHAPE_TEXT];
    say(t, "\nPlan for");
    for (int i = 0; i < p->n_inputs; i++)
        say(t, "%s %.200s %s", i ? "," : "", eng_model_input(x->model, i)->name, eng_shape_text(&p->inputs[i].shape, shape));
    say(t, "\n  %s, %s, %d thread%s: %d nodes; arena %s, weights %s, packed weights %s\n", eng_model_backend(x->model),
        eng_precision_name(eng_model_precision(x->model)), eng_model_threads(x->model), eng_model_threads(x->model) == 1 ? "" : "s",
        p->n_steps, size_text(p->arena_bytes, arena), size_text(x->model->const_bytes, weights),
        size_text(eng_weights_bytes(x->model->weights), packed));
    say(t, "  passes:");
    for (int i = 0; eng_pass_at(i); i++)
        say(t, " %s %d", eng_pass_at(i)->name, x->model->pass_counts[i] + p->pass_counts[i]);
    say(t, "; folded %d\n\n  %4s  %-30s %-24s %-20s %10s  %s\n", p->folded, "step", "operator", "kernel", "output", "bytes", "node");
    for (int i = 0; i < p->n_steps; i++)
        step_line(t, p, &p->steps[i], i);
}

enum oc_status eng_inspection_text(const struct eng_inspection *x, struct oc_buf *out, struct oc_err *err)
{
    struct text t = {.out = out};
    char bytes[32];
    const struct eng_onnx *m = x->file;
    say(&t, "%.700s\n  %s, ONNX IR %lld, opset %lld%s%.200s\n", x->path, size_text(x->file_bytes, bytes), (long long)m->ir_version,
        (long long)eng_inspection_opset(x), *m->producer ? ", made by " : "", m->producer);
    for (int i = 0; i < m->n_opsets; i++)
        if (*m->opsets[i].domain)
            say(&t, "  operator set %.200s %lld\n", m->opsets[i].domain, (long long)m->opsets[i].version);
    for (int i = 0; i < m->n_meta; i++)
        say(&t, "  %.100s: %.300s\n", m->meta[i].key, m->meta[i].value);
    io_lines(&t, "Inputs", m->inputs, m->n_inputs);
    io_lines(&t, "Outputs", m->outputs, m->n_outputs);
    op_lines(&t, m);
    if (x->plan)
        plan_lines(&t, x);
    else
        say(&t, "\nNo plan: %s\n", x->problem.code ? x->problem.msg : "none was asked for");
    return t.st ? oc_err_set(err, t.st, "the description of the model does not fit into %zu bytes", out->max) : OC_OK;
}

/*
 * A model that is asked for some of its outputs only: the others are forgotten, and with them the nodes, the weights and the
 * inputs that nothing else needs. A file that holds two networks with one output each becomes either of them.
 */
#include "engine/exec/choose.h"
#include <string.h>

static int find_output(const struct eng_onnx *f, const char *name)
{
    for (int i = 0; i < f->n_outputs; i++)
        if (strcmp(f->outputs[i].name, name) == 0)
            return i;
    return -1;
}

/* The wanted outputs to the front of both lists, in the order asked for. */
static enum oc_status keep_outputs(struct eng_onnx *f, struct eng_graph *g, const char *const *names, int n, struct oc_err *err)
{
    for (int i = 0; i < g->n_outputs; i++)
        g->values[g->outputs[i]].is_output = false;
    for (int i = 0; i < n; i++) {
        int at = find_output(f, names[i]);
        if (at < i) /* not there, or asked for twice */
            return oc_err_set(err, OC_E_INVALID, "the model has no output '%.200s'%s", names[i], at < 0 ? "" : " left");
        struct eng_io io = f->outputs[at];
        int value = g->outputs[at];
        f->outputs[at] = f->outputs[i];
        g->outputs[at] = g->outputs[i];
        f->outputs[i] = io;
        g->outputs[i] = value;
        g->values[value].is_output = true;
    }
    f->n_outputs = g->n_outputs = n;
    return OC_OK;
}

static void drop_inputs(struct eng_onnx *f, struct eng_graph *g)
{
    int kept = 0;
    for (int i = 0; i < g->n_inputs; i++) {
        int value = g->inputs[i];
        if (!eng_graph_uses(g, value)) {
            g->values[value].is_input = false;
            continue;
        }
        f->inputs[kept] = f->inputs[i];
        g->inputs[kept++] = value;
    }
    f->n_inputs = g->n_inputs = kept;
}

enum oc_status eng_choose_outputs(struct eng_onnx *f, struct eng_graph *g, const char *const *names, int n, struct oc_err *err)
{
    enum oc_status st = keep_outputs(f, g, names, n, err);
    if (!st)
        st = eng_graph_sweep(g, err);
    if (!st)
        drop_inputs(f, g);
    return st;
}

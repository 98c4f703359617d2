/*
 * Shapes of outputs that a file leaves open, at given input shapes: the graph is read and walked once, nothing is planned or run. For
 * recognising files whose exporters wrote names, or nothing, where sizes belong.
 */
#include "engine/eng.h"
#include "engine/onnx/onnx.h"
#include "engine/plan/infer.h"

static void set_inputs(struct eng_graph *g, const struct eng_onnx *file, const struct eng_shape *inputs)
{
    for (int i = 0; i < g->n_inputs; i++) {
        struct eng_value *v = &g->values[g->inputs[i]];
        v->dtype = file->inputs[i].dtype;
        v->shape = inputs[i];
        v->known = eng_dtype_size(v->dtype) != 0;
        for (int k = 0; k < v->shape.rank; k++)
            v->known &= v->shape.dim[k] >= 0;
    }
}

enum oc_status eng_facts_complete(struct eng_facts *f, const char *path, const struct eng_shape *inputs, struct oc_err *err)
{
    struct eng_onnx *file;
    enum oc_status st = eng_onnx_read(path, &(struct eng_onnx_options){0}, &file, err);
    if (st)
        return st;
    struct eng_graph *g = file->graph;
    if (g->n_inputs != f->n_inputs || g->n_outputs != f->n_outputs)
        st = oc_err_set(err, OC_E_MODEL, "the file changed while it was read");
    if (!st)
        set_inputs(g, file, inputs);
    (void)(st || (st = eng_graph_sweep(g, err)) || (st = eng_infer_graph(g, ENG_INFER_SOME, NULL, err)));
    for (int i = 0; !st && i < f->n_outputs; i++) {
        const struct eng_value *v = &g->values[g->outputs[i]];
        if (v->known)
            eng_facts_set_output(f, i, v->dtype, &v->shape);
    }
    eng_onnx_free(file);
    return st;
}

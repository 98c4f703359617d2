/* room: engine */
/*
 * The reader on any bytes, as a model and as a tensor; then what follows every reading, a clone and a sweep. Memory is capped, so
 * that a size taken from the file shows itself.
 */
#include <stdint.h>
#include "base/mem.h"
#include "engine/onnx/tensor.h"
#include "engine/onnx/onnx.h"

#define BUDGET OC_MIB(64)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void as_model(const uint8_t *data, size_t size, bool keep)
{
    const struct eng_onnx_options opt = {.keep_unsupported = keep};
    struct oc_err err;
    struct eng_onnx *m;
    struct eng_graph *g;
    if (eng_onnx_read_memory(data, size, &opt, &m, &err))
        return;
    if (eng_graph_clone(m->graph, &g, &err) == OC_OK) {
        if (eng_graph_sweep(g, &err) || g->n_nodes != m->graph->n_nodes)
            abort(); /* a graph that was read is in order */
        eng_graph_free(g);
    }
    eng_onnx_free(m);
}

static void as_tensor(const uint8_t *data, size_t size)
{
    struct oc_err err;
    struct eng_external none;
    struct eng_const *c;
    eng_external_init(&none, NULL, NULL);
    if (eng_onnx_tensor(eng_pb_start((struct eng_span){data, size}, &err), &none, "tensor", &c, NULL, &err) == OC_OK)
        eng_const_unref(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t blocks = oc_mem_blocks();
    oc_mem_set_budget(BUDGET);
    as_model(data, size, true);
    as_model(data, size, false);
    as_tensor(data, size);
    if (oc_mem_blocks() != blocks)
        abort();
    return 0;
}

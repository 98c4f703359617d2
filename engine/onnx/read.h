/* The state of one reading, shared by the files of this folder. */
#ifndef ENG_ONNX_READ_H
#define ENG_ONNX_READ_H

#include "engine/onnx/names.h"
#include "engine/onnx/onnx.h"
#include "engine/onnx/tensor.h"
#include "engine/ops/op.h"

struct eng_reading {
    struct eng_onnx *m; /* borrowed: what is being made */
    struct oc_err *err;
    bool keep_unsupported;
    struct eng_external external;
    struct eng_names values; /* value names to ids */
    struct eng_names ops;    /* "domain\0type" to the index in m->ops */
    int cap_ops;
    int n_unsupported; /* entries of m->ops without a definition */
    size_t edges;      /* inputs and outputs of nodes so far */
};

/* An empty model and empty tables. path: of the model, for external data; NULL = from memory. To be ended also on an error. */
enum oc_status eng_reading_begin(struct eng_reading *r, const char *path, const char *links_below, struct oc_err *err) OC_MUST_CHECK;
/* Frees the tables; hands the model over when it is good, else frees it and returns NULL. */
struct eng_onnx *eng_reading_end(struct eng_reading *r, bool good);

/* n objects, zeroed, from one of the model's arenas. OC_E_MODEL over the arena's ceiling, else OC_E_NOMEM. */
enum oc_status eng_reading_array(struct oc_arena *a, size_t n, size_t size, void *out, struct oc_err *err) OC_MUST_CHECK;
/* A NUL-terminated copy. */
enum oc_status eng_reading_text(struct oc_arena *a, struct eng_span s, const char **out, struct oc_err *err) OC_MUST_CHECK;
/* The id of a value's name, made when it is new; -1 for the empty name. */
enum oc_status eng_reading_value(struct eng_reading *r, struct eng_span name, int *id, struct oc_err *err) OC_MUST_CHECK;
/* Whether an input, an initializer or a node makes the value. */
bool eng_reading_defined(const struct eng_reading *r, int id);

/* ModelProto but its graph: versions, operator sets, metadata into r->m; *graph is where the graph is (model.c). */
enum oc_status eng_read_model(struct eng_reading *r, struct eng_span file, struct eng_pb *graph) OC_MUST_CHECK;
/* GraphProto into m->graph, m->inputs, m->outputs, m->ops (read_graph.c). */
enum oc_status eng_read_graph(struct eng_reading *r, struct eng_pb message) OC_MUST_CHECK;
/* NodeProto number `index` of the file, added to the graph (read_node.c). */
enum oc_status eng_read_node(struct eng_reading *r, struct eng_pb message, int index) OC_MUST_CHECK;
/* AttributeProto (read_attr.c). `op` NULL: tensors of foreign types are let pass as ENG_ATTR_OTHER. */
enum oc_status eng_read_attr(struct eng_reading *r, struct eng_pb message, const struct eng_op_def *op, struct eng_attr *out) OC_MUST_CHECK;
/* ValueInfoProto of a graph input or output (read_io.c); names go into m->arena. */
enum oc_status eng_read_io(struct eng_reading *r, struct eng_pb message, bool is_input, struct eng_span *name,
                           struct eng_io *out) OC_MUST_CHECK;
/* Row of m->ops for an operator, counted once more (read_ops.c). */
enum oc_status eng_read_op(struct eng_reading *r, struct eng_span domain, struct eng_span type, struct eng_span node, int index,
                           int *row) OC_MUST_CHECK;
/* Fills m->unsupported; OC_E_UNSUPPORTED with the list unless they are to be kept. */
enum oc_status eng_read_unsupported(struct eng_reading *r) OC_MUST_CHECK;

#endif

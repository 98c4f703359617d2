/*
 * Reads an ONNX file into a graph. Bounded, strict, zero-copy over a read-only map: nothing of the file is copied
 * but names, attributes and the initializers' numbers (which go, aligned, into shared constants; the map is closed
 * when reading ends, so that a file cut short later cannot hurt). docs/internals/onnx-reader.md.
 */
#ifndef ENG_ONNX_ONNX_H
#define ENG_ONNX_ONNX_H

#include "engine/ir/graph.h"

struct eng_onnx_opset {
    const char *domain; /* "" = ai.onnx */
    int64_t version;
};

/* An operator that the file uses. */
struct eng_onnx_op {
    const char *domain, *type;
    int opset;                    /* of its domain, as the file imports it */
    int count;                    /* nodes, those that no output needs too */
    const char *first_node;       /* name of the first of them */
    const struct eng_op_def *def; /* static; NULL = not supported */
};

struct eng_onnx_meta {
    const char *key, *value;
};

struct eng_onnx {
    struct oc_arena arena; /* owns the strings below */
    int64_t ir_version;
    const char *producer; /* "name version", may be empty */
    int n_opsets, n_meta;
    struct eng_onnx_opset *opsets;
    struct eng_onnx_meta *meta;
    int n_ops;
    struct eng_onnx_op *ops; /* owned array, in the order of first use */
    int n_inputs, n_outputs; /* inputs: those that are not initializers */
    struct eng_io *inputs, *outputs;
    struct eng_graph *graph; /* owned until taken; values' dtype/shape set where the file declares constants only */
    char *unsupported;       /* owned (oc_mem), NULL = none: "Foo (opset 13, first at node 'a'), ...": each operator once */
};

struct eng_onnx_options {
    const char *links_below; /* of struct eng_options; borrowed */
    bool keep_unsupported;   /* inspect: do not fail on missing operators; those nodes have op == NULL */
};

/* OC_E_MODEL for a malformed file, with the place; OC_E_UNSUPPORTED with all missing operators in one message; OC_E_IO; OC_E_NOMEM. */
enum oc_status eng_onnx_read(const char *path, const struct eng_onnx_options *opt, struct eng_onnx **out, struct oc_err *err) OC_MUST_CHECK;
/* From memory; external data is refused. */
enum oc_status eng_onnx_read_memory(const void *bytes, size_t n, const struct eng_onnx_options *opt, struct eng_onnx **out,
                                    struct oc_err *err) OC_MUST_CHECK;
void eng_onnx_free(struct eng_onnx *m); /* NULL is fine */

/* Replaces what the file says of an output. */
void eng_facts_set_output(struct eng_facts *f, int i, enum eng_dtype dtype, const struct eng_shape *shape);

/* A TensorProto file (.pb of ONNX's backend tests) as a constant, one reference to the caller. */
enum oc_status eng_onnx_read_tensor(const char *path, struct eng_const **out, struct oc_err *err) OC_MUST_CHECK;

#endif

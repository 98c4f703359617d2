/* TensorProto to constant, in every encoding that ONNX has. */
#ifndef ENG_ONNX_TENSOR_H
#define ENG_ONNX_TENSOR_H

#include "engine/ir/graph.h"
#include "engine/onnx/file.h"

/* "string", "float8e4m3fn", ... for an element type that the engine does not hold; NULL for a number that ONNX does not have. */
const char *eng_onnx_foreign_type(int64_t type);
/* The element type, or OC_E_UNSUPPORTED / OC_E_MODEL with `what` 'name' in the message. */
enum oc_status eng_onnx_dtype(int64_t type, const char *what, struct eng_span name, enum eng_dtype *out, struct oc_err *err) OC_MUST_CHECK;

/*
 * Reads the tensor message r; one reference to the caller. *name (may be NULL) is the tensor's, borrowed from the input. The
 * size of the data must match the dimensions exactly. `what` names the thing in messages ("initializer", "attribute").
 */
enum oc_status eng_onnx_tensor(struct eng_pb r, struct eng_external *external, const char *what, struct eng_const **out,
                               struct eng_span *name, struct oc_err *err) OC_MUST_CHECK;

#endif

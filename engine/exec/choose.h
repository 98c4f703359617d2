/* Some of a model's outputs, for struct eng_options.outputs. */
#ifndef ENG_EXEC_CHOOSE_H
#define ENG_EXEC_CHOOSE_H

#include "engine/onnx/onnx.h"

/*
 * Leaves the n named outputs, in that order, and the inputs that they need, in the file's lists and in its graph, which is swept.
 * OC_E_INVALID names an output that is not there; then both are of no use any more.
 */
enum oc_status eng_choose_outputs(struct eng_onnx *f, struct eng_graph *g, const char *const *names, int n,
                                  struct oc_err *err) OC_MUST_CHECK;

#endif

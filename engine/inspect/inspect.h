/* What there is to say about a model file: what it declares, and, where it can be made, the plan. Told as JSON or as text. */
#ifndef ENG_INSPECT_INSPECT_H
#define ENG_INSPECT_INSPECT_H

#include "engine/exec/model.h"

struct eng_inspection {
    const char *path; /* borrowed */
    size_t file_bytes;
    struct eng_onnx *file;   /* owned; its graph was freed: only what the file declares */
    struct eng_model *model; /* owned; NULL when it cannot be loaded */
    struct eng_plan *plan;   /* owned; NULL when it cannot be made */
    struct oc_err problem;   /* why there is no model or no plan; code OC_OK = there is one */
};

/* Reads the file; missing operators are no error here. Clean up also on an error. */
enum oc_status eng_inspection_open(struct eng_inspection *x, const char *path, struct oc_err *err) OC_MUST_CHECK;
/*
 * Loads the model and plans it for these input shapes; NULL: the declared ones, with -1 as 1. What goes wrong is x->problem; only
 * OC_E_NOMEM is returned. Unsupported operators: the problem lists them.
 */
enum oc_status eng_inspection_plan(struct eng_inspection *x, const struct eng_options *opt, const struct eng_shape *inputs,
                                   struct oc_err *err) OC_MUST_CHECK;
void eng_inspection_clear(struct eng_inspection *x);

enum oc_status eng_inspection_json(const struct eng_inspection *x, struct oc_buf *out, struct oc_err *err) OC_MUST_CHECK;
enum oc_status eng_inspection_text(const struct eng_inspection *x, struct oc_buf *out, struct oc_err *err) OC_MUST_CHECK;

/* Shared by the two: version of the default operator set (0 = none), "arena" ..., the kernel's name, the name of an activation. */
int64_t eng_inspection_opset(const struct eng_inspection *x);
const char *eng_inspection_kernel(const struct eng_step *s);
const char *eng_act_name(enum eng_act act);
/* Bytes of an argument's tensor. */
size_t eng_arg_bytes(const struct eng_arg *a);

#endif

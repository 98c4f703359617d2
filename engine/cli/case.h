/* One ONNX backend test case: load the model, run each data set, compare. */
#ifndef ENG_CLI_CASE_H
#define ENG_CLI_CASE_H

#include "engine/eng.h"

enum eng_case_result { ENG_CASE_PASSED, ENG_CASE_FAILED, ENG_CASE_SKIPPED };

/* Skipped: none of the model's outputs is a tensor. err says why it failed. */
enum eng_case_result eng_case_run(const char *dir, const struct eng_options *opt, struct oc_err *err);
/* Compares as ONNX's runner does: |seen - want| <= 1e-7 + 1e-3 * |want|, NaN equals NaN, integers and bool exactly. */
enum oc_status eng_case_compare(const char *name, const struct eng_tensor *want, const struct eng_tensor *seen,
                                struct oc_err *err) OC_MUST_CHECK;

#endif

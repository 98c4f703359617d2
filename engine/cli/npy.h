/* NumPy's .npy files, versions 1 and 2: one dense array, little-endian, C order. */
#ifndef ENG_CLI_NPY_H
#define ENG_CLI_NPY_H

#include "engine/eng.h"

/* Reads a file; t->data is the caller's (oc_mem_free). OC_E_IO, or OC_E_INVALID with what is wrong in it. */
enum oc_status eng_npy_read(const char *path, struct eng_tensor *t, struct oc_err *err) OC_MUST_CHECK;
/* The same from memory. */
enum oc_status eng_npy_parse(const void *bytes, size_t n, struct eng_tensor *t, struct oc_err *err) OC_MUST_CHECK;
/* Writes a tensor. bfloat16, which NumPy does not have, is written as float32. */
enum oc_status eng_npy_write(const char *path, const struct eng_tensor *t, struct oc_err *err) OC_MUST_CHECK;

#endif

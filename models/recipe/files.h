/* Small files of model directories, read with a bound. */
#ifndef OC_MODELS_RECIPE_FILES_H
#define OC_MODELS_RECIPE_FILES_H

#include "base/buf.h"
#include "base/err.h"

#define OC_PATH_MAX 4096

/* Appends the whole regular file directory/name, up to the buffer's ceiling. OC_E_NOT_FOUND, OC_E_IO, OC_E_INVALID when it is too large,
 * OC_E_NOMEM. */
enum oc_status oc_file_read(const char *directory, const char *name, struct oc_buf *out, struct oc_err *err) OC_MUST_CHECK;
/* directory/name is a regular file (links are followed). */
bool oc_file_exists(const char *directory, const char *name);
/* directory/name into path; false = too long. */
bool oc_path_join(char path[OC_PATH_MAX], const char *directory, const char *name) OC_MUST_CHECK;

#endif

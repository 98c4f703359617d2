/* What `ocelli inspect` says beside the engine's report: what the file was taken for, and why. */
#ifndef OC_HANDLERS_CLI_INSPECT_H
#define OC_HANDLERS_CLI_INSPECT_H

#include <stdbool.h>
#include "base/buf.h"
#include "base/err.h"

/*
 * Appends, as text, the family with one line for each clue, how pictures are made its input and its outputs read, and which other
 * families a model.json could name or what their files have that this one has not; or, as JSON, one member "recognised". A file that
 * cannot be described is no error: that is what is said.
 */
enum oc_status oc_inspect_recognised(const char *path, bool as_json, struct oc_buf *out, struct oc_err *err) OC_MUST_CHECK;

/* The size of the pictures that a file is run at; left alone when it is no model of pictures. */
void oc_inspect_picture(const char *path, int *width, int *height);

#endif

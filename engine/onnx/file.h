/* Where a model's bytes come from: the mapped file, and files of external data beside it. */
#ifndef ENG_ONNX_FILE_H
#define ENG_ONNX_FILE_H

#include "engine/onnx/pb.h"

/* A read-only map of a regular file of 1..max bytes. OC_E_IO when it cannot be opened, OC_E_MODEL when it is empty or too large. */
enum oc_status eng_file_map(const char *path, size_t max, struct eng_span *out, struct oc_err *err) OC_MUST_CHECK;
void eng_file_unmap(struct eng_span *s); /* an empty span is fine */
/* What a file is that is no model at all, and what to do about it; NULL: it may be one. Static text. */
const char *eng_file_foreign(struct eng_span s);

/*
 * External data: files below the model's folder, read (not mapped) straight into place. One file is kept open, because
 * tensors of one file follow each other.
 */
struct eng_external {
    const char *path;        /* borrowed: the model's; NULL = external data is refused */
    const char *links_below; /* borrowed: of struct eng_options; NULL: no link is followed */
    int dir;                 /* its folder, -1 = not open */
    int fd;                  /* the open file, -1 = none */
    uint64_t size;           /* of the open file */
    char *location;          /* owned: the open file's name in the model */
    size_t total;            /* bytes read so far, at most LIM_MODEL_EXTERNAL */
};

/* External data of the model at `path`; NULL: refused. The folder is opened with the first tensor that needs it. links_below: see
 * eng_options. */
void eng_external_init(struct eng_external *x, const char *path, const char *links_below);
void eng_external_close(struct eng_external *x);
/*
 * Reads `bytes` bytes at `offset` of the file that the model calls `location`. OC_E_MODEL when the location leaves the
 * folder, goes through a symbolic link, is no regular file, has more than one hard link, or is too short.
 */
enum oc_status eng_external_read(struct eng_external *x, struct eng_span location, uint64_t offset, void *to, size_t bytes,
                                 struct oc_err *err) OC_MUST_CHECK;
/* The same checks without reading: before memory is set aside for a tensor. */
enum oc_status eng_external_check(struct eng_external *x, struct eng_span location, uint64_t offset, size_t bytes,
                                  struct oc_err *err) OC_MUST_CHECK;

#endif

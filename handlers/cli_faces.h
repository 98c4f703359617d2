/* `ocelli run` with an embedder of faces. Private to handlers/cli_run.c. */
#ifndef OC_HANDLERS_CLI_FACES_H
#define OC_HANDLERS_CLI_FACES_H

#include "handlers/output/json_out.h"
#include "models/face/analysis.h"
#include "models/installed/registry.h"

struct oc_cli_faces {
    const char *detector; /* --detector; NULL: chosen as /v1/faces/embed does */
    bool aligned;         /* --aligned: pictures are aligned faces already */
};

/* The detector for an embedder; a zeroed lease when pictures are aligned. Release in any case. */
enum oc_status oc_cli_faces_detector(struct oc_registry *reg, const struct oc_lease *embedder, const struct oc_cli_faces *ask,
                                     struct oc_lease *detector, struct oc_err *err) OC_MUST_CHECK;
/* Faces of one picture with their vectors, of length 1. */
enum oc_status oc_cli_faces_run(const struct oc_lease *embedder, const struct oc_lease *detector, const struct oc_image *im,
                                const struct oc_detect_options *opt, struct oc_run *run, struct oc_face_analysis *look,
                                struct oc_err *err) OC_MUST_CHECK;
/* Members "detector", "dim", "faces" as /v1/faces/embed has them. */
void oc_cli_faces_render(struct oc_json *j, const struct oc_lease *detector, const struct oc_face_analysis *look);
/* A line a face, and one with its numbers. */
void oc_cli_faces_print(const struct oc_face_analysis *look);

#endif

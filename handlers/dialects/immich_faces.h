/* Immich's task facial-recognition. Private to handlers/dialects/. */
#ifndef OC_HANDLERS_IMMICH_FACES_H
#define OC_HANDLERS_IMMICH_FACES_H

#include "handlers/input/inputs.h"
#include "handlers/output/json_out.h"

struct oc_immich_faces {
    const char *detector, *embedder; /* names of installed models */
    double min_score;                /* 0..1 */
};

/*
 * Writes the list of faces: [{"boundingBox":{"x1","y1","x2","y2"},"embedding":"[...]","score"}], boxes in whole pixels of the picture as
 * it was sent, vectors as the network gives them, not of length 1, in strings. [] when there is no face. Statuses of oc_face_analysis_find
 * and oc_face_analysis_embed; OC_E_UNKNOWN_MODEL.
 */
enum oc_status oc_immich_faces(const struct oc_inputs *in, const struct oc_image *im, const struct oc_immich_faces *ask, struct oc_json *j,
                               struct oc_err *err) OC_MUST_CHECK;

#endif

/*
 * All there is to know of the faces of one picture: boxes, crops, quality, and vectors of those that are wanted. What the routes, the
 * dialects and the command line share.
 *
 *     struct oc_face_analysis look = {0};
 *     st = oc_face_analysis_find(detector, &picture, side, &options, &run, &look, err);
 *     if (!st) st = oc_face_analysis_embed(embedder, &look, NULL, &how, &run, err);
 *     ... look.faces.items[i], look.quality[i], oc_face_analysis_vector(&look, i) ...
 *     oc_face_analysis_deinit(&look);
 */
#ifndef OC_MODELS_FACE_ANALYSIS_H
#define OC_MODELS_FACE_ANALYSIS_H

#include "models/face/quality.h"
#include "models/run/boxes.h"
#include "models/face/embed.h"

/* Arrays of faces.n. Wiped when freed. */
struct oc_face_analysis {
    struct oc_faces faces;           /* best score first */
    struct oc_image *crops;          /* owned; aligned, side x side */
    struct oc_face_quality *quality; /* owned */
    int *rows;                       /* owned; the face's row in vectors, -1: none */
    struct oc_vectors vectors;
};

void oc_face_analysis_deinit(struct oc_face_analysis *look); /* a zeroed one is fine */

/*
 * Finds faces, cuts and measures them; *look is overwritten, and empty on error. detector NULL: the whole picture is one aligned face
 * of score 1. Statuses of oc_model_faces; OC_E_INVALID past LIM_FACES faces.
 */
enum oc_status oc_face_analysis_find(struct oc_model *detector, const struct oc_image *im, int side, const struct oc_detect_options *opt,
                                     struct oc_run *run, struct oc_face_analysis *look, struct oc_err *err) OC_MUST_CHECK;
/* The same; by_box: crops are cut by the boxes alone, as if there were no points. */
enum oc_status oc_face_analysis_find_cut(struct oc_model *detector, const struct oc_image *im, int side, bool by_box,
                                         const struct oc_detect_options *opt, struct oc_run *run, struct oc_face_analysis *look,
                                         struct oc_err *err) OC_MUST_CHECK;
/* Vectors of the wanted faces (flags by face; NULL: all), replacing those there were. Statuses of oc_model_embed_faces. */
enum oc_status oc_face_analysis_embed(struct oc_model *embedder, struct oc_face_analysis *look, const bool *wanted,
                                      const struct oc_face_embed_options *opt, struct oc_run *run, struct oc_err *err) OC_MUST_CHECK;
/* The face's vector, look->vectors.dim numbers; NULL when it has none. */
const float *oc_face_analysis_vector(const struct oc_face_analysis *look, size_t face);
/* Place of the face with the largest box; faces.n when there is none. */
size_t oc_face_analysis_largest(const struct oc_face_analysis *look);

#endif

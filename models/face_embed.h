/*
 * Vectors of faces: crops aligned by five points (vision/warp.h), all faces of a picture in one run. Networks of the
 * ArcFace kind: 112x112 in, one vector out; sizes, order and normalisation are in the recipe.
 */
#ifndef OC_MODELS_FACE_EMBED_H
#define OC_MODELS_FACE_EMBED_H

#include "models/embed.h"

struct oc_face_embed_options {
    bool flip;      /* the mean of the face's vector and its mirror image's */
    bool normalise; /* to length 1; otherwise as the graph gives it */
};

/*
 * One row a face. A face without points is cut by its box (a square around it, a margin as documented in the .c) and scaled.
 * OC_E_INVALID when the model is for another task; OC_E_CANCELLED, OC_E_MODEL, OC_E_NOMEM. run may be NULL.
 */
enum oc_status oc_model_embed_faces(struct oc_model *m, const struct oc_image *im, const struct oc_face *faces, size_t n,
                                    const struct oc_face_embed_options *opt, struct oc_run *run, struct oc_vectors *out,
                                    struct oc_err *err) OC_MUST_CHECK;
/* The aligned crop of one face as such a model sees it, upright RGB of the network's size; owned by the caller. */
enum oc_status oc_face_align(const struct oc_image *im, const struct oc_face *face, int side, struct oc_image *out,
                             struct oc_err *err) OC_MUST_CHECK;

#endif

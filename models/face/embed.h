/*
 * Vectors of faces: a crop for each face, aligned by its five points (vision/warp.h), and all crops of a picture through the
 * network in as few runs as it takes. Networks of the ArcFace kind: a square picture in, one vector out; size, channel order and
 * normalisation are in the recipe.
 */
#ifndef OC_MODELS_FACE_EMBED_H
#define OC_MODELS_FACE_EMBED_H

#include "models/run/model.h"
#include "models/run/vectors.h"

struct oc_face_embed_options {
    bool flip;      /* the mean of the face's vector and its mirror image's */
    bool normalise; /* to length 1; otherwise as the graph gives it */
};

/*
 * The crop of one face as an embedder of that side sees it: RGB, side x side, owned by the caller. With points: the similarity
 * that takes them to ArcFace's template, scaled to the side (insightface face_align.py: sides that are a multiple of 128 and not of
 * 112 have the template of 112 in the middle of 128). Without points, or when they coincide: a square around the box, upright.
 * OC_E_NOMEM; OC_E_INVALID when the box is not finite or empty.
 */
enum oc_status oc_face_align(const struct oc_image *im, const struct oc_face *face, int side, struct oc_image *out,
                             struct oc_err *err) OC_MUST_CHECK;
/* The side of the crops that an embedder wants: its input's longer one. */
int oc_face_side(const struct oc_recipe *r);
/*
 * One row a crop, in order; crops of another size than the network's are stretched to it; of a square crop as high as
 * a narrower input the middle is cut out. Rows of a network that takes any number
 * are computed eight, four, two and one at a time, so that a model has at most four plans.
 * OC_E_INVALID when the model is for another task; OC_E_MODEL also when the network gives numbers that are not finite;
 * OC_E_CANCELLED, OC_E_NOMEM. run may be NULL.
 */
enum oc_status oc_model_embed_faces(struct oc_model *m, const struct oc_image *crops, size_t n, const struct oc_face_embed_options *opt,
                                    struct oc_run *run, struct oc_vectors *out, struct oc_err *err) OC_MUST_CHECK;

#endif

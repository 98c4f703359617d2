/*
 * What the gallery's routes share: the gallery, the subject in the path, and the faces that a request brings, as a picture or as a vector.
 * For the dialects too. Private to handlers/.
 */
#ifndef OC_HANDLERS_GALLERY_ASK_H
#define OC_HANDLERS_GALLERY_ASK_H

#include "gallery/gallery.h"
#include "handlers/faces/faces.h"

/* The server's gallery; OC_E_NOT_FOUND when it has none. */
enum oc_status oc_gallery_of(const struct oc_request *req, struct oc_gallery **out, struct oc_err *err) OC_MUST_CHECK;
/* The subject that the path names, into the arena. Statuses of oc_subject_name. */
enum oc_status oc_gallery_path_subject(const struct oc_request *req, const char **out, struct oc_err *err) OC_MUST_CHECK;

/* Who made the vectors of an embedder. dim 0: as its file says. */
enum oc_status oc_gallery_lease_model(const struct oc_lease *embedder, size_t dim, struct oc_gallery_model *out,
                                      struct oc_err *err) OC_MUST_CHECK;

/* Faces of a request. Zeroed, then read; deinitialise in any case. */
struct oc_gallery_ask {
    struct oc_inputs in;
    struct oc_face_params params;
    struct oc_face_models models;   /* embedder.model NULL: a vector alone, and no embedder is installed */
    struct oc_face_picture picture; /* picture.source NULL: a vector */
    struct oc_image_source kept;    /* the picture as bytes, when they are wanted: in place or in `own` */
    struct oc_buf own;
    const float *vector; /* in the arena */
    size_t dim;
    struct oc_gallery_model model; /* who made the vectors; known once they are there */
};

/*
 * Reads parameters, the picture or the `embedding`, and the models; looks at the picture: all faces found, none embedded yet. A vector is
 * the model's that the request names, else the default's; where no embedder is installed, the gallery's. keep: the picture's file is kept
 * in ask->kept. OC_E_NO_FACE for a picture without; OC_E_INVALID for both or neither, and for a vector of another length than the model's.
 */
enum oc_status oc_gallery_ask_read(struct oc_request *req, struct oc_gallery *g, int most_faces, bool keep, struct oc_gallery_ask *ask,
                                   struct oc_err *err) OC_MUST_CHECK;
/* Vectors of the wanted faces (NULL: all); does nothing for a vector that was sent. Then ask->model is known. */
enum oc_status oc_gallery_ask_embed(struct oc_gallery_ask *ask, const bool *wanted, struct oc_err *err) OC_MUST_CHECK;
/* The vector of a face, or the one that was sent; NULL when it has none. */
const float *oc_gallery_ask_vector(const struct oc_gallery_ask *ask, size_t face);
void oc_gallery_ask_deinit(struct oc_gallery_ask *ask);

/* "model":{"name","dim","fingerprint"}, or null. */
void oc_gallery_render_model(struct oc_json *j, const struct oc_gallery_model *m, bool known);

#endif

/* The two sides of a comparison, whichever way they came. Private to handlers/faces/. */
#ifndef OC_HANDLERS_SIDES_H
#define OC_HANDLERS_SIDES_H

#include "handlers/faces/faces.h"

/* A picture (picture.source is set), or a vector. */
struct oc_side {
    const char *field; /* the client's word for it: "image1", "embedding" */
    struct oc_face_picture picture;
    const float *vector; /* dim numbers, in the request's arena */
    size_t dim;
    bool *wanted; /* of the picture's faces, in the arena */
    size_t n;     /* how many take part; 1 for a vector */
};

/*
 * image1 or embedding1 is the first side, image2 or embedding2 the second; pictures of other names and `embedding` take the sides that
 * are left, in that order. OC_E_INVALID unless there are exactly two.
 */
enum oc_status oc_sides_read(const struct oc_inputs *in, struct oc_side sides[2], struct oc_err *err) OC_MUST_CHECK;

#endif

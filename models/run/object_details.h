/*
 * What a detector says of an object beside its box: a mask, key points, how it is turned; in the picture's pixels. Private to models/.
 */
#ifndef OC_MODELS_RUN_OBJECT_DETAILS_H
#define OC_MODELS_RUN_OBJECT_DETAILS_H

#include "models/recipe/family.h"

/* What lives from object to object of one picture. */
struct oc_object_details {
    const struct oc_head *head;   /* borrowed */
    const struct oc_fit_map *map; /* where the picture lies in the network's input; borrowed */
    bool no_masks;
    struct oc_mask_grid grid; /* its room is owned */
};

/*
 * Candidate c, whose box in the picture d->box is, gets what the family has of it. Numbers that are not finite do not leave this room:
 * such a turn is none, such a point is 0, 0 with score 0. OC_E_MODEL, OC_E_NOMEM; *d keeps what it got so far.
 */
enum oc_status oc_object_details_fill(struct oc_object_details *x, const struct oc_candidate *c, struct oc_detection *d,
                                      struct oc_err *err) OC_MUST_CHECK;
/* A box of network pixels in the picture's, cut to the picture; what is not a number becomes 0, so it is finite in any case. */
struct oc_box oc_box_in_picture(const struct oc_fit_map *map, const struct oc_box *b, int width, int height);
void oc_object_details_deinit(struct oc_object_details *x); /* an empty one is fine */
/* The options of suppression that the family's boxes want: turned ones are compared as such. The head is borrowed by them. */
void oc_object_details_overlap(const struct oc_head *head, struct oc_nms_options *nms);

#endif

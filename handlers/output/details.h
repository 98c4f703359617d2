/* What detections have beside their box, as JSON and drawn. */
#ifndef OC_HANDLERS_DETAILS_H
#define OC_HANDLERS_DETAILS_H

#include "handlers/output/json_out.h"
#include "models/recipe/recipe.h"
#include "models/recipe/result.h"
#include "vision/draw.h"

/*
 * Members of the object that is open, those that the detection has:
 *   "rotated":{"cx","cy","width","height","angle","corners":[[x,y] four times]}, the angle in radians, clockwise, 0..pi/2
 *   "keypoints":[[x,y,score],...]
 *   "mask":{"encoding":"coco_rle","size":[height,width],"counts":"...","pixels":n} over the whole picture of that size
 */
void oc_render_details(struct oc_json *j, const struct oc_detection *d, int width, int height);
/* "keypoint_names":[...] of models that have key points with names; else nothing. */
void oc_render_keypoint_names(struct oc_json *j, const struct oc_recipe *r);

/* The mask's pixels in the colour: vision/draw.h, oc_draw_bits. OC_E_NOMEM. */
enum oc_status oc_draw_detection_mask(struct oc_image *im, const struct oc_detection *d, struct oc_colour colour,
                                      const struct oc_draw_sizes *sizes, struct oc_err *err) OC_MUST_CHECK;
/* The box as it lies: upright or turned. */
void oc_draw_detection_box(struct oc_image *im, const struct oc_detection *d, struct oc_colour colour, const struct oc_draw_sizes *sizes);
/* Key points that are seen (score .5 or more), joined as the recipe's skeleton says. */
void oc_draw_detection_points(struct oc_image *im, const struct oc_detection *d, const struct oc_recipe *r,
                              const struct oc_draw_sizes *sizes);

#endif

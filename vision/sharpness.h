/* How sharp a picture is. */
#ifndef OC_VISION_SHARPNESS_H
#define OC_VISION_SHARPNESS_H

#include "vision/image.h"

/*
 * 0 (blurred, or one colour) .. 1: one less the perceptual blur of Crete et al., "The blur effect" (SPIE 2007): how much of the differences
 * between neighbours a blur by nine pixels takes away, along rows and along columns, the worse of both. It does not depend on
 * contrast. Faces of 112x112 cut from sharp photographs have .5 to .75, blurred by two pixels .25 to .35.
 */
float oc_sharpness(const struct oc_image *im);

#endif

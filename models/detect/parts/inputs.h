/* Inputs that many detectors have in common. */
#ifndef OC_MODELS_DETECT_PARTS_INPUTS_H
#define OC_MODELS_DETECT_PARTS_INPUTS_H

#include "models/recipe/family.h"

/* RGB / 255. */
void oc_input_unit(struct oc_recipe *r, enum oc_fit fit, int pad);
/* RGB / 255, less ImageNet's mean .485 .456 .406, over its deviation .229 .224 .225; padded with 0. */
void oc_input_imagenet(struct oc_recipe *r, enum oc_fit fit);
/* (pixel - mean) / deviation, in the network's channel order. */
void oc_input_scaled(struct oc_recipe *r, enum oc_fit fit, bool bgr, const float mean[3], const float deviation[3]);
/* How many names the exporter left in the file's metadata; 0: none. */
int64_t oc_facts_count_names(const struct eng_facts *f);
/* The exporter's description names RT-DETR: its rows look like an end-to-end YOLO's. */
bool oc_facts_says_rtdetr(const struct eng_facts *f);
/* metadata kpt_shape "[17, 3]"; false: there is none that can be. */
bool oc_facts_keypoints(const struct eng_facts *f, int *n, int *numbers);
/* The recipe's key points, with COCO's names and joints where there are 17. */
void oc_recipe_keypoints(struct oc_recipe *r, int n, int numbers);
/* The outputs that the roles name, and no others, are to be computed; OC_E_NOMEM. */
enum oc_status oc_recipe_only_these(const struct eng_facts *f, struct oc_recipe *r, struct oc_err *err) OC_MUST_CHECK;

#endif

/* A map of classes as an answer: JSON with run lengths or a PNG in it, the PNG itself, or the picture with the map laid over it. */
#ifndef OC_HANDLERS_SEGMENTATION_H
#define OC_HANDLERS_SEGMENTATION_H

#include "handlers/handler.h"
#include "handlers/output/json_out.h"
#include "models/segment/segment.h"

/* How the map itself is written into JSON. */
enum oc_mask_encoding { OC_MASK_COCO_RLE, OC_MASK_PNG };

/*
 * "classes":[{"class_id","label","pixels","fraction"}] of the classes that occur, the largest first, and "mask":
 * {"encoding":"coco_rle","size":[height,width],"segments":[{"class_id","size","counts"}]} or {"encoding":"png","size","data"}. The
 * writer's status is the caller's to look at; what else goes wrong is returned.
 */
enum oc_status oc_segmentation_json(struct oc_json *j, const struct oc_label_map *map, const struct oc_recipe *recipe,
                                    enum oc_mask_encoding encoding, struct oc_err *err) OC_MUST_CHECK;
/* The map as an indexed PNG; counted as postprocessing. */
enum oc_status oc_segmentation_mask(struct oc_request *req, const struct oc_label_map *map, struct oc_response *res,
                                    struct oc_err *err) OC_MUST_CHECK;
/* Colours and a legend drawn into im, which is encoded as the Accept header has it; counted as postprocessing. */
enum oc_status oc_segmentation_overlay(struct oc_request *req, struct oc_image *im, const struct oc_label_map *map,
                                       const struct oc_recipe *recipe, struct oc_response *res, struct oc_err *err) OC_MUST_CHECK;

/* One class of a map. */
struct oc_class_share {
    int class_id;
    uint64_t pixels;
};

/* The classes that occur, the largest first, the lower number first of equal ones; *out owned (oc_mem_free). OC_E_NOMEM. */
enum oc_status oc_class_shares(const struct oc_label_map *map, struct oc_class_share **out, size_t *n, struct oc_err *err) OC_MUST_CHECK;

#endif

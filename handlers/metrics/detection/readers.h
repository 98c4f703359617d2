/* The two forms that objects_in.h reads, and what they share. Private to handlers/metrics/detection/. */
#ifndef OC_HANDLERS_READERS_H
#define OC_HANDLERS_READERS_H

#include "handlers/metrics/detection/members.h"
#include "handlers/metrics/detection/numbering.h"
#include <jansson.h>
#include "handlers/handler.h"
#include "handlers/metrics/detection/objects.h"

#define OC_OBJECT_COORDINATE 1e9 /* largest coordinate and side */
#define OC_OBJECT_AREA 1e18
#define OC_OBJECT_SCORE 1e30 /* scores need not be of 0..1 */

struct oc_objects_reader {
    const struct oc_request *req;
    bool masks;
    struct oc_numbering images, classes;
    struct oc_objects_in *out;
    struct oc_err *err;
};

/* COCO's files, and lists of pictures with their detections. */
enum oc_status oc_objects_read_coco(struct oc_objects_reader *r, const json_t *truth, const json_t *prediction) OC_MUST_CHECK;
enum oc_status oc_objects_read_list(struct oc_objects_reader *r, const json_t *truth, const json_t *prediction) OC_MUST_CHECK;

/* Room for that many of each; OC_E_INVALID past LIM_METRIC_OBJECTS. */
enum oc_status oc_objects_reserve(struct oc_objects_reader *r, size_t truths, size_t found) OC_MUST_CHECK;
/* r->out's classes and pictures from the numberings; the labels are the keys' names, or to be filled in. */
enum oc_status oc_objects_number(struct oc_objects_reader *r) OC_MUST_CHECK;
/* iscrowd, and ignore or difficult. */
enum oc_status oc_object_flags(const struct oc_member_of *o, struct oc_object *out, struct oc_err *err) OC_MUST_CHECK;
/* The member `key`, {"size","counts"}, as the object's mask. */
enum oc_status oc_object_mask(struct oc_objects_reader *r, const struct oc_member_of *o, const char *key,
                              struct oc_object *out) OC_MUST_CHECK;

#endif

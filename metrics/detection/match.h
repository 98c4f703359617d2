/* COCOeval's evaluateImg: which found object is which true one, for all thresholds and areas at once. Private to metrics/. */
#ifndef OC_METRICS_MATCH_H
#define OC_METRICS_MATCH_H

#include "metrics/detection/groups.h"

/* What became of a found object; bit t of each: at threshold t. */
struct oc_match {
    double score;
    uint32_t at; /* where it was found in its class: decides between equal scores */
    int rank;    /* in its picture: the best of its class there is 0 */
    uint32_t right[OC_AREAS];
    uint32_t ignored[OC_AREAS]; /* counts neither as right nor as wrong */
};

/* A true object that a found one overlaps far enough for some threshold. */
struct oc_near {
    uint32_t truth; /* in its group */
    double iou;
};

/* Everything but the working memory is borrowed. */
struct oc_matcher {
    const struct oc_object_set *set;
    const struct oc_object_order *order;
    const struct oc_coco_terms *terms;
    uint32_t *taken;      /* owned: OC_AREAS of them a true object of a group: bit t: matched at threshold t */
    uint8_t *out;         /* owned: bit a: the true object does not count for area a */
    struct oc_near *near; /* owned */
    size_t room;          /* true objects that there is room for */
    uint32_t at;          /* found objects of the class so far */
    int class_id;         /* of the group before */
};

void oc_matcher_deinit(struct oc_matcher *m);
/* Found objects of a group that take part: at most terms->most[2]. */
size_t oc_match_room(const struct oc_matcher *m, const struct oc_object_group *g);
/* Fills oc_match_room(m, g) matches, best first, and adds the true objects that count to truths. OC_E_NOMEM, OC_E_INVALID, OC_E_CANCELLED.
 */
enum oc_status oc_match_group(struct oc_matcher *m, const struct oc_object_group *g, struct oc_match *out, size_t truths[OC_AREAS],
                              struct oc_err *err) OC_MUST_CHECK;

#endif

/* See turned.h. */
#include "models/detect/parts/turned.h"

struct oc_rotated oc_turned_box(float x, float y, float width, float height, float angle)
{
    const float pi = 3.14159265f;
    float half_turn = angle - floorf(angle / pi) * pi; /* 0..pi: a box looks the same after half a turn */
    bool swap = half_turn >= pi / 2;
    return (struct oc_rotated){x, y, swap ? height : width, swap ? width : height, swap ? half_turn - pi / 2 : half_turn};
}

void oc_turned_bounds(const struct oc_head *head, struct oc_candidates *found)
{
    for (size_t i = 0; i < found->n; i++) {
        struct oc_rotated r = {0};
        head->recipe->family->turned(head, found->items[i].index, &r);
        found->items[i].box = oc_rotated_bounds(&r);
    }
}

void oc_head_keypoints(const struct oc_head *head, const float *p, size_t step, struct oc_keypoint *out)
{
    const struct oc_decode_recipe *d = &head->recipe->decode;
    for (int i = 0; i < d->n_keypoints; i++, p += (size_t)d->keypoint_numbers * step)
        out[i] = (struct oc_keypoint){p[0], p[step], d->keypoint_numbers > 2 ? p[2 * step] : 1};
}

/* room: models */
/*
 * Every detector family's decoder on any numbers: the first byte says which form (support/forms.h), the second how its tensors are
 * filled, the third and fourth what of a shape or type is not as declared; the rest are values. What comes out must be finite, within
 * the picture, and no more than may be kept.
 */
#include <time.h>
#include "../support/forms.h"
#include "models/run/object_details.h"
#include "models/detect/families.h"
#include "models/face/families.h"
#include "models/segment/families.h"
#include "models/package/families.h"
#include "models/package/recognise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WIDTH = 200, HEIGHT = 120, SECONDS = 20 };

/* The picture lies in the network's input as a letterbox puts it. */
static struct oc_fit_map map_of(const struct oc_recipe *r)
{
    double s = (double)r->input.width / WIDTH;
    return (struct oc_fit_map){.scale_x = s, .scale_y = s, .top = 3, .inner_width = r->input.width, .inner_height = (int)(HEIGHT * s)};
}

static float value(const uint8_t *data, size_t size, size_t i, int style)
{
    static const float odd[] = {0, 1, -1, 0.5f, INFINITY, -INFINITY, NAN, 1e30f, -1e30f, 1e-30f, 300, 0.99f};
    float f;
    if (style == 0 || size < 4)
        return odd[(size ? data[i % size] : i) % OC_ARRAY_LEN(odd)];
    memcpy(&f, data + i * 4 % (size - 3), 4);
    return style == 1 ? f : (float)((int)data[i % size] - 128) * (style == 2 ? 0.01f : 1.0f);
}

static void *fill(const struct eng_tensor *t, const uint8_t *data, size_t size, int style)
{
    size_t n = (size_t)eng_shape_count(&t->shape);
    void *p = calloc(n ? n : 1, eng_dtype_size(t->dtype));
    for (size_t i = 0; p && i < n; i++) {
        if (t->dtype == ENG_DT_F32)
            ((float *)p)[i] = value(data, size, i, style);
        else if (t->dtype == ENG_DT_I64)
            ((int64_t *)p)[i] = (int8_t)(size ? data[i % size] : 0) * (style == 1 ? INT64_MAX / 200 : 1);
    }
    return p;
}

static void check(bool good)
{
    if (!good)
        abort();
}

static void check_detection(const struct oc_detection *d)
{
    check(d->box.x1 >= 0 && d->box.y1 >= 0 && d->box.x2 <= WIDTH && d->box.y2 <= HEIGHT);
    for (size_t i = 0; i < d->n_keypoints; i++)
        check(isfinite(d->keypoints[i].x) && isfinite(d->keypoints[i].y) && d->keypoints[i].score >= 0 && d->keypoints[i].score <= 1);
    if (d->is_turned)
        check(isfinite(d->turned.x) && isfinite(d->turned.width) && isfinite(d->turned.angle));
    uint64_t pixels = 0;
    for (size_t i = 0; i < d->mask.runs.n; i++)
        pixels += d->mask.runs.counts[i];
    check(!d->mask.runs.n || pixels == (uint64_t)d->mask.width * (uint64_t)d->mask.height);
}

static void describe(const struct oc_head *head, const struct oc_candidates *found)
{
    struct oc_fit_map map = map_of(head->recipe);
    struct oc_object_details details = {.head = head, .map = &map};
    for (size_t i = 0; i < found->n; i++) {
        const struct oc_candidate *c = &found->items[i];
        struct oc_detection d = {.box = oc_box_in_picture(&map, &c->box, WIDTH, HEIGHT)};
        check(c->class_id >= 0);
        if (!(d.box.x1 < d.box.x2 && d.box.y1 < d.box.y2))
            continue;
        if (oc_object_details_fill(&details, c, &d, NULL) == OC_OK)
            check_detection(&d);
        float points[5][2];
        if (head->recipe->decode.landmarks && head->recipe->family->landmarks)
            head->recipe->family->landmarks(head, c->index, points);
        oc_detection_deinit(&d);
    }
    oc_object_details_deinit(&details);
}

static void decode(const struct oc_recipe *r, struct eng_tensor *tensors, int n_tensors, float threshold)
{
    const struct eng_tensor *outputs[LIM_HEAD_OUTPUTS] = {NULL};
    struct oc_candidates found = {0};
    struct oc_head head = {
        .recipe = r, .width = r->input.width, .height = r->input.height, .outputs = outputs, .score_threshold = threshold};
    for (int i = 0; i < r->decode.n_outputs; i++) {
        check(r->decode.outputs[i] < n_tensors);
        outputs[i] = r->decode.outputs[i] < 0 ? NULL : &tensors[r->decode.outputs[i]];
    }
    if (r->family->decode(&head, &found, NULL) == OC_OK) {
        check(found.n <= 2 * LIM_CANDIDATES);
        struct oc_nms_options nms = {.iou_threshold = r->thresholds.iou, .max_out = 50};
        oc_object_details_overlap(&head, &nms);
        check(oc_nms(found.items, &found.n, &nms, NULL) == OC_OK);
        describe(&head, &found);
    }
    oc_candidates_deinit(&found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 4)
        return 0;
    static struct test_form form;
    struct eng_tensor tensors[TEST_FORM_IO];
    struct oc_recipe r;
    time_t start = time(NULL);
    test_form_read(&form, data[0] % TEST_FORMS);
    oc_recipe_init(&r);
    check(oc_recognise(&form.facts, NULL, &r, NULL) == OC_OK && r.family && !strcmp(r.family->name, form.family));
    for (int i = 0; i < form.facts.n_outputs; i++) {
        tensors[i] = (struct eng_tensor){form.out[i].dtype, form.out[i].shape, NULL};
        if (data[2] && i == data[2] % form.facts.n_outputs) {
            int axis = data[3] % 8;
            if (axis < tensors[i].shape.rank)
                tensors[i].shape.dim[axis] = data[3] / 8;
            else if (axis == 6)
                tensors[i].dtype = ENG_DT_I64;
            else if (axis == 7)
                tensors[i].shape.rank--;
        }
        tensors[i].data = fill(&tensors[i], data + 4, size - 4, data[1] % 4);
    }
    decode(&r, tensors, form.facts.n_outputs, data[1] & 4 ? 0 : r.thresholds.score);
    for (int i = 0; i < form.facts.n_outputs; i++)
        free(tensors[i].data);
    oc_recipe_deinit(&r);
    check(time(NULL) - start < SECONDS);
    return 0;
}

/* See details.h. */
#include "handlers/output/details.h"
#include "models/run/mask.h"

#define LEAST_SEEN 0.5f /* score of a key point that is drawn */

static void put_point(struct oc_json *j, float x, float y)
{
    oc_json_open(j, '[');
    oc_json_float(j, x);
    oc_json_float(j, y);
    oc_json_close(j, ']');
}

static void put_rotated(struct oc_json *j, const struct oc_rotated *r)
{
    float corners[4][2];
    oc_rotated_corners(r, corners);
    oc_json_key(j, "rotated");
    oc_json_open(j, '{');
    oc_json_put_float(j, "cx", r->x);
    oc_json_put_float(j, "cy", r->y);
    oc_json_put_float(j, "width", r->width);
    oc_json_put_float(j, "height", r->height);
    oc_json_put_float(j, "angle", r->angle);
    oc_json_key(j, "corners");
    oc_json_open(j, '[');
    for (int i = 0; i < 4; i++)
        put_point(j, corners[i][0], corners[i][1]);
    oc_json_close(j, ']');
    oc_json_close(j, '}');
}

static void put_keypoints(struct oc_json *j, const struct oc_detection *d)
{
    oc_json_key(j, "keypoints");
    oc_json_open(j, '[');
    for (size_t i = 0; i < d->n_keypoints; i++) {
        oc_json_open(j, '[');
        oc_json_float(j, d->keypoints[i].x);
        oc_json_float(j, d->keypoints[i].y);
        oc_json_float(j, d->keypoints[i].score);
        oc_json_close(j, ']');
    }
    oc_json_close(j, ']');
}

static enum oc_status put_counts(struct oc_json *j, const struct oc_mask *m, int width, int height)
{
    struct oc_rle whole;
    struct oc_buf text;
    enum oc_status st = oc_mask_whole(m, width, height, &whole, NULL);
    oc_buf_init(&text, OC_MEM_JSON, LIM_RESPONSE_BYTES);
    if (!st)
        st = oc_rle_print(whole.counts, whole.n, &text);
    oc_json_string_n(j, st || !text.data ? "" : text.data, st ? 0 : text.len);
    oc_buf_deinit(&text);
    oc_rle_deinit(&whole);
    return st;
}

static void put_mask(struct oc_json *j, const struct oc_mask *m, int width, int height)
{
    oc_json_key(j, "mask");
    oc_json_open(j, '{');
    oc_json_put_string(j, "encoding", "coco_rle");
    oc_json_key(j, "size");
    oc_json_open(j, '[');
    oc_json_int(j, height);
    oc_json_int(j, width);
    oc_json_close(j, ']');
    oc_json_key(j, "counts");
    enum oc_status st = put_counts(j, m, width, height);
    oc_json_put_int(j, "pixels", (int64_t)oc_mask_pixels(m));
    oc_json_close(j, '}');
    j->status = j->status ? j->status : st;
}

void oc_render_details(struct oc_json *j, const struct oc_detection *d, int width, int height)
{
    if (d->is_turned)
        put_rotated(j, &d->turned);
    if (d->n_keypoints)
        put_keypoints(j, d);
    if (d->mask.runs.n)
        put_mask(j, &d->mask, width, height);
}

void oc_render_keypoint_names(struct oc_json *j, const struct oc_recipe *r)
{
    if (!r->decode.n_keypoints || !r->decode.keypoint_names)
        return;
    oc_json_key(j, "keypoint_names");
    oc_json_open(j, '[');
    for (int i = 0; i < r->decode.n_keypoints; i++)
        oc_json_string(j, r->decode.keypoint_names[i]);
    oc_json_close(j, ']');
}

enum oc_status oc_draw_detection_mask(struct oc_image *im, const struct oc_detection *d, struct oc_colour colour,
                                      const struct oc_draw_sizes *sizes, struct oc_err *err)
{
    const struct oc_mask *m = &d->mask;
    size_t pixels = (size_t)m->width * (size_t)m->height;
    if (!m->runs.n || !pixels)
        return OC_OK;
    uint8_t *bits = oc_mem_alloc(OC_MEM_PIXEL, pixels);
    if (!bits)
        return oc_err_nomem(err, "a mask", pixels);
    oc_mask_bits(m, bits);
    oc_draw_bits(im, &(struct oc_bits){m->x, m->y, m->width, m->height, bits}, colour, sizes);
    oc_mem_free(bits);
    return OC_OK;
}

void oc_draw_detection_box(struct oc_image *im, const struct oc_detection *d, struct oc_colour colour, const struct oc_draw_sizes *sizes)
{
    float corners[4][2];
    if (!d->is_turned) {
        oc_draw_box(im, &d->box, colour, sizes);
        return;
    }
    oc_rotated_corners(&d->turned, corners);
    oc_draw_outline(im, corners, 4, colour, sizes);
}

void oc_draw_detection_points(struct oc_image *im, const struct oc_detection *d, const struct oc_recipe *r,
                              const struct oc_draw_sizes *sizes)
{
    const struct oc_keypoint *k = d->keypoints;
    for (int i = 0; i < r->decode.n_skeleton; i++) {
        size_t a = r->decode.skeleton[i][0], b = r->decode.skeleton[i][1];
        if (a < d->n_keypoints && b < d->n_keypoints && k[a].score >= LEAST_SEEN && k[b].score >= LEAST_SEEN)
            oc_draw_line(im, k[a].x, k[a].y, k[b].x, k[b].y, oc_draw_class_colour(d->class_id), sizes);
    }
    for (size_t i = 0; i < d->n_keypoints; i++)
        if (k[i].score >= LEAST_SEEN)
            oc_draw_dot(im, k[i].x, k[i].y, oc_draw_class_colour((int)i + 1), sizes);
}

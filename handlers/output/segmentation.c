/* Maps rendered; see segmentation.h. */
#include "handlers/output/segmentation.h"
#include <stdlib.h>
#include "base/clock.h"
#include "handlers/output/picture.h"
#include "metrics/rle.h"
#include "vision/ids.h"

static int by_size(const void *a, const void *b)
{
    const struct oc_class_share *x = a, *y = b;
    if (x->pixels != y->pixels)
        return x->pixels < y->pixels ? 1 : -1;
    return x->class_id - y->class_id;
}

static size_t count_pixels(const struct oc_label_map *map)
{
    return (size_t)map->width * (size_t)map->height;
}

enum oc_status oc_class_shares(const struct oc_label_map *map, struct oc_class_share **out, size_t *n, struct oc_err *err)
{
    size_t pixels = count_pixels(map);
    struct oc_class_share *shares = oc_mem_array(OC_MEM_OTHER, (size_t)map->n_classes, sizeof *shares);
    *out = shares;
    *n = 0;
    if (!shares)
        return oc_err_nomem(err, "classes", (size_t)map->n_classes * sizeof *shares);
    for (size_t i = 0; i < pixels; i++)
        shares[map->ids[i]].pixels++;
    for (int k = 0; k < map->n_classes; k++)
        if (shares[k].pixels)
            shares[(*n)++] = (struct oc_class_share){k, shares[k].pixels};
    qsort(shares, *n, sizeof *shares, by_size);
    return OC_OK;
}

static void put_shares(struct oc_json *j, const struct oc_label_map *map, const struct oc_recipe *r, const struct oc_class_share *shares,
                       size_t n)
{
    oc_json_key(j, "classes");
    oc_json_open(j, '[');
    for (size_t i = 0; i < n; i++) {
        oc_json_open(j, '{');
        oc_json_put_int(j, "class_id", shares[i].class_id);
        oc_json_put_string(j, "label", oc_recipe_map_label(r, shares[i].class_id));
        oc_json_put_int(j, "pixels", (int64_t)shares[i].pixels);
        oc_json_key(j, "fraction");
        oc_json_fixed(j, (double)shares[i].pixels / (double)count_pixels(map), 9);
        oc_json_close(j, '}');
    }
    oc_json_close(j, ']');
}

static void put_size(struct oc_json *j, const struct oc_label_map *map)
{
    oc_json_key(j, "size");
    oc_json_open(j, '[');
    oc_json_int(j, map->height);
    oc_json_int(j, map->width);
    oc_json_close(j, ']');
}

static enum oc_status put_runs(struct oc_json *j, const struct oc_label_map *map, struct oc_err *err)
{
    struct oc_rle_class *classes = oc_mem_array(OC_MEM_OTHER, (size_t)map->n_classes, sizeof *classes);
    if (!classes)
        return oc_err_nomem(err, "classes", (size_t)map->n_classes * sizeof *classes);
    enum oc_status st = oc_rle_encode_map(map->ids, map->width, map->height, map->n_classes, LIM_RESPONSE_BYTES, classes, err);
    oc_json_key(j, "segments");
    oc_json_open(j, '[');
    for (int k = 0; !st && k < map->n_classes; k++) {
        if (!classes[k].n)
            continue;
        oc_json_open(j, '{');
        oc_json_put_int(j, "class_id", k);
        put_size(j, map); /* again, so that each is what pycocotools takes */
        oc_json_key(j, "counts");
        oc_json_string_n(j, classes[k].text.data, classes[k].text.len);
        oc_json_close(j, '}');
    }
    oc_json_close(j, ']');
    for (int k = 0; k < map->n_classes; k++)
        oc_buf_deinit(&classes[k].text);
    oc_mem_free(classes);
    return st;
}

static enum oc_status put_png(struct oc_json *j, const struct oc_label_map *map, struct oc_err *err)
{
    struct oc_buf png;
    oc_buf_init(&png, OC_MEM_JSON, LIM_RESPONSE_BYTES);
    enum oc_status st = oc_encode_png_ids(map->ids, map->width, map->height, map->n_classes, NULL, &png, err);
    if (!st) {
        oc_json_key(j, "data");
        oc_json_base64(j, png.data, png.len);
    }
    oc_buf_deinit(&png);
    return st;
}

enum oc_status oc_segmentation_json(struct oc_json *j, const struct oc_label_map *map, const struct oc_recipe *recipe,
                                    enum oc_mask_encoding encoding, struct oc_err *err)
{
    struct oc_class_share *shares;
    size_t n;
    enum oc_status st = oc_class_shares(map, &shares, &n, err);
    if (st)
        return st;
    put_shares(j, map, recipe, shares, n);
    oc_mem_free(shares);
    oc_json_key(j, "mask");
    oc_json_open(j, '{');
    oc_json_put_string(j, "encoding", encoding == OC_MASK_PNG ? "png" : "coco_rle");
    put_size(j, map);
    st = encoding == OC_MASK_PNG ? put_png(j, map, err) : put_runs(j, map, err);
    oc_json_close(j, '}');
    return st;
}

enum oc_status oc_segmentation_mask(struct oc_request *req, const struct oc_label_map *map, struct oc_response *res, struct oc_err *err)
{
    int64_t start = oc_now_ns();
    struct oc_encode_stop stop = {.cancelled = req->cancelled, .arg = req->cancel_arg};
    res->content_type = "image/png";
    enum oc_status st = oc_encode_png_ids(map->ids, map->width, map->height, map->n_classes, &stop, &res->body, err);
    req->timing.postprocess_ns += oc_now_ns() - start;
    return st;
}

/* The colours of boxes: a label has one colour in both. */
static struct oc_map_paint paint_of(const struct oc_recipe *r, int class_id)
{
    const char *label = oc_recipe_map_label(r, class_id);
    return (struct oc_map_paint){.colour = oc_draw_class_colour(class_id - (r->map.background ? 1 : 0)),
                                 .hidden = class_id == 0 && label && !strcmp(label, "background")};
}

/* What is drawn of the classes that occur; all in the request's arena. */
static enum oc_status draw_map(struct oc_request *req, struct oc_image *im, const struct oc_label_map *map, const struct oc_recipe *r,
                               const struct oc_class_share *shares, size_t n, struct oc_err *err)
{
    enum { TEXT = LIM_LABEL_BYTES + 16 };
    struct oc_map_paint *paints = oc_arena_array(req->arena, (size_t)map->n_classes, sizeof *paints);
    struct oc_legend_line *lines = oc_arena_array(req->arena, n, sizeof *lines);
    char *texts = oc_arena_array(req->arena, n, TEXT);
    size_t n_lines = 0;
    if (!paints || !lines || !texts)
        return oc_err_nomem(err, "a legend", n * (TEXT + sizeof *lines));
    for (size_t i = 0; i < n; i++) {
        int k = shares[i].class_id;
        const char *label = oc_recipe_map_label(r, k);
        char *text = texts + i * TEXT;
        paints[k] = paint_of(r, k);
        if (paints[k].hidden)
            continue;
        double percent = 100.0 * (double)shares[i].pixels / (double)count_pixels(map);
        if (label)
            snprintf(text, TEXT, "%.*s %.1f%%", LIM_LABEL_BYTES, label, percent);
        else
            snprintf(text, TEXT, "#%d %.1f%%", k, percent);
        lines[n_lines++] = (struct oc_legend_line){text, paints[k].colour};
    }
    struct oc_draw_sizes sizes = oc_draw_sizes_for(im->width, im->height);
    oc_draw_ids(im, map->ids, paints, &sizes);
    oc_draw_legend(im, lines, n_lines, &sizes);
    return OC_OK;
}

enum oc_status oc_segmentation_overlay(struct oc_request *req, struct oc_image *im, const struct oc_label_map *map,
                                       const struct oc_recipe *recipe, struct oc_response *res, struct oc_err *err)
{
    int64_t start = oc_now_ns();
    struct oc_class_share *shares;
    size_t n;
    enum oc_status st = oc_class_shares(map, &shares, &n, err);
    if (!st)
        st = draw_map(req, im, map, recipe, shares, n, err);
    oc_mem_free(shares);
    if (!st)
        st = oc_picture_encode(req, im, res, err);
    req->timing.postprocess_ns += oc_now_ns() - start;
    return st;
}

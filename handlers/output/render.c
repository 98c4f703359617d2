/* Native structs as JSON; see render.h. */
#include "handlers/output/render.h"
#include "handlers/output/details.h"
#include "models/recipe/family.h"

void oc_render_box(struct oc_json *j, const struct oc_box *b)
{
    oc_json_open(j, '{');
    oc_json_put_float(j, "x1", b->x1);
    oc_json_put_float(j, "y1", b->y1);
    oc_json_put_float(j, "x2", b->x2);
    oc_json_put_float(j, "y2", b->y2);
    oc_json_close(j, '}');
}

void oc_render_image(struct oc_json *j, const struct oc_image *im, const struct oc_image_info *info)
{
    oc_json_key(j, "image");
    oc_json_open(j, '{');
    oc_json_put_int(j, "width", im->width);
    oc_json_put_int(j, "height", im->height);
    oc_json_put_int(j, "orientation", info->orientation);
    oc_json_close(j, '}');
}

/* How many parts of the picture were looked at; nothing when it was the whole alone. */
static void put_windows(struct oc_json *j, int windows)
{
    if (windows)
        oc_json_put_int(j, "tiles", windows);
}

void oc_render_detections(struct oc_json *j, const struct oc_detections *d, const struct oc_image *im, const struct oc_recipe *r)
{
    oc_render_keypoint_names(j, r);
    oc_json_key(j, "detections");
    oc_json_open(j, '[');
    for (size_t i = 0; i < d->n; i++) {
        oc_json_open(j, '{');
        oc_json_put_string(j, "label", d->items[i].label);
        oc_json_put_int(j, "class_id", d->items[i].class_id);
        oc_json_put_float(j, "score", d->items[i].score);
        oc_json_key(j, "box");
        oc_render_box(j, &d->items[i].box);
        oc_render_details(j, &d->items[i], im->width, im->height);
        oc_json_close(j, '}');
    }
    oc_json_close(j, ']');
    put_windows(j, d->windows);
}

void oc_render_landmarks(struct oc_json *j, const struct oc_face *f)
{
    static const char *const names[OC_LANDMARKS] = {"left_eye", "right_eye", "nose", "mouth_left", "mouth_right"};
    oc_json_key(j, "landmarks");
    if (!f->has_landmarks) {
        oc_json_null(j);
        return;
    }
    oc_json_open(j, '{');
    for (int i = 0; i < OC_LANDMARKS; i++) {
        oc_json_key(j, names[i]);
        oc_json_open(j, '[');
        oc_json_float(j, f->landmarks[i][0]);
        oc_json_float(j, f->landmarks[i][1]);
        oc_json_close(j, ']');
    }
    oc_json_close(j, '}');
}

void oc_render_face(struct oc_json *j, const struct oc_face *f)
{
    oc_json_key(j, "box");
    oc_render_box(j, &f->box);
    oc_json_put_float(j, "score", f->score);
    oc_render_landmarks(j, f);
}

void oc_render_faces(struct oc_json *j, const struct oc_faces *f)
{
    oc_json_key(j, "faces");
    oc_json_open(j, '[');
    for (size_t i = 0; i < f->n; i++) {
        oc_json_open(j, '{');
        oc_render_face(j, &f->items[i]);
        oc_json_close(j, '}');
    }
    oc_json_close(j, ']');
    put_windows(j, f->windows);
}

static void put_ms(struct oc_json *j, const char *name, int64_t ns)
{
    oc_json_key(j, name);
    oc_json_fixed(j, (double)ns / 1e6, 3);
}

void oc_render_timing(struct oc_json *j, const struct oc_timing *t)
{
    oc_json_key(j, "timing_ms");
    oc_json_open(j, '{');
    put_ms(j, "queue", t->queue_ns);
    put_ms(j, "decode", t->decode_ns);
    put_ms(j, "preprocess", t->preprocess_ns);
    put_ms(j, "inference", t->inference_ns);
    put_ms(j, "postprocess", t->postprocess_ns);
    oc_json_close(j, '}');
}

static void put_triple(struct oc_json *j, const char *name, const float v[3])
{
    oc_json_key(j, name);
    oc_json_open(j, '[');
    for (int i = 0; i < 3; i++)
        oc_json_float(j, v[i]);
    oc_json_close(j, ']');
}

/* In the words of model.json, so that it can be copied into one. */
static void put_input(struct oc_json *j, const struct oc_recipe *r)
{
    const struct oc_input_recipe *in = &r->input;
    oc_json_key(j, "input");
    oc_json_open(j, '{');
    oc_json_put_int(j, "width", in->width);
    oc_json_put_int(j, "height", in->height);
    if (!r->embed.image_output) { /* theirs is in "embed" */
        oc_json_put_string(j, "fit", oc_fit_name(in->fit));
        oc_json_put_string(j, "resample", oc_resample_name(in->resample));
        oc_json_put_int(j, "pad", in->pad);
    }
    oc_json_put_string(j, "channels", in->pixels.bgr ? "bgr" : "rgb");
    oc_json_put_string(j, "layout", in->pixels.channels_last ? "nhwc" : "nchw");
    put_triple(j, "mean", in->pixels.mean);
    put_triple(j, "scale", in->pixels.scale);
    oc_json_close(j, '}');
}

static void put_strides(struct oc_json *j, const struct oc_decode_recipe *d)
{
    oc_json_key(j, "strides");
    oc_json_open(j, '[');
    for (int i = 0; i < d->n_strides; i++)
        oc_json_int(j, d->strides[i]);
    oc_json_close(j, ']');
}

static void put_anchors(struct oc_json *j, const struct oc_decode_recipe *d)
{
    oc_json_key(j, "anchor_boxes");
    oc_json_open(j, '[');
    for (int i = 0; i < d->n_strides; i++) {
        oc_json_open(j, '[');
        for (int k = 0; k < d->anchors; k++) {
            oc_json_open(j, '[');
            oc_json_float(j, d->anchor_sizes[i][k][0]);
            oc_json_float(j, d->anchor_sizes[i][k][1]);
            oc_json_close(j, ']');
        }
        oc_json_close(j, ']');
    }
    oc_json_close(j, ']');
}

/* In the words of model.json; what a head has not, or has as most have it, is left out. */
static void put_decode(struct oc_json *j, const struct oc_decode_recipe *d)
{
    static const char *const boxes[] = {"cxcywh", "xyxy", "yxyx"}, *const scores[] = {"probability", "logit", "softmax"};
    oc_json_key(j, "decode");
    oc_json_open(j, '{');
    if (d->n_strides)
        put_strides(j, d);
    if (d->n_strides)
        oc_json_put_float(j, "cell_offset", d->cell_offset);
    oc_json_put_bool(j, "boxes_decoded", d->boxes_decoded);
    if (d->anchors)
        oc_json_put_int(j, "anchors", d->anchors);
    if (d->anchors && d->anchor_sizes[0][0][0] > 0)
        put_anchors(j, d);
    if (d->bins)
        oc_json_put_int(j, "bins", d->bins);
    if (d->boxes)
        oc_json_put_string(j, "boxes", boxes[d->boxes]);
    if (d->normalised)
        oc_json_put_string(j, "coordinates", "shares");
    if (d->scores)
        oc_json_put_string(j, "scores", scores[d->scores]);
    if (d->every_class)
        oc_json_put_bool(j, "every_class", true);
    if (d->coco91)
        oc_json_put_string(j, "class_ids", "coco91");
    if (d->class_offset)
        oc_json_put_int(j, "class_offset", d->class_offset);
    if (d->masks || d->n_keypoints || d->turned)
        oc_json_put_string(j, "kind", d->masks ? "segment" : d->turned ? "obb" : "pose");
    if (d->n_keypoints) {
        oc_json_key(j, "keypoints");
        oc_json_open(j, '{');
        oc_json_put_int(j, "count", d->n_keypoints);
        oc_json_put_int(j, "numbers", d->keypoint_numbers);
        oc_json_close(j, '}');
    }
    oc_json_close(j, '}');
}

/* As model.json has it. */
static void put_tiling(struct oc_json *j, const struct oc_tiling *t)
{
    char size[32];
    snprintf(size, sizeof size, "%dx%d", t->width, t->height);
    oc_json_key(j, "tiling");
    oc_json_open(j, '{');
    oc_json_put_string(j, "tile", t->mode == OC_TILE_AUTO ? "auto" : t->mode == OC_TILE_FIXED ? size : "none");
    oc_json_put_float(j, "overlap", t->has_overlap ? t->overlap : OC_TILE_OVERLAP);
    oc_json_put_bool(j, "whole", !t->no_whole);
    oc_json_key(j, "scales");
    oc_json_floats(j, t->scales, (size_t)t->n_scales);
    oc_json_put_string(j, "merge", oc_merge_words[t->merge]);
    oc_json_close(j, '}');
}

static void put_map(struct oc_json *j, const struct oc_recipe *r)
{
    oc_json_key(j, "map");
    oc_json_open(j, '{');
    oc_json_put_string(j, "kind", oc_map_kind_name(r->map.kind));
    oc_json_put_string(j, "layout", r->map.channels_last ? "nhwc" : "nchw");
    oc_json_put_bool(j, "background", r->map.background);
    oc_json_put_int(j, "classes", oc_recipe_map_classes(r));
    oc_json_close(j, '}');
}

/* How pictures and texts become vectors, and cosines become probabilities; in the words of model.json. */
static void put_embed(struct oc_json *j, const struct oc_embed_recipe *e)
{
    oc_json_key(j, "embed");
    oc_json_open(j, '{');
    if (!e->match_output) {
        oc_json_put_string(j, "scoring", oc_embed_scoring_words[e->scoring]);
        oc_json_put_float(j, "logit_scale", (float)e->logit_scale);
        oc_json_put_float(j, "logit_bias", (float)e->logit_bias);
    }
    if (e->template)
        oc_json_put_string(j, "template", e->template);
    if (e->image_output || e->match_output) {
        oc_json_put_string(j, "resize", oc_embed_resize_words[e->resize]);
        oc_json_put_string(j, "rounding", oc_embed_rounding_words[e->rounding]);
        oc_json_put_string(j, "interpolation", oc_filter_words[e->filter]);
        if (e->short_side)
            oc_json_put_int(j, "short_side", e->short_side);
        put_triple(j, "fill", (float[]){e->fill[0], e->fill[1], e->fill[2]});
        if (e->image_output)
            oc_json_put_string(j, "image_pooling", oc_embed_pooling_words[e->image_pooling]);
    }
    if (e->text_output || e->match_output) {
        oc_json_put_int(j, "context_length", e->context_length);
        if (e->pad_id >= 0)
            oc_json_put_int(j, "pad_id", e->pad_id);
        if (e->end_id >= 0)
            oc_json_put_int(j, "end_id", e->end_id);
        oc_json_put_string(j, "clean", oc_text_clean_words[e->clean]);
        if (e->text_output)
            oc_json_put_string(j, "text_pooling", oc_embed_pooling_words[e->text_pooling]);
    }
    oc_json_close(j, '}');
}

static void put_recipe(struct oc_json *j, const struct oc_recipe *r)
{
    oc_json_key(j, "recipe");
    if (!r || !r->family) {
        oc_json_null(j);
        return;
    }
    oc_json_open(j, '{');
    bool vectors = r->embed.image_output || r->embed.text_output;
    if (!vectors || r->embed.image_output)
        put_input(j, r);
    if (vectors || r->embed.match_output)
        put_embed(j, &r->embed);
    if (vectors) {
        oc_json_put_string(j, "logits_from", r->embed.logits_from);
        oc_json_put_int(j, "dim", r->embed.dim);
    }
    if (r->family->decode)
        put_decode(j, &r->decode);
    if (oc_tiling_is_on(&r->tiling))
        put_tiling(j, &r->tiling);
    if (r->map.kind != OC_MAP_NONE)
        put_map(j, r);
    oc_json_key(j, "thresholds");
    oc_json_open(j, '{');
    if (r->thresholds.similarity_from) {
        oc_json_key(j, "similarity");
        oc_json_fixed(j, (double)r->thresholds.similarity, 6);
    } else {
        oc_json_put_float(j, "score", r->thresholds.score);
        oc_json_put_float(j, "iou", r->thresholds.iou);
        oc_json_put_int(j, "max_detections", r->thresholds.max_detections);
    }
    oc_json_close(j, '}');
    if (r->thresholds.similarity_from) {
        oc_json_put_string(j, "threshold_source", r->thresholds.similarity_from);
        oc_json_put_string(j, "threshold_reason", r->thresholds.similarity_why);
        oc_json_put_int(j, "dim", r->decode.dim);
    }
    oc_json_put_int(j, "classes", r->decode.n_classes);
    oc_json_put_string(j, "labels_from", r->labels_from);
    oc_json_close(j, '}');
}

static void put_labels(struct oc_json *j, const struct oc_labels *l)
{
    oc_json_key(j, "labels");
    oc_json_open(j, '[');
    for (size_t i = 0; i < l->n; i++)
        oc_json_string(j, l->names[i]);
    oc_json_close(j, ']');
}

/* Bits of tasks. */
static unsigned tasks_of(const struct oc_recipe *r)
{
    unsigned bits = 0;
    for (int task = 0; r && task < OC_TASK_COUNT; task++)
        bits |= oc_recipe_can(r, (enum oc_task)task) ? 1u << task : 0;
    return bits;
}

static void put_tasks(struct oc_json *j, unsigned bits)
{
    oc_json_key(j, "tasks");
    oc_json_open(j, '[');
    for (int task = 0; task < OC_TASK_COUNT; task++)
        if (bits & 1u << task)
            oc_json_string(j, oc_task_name((enum oc_task)task));
    oc_json_close(j, ']');
}

/* What a model and a package say alike. */
static void put_members(struct oc_json *j, const struct oc_model_info *m, size_t name_len, unsigned tasks)
{
    const struct oc_recipe *r = m->recipe;
    oc_json_key(j, "id");
    oc_json_string_n(j, m->name, name_len);
    oc_json_put_string(j, "object", "model");
    oc_json_put_int(j, "created", m->modified_s);
    oc_json_put_string(j, "owned_by", "ocelli");
    oc_json_put_string(j, "task", r ? oc_task_name(r->task) : NULL);
    put_tasks(j, tasks);
    oc_json_put_string(j, "family", r && r->family ? r->family->name : NULL);
    oc_json_put_bool(j, "default", m->is_default);
    oc_json_put_string(j, "state", oc_model_state_name(m->state));
    oc_json_put_string(j, "error", *m->error ? m->error : NULL);
    oc_json_put_string(j, "part", *m->part ? m->part : NULL);
    oc_json_put_string(j, "layout", oc_layout_name(m->layout));
    oc_json_put_int(j, "file_bytes", (int64_t)m->file_bytes);
    oc_json_put_int(j, "memory_bytes", (int64_t)m->memory_bytes);
    oc_json_put_string(j, "precision", *m->precision ? m->precision : NULL);
    oc_json_put_string(j, "backend", *m->backend ? m->backend : NULL);
    oc_json_put_int(j, "in_use", m->in_use);
    oc_json_put_int(j, "uses", (int64_t)m->uses);
    oc_json_put_bool(j, "starter", r && r->starter);
    oc_json_put_string(j, "licence", r && *r->licence ? r->licence : NULL);
    oc_json_put_string(j, "source", r && *r->source ? r->source : NULL);
    oc_json_put_string(j, "description", r && *r->description ? r->description : NULL);
}

/* Adds a part to the sum: bytes and uses add up, the state is the one that is furthest from ready. */
static void add_part(struct oc_model_info *sum, const struct oc_model_info *part)
{
    sum->file_bytes += part->file_bytes;
    sum->memory_bytes += part->memory_bytes;
    sum->in_use += part->in_use;
    sum->uses += part->uses;
    sum->is_default |= part->is_default;
    sum->modified_s = part->modified_s > sum->modified_s ? part->modified_s : sum->modified_s;
    if (part->state == OC_MODEL_FAILED || (sum->state != OC_MODEL_FAILED && part->state < sum->state)) {
        sum->error = part->state == OC_MODEL_FAILED && !*sum->error ? part->error : sum->error;
        sum->state = part->state;
    }
    if (!*sum->backend) {
        sum->backend = part->backend;
        sum->precision = part->precision;
    }
    if (!sum->recipe)
        sum->recipe = part->recipe;
}

void oc_render_package(struct oc_json *j, const struct oc_model_info *parts, size_t n, size_t name_len, bool labels)
{
    struct oc_model_info sum = parts[0];
    unsigned tasks = tasks_of(parts[0].recipe);
    for (size_t i = 1; i < n; i++) {
        add_part(&sum, &parts[i]);
        tasks |= tasks_of(parts[i].recipe);
    }
    sum.part = "";
    oc_json_open(j, '{');
    put_members(j, &sum, name_len, tasks);
    oc_json_put_string(j, "because", sum.recipe ? sum.recipe->because : NULL);
    put_recipe(j, sum.recipe);
    oc_json_key(j, "parts");
    oc_json_open(j, '[');
    for (size_t i = 0; i < n; i++)
        oc_render_model(j, &parts[i], labels);
    oc_json_close(j, ']');
    oc_json_close(j, '}');
}

void oc_render_model(struct oc_json *j, const struct oc_model_info *m, bool labels)
{
    const struct oc_recipe *r = m->recipe;
    oc_json_open(j, '{');
    put_members(j, m, strlen(m->name), tasks_of(r));
    oc_json_put_string(j, "because", r ? r->because : NULL);
    put_recipe(j, r);
    if (labels && r)
        put_labels(j, &r->labels);
    oc_json_close(j, '}');
}

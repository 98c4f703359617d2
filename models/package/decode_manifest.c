/* See decode_manifest.h. */
#include "models/package/decode_manifest.h"
#include <math.h>

/* --- reading --- */

static enum oc_status bad_item(const struct oc_fields *o, const char *key, size_t i, const char *what)
{
    return oc_err_set(o->err, OC_E_INVALID, "%s/%s/%zu: %s", o->path, key, i, what);
}

static enum oc_status read_strides(const struct oc_fields *o, struct oc_manifest_decode *d)
{
    json_t *v = json_object_get(o->json, "strides");
    if (!v)
        return OC_OK;
    if (!json_is_array(v) || json_array_size(v) < 1 || json_array_size(v) > LIM_STRIDES)
        return oc_fields_bad(o, "strides", "must be a list of 1..8 numbers");
    for (size_t i = 0; i < json_array_size(v); i++) {
        json_t *n = json_array_get(v, i);
        if (!json_is_integer(n) || json_integer_value(n) < 1 || json_integer_value(n) > 1024)
            return bad_item(o, "strides", i, "must be a whole number of 1..1024");
        d->strides[i] = (int)json_integer_value(n);
    }
    d->n_strides = (int)json_array_size(v);
    return OC_OK;
}

/* Numbers of 0 (not included) to 1e6 from a list; false: it is none, or of another length. */
static bool take_numbers(json_t *list, size_t least, size_t most, float *out)
{
    if (!json_is_array(list) || json_array_size(list) < least || json_array_size(list) > most)
        return false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        json_t *n = json_array_get(list, i);
        if (!json_is_number(n) || !(json_number_value(n) > 0) || json_number_value(n) > 1e6)
            return false;
        out[i] = (float)json_number_value(n);
    }
    return true;
}

static enum oc_status read_anchor_boxes(const struct oc_fields *o, struct oc_manifest_decode *d)
{
    json_t *v = json_object_get(o->json, "anchor_boxes");
    if (!v)
        return OC_OK;
    if (!json_is_array(v) || json_array_size(v) < 1 || json_array_size(v) > LIM_STRIDES)
        return oc_fields_bad(o, "anchor_boxes", "must be a list of 1..8 levels");
    for (size_t i = 0; i < json_array_size(v); i++) {
        json_t *level = json_array_get(v, i);
        size_t n = json_array_size(level); /* 0 of what is no list */
        if (n < 1 || n > OC_MOST_ANCHORS || (i && n != (size_t)d->n_sizes))
            return bad_item(o, "anchor_boxes", i, "must be a list of 1..9 sizes, as many in each level");
        d->n_sizes = (int)n;
        for (size_t k = 0; k < n; k++)
            if (!take_numbers(json_array_get(level, k), 2, 2, d->anchor_sizes[i][k]))
                return bad_item(o, "anchor_boxes", i, "each must be [width, height] in network pixels, above 0");
    }
    d->n_levels = (int)json_array_size(v);
    return OC_OK;
}

static enum oc_status read_names(const struct oc_fields *o, struct oc_arena *arena, struct oc_manifest_decode *d)
{
    json_t *v = json_object_get(o->json, "names");
    if (!v)
        return OC_OK;
    size_t n = json_array_size(v);
    if (!json_is_array(v) || n < 1 || n > OC_MOST_KEYPOINTS)
        return oc_fields_bad(o, "names", "must be 1..256 names");
    const char **names = oc_arena_array(arena, n, sizeof *names);
    if (!names)
        return oc_err_nomem(o->err, "key points", n * sizeof *names);
    for (size_t i = 0; i < n; i++) {
        json_t *s = json_array_get(v, i);
        if (!json_is_string(s) || !json_string_length(s) || json_string_length(s) > LIM_LABEL_BYTES)
            return bad_item(o, "names", i, "must be a string of 1..256 bytes");
        if (!(names[i] = oc_arena_strndup(arena, json_string_value(s), json_string_length(s))))
            return oc_err_nomem(o->err, "key points", json_string_length(s));
    }
    d->keypoint_names = names;
    d->n_names = n;
    return OC_OK;
}

static enum oc_status read_skeleton(const struct oc_fields *o, struct oc_arena *arena, struct oc_manifest_decode *d)
{
    json_t *v = json_object_get(o->json, "skeleton");
    if (!v)
        return OC_OK;
    size_t n = json_array_size(v);
    if (!json_is_array(v) || n > OC_MOST_KEYPOINTS)
        return oc_fields_bad(o, "skeleton", "must be a list of at most 256 pairs");
    uint8_t(*joints)[2] = oc_arena_array(arena, n ? n : 1, sizeof *joints);
    if (!joints)
        return oc_err_nomem(o->err, "key points", n * sizeof *joints);
    for (size_t i = 0; i < n; i++) {
        json_t *pair = json_array_get(v, i);
        for (size_t k = 0; k < 2; k++) {
            json_t *at = json_array_get(pair, k);
            if (json_array_size(pair) != 2 || !json_is_integer(at) || json_integer_value(at) < 0 ||
                json_integer_value(at) >= OC_MOST_KEYPOINTS)
                return bad_item(o, "skeleton", i, "must be a pair of numbers of key points, from 0 on");
            joints[i][k] = (uint8_t)json_integer_value(at);
        }
    }
    d->skeleton = (const uint8_t(*)[2])joints;
    d->n_skeleton = (int)n;
    return OC_OK;
}

static enum oc_status read_keypoints(const struct oc_fields *top, struct oc_arena *arena, struct oc_manifest_decode *d)
{
    static const char *const known[] = {"count", "numbers", "names", "skeleton", NULL};
    bool has_count, has_numbers;
    struct oc_fields o;
    enum oc_status st = oc_fields_object(top, "keypoints", "/decode/keypoints", &o);
    if (st || !o.json)
        return st;
    (void)((st = oc_fields_only(&o, known)) || (st = oc_fields_int(&o, "count", 1, OC_MOST_KEYPOINTS, &has_count, &d->n_keypoints)) ||
           (st = oc_fields_int(&o, "numbers", 2, 3, &has_numbers, &d->keypoint_numbers)) || (st = read_names(&o, arena, d)) ||
           (st = read_skeleton(&o, arena, d)));
    if (!st && has_count && !has_numbers)
        d->keypoint_numbers = 3;
    return st;
}

static enum oc_status read_ratios(const struct oc_fields *o, struct oc_prior_recipe *p)
{
    json_t *v = json_object_get(o->json, "ratios");
    if (json_array_size(v) != (size_t)p->n_levels)
        return oc_fields_bad(o, "ratios", "must be a list for each level");
    for (size_t i = 0; i < json_array_size(v); i++) {
        json_t *level = json_array_get(v, i);
        if (!take_numbers(level, 0, OC_MOST_RATIOS, p->ratio[i]))
            return bad_item(o, "ratios", i, "must be a list of at most 4 numbers above 0");
        p->n_ratios[i] = (int)json_array_size(level);
    }
    return OC_OK;
}

static enum oc_status read_priors(const struct oc_fields *top, struct oc_manifest_decode *d)
{
    static const char *const known[] = {"steps", "sizes", "ratios", "variances", NULL};
    struct oc_prior_recipe *p = &d->priors;
    struct oc_fields o;
    enum oc_status st = oc_fields_object(top, "priors", "/decode/priors", &o);
    if (st || !o.json)
        return st;
    if ((st = oc_fields_only(&o, known)))
        return st;
    json_t *steps = json_object_get(o.json, "steps"), *sizes = json_object_get(o.json, "sizes");
    json_t *variances = json_object_get(o.json, "variances");
    if (!take_numbers(steps, 1, LIM_STRIDES, p->step))
        return oc_fields_bad(&o, "steps", "must be 1..8 numbers above 0, network pixels from cell to cell");
    p->n_levels = (int)json_array_size(steps);
    if (!take_numbers(sizes, json_array_size(steps) + 1, json_array_size(steps) + 1, p->size))
        return oc_fields_bad(&o, "sizes", "must be a number above 0 for each level and one more");
    p->variance[0] = 0.1f;
    p->variance[1] = 0.2f;
    if (variances && !take_numbers(variances, 2, 2, p->variance))
        return oc_fields_bad(&o, "variances", "must be two numbers above 0: of centres, of sizes");
    d->has_priors = true;
    return read_ratios(&o, p);
}

enum oc_status oc_decode_manifest_read(const struct oc_fields *top, struct oc_arena *arena, struct oc_manifest_decode *d)
{
    static const char *const known[] = {"kind",   "strides",     "cell_offset", "boxes_decoded", "anchors",   "anchor_boxes", "map",
                                        "boxes",  "coordinates", "scores",      "background",    "class_ids", "class_offset", "every_class",
                                        "layout", "bins",        "keypoints",   "priors",        NULL};
    static const char *const maps[] = {"probability", "logit", NULL}, *const kinds[] = {"detect", "segment", "pose", "obb", NULL},
                             *const boxes[] = {"cxcywh", "xyxy", "yxyx", NULL}, *const coordinates[] = {"pixels", "shares", NULL},
                             *const scores[] = {"probability", "logit", "softmax", NULL},
                             *const backgrounds[] = {"none", "first", "last", NULL}, *const ids[] = {"plain", "coco91", NULL},
                             *const layouts[] = {"channels_first", "channels_last", NULL};
    struct oc_fields o;
    enum oc_status st = oc_fields_object(top, "decode", "/decode", &o);
    if (st || !o.json)
        return st;
    (void)((st = oc_fields_only(&o, known)) || (st = oc_fields_word(&o, "kind", kinds, &d->has_kind, &d->kind)) ||
           (st = read_strides(&o, d)) || (st = oc_fields_float(&o, "cell_offset", 0, 1, &d->has_cell_offset, &d->cell_offset)) ||
           (st = oc_fields_bool(&o, "boxes_decoded", &d->has_boxes_decoded, &d->boxes_decoded)) ||
           (st = oc_fields_int(&o, "anchors", 1, 8, &d->has_anchors, &d->anchors)) || (st = read_anchor_boxes(&o, d)) ||
           (st = oc_fields_word(&o, "map", maps, &d->has_map, &d->map)) ||
           (st = oc_fields_word(&o, "boxes", boxes, &d->has_boxes, &d->boxes)) ||
           (st = oc_fields_word(&o, "coordinates", coordinates, &d->has_coordinates, &d->coordinates)) ||
           (st = oc_fields_word(&o, "scores", scores, &d->has_scores, &d->scores)) ||
           (st = oc_fields_word(&o, "background", backgrounds, &d->has_background, &d->background)) ||
           (st = oc_fields_word(&o, "class_ids", ids, &d->has_class_ids, &d->class_ids)) ||
           (st = oc_fields_int(&o, "class_offset", 0, LIM_LABELS, &d->has_class_offset, &d->class_offset)) ||
           (st = oc_fields_bool(&o, "every_class", &d->has_every_class, &d->every_class)) ||
           (st = oc_fields_word(&o, "layout", layouts, &d->has_layout, &d->layout)) ||
           (st = oc_fields_int(&o, "bins", 2, 64, &d->has_bins, &d->bins)) || (st = read_keypoints(&o, arena, d)) ||
           (st = read_priors(&o, d)));
    return st;
}

/* --- telling recognition --- */

enum oc_status oc_told_facts(const struct eng_facts *facts, const struct oc_manifest_decode *d, struct oc_told_facts *out,
                             struct oc_err *err)
{
    static const char *const tasks[] = {"detect", "segment", "pose", "obb"};
    int n = facts->n_metadata, more = 0;
    *out = (struct oc_told_facts){.facts = *facts};
    if (!d || (!d->has_kind && !d->n_keypoints))
        return OC_OK;
    out->metadata = oc_mem_array(OC_MEM_MODEL, (size_t)n + 2, sizeof *out->metadata);
    if (!out->metadata)
        return oc_err_nomem(err, "metadata", ((size_t)n + 2) * sizeof *out->metadata);
    if (d->has_kind) /* the first of a name counts */
        out->metadata[more++] = (struct eng_metadata){"task", tasks[d->kind]};
    if (d->n_keypoints) {
        snprintf(out->shape, sizeof out->shape, "[%d, %d]", d->n_keypoints, d->keypoint_numbers);
        out->metadata[more++] = (struct eng_metadata){"kpt_shape", out->shape};
    }
    memcpy(out->metadata + more, facts->metadata, (size_t)n * sizeof *out->metadata);
    out->facts.metadata = out->metadata;
    out->facts.n_metadata = n + more;
    return OC_OK;
}

void oc_told_facts_deinit(struct oc_told_facts *t)
{
    oc_mem_free(t->metadata);
    t->metadata = NULL;
}

/* --- applying --- */

static enum oc_status apply_levels(const struct oc_manifest_decode *m, struct oc_decode_recipe *d, struct oc_err *err)
{
    if (m->n_strides && m->n_strides != d->n_strides)
        return oc_err_set(err, OC_E_INVALID, "model.json: /decode/strides: the model's head has %d levels, the list has %d", d->n_strides,
                          m->n_strides);
    if (m->n_strides)
        memcpy(d->strides, m->strides, sizeof d->strides);
    if (m->n_levels && (m->n_levels != d->n_strides || m->n_sizes != d->anchors))
        return oc_err_set(err, OC_E_INVALID,
                          "model.json: /decode/anchor_boxes: the model's head has %d levels of %d anchors, the list has %d of %d",
                          d->n_strides, d->anchors, m->n_levels, m->n_sizes);
    if (m->n_levels)
        memcpy(d->anchor_sizes, m->anchor_sizes, sizeof d->anchor_sizes);
    return OC_OK;
}

/* Classes that stand for nothing, and the numbers of the others. */
static enum oc_status apply_classes(const struct oc_manifest_decode *m, struct oc_decode_recipe *d, struct oc_err *err)
{
    if (m->has_background && !d->n_scores)
        return oc_err_set(err, OC_E_INVALID, "model.json: /decode/background: the model's head does not score each class");
    if (m->has_class_ids && !d->n_scores && d->n_classes)
        return oc_err_set(err, OC_E_INVALID,
                          "model.json: /decode/class_ids: the numbers of this family's classes are the places of their scores");
    if (m->has_background) {
        d->class_offset = m->background == 1;
        d->n_classes = d->n_scores - (m->background ? 1 : 0);
        d->coco91 = false;
    }
    if (m->has_class_ids) {
        bool coco = m->class_ids == 1, last_is_nothing = d->scores == OC_SCORE_SOFTMAX && !d->class_offset;
        if (coco != d->coco91 && !(m->has_background && !coco))
            d->n_classes = coco ? 80 : d->n_scores ? d->n_scores - d->class_offset - last_is_nothing : 0;
        d->coco91 = coco;
    }
    if (m->has_class_offset)
        d->class_offset = m->class_offset;
    if (d->n_classes < 0)
        return oc_err_set(err, OC_E_INVALID, "model.json: /decode: no class is left of %d", d->n_scores);
    return OC_OK;
}

static enum oc_status apply_keypoints(const struct oc_manifest_decode *m, struct oc_recipe *r, struct oc_err *err)
{
    struct oc_decode_recipe *d = &r->decode;
    if (!m->n_names && !m->skeleton)
        return OC_OK;
    if (m->n_names && m->n_names != (size_t)d->n_keypoints)
        return oc_err_set(err, OC_E_INVALID, "model.json: /decode/keypoints/names: %zu names, but the model has %d key points", m->n_names,
                          d->n_keypoints);
    const char **names = oc_arena_array(&r->arena, m->n_names + 1, sizeof *names);
    uint8_t(*joints)[2] = oc_arena_array(&r->arena, (size_t)m->n_skeleton + 1, sizeof *joints);
    if (!names || !joints)
        return oc_err_nomem(err, "key points", m->n_names * sizeof *names);
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < m->n_names; i++)
        st = oc_recipe_string(r, m->keypoint_names[i], &names[i], err);
    if (m->n_names)
        d->keypoint_names = names;
    if (m->skeleton) {
        memcpy(joints, m->skeleton, (size_t)m->n_skeleton * sizeof *joints);
        d->skeleton = (const uint8_t(*)[2])joints;
        d->n_skeleton = m->n_skeleton;
    }
    return st;
}

static void apply_priors(const struct oc_manifest_decode *m, struct oc_recipe *r)
{
    struct oc_prior_recipe *p = &r->decode.priors;
    *p = m->priors;
    for (int i = 0; i < p->n_levels; i++) {
        p->grid[i][0] = (int)ceilf((float)r->input.width / p->step[i]);
        p->grid[i][1] = (int)ceilf((float)r->input.height / p->step[i]);
    }
}

enum oc_status oc_decode_manifest_apply(const struct oc_manifest_decode *m, struct oc_recipe *r, struct oc_err *err)
{
    struct oc_decode_recipe *d = &r->decode;
    enum oc_status st = apply_levels(m, d, err);
    if (!st)
        st = apply_classes(m, d, err);
    if (!st)
        st = apply_keypoints(m, r, err);
    if (st)
        return st;
    if (m->has_cell_offset)
        d->cell_offset = m->cell_offset;
    if (m->has_boxes_decoded)
        d->boxes_decoded = m->boxes_decoded;
    if (m->has_anchors)
        d->anchors = m->anchors;
    if (m->has_boxes)
        d->boxes = (enum oc_box_form)m->boxes;
    if (m->has_coordinates)
        d->normalised = m->coordinates == 1;
    if (m->has_scores)
        d->scores = (enum oc_score_form)m->scores;
    if (m->has_every_class)
        d->every_class = m->every_class;
    if (m->has_layout)
        d->channels_last = m->layout == 1;
    if (m->has_bins)
        d->bins = m->bins;
    if (m->has_priors)
        apply_priors(m, r);
    return OC_OK;
}

/*
 * Where things are: Upsample 7 has scales as an attribute, Upsample 9 and Resize 10 as input 1; Resize 11 has roi,
 * scales, sizes as inputs 1 to 3, where an empty tensor means absent. All of them must be known when a plan is made.
 */
#include "engine/ops/image/resize_read.h"
#include "engine/ops/types.h"
#include "base/parse.h"
#include <math.h>

struct name {
    const char *text;
    int value;
};

static enum oc_status choose(struct oc_err *err, const struct eng_node *n, const char *attr, const char *def, const struct name *names,
                             size_t count, int *out)
{
    const char *given = eng_node_string(n, attr, def);
    for (size_t i = 0; i < count; i++)
        if (strcmp(given, names[i].text) == 0) {
            *out = names[i].value;
            return OC_OK;
        }
    return eng_bad_node(err, n, "%s '%.60s' is not known", attr, given);
}

static enum oc_status read_rule(struct oc_err *err, const struct eng_node *n, struct eng_resize *r)
{
    static const struct name modes[] = {
        {"nearest", ENG_RESIZE_NEAREST}, {"linear", ENG_RESIZE_LINEAR}, {"bilinear", ENG_RESIZE_LINEAR}, {"cubic", ENG_RESIZE_CUBIC}};
    static const struct name coordinates[] = {{"half_pixel", ENG_RESIZE_HALF_PIXEL},
                                              {"half_pixel_symmetric", ENG_RESIZE_HALF_PIXEL_SYMMETRIC},
                                              {"pytorch_half_pixel", ENG_RESIZE_PYTORCH_HALF_PIXEL},
                                              {"align_corners", ENG_RESIZE_ALIGN_CORNERS},
                                              {"asymmetric", ENG_RESIZE_ASYMMETRIC},
                                              {"tf_half_pixel_for_nn", ENG_RESIZE_TF_HALF_PIXEL_FOR_NN},
                                              {"tf_crop_and_resize", ENG_RESIZE_TF_CROP_AND_RESIZE}};
    static const struct name nearest[] = {{"round_prefer_floor", ENG_RESIZE_ROUND_PREFER_FLOOR},
                                          {"round_prefer_ceil", ENG_RESIZE_ROUND_PREFER_CEIL},
                                          {"floor", ENG_RESIZE_FLOOR},
                                          {"ceil", ENG_RESIZE_CEIL}};
    int mode = ENG_RESIZE_NEAREST, coordinate = ENG_RESIZE_ASYMMETRIC, rounding = ENG_RESIZE_SIMPLE;
    bool old = n->opset < 11 || strcmp(n->op_type, "Upsample") == 0;
    enum oc_status st = choose(err, n, "mode", "nearest", modes, OC_ARRAY_LEN(modes), &mode);
    if (!st && !old)
        st = choose(err, n, "coordinate_transformation_mode", "half_pixel", coordinates, OC_ARRAY_LEN(coordinates), &coordinate);
    if (!st && !old)
        st = choose(err, n, "nearest_mode", "round_prefer_floor", nearest, OC_ARRAY_LEN(nearest), &rounding);
    r->rule = (struct eng_resize_rule){.mode = (enum eng_resize_mode)mode,
                                       .coordinate = (enum eng_resize_coordinate)coordinate,
                                       .nearest = (enum eng_resize_nearest)rounding,
                                       .antialias = n->opset >= 18 && eng_node_int(n, "antialias", 0) != 0,
                                       .exclude_outside = eng_node_int(n, "exclude_outside", 0) != 0,
                                       .cubic_a = eng_node_float(n, "cubic_coeff_a", -0.75f)};
    r->extrapolation = eng_node_float(n, "extrapolation_value", 0);
    return st;
}

/* A known one-dimensional input; *count 0 when it is absent or empty. */
static enum oc_status known_list(struct oc_err *err, const struct eng_node *n, const struct eng_value *v, const char *what,
                                 const struct eng_tensor **t, size_t *count)
{
    *count = 0;
    if (!v || (v->shape.rank == 1 && v->shape.dim[0] == 0))
        return OC_OK;
    if (!v->constant)
        return eng_bad_node(err, n, "%s must be known when the model is planned", what);
    *t = &v->constant->t;
    *count = (size_t)eng_shape_count(&(*t)->shape);
    if ((*t)->shape.rank != 1 || *count > 2 * LIM_TENSOR_RANK)
        return eng_bad_node(err, n, "%s is not a short list of numbers", what);
    return OC_OK;
}

/* axes (18), or all dimensions: their number, and where each lies in memory. */
static enum oc_status read_axes(struct oc_err *err, const struct eng_node *n, int rank, int axes[LIM_TENSOR_RANK], int *count)
{
    static const int place_last[] = {0, 3, 1, 2};
    size_t given;
    const int64_t *list = eng_node_ints(n, "axes", &given);
    uint32_t seen = 0;
    if (!list)
        given = (size_t)rank;
    if (given > (size_t)rank)
        return eng_bad_node(err, n, "%zu axes for %d dimensions", given, rank);
    for (size_t i = 0; i < given; i++) {
        int axis;
        enum oc_status st = eng_axis(err, n, list ? list[i] : (int64_t)i, rank, &axis);
        if (st)
            return st;
        if (seen >> axis & 1)
            return eng_bad_node(err, n, "axis %d is there twice", axis);
        seen |= 1u << axis;
        axes[i] = n->channels_last ? place_last[axis] : axis;
    }
    *count = (int)given;
    return OC_OK;
}

static enum oc_status read_scales(struct oc_err *err, const struct eng_node *n, const struct eng_shape *in, const float *list,
                                  const int *axes, int count, struct eng_resize *r)
{
    for (int i = 0; i < count; i++) {
        int a = axes[i];
        float s = list[i], size = (float)in->dim[a] * s;
        if (!(s > 0) || !isfinite(s))
            return eng_bad_node(err, n, "scale %g is not a number above 0", (double)s);
        r->scale[a] = s;
        r->out[a] = oc_f64_to_i64(floor((double)size), 0, INT32_MAX);
    }
    return OC_OK;
}

static enum oc_status read_sizes(struct oc_err *err, const struct eng_node *n, const struct eng_shape *in, const struct eng_tensor *t,
                                 const int *axes, int count, struct eng_resize *r)
{
    static const struct name policies[] = {{"stretch", 0}, {"not_larger", 1}, {"not_smaller", 2}};
    int policy = 0;
    double common = 0;
    enum oc_status st = OC_OK;
    if (n->opset >= 18)
        st = choose(err, n, "keep_aspect_ratio_policy", "stretch", policies, OC_ARRAY_LEN(policies), &policy);
    if (st)
        return st;
    for (int i = 0; i < count; i++) {
        int64_t size = eng_load_i64(t->dtype, t->data, i);
        int a = axes[i];
        if (size < 0 || size > INT32_MAX)
            return eng_bad_node(err, n, "size %lld is outside 0..%d", (long long)size, INT32_MAX);
        double s = in->dim[a] > 0 ? (double)size / (double)in->dim[a] : 1;
        if (i == 0 || (policy == 1 && s < common) || (policy == 2 && s > common))
            common = s;
        r->out[a] = size;
        r->scale[a] = (float)s;
    }
    for (int i = 0; policy && i < count; i++) {
        int a = axes[i];
        r->scale[a] = (float)common;
        r->out[a] = oc_f64_to_i64(floor(common * (double)in->dim[a] + 0.5), 0, INT32_MAX);
    }
    return OC_OK;
}

static enum oc_status read_roi(struct oc_err *err, const struct eng_node *n, const struct eng_value *v, const int *axes, int count,
                               struct eng_resize *r)
{
    const struct eng_tensor *t = NULL;
    size_t given;
    if (r->rule.coordinate != ENG_RESIZE_TF_CROP_AND_RESIZE)
        return OC_OK;
    enum oc_status st = known_list(err, n, v, "roi", &t, &given);
    if (st)
        return st;
    if (given != 2 * (size_t)count || !eng_type_in(t->dtype, ENG_T_FLOAT))
        return eng_bad_node(err, n, "roi has %zu numbers, %d are needed", given, 2 * count);
    for (int i = 0; i < count; i++) {
        r->roi_start[axes[i]] = (float)eng_load_f64(t->dtype, t->data, i);
        r->roi_end[axes[i]] = (float)eng_load_f64(t->dtype, t->data, i + count);
    }
    return OC_OK;
}

/* Upsample 7: the attribute as floats. */
static const float *scales_attribute(const struct eng_node *n, size_t *count)
{
    const struct eng_attr *a = eng_node_attr(n, "scales");
    *count = a && a->kind == ENG_ATTR_FLOATS ? a->n : 0;
    return *count ? a->floats : NULL;
}

static enum oc_status read_target(struct oc_err *err, const struct eng_node *n, const struct eng_value *const *in, int n_in,
                                  const int *axes, int count, struct eng_resize *r)
{
    bool eleven = strcmp(n->op_type, "Resize") == 0 && n->opset >= 11;
    int at = eleven ? 2 : 1;
    const struct eng_tensor *scales = NULL, *sizes = NULL;
    size_t n_scales = 0, n_sizes = 0;
    float list[2 * LIM_TENSOR_RANK];
    enum oc_status st = eleven ? read_roi(err, n, n_in > 1 ? in[1] : NULL, axes, count, r) : OC_OK;
    if (!st)
        st = known_list(err, n, n_in > at ? in[at] : NULL, "scales", &scales, &n_scales);
    if (!st && eleven)
        st = known_list(err, n, n_in > 3 ? in[3] : NULL, "sizes", &sizes, &n_sizes);
    if (st)
        return st;
    const float *attribute = scales ? NULL : scales_attribute(n, &n_scales);
    if ((n_scales > 0) == (n_sizes > 0))
        return eng_bad_node(err, n, n_scales ? "both scales and sizes are given" : "neither scales nor sizes are given");
    if (n_scales + n_sizes != (size_t)count)
        return eng_bad_node(err, n, "%zu scales or sizes for %d dimensions", n_scales + n_sizes, count);
    if (n_sizes)
        return eng_type_in(sizes->dtype, ENG_T_INDEX) ? read_sizes(err, n, &in[0]->shape, sizes, axes, count, r)
                                                      : eng_bad_node(err, n, "sizes are %s, not integers", eng_dtype_name(sizes->dtype));
    for (int i = 0; i < count; i++)
        list[i] = scales ? (float)eng_load_f64(scales->dtype, scales->data, i) : attribute[i];
    return read_scales(err, n, &in[0]->shape, list, axes, count, r);
}

enum oc_status eng_resize_read(struct oc_err *err, const struct eng_node *n, const struct eng_value *const *in, int n_in,
                               struct eng_resize *out)
{
    const struct eng_shape *s = &in[0]->shape;
    struct eng_resize r = {.rank = s->rank};
    int axes[LIM_TENSOR_RANK] = {0}, count = 0;
    if (n->channels_last && s->rank != 4)
        return eng_bad_node(err, n, "channels-last input has %d dimensions", s->rank);
    for (int i = 0; i < s->rank; i++) {
        r.out[i] = s->dim[i];
        r.scale[i] = 1;
        r.roi_end[i] = 1;
    }
    enum oc_status st = read_rule(err, n, &r);
    if (st || (st = read_axes(err, n, s->rank, axes, &count)) || (st = read_target(err, n, in, n_in, axes, count, &r)))
        return st;
    for (int i = 0; i < s->rank; i++) {
        if (s->dim[i] == 0 && r.out[i] > 0)
            return eng_bad_node(err, n, "dimension %d is empty and cannot become %lld", i, (long long)r.out[i]);
        /* Only a region of interest far larger than the picture leads here; each cell would be a sum over nothing but border. */
        if (r.rule.antialias && r.out[i] > 0 && (double)r.scale[i] * (double)s->dim[i] < 0.125)
            return eng_bad_node(err, n, "scale %g of dimension %d is too small for antialiasing", (double)r.scale[i], i);
    }
    *out = r;
    return OC_OK;
}

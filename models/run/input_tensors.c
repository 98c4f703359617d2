/* See input_tensors.h. */
#include "models/run/input_tensors.h"
#include <math.h>
#include "models/run/float16.h"

static const enum eng_dtype dtypes[] = {[OC_NUMBER_F32] = ENG_DT_F32, [OC_NUMBER_F16] = ENG_DT_F16, [OC_NUMBER_U8] = ENG_DT_U8,
                                        [OC_NUMBER_I32] = ENG_DT_I32, [OC_NUMBER_I64] = ENG_DT_I64, [OC_NUMBER_BOOL] = ENG_DT_BOOL};

static uint8_t to_byte(float v)
{
    return v > 0 ? v < 255 ? (uint8_t)lrintf(v) : 255 : 0; /* NaN becomes 0 */
}

static enum oc_status picture(const struct oc_input_recipe *in, float *pixels, struct oc_input_tensors *feed, struct eng_tensor *out,
                              struct oc_err *err)
{
    size_t n = (size_t)in->width * (size_t)in->height * 3 * (size_t)feed->pictures;
    *out = (struct eng_tensor){dtypes[in->number], {4, {feed->pictures, 3, in->height, in->width}}, pixels};
    if (in->pixels.channels_last)
        out->shape = (struct eng_shape){4, {feed->pictures, in->height, in->width, 3}};
    if (in->no_batch) {
        out->shape.rank = 3;
        memmove(out->shape.dim, out->shape.dim + 1, 3 * sizeof *out->shape.dim);
    }
    if (in->number == OC_NUMBER_F32)
        return OC_OK;
    if (feed->picture)
        return oc_err_set(err, OC_E_MODEL, "two pictures as inputs are not offered");
    feed->picture = oc_mem_array(OC_MEM_SESSION, n, eng_dtype_size(out->dtype));
    if (!feed->picture)
        return oc_err_nomem(err, "a network's input", n * eng_dtype_size(out->dtype));
    out->data = feed->picture;
    if (in->number == OC_NUMBER_F16)
        oc_float16_from_floats(pixels, n, feed->picture);
    for (size_t i = 0; in->number == OC_NUMBER_U8 && i < n; i++)
        ((uint8_t *)feed->picture)[i] = to_byte(pixels[i]);
    return OC_OK;
}

static enum oc_status pair(const struct oc_input_recipe *in, const struct oc_extra_input *x, union oc_pair *p, struct eng_tensor *out,
                           struct oc_err *err)
{
    bool ones = x->kind == OC_EXTRA_ONES, wide = x->kind == OC_EXTRA_WIDTH_HEIGHT;
    int v[2] = {ones ? 1 : wide ? in->width : in->height, ones ? 1 : wide ? in->height : in->width};
    for (int i = 0; i < 2; i++) {
        if (x->number == OC_NUMBER_F32)
            p->f32[i] = (float)v[i];
        else if (x->number == OC_NUMBER_I32)
            p->i32[i] = v[i];
        else if (x->number == OC_NUMBER_I64)
            p->i64[i] = v[i];
        else
            return oc_err_set(err, OC_E_MODEL, "input '%s': sizes as %s are not offered", x->name, eng_dtype_name(dtypes[x->number]));
    }
    *out = (struct eng_tensor){dtypes[x->number], {2, {1, 2}}, p};
    return OC_OK;
}

/* Whether pixel i of n of a mask lies in `inner` pixels from `start` on of a side that is `side` long: by its centre. */
static bool within(int i, int n, int start, int inner, int side)
{
    double at = (i + 0.5) * side / n;
    return at >= start && at < start + inner;
}

static enum oc_status mask(const struct oc_input_recipe *in, const struct oc_extra_input *x, const struct oc_fit_map *map,
                           struct oc_input_tensors *feed, struct eng_tensor *out, struct oc_err *err)
{
    int height = x->dim[1] ? x->dim[1] : in->height, width = x->dim[2] ? x->dim[2] : in->width;
    size_t n = (size_t)width * (size_t)height; /* both at most LIM_NETWORK_SIDE */
    if (x->number != OC_NUMBER_I64 && x->number != OC_NUMBER_BOOL)
        return oc_err_set(err, OC_E_MODEL, "input '%s': a mask of %s is not offered", x->name, eng_dtype_name(dtypes[x->number]));
    if (feed->mask)
        return oc_err_set(err, OC_E_MODEL, "two masks of the picture's place are not offered");
    feed->mask = oc_mem_array(OC_MEM_SESSION, n, eng_dtype_size(dtypes[x->number]));
    if (!feed->mask)
        return oc_err_nomem(err, "a network's input", n);
    for (size_t i = 0; i < n; i++) {
        bool inside = within((int)(i % (size_t)width), width, map->left, map->inner_width, in->width) &&
                      within((int)(i / (size_t)width), height, map->top, map->inner_height, in->height);
        if (x->number == OC_NUMBER_I64)
            ((int64_t *)feed->mask)[i] = inside;
        else
            ((uint8_t *)feed->mask)[i] = inside;
    }
    *out = (struct eng_tensor){dtypes[x->number], {3, {1, height, width}}, feed->mask};
    return OC_OK;
}

/* Which of the recipe's extra inputs has that name; -1: none, it is the picture. */
static int find_extra(const struct oc_input_recipe *in, const char *name)
{
    for (int i = 0; i < in->n_extras; i++)
        if (!strcmp(in->extras[i].name, name))
            return i;
    return -1;
}

enum oc_status oc_input_tensors_make(const struct oc_input_recipe *in, const struct eng_model *m, const struct oc_fit_map *map,
                                     float *pixels, struct oc_input_tensors *feed, struct oc_err *err)
{
    int n = eng_model_n_inputs(m);
    if (n > 1 + OC_MOST_EXTRAS)
        return oc_err_set(err, OC_E_MODEL, "%d inputs, where a picture and at most %d others are expected", n, OC_MOST_EXTRAS);
    for (int i = 0; i < n; i++) {
        int k = find_extra(in, eng_model_input(m, i)->name);
        struct eng_tensor *t = &feed->tensors[i];
        enum oc_status st;
        if (k < 0)
            st = picture(in, pixels, feed, t, err);
        else if (in->extras[k].kind == OC_EXTRA_PIXEL_MASK)
            st = mask(in, &in->extras[k], map, feed, t, err);
        else
            st = pair(in, &in->extras[k], &feed->pairs[k], t, err);
        if (st)
            return st;
    }
    return OC_OK;
}

void oc_input_tensors_deinit(struct oc_input_tensors *f)
{
    oc_mem_free(f->picture);
    oc_mem_free(f->mask);
    f->picture = f->mask = NULL;
}

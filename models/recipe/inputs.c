/* A file's inputs: the picture, and what some detectors want beside it; see family.h. */
#include "models/recipe/family.h"

static int declared_or(int64_t declared, int fallback)
{
    return declared >= 1 && declared <= LIM_NETWORK_SIDE ? (int)declared : fallback;
}

static bool number_of(enum eng_dtype t, enum oc_number *out)
{
    static const enum eng_dtype types[] = {[OC_NUMBER_F32] = ENG_DT_F32, [OC_NUMBER_F16] = ENG_DT_F16, [OC_NUMBER_U8] = ENG_DT_U8,
                                           [OC_NUMBER_I32] = ENG_DT_I32, [OC_NUMBER_I64] = ENG_DT_I64, [OC_NUMBER_BOOL] = ENG_DT_BOOL};
    for (size_t i = 0; i < OC_ARRAY_LEN(types); i++) {
        *out = (enum oc_number)i;
        if (types[i] == t)
            return true;
    }
    return false;
}

/* Input i as a picture, into r; false: it is none. */
static bool take_picture(const struct eng_facts *f, int i, int fallback_width, int fallback_height, struct oc_recipe *r)
{
    const struct eng_io *in = &f->inputs[i];
    enum oc_number number;
    int rank = in->shape.rank, first = rank - 3; /* of the three dimensions that count */
    if (!in->shape_known || (rank != 4 && rank != 3) || !number_of(in->dtype, &number) || number > OC_NUMBER_U8)
        return false;
    bool last = in->shape.dim[first] != 3; /* a picture three rows high does not happen */
    if (last && in->shape.dim[first + 2] != 3)
        return false;
    int64_t h = in->shape.dim[first + (last ? 0 : 1)], w = in->shape.dim[first + (last ? 1 : 2)];
    if (h > LIM_NETWORK_SIDE || w > LIM_NETWORK_SIDE)
        return false;
    r->input.number = number;
    r->input.no_batch = rank == 3;
    r->input.pixels.channels_last = last;
    r->input.height = declared_or(h, fallback_height);
    r->input.width = declared_or(w, fallback_width);
    r->input.fixed_size = h > 0 && w > 0;
    return true;
}

static bool take_extra(const struct eng_facts *f, int i, struct oc_recipe *r)
{
    static const struct {
        const char *name;
        enum oc_extra_kind kind;
    } known[] = {{"orig_target_sizes", OC_EXTRA_WIDTH_HEIGHT},
                 {"image_shape", OC_EXTRA_HEIGHT_WIDTH},
                 {"im_shape", OC_EXTRA_HEIGHT_WIDTH},
                 {"scale_factor", OC_EXTRA_ONES},
                 {"pixel_mask", OC_EXTRA_PIXEL_MASK}};
    const struct eng_io *in = &f->inputs[i];
    struct oc_extra_input *x = &r->input.extras[r->input.n_extras];
    if (r->input.n_extras == OC_MOST_EXTRAS || !in->shape_known || !number_of(in->dtype, &x->number))
        return false;
    for (size_t k = 0; k < OC_ARRAY_LEN(known); k++) {
        bool mask = known[k].kind == OC_EXTRA_PIXEL_MASK;
        if (strcmp(in->name, known[k].name) != 0 || in->shape.rank != (mask ? 3 : 2))
            continue;
        x->name = known[k].name;
        x->kind = known[k].kind;
        x->rank = in->shape.rank;
        for (int d = 0; d < x->rank; d++) /* free sides of a mask are the picture's, when it is run */
            x->dim[d] = d == 0 ? 1 : !mask ? 2 : declared_or(in->shape.dim[d], 0);
        r->input.n_extras++;
        return in->shape.dim[x->rank - 1] <= (mask ? LIM_NETWORK_SIDE : 2);
    }
    return false;
}

enum oc_status oc_facts_picture(const struct eng_facts *f, int fallback_width, int fallback_height, struct oc_recipe *r)
{
    bool found = false;
    r->input.n_extras = 0;
    for (int i = 0; i < f->n_inputs; i++) {
        if (!found && take_picture(f, i, fallback_width, fallback_height, r))
            found = true;
        else if (!take_extra(f, i, r))
            return OC_DECLINED;
    }
    return found ? OC_OK : OC_DECLINED;
}

enum oc_status oc_facts_input_size(const struct eng_facts *f, int fallback_width, int fallback_height, struct oc_recipe *r)
{
    if (f->n_inputs != 1 || oc_facts_picture(f, fallback_width, fallback_height, r) || r->input.number != OC_NUMBER_F32 ||
        r->input.no_batch)
        return OC_DECLINED;
    return OC_OK;
}

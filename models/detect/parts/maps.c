/* See maps.h. */
#include "models/detect/parts/maps.h"

enum oc_status oc_map_of_output(const struct oc_head *head, int role, int64_t channels, struct oc_map_view *out, struct oc_err *err)
{
    const struct eng_tensor *t = head->outputs[role];
    const struct eng_shape *s = &t->shape;
    bool last = head->recipe->decode.channels_last, fits = t->dtype == ENG_DT_F32 && s->rank == 4 && s->dim[last ? 3 : 1] == channels;
    fits = fits && eng_shape_count(s) > 0;
    int64_t rows = fits ? s->dim[last ? 1 : 2] : 0, columns = fits ? s->dim[last ? 2 : 3] : 0;
    if (rows < 1 || columns < 1 || rows > LIM_NETWORK_SIDE || columns > LIM_NETWORK_SIDE)
        return oc_err_set(err, OC_E_MODEL, "output %d: a float32 map of %lld channels is expected", head->recipe->decode.outputs[role],
                          (long long)channels);
    *out = (struct oc_map_view){.data = oc_head_data(head, role),
                                .cell = last ? (size_t)channels : 1,
                                .channel = last ? 1 : (size_t)(rows * columns),
                                .columns = (int)columns,
                                .rows = (int)rows,
                                .stride_x = (float)head->width / (float)columns,
                                .stride_y = (float)head->height / (float)rows};
    return OC_OK;
}

int oc_facts_map_stride(const struct eng_facts *f, int output, const struct oc_recipe *r, bool last, int64_t *channels)
{
    const struct eng_io *o = &f->outputs[output];
    if (!o->shape_known || o->shape.rank != 4)
        return 0;
    int64_t rows = o->shape.dim[last ? 1 : 2], columns = o->shape.dim[last ? 2 : 3];
    *channels = o->shape.dim[last ? 3 : 1];
    if (rows < 1 || columns < 1 || *channels < 1)
        return 0;
    for (int s = 4; s <= 128; s *= 2)
        if (oc_grid_side(r->input.width, s) == columns && oc_grid_side(r->input.height, s) == rows)
            return s;
    return 0;
}

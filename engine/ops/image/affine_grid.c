/* AffineGrid: for each cell of a picture or volume, theta times its coordinates (-1..1, x first). The output feeds GridSample. */
#include "engine/ops/state.h"
#include "engine/ops/types.h"

struct affine_grid {
    enum eng_dtype dtype;
    bool align_corners;
    int dims;
    int64_t images, size[3]; /* missing outer ones: 1 */
};

static double coordinate(const struct affine_grid *g, int d, int64_t i)
{
    if (!g->align_corners)
        return (2 * (double)i + 1) / (double)g->size[d] - 1;
    return g->size[d] > 1 ? 2 * (double)i / (double)(g->size[d] - 1) - 1 : 0;
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    const struct affine_grid *g = k->state;
    int64_t at = 0, cells = g->size[0] * g->size[1] * g->size[2];
    for (int64_t n = 0; n < g->images; n++)
        for (int64_t cell = 0; cell < cells; cell++) {
            double xyz[4] = {coordinate(g, 2, cell % g->size[2]), coordinate(g, 1, cell / g->size[2] % g->size[1]), 1, 1};
            if (g->dims == 3)
                xyz[2] = coordinate(g, 0, cell / g->size[2] / g->size[1]);
            for (int row = 0; row < g->dims; row++) {
                double sum = 0;
                for (int col = 0; col <= g->dims; col++)
                    sum += xyz[col] * eng_load_f64(g->dtype, call->in[0].data, (n * g->dims + row) * (g->dims + 1) + col);
                eng_store_f64(g->dtype, call->out[0].data, at++, sum);
            }
        }
    return OC_OK;
}

static enum oc_status infer(struct eng_infer *c)
{
    int64_t size[LIM_TENSOR_RANK];
    size_t count;
    enum oc_status st = eng_need_type(c, 0, ENG_T_FLOAT);
    if (st || (st = eng_const_ints(c->err, c->node, c->in[1], size, LIM_TENSOR_RANK, &count)))
        return st;
    const struct eng_shape *theta = &c->in[0]->shape;
    int64_t dims = (int64_t)count - 2;
    if (dims < 2 || dims > 3 || theta->rank != 3 || theta->dim[0] != size[0] || theta->dim[1] != dims || theta->dim[2] != dims + 1)
        return eng_bad_node(c->err, c->node, "needs theta N,2,3 with a size of 4 numbers, or N,3,4 with 5");
    struct eng_shape *y = &c->out[0].shape;
    c->out[0].dtype = c->in[0]->dtype;
    *y = (struct eng_shape){(int)count, {size[0]}};
    for (int i = 0; i < dims; i++)
        y->dim[1 + i] = size[2 + i];
    y->dim[1 + dims] = dims;
    return OC_OK;
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    const struct eng_shape *y = &c->out[0]->shape;
    struct affine_grid g = {.dtype = c->in[0]->dtype, .dims = y->rank - 2, .images = y->dim[0], .size = {1, 1, 1}};
    g.align_corners = eng_node_int(c->node, "align_corners", 0) != 0;
    for (int i = 0; i < g.dims; i++)
        g.size[3 - g.dims + i] = y->dim[1 + i];
    k->run = run;
    k->impl = "affine grid";
    return eng_keep_state(c, k, &g, sizeof g);
}

const struct eng_op_def eng_ops_affine_grid[] = {
    {"", "AffineGrid", 20, 0, 2, 2, 1, 1, 1u << 1, 0, infer, prepare},
    {.name = NULL},
};

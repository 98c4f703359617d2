/*
 * What multiplies and adds per channel goes into the weights:
 *
 *     Conv(W, b) -> BatchNormalization -> y                Conv(s W, s b + t) -> y
 *     Conv(W, b) -> Mul | Div | Add | Sub constant -> y    the same
 *     Gemm(W, c) -> any of these -> y                      Gemm(s W, s c + t) -> y
 *     MatMul(W)  -> Mul | Div constant [N] -> y            MatMul(s W) -> y
 *
 * Runs at load, without shapes, so that all plans share the new weights. f32 only. Every step is exact but for
 * rounding; where the weights are shared by several nodes each gets its own.
 */
#include "engine/passes/match.h"
#include "engine/passes/passes.h"
#include <math.h>

/* y = scale x + shift, one number of each a channel. */
struct affine {
    float *scale, *shift; /* owned */
};

static enum oc_status affine_new(struct affine *a, int64_t channels, struct oc_err *err)
{
    a->scale = oc_mem_array(OC_MEM_MODEL, (size_t)channels, sizeof *a->scale);
    a->shift = oc_mem_array(OC_MEM_MODEL, (size_t)channels, sizeof *a->shift);
    return a->scale && a->shift ? OC_OK : oc_err_nomem(err, "folding weights", (size_t)channels * sizeof *a->scale);
}

static void affine_free(struct affine *a)
{
    oc_mem_free(a->scale);
    oc_mem_free(a->shift);
}

/* --- the node whose weights change --- */

struct linear {
    struct eng_node *n;
    const struct eng_const *weight;
    int64_t channels; /* of the result */
    int rank;         /* of the result; 0 = not known */
    int axis;         /* of the channels in the result */
};

static const struct eng_const *const_f32(const struct eng_graph *g, const struct eng_node *n, int i)
{
    const struct eng_const *c = i < n->n_in && n->in[i] >= 0 ? g->values[n->in[i]].constant : NULL;
    return c && c->t.dtype == ENG_DT_F32 ? c : NULL;
}

static bool is_absent(const struct eng_node *n, int i)
{
    return i >= n->n_in || n->in[i] < 0;
}

static bool is_conv(const struct eng_node *n)
{
    return eng_is(n, "Conv") || eng_is(n, "ConvTranspose");
}

/* Gemm's C must be one row, or nothing. */
static bool row_or_absent(const struct eng_graph *g, const struct eng_node *n, int64_t channels)
{
    if (is_absent(n, 2))
        return true;
    const struct eng_const *c = const_f32(g, n, 2);
    int64_t count = c ? eng_shape_count(&c->t.shape) : 0;
    return c && (count == 1 || (count == channels && c->t.shape.dim[c->t.shape.rank - 1] == channels));
}

static bool as_linear(const struct eng_graph *g, struct eng_node *n, struct linear *l)
{
    const struct eng_const *w = const_f32(g, n, 1);
    *l = (struct linear){.n = n, .weight = w, .axis = 1};
    if (!w || n->n_out != 1 || n->out[0] < 0 || n->fused.act != ENG_ACT_NONE)
        return false;
    const struct eng_shape *s = &w->t.shape;
    if (is_conv(n) && s->rank >= 3) {
        int64_t group = eng_node_int(n, "group", 1);
        l->rank = s->rank;
        l->channels = eng_is(n, "Conv") ? s->dim[0] : s->dim[1] * group;
        bool whole = group > 0 && (eng_is(n, "Conv") || s->dim[0] % group == 0);
        return whole && l->channels > 0 && (is_absent(n, 2) || (const_f32(g, n, 2) && const_f32(g, n, 2)->t.shape.rank == 1));
    }
    if (s->rank != 2)
        return false;
    if (eng_is(n, "Gemm")) {
        l->rank = 2;
        l->channels = s->dim[eng_node_int(n, "transB", 0) ? 0 : 1];
        return row_or_absent(g, n, l->channels);
    }
    const struct eng_value *out = &g->values[n->out[0]];
    l->rank = out->known ? out->shape.rank : 0;
    l->axis = l->rank - 1;
    l->channels = s->dim[1];
    return eng_is(n, "MatMul");
}

/* --- what follows it --- */

/* The constant as one number a channel; false when it is not constant along everything else. */
static bool per_channel(const struct linear *l, const struct eng_const *c, float *out)
{
    const struct eng_shape *s = &c->t.shape;
    const float *data = c->t.data;
    int64_t count = eng_shape_count(s);
    if (s->rank > (l->rank ? l->rank : 1) || (count != 1 && count != l->channels))
        return false;
    int from_end = l->rank ? l->rank - 1 - l->axis : 0; /* position of the channels, counted from the last dimension */
    if (count != 1 && (from_end >= s->rank || s->dim[s->rank - 1 - from_end] != l->channels))
        return false;
    for (int64_t i = 0; i < l->channels; i++)
        out[i] = data[count == 1 ? 0 : i];
    return true;
}

static bool batch_norm(const struct eng_graph *g, const struct linear *l, const struct eng_node *n, struct affine *a)
{
    const struct eng_const *p[4];
    float epsilon = eng_node_float(n, "epsilon", 1e-5f);
    if (eng_node_int(n, "training_mode", 0) != 0 || eng_node_int(n, "spatial", 1) != 1 || n->n_in != 5 || n->in[0] != l->n->out[0] ||
        l->rank < 2 || l->axis != 1)
        return false;
    for (int i = 1; i < n->n_out; i++)
        if (n->out[i] >= 0 && eng_graph_uses(g, n->out[i]) > 0)
            return false;
    for (int i = 0; i < 4; i++) {
        p[i] = const_f32(g, n, i + 1);
        if (!p[i] || eng_shape_count(&p[i]->t.shape) != l->channels)
            return false;
    }
    for (int64_t c = 0; c < l->channels; c++) {
        double scale = (double)((const float *)p[0]->t.data)[c], shift = (double)((const float *)p[1]->t.data)[c];
        double mean = (double)((const float *)p[2]->t.data)[c], variance = (double)((const float *)p[3]->t.data)[c];
        double s = scale / sqrt(variance + (double)epsilon);
        a->scale[c] = (float)s;
        a->shift[c] = (float)(shift - mean * s);
    }
    return true;
}

static bool feeds_clip(const struct eng_graph *g, const struct eng_node *n)
{
    int user = eng_graph_sole_user(g, n->out[0]);
    return user >= 0 && eng_is(&g->nodes[user], "Clip");
}

static bool elementwise(const struct eng_graph *g, const struct linear *l, const struct eng_node *n, struct affine *a)
{
    bool mul = eng_is(n, "Mul"), div = eng_is(n, "Div"), add = eng_is(n, "Add"), sub = eng_is(n, "Sub");
    if ((!mul && !div && !add && !sub) || n->n_in != 2 || n->in[0] == n->in[1])
        return false;
    int side = n->in[0] == l->n->out[0] ? 1 : 0; /* of the constant */
    const struct eng_const *c = const_f32(g, n, side);
    if (!c || (side == 0 && div) || !per_channel(l, c, mul || div ? a->scale : a->shift))
        return false;
    /* Add(3) -> Clip(0, 6) is the beginning of a hard sigmoid, which is worth more as one activation. */
    if (add && eng_shape_count(&c->t.shape) == 1 && feeds_clip(g, n))
        return false;
    for (int64_t i = 0; i < l->channels; i++) {
        if (div)
            a->scale[i] = 1 / a->scale[i];
        else if (sub && side == 1)
            a->shift[i] = -a->shift[i];
        else if (sub)
            a->scale[i] = -1;
        if (mul || div)
            a->shift[i] = 0;
        else if (!sub || side == 1)
            a->scale[i] = 1;
    }
    return true;
}

/* --- putting it in --- */

static enum oc_status scale_weight(struct eng_graph *g, const struct linear *l, const float *scale, struct oc_err *err)
{
    const struct eng_shape *s = &l->weight->t.shape;
    const float *from = l->weight->t.data;
    int64_t inner = 1, outer = s->dim[0], group_rows = 1;
    struct eng_const *c;
    int id;
    enum oc_status st = eng_const_new(ENG_DT_F32, s, &c, err);
    if (st)
        return st;
    float *to = c->t.data;
    bool rows = eng_is(l->n, "Conv") || (eng_is(l->n, "Gemm") && eng_node_int(l->n, "transB", 0));
    for (int i = rows ? 1 : 2; i < s->rank; i++)
        inner *= s->dim[i];
    int64_t across = rows ? 1 : s->dim[1]; /* channels below each row; ConvTranspose: of the row's group */
    if (eng_is(l->n, "ConvTranspose"))
        group_rows = s->dim[0] / eng_node_int(l->n, "group", 1);
    for (int64_t r = 0; r < outer; r++)
        for (int64_t k = 0; k < across; k++) {
            int64_t channel = rows ? r : eng_is(l->n, "ConvTranspose") ? r / group_rows * across + k : k;
            for (int64_t i = 0; i < inner; i++, from++, to++)
                *to = *from * scale[channel];
        }
    st = eng_graph_add_const_take(g, NULL, c, &id, err);
    if (!st)
        l->n->in[1] = id;
    return st;
}

static enum oc_status shift_bias(struct eng_graph *g, const struct linear *l, const struct affine *a, struct oc_err *err)
{
    struct eng_shape shape = {.rank = 1, .dim = {l->channels}};
    const struct eng_const *old = const_f32(g, l->n, 2);
    int64_t old_count = old ? eng_shape_count(&old->t.shape) : 0;
    float beta = eng_is(l->n, "Gemm") ? eng_node_float(l->n, "beta", 1) : 1;
    struct eng_const *c;
    int id;
    enum oc_status st = eng_const_new(ENG_DT_F32, &shape, &c, err);
    if (st)
        return st;
    for (int64_t i = 0; i < l->channels; i++) {
        float b = old ? beta * ((const float *)old->t.data)[old_count == 1 ? 0 : i] : 0;
        ((float *)c->t.data)[i] = a->scale[i] * b + a->shift[i];
    }
    st = eng_graph_add_const_take(g, NULL, c, &id, err);
    if (!st)
        st = eng_node_inputs(g, l->n, 3, err);
    if (!st && eng_is(l->n, "Gemm"))
        st = eng_node_set_float(g, l->n, "beta", 1, err);
    if (!st)
        l->n->in[2] = id;
    return st;
}

static bool is_all(const float *v, int64_t n, float what)
{
    for (int64_t i = 0; i < n; i++)
        if (v[i] != what)
            return false;
    return true;
}

/* Puts the next node into l->n; *done is false when there is nothing (more) to put in. */
static enum oc_status absorb_next(struct eng_graph *g, struct linear *l, struct affine *a, bool *done, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    *done = false;
    int u = eng_graph_sole_user(g, l->n->out[0]);
    struct eng_node *user = u < 0 ? NULL : &g->nodes[u];
    bool is_norm = eng_is(user, "BatchNormalization");
    if (!user || !(is_norm ? batch_norm(g, l, user, a) : elementwise(g, l, user, a)))
        return OC_OK;
    if (eng_is(l->n, "MatMul") && !is_all(a->shift, l->channels, 0))
        return OC_OK;
    if (!is_all(a->scale, l->channels, 1))
        st = scale_weight(g, l, a->scale, err);
    if (!st && !eng_is(l->n, "MatMul"))
        st = shift_bias(g, l, a, err);
    if (st)
        return st;
    user->dead = true;
    l->n->out[0] = user->out[0];
    g->values[l->n->out[0]].producer = (int)(l->n - g->nodes);
    *done = true;
    return OC_OK;
}

enum oc_status eng_pass_affine(struct eng_graph *g, int *count, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    for (int i = 0; !st && i < g->n_nodes; i++) {
        struct linear l;
        bool more = true;
        while (!st && more && as_linear(g, &g->nodes[i], &l)) {
            struct affine a;
            st = affine_new(&a, l.channels, err);
            if (!st)
                st = absorb_next(g, &l, &a, &more, err);
            *count += !st && more;
            affine_free(&a);
        }
    }
    return st;
}

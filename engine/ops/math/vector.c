/* See vector.h. Work is cut into pieces of whole rows, about PIECE numbers each. */
#include "engine/ops/math/vector.h"
#include "engine/ops/span.h"
#include "engine/ops/state.h"

#define PIECE 16384

enum way { WAY_EQUAL, WAY_NUMBER, WAY_ROW, WAY_EACH_ROW };

struct binary_state {
    const struct eng_kernels *kernels;
    enum eng_binary op;
    enum way way;
    bool swapped;               /* the second input is the one with the result's shape */
    int64_t blocks, rows, cols; /* EACH_ROW: the numbers repeat for every block */
    int64_t rows_a_piece, pieces;
};

struct binary_job {
    const struct binary_state *s;
    const float *a, *b;
    float *y;
};

static void binary_piece(void *arg, size_t i)
{
    const struct binary_job *j = arg;
    const struct binary_state *s = j->s;
    int64_t all = s->blocks * s->rows, row = (int64_t)i * s->rows_a_piece, n = all - row < s->rows_a_piece ? all - row : s->rows_a_piece;
    const float *a = j->a + row * s->cols;
    float *y = j->y + row * s->cols;
    switch (s->way) {
    case WAY_EQUAL: {
        const float *b = j->b + row * s->cols;
        s->kernels->binary(s->op, s->swapped ? b : a, s->swapped ? a : b, y, (size_t)(n * s->cols));
        break;
    }
    case WAY_NUMBER:
        s->kernels->binary_scalar(s->op, a, j->b[0], s->swapped, y, (size_t)(n * s->cols));
        break;
    case WAY_ROW:
        s->kernels->binary_row(s->op, a, j->b, s->swapped, y, (size_t)n, (size_t)s->cols);
        break;
    case WAY_EACH_ROW:
        for (int64_t r = 0; r < n; r++)
            s->kernels->binary_scalar(s->op, a + r * s->cols, j->b[(row + r) % s->rows], s->swapped, y + r * s->cols, (size_t)s->cols);
        break;
    }
}

static enum oc_status run_binary(const struct eng_kernel *k, struct eng_call *call)
{
    const struct binary_state *s = k->state;
    struct binary_job j = {s, call->in[s->swapped].data, call->in[!s->swapped].data, call->out[0].data};
    oc_par_for(call->par, (size_t)s->pieces, binary_piece, &j);
    return OC_OK;
}

static void cut(struct binary_state *s)
{
    s->rows_a_piece = s->cols > 0 && s->cols < PIECE ? PIECE / s->cols : 1;
    if (s->rows == 1 && s->blocks == 1 && s->way <= WAY_NUMBER) { /* one long row: pieces of it */
        int64_t n = s->cols, piece = PIECE;
        if (n % piece == 0) {
            s->rows = n / piece;
            s->cols = piece;
            s->rows_a_piece = 1;
        }
    }
    s->pieces = (s->blocks * s->rows + s->rows_a_piece - 1) / s->rows_a_piece;
}

/* a: merged strides of the input with the result's shape; b: of the other. */
static bool recognise(const struct eng_broadcast_plan *p, int a, int b, struct binary_state *s)
{
    const int64_t *da = p->stride[a], *db = p->stride[b], *n = p->dim;
    int r = p->rank;
    s->blocks = s->rows = 1;
    if (r == 1 && da[0] == 1) {
        s->cols = n[0];
        s->way = db[0] == 1 ? WAY_EQUAL : WAY_NUMBER;
        return true;
    }
    if (r == 2 && da[1] == 1 && da[0] == n[1]) {
        s->rows = n[0];
        s->cols = n[1];
        s->way = db[1] == 1 ? WAY_ROW : WAY_EACH_ROW;
        return db[1] == 1 ? db[0] == 0 : db[0] == 1;
    }
    if (r == 3 && da[2] == 1 && da[1] == n[2] && da[0] == n[1] * n[2] && db[2] == 0 && db[1] == 1 && db[0] == 0) {
        s->blocks = n[0];
        s->rows = n[1];
        s->cols = n[2];
        s->way = WAY_EACH_ROW;
        return true;
    }
    return false;
}

enum oc_status eng_vector_binary(const struct eng_prepare *c, enum eng_binary op, const char *impl, struct eng_kernel *k)
{
    if (c->n_in != 2 || !c->in[0] || !c->in[1] || c->in[0]->dtype != ENG_DT_F32 || c->in[1]->dtype != ENG_DT_F32)
        return OC_DECLINED;
    struct binary_state s = {.kernels = eng_kernels(), .op = op};
    struct eng_broadcast_plan p;
    eng_broadcast_plan_init(&p, 2, c->in, c->out[0]);
    if (p.total == 0)
        return OC_DECLINED;
    if (!recognise(&p, 0, 1, &s)) {
        s.swapped = true;
        if (!recognise(&p, 1, 0, &s))
            return OC_DECLINED;
    }
    cut(&s);
    k->run = run_binary;
    k->impl = impl;
    return eng_keep_state(c, k, &s, sizeof s);
}

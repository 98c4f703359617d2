/* See copy.h. The outer dimensions are counted as one number, so that parallel pieces need nothing from each other. */
#include "engine/ops/copy.h"
#include <string.h>
#include "engine/kernels/kernels.h"

#define PIECE_BYTES 65536 /* moved by one parallel piece, about */
#define TILE 16           /* side of a transposed tile: 16 lines of 64 bytes fit the first cache */

void eng_dense_strides(const struct eng_shape *s, int64_t stride[LIM_TENSOR_RANK])
{
    int64_t step = 1;
    for (int d = s->rank - 1; d >= 0; d--) {
        stride[d] = step;
        step *= s->dim[d];
    }
}

static void choose_way(struct eng_copy *c)
{
    int last = c->rank - 1;
    c->way = ENG_COPY_ELEMENTS;
    if (c->from[last] == 1 && c->to[last] == 1)
        c->way = ENG_COPY_ROWS;
    for (int d = 0; d < last && c->way == ENG_COPY_ELEMENTS; d++) {
        if (c->from[d] != 1 || c->to[last] != 1 || c->dim[d] < 2 || c->dim[last] < 2 || c->from[last] < c->dim[d] ||
            c->to[d] < c->dim[last])
            continue;
        c->way = ENG_COPY_TRANSPOSE;
        c->swap = d;
    }
}

void eng_copy_init(struct eng_copy *c, size_t size, int rank, const int64_t *dim, const int64_t *to, int64_t to_offset, const int64_t *from,
                   int64_t from_offset)
{
    *c = (struct eng_copy){.size = size, .total = 1, .to_offset = to_offset, .from_offset = from_offset};
    for (int d = 0; d < rank; d++) {
        c->total *= dim[d];
        if (dim[d] == 1)
            continue;
        int at = c->rank - 1;
        if (at >= 0 && c->to[at] == to[d] * dim[d] && c->from[at] == from[d] * dim[d]) {
            c->dim[at] *= dim[d];
        } else {
            at = c->rank++;
            c->dim[at] = dim[d];
        }
        c->to[at] = to[d];
        c->from[at] = from[d];
    }
    if (c->rank == 0) {
        c->rank = 1;
        c->dim[0] = 1;
        c->to[0] = c->from[0] = 1;
    }
    choose_way(c);
}

struct job {
    const struct eng_copy *c;
    char *to;
    const char *from;
    int64_t units, units_per_piece; /* positions of the outer dimensions */
};

/* Whether a dimension is walked inside one unit. */
static bool inner(const struct eng_copy *c, int d)
{
    return d == c->rank - 1 || (c->way == ENG_COPY_TRANSPOSE && d == c->swap);
}

#define ELEMENTS(type)              \
    for (int64_t i = 0; i < n; i++) \
        ((type *)to)[i * st] = ((const type *)from)[i * sf];

static void move_elements(const struct eng_copy *c, void *to, const void *from)
{
    int last = c->rank - 1;
    const int64_t n = c->dim[last], st = c->to[last], sf = c->from[last];
    switch (c->size) {
    case 1:
        ELEMENTS(uint8_t)
        break;
    case 2:
        ELEMENTS(uint16_t)
        break;
    case 4:
        ELEMENTS(uint32_t)
        break;
    default:
        ELEMENTS(uint64_t)
    }
}

#define TRANSPOSE(type)                                                                                       \
    for (int64_t b0 = 0; b0 < rows; b0 += TILE)                                                               \
        for (int64_t a0 = 0; a0 < cols; a0 += TILE) {                                                         \
            const int64_t b1 = b0 + TILE < rows ? b0 + TILE : rows, a1 = a0 + TILE < cols ? a0 + TILE : cols; \
            for (int64_t a = a0; a < a1; a++)                                                                 \
                for (int64_t b = b0; b < b1; b++)                                                             \
                    ((type *)to)[a * ts + b] = ((const type *)from)[b * fs + a];                              \
        }

static void transpose(const struct eng_copy *c, void *to, const void *from)
{
    int last = c->rank - 1;
    const int64_t rows = c->dim[last], cols = c->dim[c->swap], fs = c->from[last], ts = c->to[c->swap];
    switch (c->size) {
    case 1:
        TRANSPOSE(uint8_t)
        break;
    case 2:
        TRANSPOSE(uint16_t)
        break;
    case 4: /* the bits of any 4-byte type */
        eng_kernels()->transpose(from, (size_t)fs, to, (size_t)ts, (size_t)rows, (size_t)cols);
        break;
    default:
        TRANSPOSE(uint64_t)
    }
}

static void move_unit(const struct eng_copy *c, char *to, const char *from)
{
    if (c->way == ENG_COPY_ROWS)
        memcpy(to, from, (size_t)c->dim[c->rank - 1] * c->size);
    else if (c->way == ENG_COPY_TRANSPOSE)
        transpose(c, to, from);
    else
        move_elements(c, to, from);
}

static void run_piece(void *arg, size_t index)
{
    const struct job *j = arg;
    const struct eng_copy *c = j->c;
    int64_t at[ENG_COPY_RANK] = {0}, to = c->to_offset, from = c->from_offset;
    int64_t begin = (int64_t)index * j->units_per_piece,
            end = begin + j->units_per_piece < j->units ? begin + j->units_per_piece : j->units;
    int64_t rest = begin;
    for (int d = c->rank - 1; d >= 0; d--) {
        if (inner(c, d))
            continue;
        at[d] = rest % c->dim[d];
        rest /= c->dim[d];
        to += at[d] * c->to[d];
        from += at[d] * c->from[d];
    }
    for (int64_t u = begin; u < end; u++) {
        move_unit(c, j->to + to * (int64_t)c->size, j->from + from * (int64_t)c->size);
        for (int d = c->rank - 1; d >= 0; d--) {
            if (inner(c, d))
                continue;
            at[d]++;
            to += c->to[d];
            from += c->from[d];
            if (at[d] < c->dim[d])
                break;
            at[d] = 0;
            to -= c->to[d] * c->dim[d];
            from -= c->from[d] * c->dim[d];
        }
    }
}

void eng_copy_run(const struct eng_copy *c, void *to, const void *from, struct oc_par *par)
{
    if (c->total == 0)
        return;
    int64_t unit = c->dim[c->rank - 1] * (c->way == ENG_COPY_TRANSPOSE ? c->dim[c->swap] : 1);
    int64_t per_piece = PIECE_BYTES / (int64_t)c->size / unit;
    struct job j = {.c = c, .to = to, .from = from, .units = c->total / unit, .units_per_piece = per_piece > 0 ? per_piece : 1};
    oc_par_for(par, (size_t)((j.units + j.units_per_piece - 1) / j.units_per_piece), run_piece, &j);
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    eng_copy_run(k->state, call->out[0].data, call->in[0].data, call->par);
    return OC_OK;
}

enum oc_status eng_copy_kernel(const struct eng_prepare *c, struct eng_kernel *k, const struct eng_copy *copy, const char *impl)
{
    struct eng_copy *state = oc_mem_alloc(OC_MEM_MODEL, sizeof *state);
    if (!state)
        return oc_err_nomem(c->err, "copy kernel", sizeof *state);
    *state = *copy;
    k->state = state;
    k->run = run;
    k->impl = impl;
    return OC_OK;
}

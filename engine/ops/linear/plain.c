/*
 * Convolutions and products straight from their definitions, for what the backends do not do: three spatial
 * dimensions, and element types other than float. One number at a time; correctness only.
 */
#include "engine/ops/linear/linear.h"
#include "base/parse.h"
#include "engine/ops/types.h"

struct conv_job {
    enum eng_dtype t;
    const struct eng_conv_shape *s;
    const void *x, *w, *bias;
    void *y;
    int64_t in_size, out_size, taps; /* of one channel, one filter plane */
};

/* Position of `index` in sizes, outermost first. */
static void unravel(int64_t index, int dims, const int64_t *size, int64_t *at)
{
    for (int d = dims - 1; d >= 0; d--) {
        at[d] = index % size[d];
        index /= size[d];
    }
}

/* The input position that tap k of output position `at` reads, as an index into one channel; -1 = padding. */
static int64_t source(const struct eng_conv_shape *s, const int64_t *at, const int64_t *k)
{
    const struct eng_window *w = &s->window;
    int64_t index = 0;
    for (int d = 0; d < w->dims; d++) {
        int64_t i;
        if (s->transposed) {
            i = at[d] + w->pad_begin[d] - k[d] * w->dilation[d];
            if (i < 0 || i % w->stride[d])
                return -1;
            i /= w->stride[d];
        } else {
            i = at[d] * w->stride[d] - w->pad_begin[d] + k[d] * w->dilation[d];
        }
        if (i < 0 || i >= w->in[d])
            return -1;
        index = index * w->in[d] + i;
    }
    return index;
}

static double one_output(const struct conv_job *j, int64_t image, int64_t oc, const int64_t *at)
{
    const struct eng_conv_shape *s = j->s;
    int64_t in_group = s->c_in / s->groups, out_group = s->c_out / s->groups, group = oc / out_group;
    double acc = j->bias ? eng_load_f64(j->t, j->bias, oc) : 0.0;
    for (int64_t tap = 0; tap < j->taps; tap++) {
        int64_t k[ENG_WINDOW_DIMS];
        unravel(tap, s->window.dims, s->window.kernel, k);
        int64_t from = source(s, at, k);
        if (from < 0)
            continue;
        for (int64_t c = 0; c < in_group; c++) {
            int64_t ic = group * in_group + c;
            int64_t filter = s->transposed ? ic * out_group + oc % out_group : oc * in_group + c;
            acc += eng_load_f64(j->t, j->x, (image * s->c_in + ic) * j->in_size + from) * eng_load_f64(j->t, j->w, filter * j->taps + tap);
        }
    }
    return acc;
}

static void conv_plane(void *arg, size_t i)
{
    const struct conv_job *j = arg;
    const struct eng_window *w = &j->s->window;
    int64_t image = (int64_t)i / j->s->c_out, oc = (int64_t)i % j->s->c_out;
    for (int64_t o = 0; o < j->out_size; o++) {
        int64_t at[ENG_WINDOW_DIMS];
        unravel(o, w->dims, w->out, at);
        eng_store_f64(j->t, j->y, (int64_t)i * j->out_size + o, one_output(j, image, oc, at));
    }
}

void eng_plain_conv(enum eng_dtype t, const struct eng_conv_shape *s, const void *x, const void *w, const void *bias, void *y,
                    struct oc_par *par)
{
    struct conv_job j = {.t = t, .s = s, .x = x, .w = w, .bias = bias, .y = y, .in_size = 1, .out_size = 1, .taps = 1};
    for (int d = 0; d < s->window.dims; d++) {
        j.in_size *= s->window.in[d];
        j.out_size *= s->window.out[d];
        j.taps *= s->window.kernel[d];
    }
    oc_par_for(par, (size_t)(s->n * s->c_out), conv_plane, &j);
}

static void gemm_float(enum eng_dtype t, const struct eng_gemm_desc *d, const struct eng_addend *add, const void *a, int64_t a0,
                       const void *b, int64_t b0, const void *c_in, void *c, int64_t c0)
{
    for (int64_t m = 0; m < d->m; m++) {
        for (int64_t n = 0; n < d->n; n++) {
            double acc = 0.0;
            for (int64_t k = 0; k < d->k; k++)
                acc += eng_load_f64(t, a, a0 + m * d->a_row_stride + k * d->a_col_stride) *
                       eng_load_f64(t, b, b0 + k * d->b_row_stride + n * d->b_col_stride);
            acc *= (double)d->alpha;
            if (c_in)
                acc += (double)add->beta * eng_load_f64(t, c_in, m * add->row_stride + n * add->col_stride);
            eng_store_f64(t, c, c0 + m * d->c_row_stride + n, acc);
        }
    }
}

static void gemm_integer(enum eng_dtype t, const struct eng_gemm_desc *d, const struct eng_addend *add, const void *a, int64_t a0,
                         const void *b, int64_t b0, const void *c_in, void *c, int64_t c0)
{
    for (int64_t m = 0; m < d->m; m++) {
        for (int64_t n = 0; n < d->n; n++) {
            uint64_t acc = 0;
            for (int64_t k = 0; k < d->k; k++)
                acc += (uint64_t)eng_load_i64(t, a, a0 + m * d->a_row_stride + k * d->a_col_stride) *
                       (uint64_t)eng_load_i64(t, b, b0 + k * d->b_row_stride + n * d->b_col_stride);
            acc *= (uint64_t)oc_f64_to_i64((double)d->alpha, INT64_MIN, INT64_MAX);
            if (c_in)
                acc += (uint64_t)oc_f64_to_i64((double)add->beta, INT64_MIN, INT64_MAX) *
                       (uint64_t)eng_load_i64(t, c_in, m * add->row_stride + n * add->col_stride);
            eng_store_i64(t, c, c0 + m * d->c_row_stride + n, (int64_t)acc);
        }
    }
}

void eng_plain_gemm(enum eng_dtype t, const struct eng_product *p, const struct eng_addend *add, const void *a, const void *b,
                    const void *c_in, void *c)
{
    const struct eng_gemm_desc *d = &p->desc;
    int64_t total = d->batch[0] * d->batch[1];
    for (int i = 0; i < p->n_loop; i++)
        total *= p->loop[i];
    bool integer = eng_type_in(t, ENG_T_INTEGER);
    for (int64_t i = 0; i < total; i++) {
        int64_t b1 = i % d->batch[1], b0 = i / d->batch[1] % d->batch[0], rest = i / (d->batch[1] * d->batch[0]);
        int64_t at[LIM_TENSOR_RANK];
        unravel(rest, p->n_loop, p->loop, at);
        int64_t pa = b0 * d->a_batch_stride[0] + b1 * d->a_batch_stride[1];
        int64_t pb = b0 * d->b_batch_stride[0] + b1 * d->b_batch_stride[1];
        int64_t pc = b0 * d->c_batch_stride[0] + b1 * d->c_batch_stride[1];
        for (int l = 0; l < p->n_loop; l++) {
            pa += at[l] * p->a_step[l];
            pb += at[l] * p->b_step[l];
            pc += at[l] * p->c_step[l];
        }
        (integer ? gemm_integer : gemm_float)(t, d, add, a, pa, b, pb, c_in, c, pc);
    }
}

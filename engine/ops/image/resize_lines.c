/*
 * A row of the output at a time: first the input rows it needs are blended into one line (contiguous, the same in
 * both layouts), then the line's cells into the row.
 */
#include "engine/ops/image/resize_lines.h"
#include "engine/kernels/kernels.h"
#include "engine/ops/parallel.h"

struct lines_run {
    const struct eng_resize_step *s;
    const struct eng_kernels *kernels;
    const float *x;
    float *y, *scratch;
};

size_t eng_resize_line(const struct eng_resize_step *s)
{
    return (size_t)(s->cols->in * s->inner);
}

static void fill(float *y, int64_t n, float v)
{
    for (int64_t i = 0; i < n; i++)
        y[i] = v;
}

/* The input rows of one output row as one line: the row itself when there is only one, else blended into `line`. */
static const float *blend_rows(const struct eng_kernels *k, const struct eng_resize_axis *rows, int64_t o, const float *x, int64_t width,
                               float *line)
{
    const int32_t *index = rows->index + o * rows->taps;
    const float *weight = rows->weight + o * rows->taps;
    bool started = false;
    for (int64_t t = 0; t < rows->taps; t++) {
        const float *row = x + index[t] * width;
        if (weight[t] == 1 && !started)
            return row;
        if (weight[t] == 0)
            continue;
        if (started)
            k->axpy(weight[t], row, line, (size_t)width);
        else
            k->binary_scalar(ENG_BI_MUL, row, weight[t], false, line, (size_t)width);
        started = true;
    }
    if (!started)
        fill(line, width, 0);
    return line;
}

static void blend_cells_plain(const struct eng_resize_axis *c, const float *restrict line, float *restrict y)
{
    const int32_t *index = c->index;
    const float *weight = c->weight;
    if (c->taps == 2) {
        for (int64_t o = 0; o < c->out; o++)
            y[o] = line[index[2 * o]] * weight[2 * o] + line[index[2 * o + 1]] * weight[2 * o + 1];
        return;
    }
    for (int64_t o = 0; o < c->out; o++, index += c->taps, weight += c->taps) {
        float sum = 0;
        for (int64_t t = 0; t < c->taps; t++)
            sum += line[index[t]] * weight[t];
        y[o] = sum;
    }
}

static void blend_cells(const struct eng_kernels *k, const struct eng_resize_axis *c, int64_t inner, const float *line, float *y)
{
    const int32_t *index = c->index;
    const float *weight = c->weight;
    for (int64_t o = 0; o < c->out; o++, index += c->taps, weight += c->taps, y += inner) {
        k->binary_scalar(ENG_BI_MUL, line + index[0] * inner, weight[0], false, y, (size_t)inner);
        for (int64_t t = 1; t < c->taps; t++)
            if (weight[t] != 0)
                k->axpy(weight[t], line + index[t] * inner, y, (size_t)inner);
    }
}

static void run_rows(void *arg, int slot, int64_t begin, int64_t end)
{
    const struct lines_run *r = arg;
    const struct eng_resize_step *s = r->s;
    int64_t width = s->cols->in * s->inner, high = s->rows ? s->rows->in : 1, out_high = s->rows ? s->rows->out : 1;
    float *line = r->scratch + (size_t)slot * eng_resize_line(s);
    for (int64_t i = begin; i < end; i++) {
        const float *x = r->x + i / out_high * high * width;
        float *y = r->y + i * s->cols->out * s->inner;
        if (s->rows && s->rows->outside && s->rows->outside[i % out_high]) {
            fill(y, s->cols->out * s->inner, s->extrapolation);
            continue;
        }
        const float *blended = s->rows ? blend_rows(r->kernels, s->rows, i % out_high, x, width, line) : x;
        if (s->inner == 1)
            blend_cells_plain(s->cols, blended, y);
        else
            blend_cells(r->kernels, s->cols, s->inner, blended, y);
        for (int64_t o = 0; s->cols->outside && o < s->cols->out; o++)
            if (s->cols->outside[o])
                fill(y + o * s->inner, s->inner, s->extrapolation);
    }
}

void eng_resize_lines(const struct eng_resize_step *s, const float *x, float *y, float *scratch, int threads, struct oc_par *par)
{
    struct lines_run r = {s, eng_kernels(), x, y, scratch};
    eng_split(par, threads, s->outer * (s->rows ? s->rows->out : 1), run_rows, &r);
}

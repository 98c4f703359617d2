/* Rows of vectors out of networks' outputs, and probabilities; see embed.h and vectors.h. Sums in double. */
#include "models/run/vectors.h"
#include <math.h>
#include <string.h>
#include "models/run/float16.h"

#define SHORTEST 1e-12 /* torch.nn.functional.normalize's eps */

enum oc_status oc_vectors_make(struct oc_vectors *v, size_t n, size_t dim, struct oc_err *err)
{
    size_t floats, bytes;
    *v = (struct oc_vectors){.n = n, .dim = dim};
    bool fits = oc_size_mul(n, dim, &floats) && oc_size_mul(floats, sizeof *v->data, &bytes);
    v->data = fits ? oc_mem_alloc(OC_MEM_OTHER, bytes) : NULL;
    if (v->data)
        return OC_OK;
    *v = (struct oc_vectors){0};
    return oc_err_nomem(err, "vectors", n * dim * sizeof *v->data);
}

void oc_vectors_normalise(struct oc_vectors *v)
{
    for (size_t r = 0; r < v->n; r++) {
        float *row = v->data + r * v->dim;
        double length = sqrt(oc_vector_dot(row, row, v->dim));
        length = length > SHORTEST ? length : SHORTEST;
        for (size_t i = 0; i < v->dim; i++)
            row[i] = (float)((double)row[i] / length);
    }
}

size_t oc_vectors_dim(const struct eng_tensor *output, enum oc_embed_pooling pooling)
{
    const struct eng_shape *s = &output->shape;
    bool whole = pooling == OC_POOLING_NONE, single = s->rank == 4 && s->dim[2] == 1 && s->dim[3] == 1;
    if (output->dtype != ENG_DT_F32 && output->dtype != ENG_DT_F16)
        return 0;
    if (whole && (s->rank == 2 || single))
        return (size_t)s->dim[1];
    return !whole && s->rank == 3 && s->dim[1] > 0 ? (size_t)s->dim[2] : 0;
}

/* One vector of the output as float32. */
static void take(const struct eng_tensor *o, size_t index, size_t dim, float *dst)
{
    if (o->dtype == ENG_DT_F16)
        oc_float16_to_floats((const uint16_t *)o->data + index * dim, dim, dst);
    else
        memcpy(dst, (const float *)o->data + index * dim, dim * sizeof *dst);
}

static float at(const struct eng_tensor *o, size_t i)
{
    return o->dtype == ENG_DT_F16 ? oc_float16_to_float(((const uint16_t *)o->data)[i]) : ((const float *)o->data)[i];
}

static void mean(const struct eng_tensor *o, size_t first, size_t n, size_t dim, float *dst)
{
    for (size_t i = 0; i < dim; i++) {
        double sum = 0;
        for (size_t k = 0; k < n; k++)
            sum += (double)at(o, (first + k) * dim + i);
        dst[i] = (float)(sum / (double)n);
    }
}

enum oc_status oc_vectors_pool(const struct eng_tensor *output, size_t rows, size_t dim, enum oc_embed_pooling pooling, const int *end,
                               const int *count, float *dst, struct oc_err *err)
{
    char text[ENG_SHAPE_TEXT];
    if (!dim || oc_vectors_dim(output, pooling) != dim || (size_t)output->shape.dim[0] != rows)
        return oc_err_set(err, OC_E_MODEL, "%zu vectors of %zu numbers are expected, the output is %s %s", rows, dim,
                          eng_dtype_name(output->dtype), eng_shape_text(&output->shape, text));
    size_t length = pooling == OC_POOLING_NONE ? 1 : (size_t)output->shape.dim[1];
    for (size_t r = 0; r < rows; r++) {
        size_t place = 0, n = count && count[r] > 0 && (size_t)count[r] < length ? (size_t)count[r] : length;
        if (pooling == OC_POOLING_LAST)
            place = length - 1;
        else if (pooling == OC_POOLING_END)
            place = end && end[r] >= 0 && (size_t)end[r] < length ? (size_t)end[r] : length - 1;
        if (pooling == OC_POOLING_MEAN)
            mean(output, r * length, n, dim, dst + r * dim);
        else
            take(output, r * length + place, dim, dst + r * dim);
    }
    return OC_OK;
}

void oc_vectors_deinit(struct oc_vectors *v)
{
    oc_mem_wipe_free(v->data);
    *v = (struct oc_vectors){0};
}

double oc_vector_dot(const float *a, const float *b, size_t dim)
{
    double sum = 0;
    for (size_t i = 0; i < dim; i++)
        sum += (double)a[i] * (double)b[i];
    return sum;
}

double oc_vector_cosine(const float *a, const float *b, size_t dim)
{
    double lengths = sqrt(oc_vector_dot(a, a, dim)) * sqrt(oc_vector_dot(b, b, dim));
    double cosine = lengths > 0 ? oc_vector_dot(a, b, dim) / lengths : 0;
    return cosine > 1 ? 1 : cosine < -1 ? -1 : cosine; /* rounding */
}

/* Rows of numbers that embedders give; see embed.h. */
#include "models/embed/embed.h"
#include <math.h>

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

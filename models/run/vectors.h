/* Rows of numbers that embedders give: making room, taking them out of a network's output, comparing them. */
#ifndef OC_MODELS_RUN_VECTORS_H
#define OC_MODELS_RUN_VECTORS_H

#include "engine/eng.h"
#include "models/recipe/recipe.h"

/* n rows of dim numbers, one behind the other. */
struct oc_vectors {
    float *data; /* owned, oc_mem */
    size_t n, dim;
    size_t tokens;     /* texts: of all rows together, special tokens counted, padding not */
    size_t cut;        /* texts: how many were longer than the model reads */
    size_t from_cache; /* rows that needed no run */
};

void oc_vectors_deinit(struct oc_vectors *v); /* an empty one is fine; wiped when freed */

/* dot of two rows of length dim, in double. */
double oc_vector_dot(const float *a, const float *b, size_t dim);
/* Cosine similarity, -1..1; 0 when either is all zero. */
double oc_vector_cosine(const float *a, const float *b, size_t dim);

/* Room for n rows of dim numbers; undefined. OC_E_NOMEM. */
enum oc_status oc_vectors_make(struct oc_vectors *v, size_t n, size_t dim, struct oc_err *err) OC_MUST_CHECK;
/* Every row to length 1; one that is all zero (or shorter than 1e-12) is divided by 1e-12, as torch's normalize does. */
void oc_vectors_normalise(struct oc_vectors *v);
/*
 * The vectors of a network's output, float32 or float16: rows x dim, rows x dim x 1 x 1, or rows x length x dim of which `pooling`
 * takes one. at[row]: where the end is in row, for OC_POOLING_END, and how many count, for OC_POOLING_MEAN; NULL: all.
 * Writes `rows` rows at `dst` (room for rows x dim). OC_E_MODEL when the shape is another.
 */
enum oc_status oc_vectors_pool(const struct eng_tensor *output, size_t rows, size_t dim, enum oc_embed_pooling pooling, const int *end,
                               const int *count, float *dst, struct oc_err *err) OC_MUST_CHECK;
/* The length of the vectors that this output holds; 0 when it cannot hold any. */
size_t oc_vectors_dim(const struct eng_tensor *output, enum oc_embed_pooling pooling);

#endif

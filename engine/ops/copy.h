/*
 * Moves a box of elements between two strided layouts: what Transpose, Slice, Expand, Tile, Concat, Split, Pad,
 * SpaceToDepth all are. A plan is made once: dimensions of size 1 go, neighbours merge, and what remains is run as
 * rows (memcpy), as 2-D transpositions, as fills, or element by element.
 */
#ifndef ENG_OPS_COPY_H
#define ENG_OPS_COPY_H

#include "engine/ops/op.h"

#define ENG_COPY_RANK (2 * LIM_TENSOR_RANK) /* Tile splits each dimension in two */

struct eng_copy {
    int rank; /* at least 1 */
    int64_t dim[ENG_COPY_RANK];
    int64_t to[ENG_COPY_RANK];      /* elements between neighbours in the destination */
    int64_t from[ENG_COPY_RANK];    /* in the source; 0 repeats, below 0 walks back */
    int64_t to_offset, from_offset; /* elements: where the first one lies */
    size_t size;                    /* of an element: 1, 2, 4, 8 */
    int64_t total;                  /* elements moved */
    enum { ENG_COPY_ROWS, ENG_COPY_TRANSPOSE, ENG_COPY_ELEMENTS } way;
    int swap; /* TRANSPOSE: the dimension that is contiguous in the source */
};

/* From `rank` dimensions with strides. All places must lie inside the tensors: the caller's duty. */
void eng_copy_init(struct eng_copy *c, size_t size, int rank, const int64_t *dim, const int64_t *to, int64_t to_offset, const int64_t *from,
                   int64_t from_offset);
/* Source and destination must not overlap. Large ones run in parallel. */
void eng_copy_run(const struct eng_copy *c, void *to, const void *from, struct oc_par *par);

/* Row-major strides in elements. */
void eng_dense_strides(const struct eng_shape *s, int64_t stride[LIM_TENSOR_RANK]);

/* Sets k to a kernel that runs one copy from input 0 to output 0. */
enum oc_status eng_copy_kernel(const struct eng_prepare *c, struct eng_kernel *k, const struct eng_copy *copy,
                               const char *impl) OC_MUST_CHECK;

#endif

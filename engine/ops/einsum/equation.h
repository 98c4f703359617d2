/* The equation of an Einsum, resolved against shapes: one loop for each label, with every operand's stride. */
#ifndef ENG_OPS_EINSUM_EQUATION_H
#define ENG_OPS_EINSUM_EQUATION_H

#include "engine/ops/op.h"

#define ENG_EINSUM_LABELS 32 /* letters and ellipsis dimensions of one equation */
#define ENG_EINSUM_IN 8

struct eng_einsum {
    int n_in, n_out, n_sum;                           /* operands; loops that make the output; loops that are summed */
    int64_t dim[ENG_EINSUM_LABELS];                   /* output loops first, in the output's order, then sums */
    int64_t stride[ENG_EINSUM_IN][ENG_EINSUM_LABELS]; /* elements; 0 = the operand does not have the label */
    int64_t out_count, sum_count;
    struct eng_shape out;
};

/* "ij,jk->ik", "...ii", with blanks, implicit outputs, repeated letters (diagonals) and ellipses; in[0..n_in-1]: shapes. */
enum oc_status eng_einsum_parse(struct oc_err *err, const struct eng_node *n, const struct eng_value *const *in, int n_in,
                                struct eng_einsum *e) OC_MUST_CHECK;

#endif

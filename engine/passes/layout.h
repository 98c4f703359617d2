/*
 * What the layout pass keeps for each value: the ids under which it exists in ONNX's order of dimensions ("first":
 * N,C,spatial...) and with channels last (N,spatial...,C), and its shape in ONNX's order. A form that is asked for and
 * does not exist is made by one Transpose, once.
 */
#ifndef ENG_PASSES_LAYOUT_H
#define ENG_PASSES_LAYOUT_H

#include "engine/ir/graph.h"

struct layout {
    struct eng_graph *g;
    int n;                   /* values the graph had at the start; the arrays are that long */
    int *first, *last;       /* value ids, -1 = not made */
    struct eng_shape *shape; /* in ONNX's order */
    struct oc_err *err;
};

/* Where ONNX's axis lies with channels last, and the permutation that a Transpose to and from it has. */
int eng_layout_axis(int rank, int axis);
void eng_layout_perm(int rank, bool to_last, int64_t *perm);

enum oc_status eng_layout_new(struct eng_graph *g, struct layout *l, struct oc_err *err) OC_MUST_CHECK;
void eng_layout_free(struct layout *l);

/* The value in that form, made when need be. */
enum oc_status eng_layout_first(struct layout *l, int value, int *out) OC_MUST_CHECK;
enum oc_status eng_layout_last(struct layout *l, int value, int *out) OC_MUST_CHECK;
/* True when channels last is at hand: the value has it, and either form is as good or it has no other. */
bool eng_layout_has_last(const struct layout *l, int value);
/* A node's output now has channels last: its shape is permuted, and that is its only form. */
void eng_layout_set_last(struct layout *l, int value);
/* A new constant for a broadcast against rank dimensions with channels last; the same value for one element. */
enum oc_status eng_layout_broadcast_const(struct layout *l, int value, int rank, int *out) OC_MUST_CHECK;
/* A new list of int64 as a constant value. */
enum oc_status eng_layout_ints(struct layout *l, const int64_t *v, int n, int *out) OC_MUST_CHECK;
/* A view of a value with another shape, as a new value. */
enum oc_status eng_layout_reshape(struct layout *l, int value, const struct eng_shape *shape, int *out) OC_MUST_CHECK;
/* A Transpose of a value, as a new value. */
enum oc_status eng_layout_transpose(struct layout *l, int value, const int64_t *perm, int *out) OC_MUST_CHECK;

/*
 * Axes of a node that works along some (Concat, Split, Slice, Pad, Softmax, Reduce*, ArgMax): rewritten for channels last.
 * *ok = false when it cannot be; then nothing was changed. *result_last: output 0 has channels last, too; else its
 * order is as ONNX has it.
 */
enum oc_status eng_layout_axes(struct layout *l, int node, bool *ok, bool *result_last) OC_MUST_CHECK;

#endif

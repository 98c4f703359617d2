/*
 * Models whose later shapes depend on data (NonMaxSuppression, NonZero and what follows them) as two graphs: a head that is planned by
 * shapes as any model is, and a tail that is planned anew in each run, when the head's results are known. In the tail these are
 * constants, so that nearly all of it is worked out while it is planned. Tails are small: they choose boxes.
 */
#ifndef ENG_EXEC_TAIL_H
#define ENG_EXEC_TAIL_H

#include "engine/ir/graph.h"
#include "engine/ops/op.h"

struct eng_tail {
    struct eng_graph *graph; /* owned */
    int *from_output;        /* owned: [graph inputs] the head's output that it is, or -1 - i for the model's input i */
    bool *known;             /* owned: [graph inputs] all true: their values are there when the tail is planned */
    int n_outputs;           /* of the model */
    int *output;             /* owned: [n_outputs] the tail's output that it is, or -1 - i for the head's output i */
};

/*
 * Takes from the graph (in order, constants folded) every node whose shapes depend on the values of an input of three or more
 * dimensions, and what follows from them; the graph gets what these need as further outputs. *out NULL: there are none, and the graph is
 * as it was. OC_E_NOMEM, OC_E_MODEL.
 */
enum oc_status eng_tail_split(struct eng_graph *g, struct eng_tail **out, struct oc_err *err) OC_MUST_CHECK;
void eng_tail_free(struct eng_tail *t); /* NULL is fine */

#endif

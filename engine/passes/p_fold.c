/*
 * What depends on constants alone, or on input shapes that the file fixes, is computed once for all plans:
 *
 *     w -> Transpose -> MatMul      w' -> MatMul
 *
 * The walk itself is plan/infer.c, which every plan runs again with its own input shapes.
 */
#include "engine/passes/passes.h"
#include "engine/plan/infer.h"

enum oc_status eng_pass_fold(struct eng_graph *g, int *count, struct oc_err *err)
{
    return eng_infer_graph(g, ENG_INFER_SOME, count, err);
}

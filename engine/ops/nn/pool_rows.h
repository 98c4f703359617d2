/*
 * 2-D pools of float32 a row of the output at a time: first the rows of the window are merged into one line, then the
 * line's cells. So a window of k x k costs 2 k steps a cell, and the first half runs over contiguous memory in both layouts.
 */
#ifndef ENG_OPS_NN_POOL_ROWS_H
#define ENG_OPS_NN_POOL_ROWS_H

#include "engine/ops/nn/pool.h"

enum eng_pool_merge { ENG_POOL_MAX, ENG_POOL_SUM };

/* Floats of scratch for one thread. */
size_t eng_pool_line(const struct eng_pool *p);
/* Rows of the whole output: units of work for eng_pool_rows. */
int64_t eng_pool_row_count(const struct eng_pool *p);
/*
 * Rows begin..end-1 of the output. line: eng_pool_line floats. Maximum: NaN wins, as in PyTorch; a window without cells gives -infinity.
 */
void eng_pool_rows(const struct eng_pool *p, enum eng_pool_merge merge, const float *x, float *y, float *line, int64_t begin, int64_t end);

#endif

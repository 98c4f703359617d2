/* + bias, + residual, activation over finished results, for backends that do it after their arithmetic. */
#ifndef ENG_BACKEND_POST_H
#define ENG_BACKEND_POST_H

#include "engine/backend/backend.h"
#include "engine/kernels/kernels.h"

/* y[i] = act(y[i] + bias + residual[i]) for n numbers with one bias: a channel's plane. residual may be NULL. */
static inline void eng_post_plane(const struct eng_kernels *k, const struct eng_post *post, float bias, const float *residual, float *y,
                                  size_t n)
{
    if (bias != 0.0f)
        k->binary_scalar(ENG_BI_ADD, y, bias, false, y, n);
    if (residual)
        k->binary(ENG_BI_ADD, y, residual, y, n);
    if (post->act != ENG_ACT_NONE)
        k->act(post->act, post->alpha, post->beta, y, y, n);
}

/* The same over dense rows of `cols` numbers with a bias for each column; bias and residual may be NULL. */
static inline void eng_post_rows(const struct eng_kernels *k, const struct eng_post *post, const float *bias, const float *residual,
                                 float *y, size_t rows, size_t cols)
{
    if (bias || residual || post->act != ENG_ACT_NONE)
        k->act_rows(post->act, post->alpha, post->beta, y, bias, residual, y, rows, cols);
}

#endif

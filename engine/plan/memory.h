/*
 * Where every intermediate tensor lies in a session's arena: buffers that are alive at different times share
 * bytes. Greedy by size (the largest first, each at the lowest offset that is free for its whole life), which
 * stays close to the lower bound on convolutional networks (arXiv:2001.03288, and XNNPACK's memory planner).
 */
#ifndef ENG_PLAN_MEMORY_H
#define ENG_PLAN_MEMORY_H

#include "base/err.h"

#define ENG_MEMORY_ALIGN 64u

struct eng_buffer {
    size_t bytes;
    int first, last; /* steps during which it is alive, both included */
    size_t offset;   /* result; a multiple of ENG_MEMORY_ALIGN */
};

/* Fills the offsets; *total: bytes of the whole arena. Buffers of no bytes get offset 0. */
enum oc_status eng_memory_place(struct eng_buffer *b, int n, size_t *total, struct oc_err *err) OC_MUST_CHECK;

#endif

/* Greedy placement; see memory.h. Quadratic in the number of buffers, which is a few thousand at most in real models. */
#include "engine/plan/memory.h"
#include "base/mem.h"
#include <stdlib.h>

static int larger_first(const void *a, const void *b)
{
    const struct eng_buffer *x = *(struct eng_buffer *const *)a, *y = *(struct eng_buffer *const *)b;
    if (x->bytes != y->bytes)
        return x->bytes < y->bytes ? 1 : -1;
    return x < y ? -1 : x > y; /* the same plan every time */
}

static size_t end_of(const struct eng_buffer *b)
{
    return b->offset + ((b->bytes + ENG_MEMORY_ALIGN - 1) & ~(size_t)(ENG_MEMORY_ALIGN - 1));
}

/* The lowest free offset for b among those placed (sorted by offset); *at: where it goes in the list. */
static bool find_gap(struct eng_buffer *b, struct eng_buffer *const *placed, int n)
{
    size_t from = 0;
    for (int i = 0; i < n; i++) {
        const struct eng_buffer *p = placed[i];
        if (p->last < b->first || p->first > b->last)
            continue;
        if (p->offset >= from && p->offset - from >= b->bytes)
            break;
        if (end_of(p) > from)
            from = end_of(p);
    }
    b->offset = from;
    size_t end;
    return oc_size_add(from, b->bytes + ENG_MEMORY_ALIGN, &end);
}

static void insert_by_offset(struct eng_buffer *b, struct eng_buffer **placed, int n)
{
    while (n > 0 && placed[n - 1]->offset > b->offset) {
        placed[n] = placed[n - 1];
        n--;
    }
    placed[n] = b;
}

enum oc_status eng_memory_place(struct eng_buffer *b, int n, size_t *total, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    struct eng_buffer **order = oc_mem_array(OC_MEM_MODEL, (size_t)n, sizeof(struct eng_buffer *));
    struct eng_buffer **placed = oc_mem_array(OC_MEM_MODEL, (size_t)n, sizeof(struct eng_buffer *));
    *total = 0;
    if (!order || !placed) {
        st = oc_err_nomem(err, "a memory plan", (size_t)n * sizeof(struct eng_buffer *));
        goto done;
    }
    int n_order = 0, n_placed = 0;
    for (int i = 0; i < n; i++) {
        b[i].offset = 0;
        if (b[i].bytes)
            order[n_order++] = &b[i];
    }
    qsort(order, (size_t)n_order, sizeof(struct eng_buffer *), larger_first);
    for (int i = 0; i < n_order; i++) {
        if (order[i]->bytes > SIZE_MAX / 4 || !find_gap(order[i], placed, n_placed)) {
            st = oc_err_set(err, OC_E_MODEL, "the memory of the model's intermediate results overflows");
            goto done;
        }
        insert_by_offset(order[i], placed, n_placed++);
        if (end_of(order[i]) > *total)
            *total = end_of(order[i]);
    }
done:
    oc_mem_free(order);
    oc_mem_free(placed);
    return st;
}

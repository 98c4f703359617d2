/* See panels.h. */
#include "engine/ops/quant/panels.h"
#include <string.h>
#include "base/mem.h"

bool eng_int8_right_bytes(int64_t count, int64_t k, int64_t n, size_t *bytes)
{
    size_t columns, all;
    return oc_size_mul((size_t)count, (size_t)eng_int8_panels(n), &columns) && oc_size_mul(columns, ENG_INT8_COLS, &columns) &&
           oc_size_mul(columns, (size_t)eng_int8_row(k), &all) && oc_size_mul(columns, sizeof(int32_t), &columns) &&
           oc_size_add(all, columns, bytes);
}

static void pack_panel(enum eng_dtype type, const uint8_t *b, int64_t k, int64_t n, int64_t first, int8_t *panel, int32_t *sums)
{
    int64_t cols = n - first < ENG_INT8_COLS ? n - first : ENG_INT8_COLS;
    uint8_t move = type == ENG_DT_I8 ? 0 : 0x80;
    memset(panel, 0, (size_t)(eng_int8_row(k) * ENG_INT8_COLS));
    memset(sums, 0, ENG_INT8_COLS * sizeof *sums);
    for (int64_t i = 0; i < k; i++) {
        int8_t *to = panel + i / ENG_INT8_GROUP * ENG_INT8_COLS * ENG_INT8_GROUP + i % ENG_INT8_GROUP;
        const uint8_t *from = b + i * n + first;
        for (int64_t c = 0; c < cols; c++) {
            int8_t v = (int8_t)(from[c] ^ move);
            to[c * ENG_INT8_GROUP] = v;
            sums[c] = (int32_t)((uint32_t)sums[c] + (uint32_t)v);
        }
    }
}

void eng_int8_pack_right(enum eng_dtype type, const void *b, int64_t count, int64_t k, int64_t n, void *packed)
{
    int64_t panels = eng_int8_panels(n), panel_bytes = eng_int8_row(k) * ENG_INT8_COLS;
    int32_t *sums = (int32_t *)(void *)((int8_t *)packed + count * panels * panel_bytes);
    for (int64_t m = 0; m < count; m++)
        for (int64_t p = 0; p < panels; p++)
            pack_panel(type, (const uint8_t *)b + m * k * n, k, n, p * ENG_INT8_COLS, (int8_t *)packed + (m * panels + p) * panel_bytes,
                       sums + (m * panels + p) * ENG_INT8_COLS);
}

int32_t eng_int8_pack_left(enum eng_dtype type, const void *a, int64_t k, uint8_t *row)
{
    const uint8_t *from = a;
    uint8_t move = type == ENG_DT_U8 ? 0 : 0x80;
    uint32_t sum = 0;
    for (int64_t i = 0; i < k; i++) {
        row[i] = from[i] ^ move;
        sum += row[i];
    }
    memset(row + k, 0, (size_t)(eng_int8_row(k) - k));
    return (int32_t)sum;
}

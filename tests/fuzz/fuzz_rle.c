/* room: metrics */
/* A run-length text after two bytes that say how many pixels it should have: what is read is written again and read as the same. */
#include <stdlib.h>
#include <string.h>
#include "metrics/rle.h"

static void require(bool ok)
{
    if (!ok)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct oc_rle r, again;
    struct oc_err err = {0};
    struct oc_buf text;
    if (size < 2)
        return 0;
    int width = data[0] + 1, height = data[1] + 1;
    uint64_t pixels = (uint64_t)width * (uint64_t)height;
    enum oc_status st = oc_rle_parse((const char *)data + 2, size - 2, pixels, &r, &err);
    if (st) {
        require(st == OC_E_INVALID && !r.counts && err.msg[0]);
        return 0;
    }
    require(oc_rle_check(&r, pixels, &err) == OC_OK);
    oc_buf_init(&text, OC_MEM_OTHER, size * 16);
    require(oc_rle_print(r.counts, r.n, &text) == OC_OK);
    require(oc_rle_parse(text.data ? text.data : "", text.len, pixels, &again, &err) == OC_OK);
    require(again.n == r.n && !memcmp(again.counts, r.counts, r.n * sizeof *r.counts));
    uint16_t *ids = calloc((size_t)pixels, sizeof *ids);
    if (ids)
        require(oc_rle_paint(&r, ids, width, height, 1, 0, &err) == OC_OK);
    free(ids);
    oc_rle_deinit(&r);
    oc_rle_deinit(&again);
    oc_buf_deinit(&text);
    require(oc_mem_blocks() == 0);
    return 0;
}

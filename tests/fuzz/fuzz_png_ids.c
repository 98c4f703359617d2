/* room: vision */
/* Masks: bytes that begin like a PNG file, each once as they are and once with every chunk's checksum put right; what is read is written
 * and read as the same. */
#include "tests/fuzz/decode_fuzz.h"
#include "tests/fuzz/png_fuzz.h"
#include "vision/ids.h"

static void write_and_read(const struct oc_ids *m)
{
    struct oc_buf png;
    struct oc_ids back;
    int top = 0;
    size_t pixels = (size_t)m->width * (size_t)m->height;
    for (size_t i = 0; i < pixels; i++)
        top = m->ids[i] > top ? m->ids[i] : top;
    oc_buf_init(&png, OC_MEM_OTHER, 1 << 20);
    fuzz_require(oc_encode_png_ids(m->ids, m->width, m->height, top + 1, NULL, &png, NULL) == OC_OK);
    fuzz_require(oc_decode_png_ids((const uint8_t *)png.data, png.len, 0, &back, NULL) == OC_OK);
    fuzz_require(back.width == m->width && back.height == m->height && !memcmp(back.ids, m->ids, pixels * sizeof *m->ids));
    oc_ids_deinit(&back);
    oc_buf_deinit(&png);
}

static void decode(const uint8_t *data, size_t size)
{
    struct oc_ids m;
    struct oc_err err = {0};
    enum oc_status st = oc_decode_png_ids(data, size, FUZZ_PIXELS, &m, &err);
    if (st) {
        fuzz_require(!m.ids && err.code == st && err.msg[0]);
        fuzz_require(st == OC_E_IMAGE || st == OC_E_IMAGE_TOO_LARGE || st == OC_E_MEDIA || st == OC_E_NOMEM);
    } else {
        fuzz_require(m.width > 0 && m.height > 0 && (int64_t)m.width * m.height <= FUZZ_PIXELS);
        write_and_read(&m);
    }
    oc_ids_deinit(&m);
    fuzz_require(oc_mem_blocks() == 0 && oc_mem_total() == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    decode(data, size);
    uint8_t *copy = malloc(size + 1);
    if (!copy)
        return 0;
    memcpy(copy + 1, data, size);
    fuzz_repair_png(copy + 1, size);
    decode(copy + 1, size);
    free(copy);
    return 0;
}

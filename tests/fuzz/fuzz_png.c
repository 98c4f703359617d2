/* room: vision */
/* Bytes that begin like a PNG file, each once as they are and once with every chunk's checksum put right. */
#include "tests/fuzz/decode_fuzz.h"
#include "tests/fuzz/png_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_decode(OC_FORMAT_PNG, data, size);
    uint8_t *copy = malloc(size + 1);
    if (!copy)
        return 0;
    memcpy(copy + 1, data, size);
    fuzz_repair_png(copy + 1, size);
    fuzz_decode(OC_FORMAT_PNG, copy + 1, size);
    free(copy);
    return 0;
}

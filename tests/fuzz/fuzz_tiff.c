/* room: vision */
/* Any bytes that begin like a TIFF file. */
#include "tests/fuzz/decode_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_decode(OC_FORMAT_TIFF, data, size);
}

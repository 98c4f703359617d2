/* room: vision */
/* Any bytes that begin like a HEIF file. */
#include "tests/fuzz/decode_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_decode(OC_FORMAT_HEIF, data, size);
}

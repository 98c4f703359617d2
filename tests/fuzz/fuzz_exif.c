/* room: vision */
/* The orientation parsers on bare TIFF blocks and XMP, and the sniffer's descriptions on the same bytes. */
#include "tests/fuzz/decode_fuzz.h"
#include "vision/decode/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int orientation = oc_exif_orientation(data, size);
    fuzz_require(orientation >= 0 && orientation <= 8);
    orientation = oc_xmp_orientation(data, size);
    fuzz_require(orientation >= 0 && orientation <= 8);
    fuzz_require(oc_image_describe(data, size)[0] != 0);
    return 0;
}

/* room: engine */
/* .npy files: nothing crashes, and what is accepted has as many bytes as it says. */
#include <stdlib.h>
#include <string.h>
#include "base/mem.h"
#include "engine/cli/npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct eng_tensor t;
    char *copy = malloc(size ? size : 1); /* exactly as long, so that reading past the end shows */
    if (!copy)
        return 0;
    if (size)
        memcpy(copy, data, size);
    if (eng_npy_parse(copy, size, &t, NULL) == OC_OK) {
        size_t bytes = (size_t)eng_shape_count(&t.shape) * eng_dtype_size(t.dtype);
        if (bytes > size)
            abort();
        oc_mem_free(t.data);
    }
    free(copy);
    return 0;
}

/* Making and freeing pictures; see image.h. Rows are packed, so a picture is one block. */
#include "vision/image.h"
#include "base/limits.h"

enum oc_status oc_image_new(struct oc_image *im, int width, int height, int channels, struct oc_err *err)
{
    *im = (struct oc_image){0};
    if (width < 1 || height < 1 || (channels != 1 && channels != 3))
        return oc_err_set(err, OC_E_INVALID, "a picture of %d x %d with %d channels is not possible", width, height, channels);
    if (width > LIM_SIDE || height > LIM_SIDE)
        return oc_err_set(err, OC_E_IMAGE_TOO_LARGE, "picture of %d x %d pixels: a side may have at most %d", width, height, LIM_SIDE);
    size_t bytes = 0;
    if (!oc_size_mul((size_t)width, (size_t)height, &bytes) || !oc_size_mul(bytes, (size_t)channels, &bytes))
        return oc_err_set(err, OC_E_IMAGE_TOO_LARGE, "picture of %d x %d pixels does not fit in memory", width, height);
    uint8_t *data = oc_mem_aligned(OC_MEM_PIXEL, bytes);
    if (!data)
        return oc_err_nomem(err, "pixels", bytes);
    *im = (struct oc_image){.width = width, .height = height, .channels = channels, .data = data};
    return OC_OK;
}

void oc_image_deinit(struct oc_image *im)
{
    oc_mem_free(im->data);
    *im = (struct oc_image){0};
}

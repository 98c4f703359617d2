/* The picture's memory; see image.h. */
#include "vision/image.h"
#include "base/limits.h"

enum oc_status oc_image_new(struct oc_image *im, int width, int height, int channels, struct oc_err *err)
{
    *im = (struct oc_image){0};
    if (width < 1 || height < 1 || width > LIM_SIDE || height > LIM_SIDE)
        return oc_err_set(err, OC_E_IMAGE_TOO_LARGE, "image of %d x %d pixels: each side must be 1 to %d", width, height, LIM_SIDE);
    size_t bytes = (size_t)width * (size_t)height * (size_t)channels; /* at most 2^15 * 2^15 * 4: no overflow */
    im->data = oc_mem_aligned(OC_MEM_PIXEL, bytes);
    if (!im->data)
        return oc_err_nomem(err, "image", bytes);
    im->width = width;
    im->height = height;
    im->channels = channels;
    return OC_OK;
}

void oc_image_deinit(struct oc_image *im)
{
    oc_mem_free(im->data);
    *im = (struct oc_image){0};
}

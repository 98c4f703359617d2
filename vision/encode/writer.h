/* What both encoders need: the picture's rows, and bytes going out. Private to vision/encode/. */
#ifndef OC_VISION_WRITER_H
#define OC_VISION_WRITER_H

#include "vision/encode.h"

struct oc_encode_job {
    const struct oc_image *im;
    const struct oc_encode_stop *stop;
    struct oc_buf *out;
    struct oc_err *err;
};

/* OC_E_INVALID for what cannot be encoded. */
static inline enum oc_status oc_encode_check(const struct oc_encode_job *job)
{
    const struct oc_image *im = job->im;
    if (!im->data || im->width < 1 || im->height < 1 || (im->channels != 1 && im->channels != 3))
        return oc_err_set(job->err, OC_E_INVALID, "a picture of %d x %d with %d channels cannot be encoded", im->width, im->height,
                          im->channels);
    return OC_OK;
}

static inline bool oc_encode_stopped(const struct oc_encode_job *job)
{
    return job->stop && job->stop->cancelled && job->stop->cancelled(job->stop->arg);
}

static inline const uint8_t *oc_encode_row(const struct oc_image *im, size_t y)
{
    return im->data + y * (size_t)im->width * (size_t)im->channels;
}

/* Takes back what a failed encoder wrote. */
static inline void oc_encode_undo(struct oc_buf *out, size_t length)
{
    out->len = length;
    if (out->data)
        out->data[length] = '\0';
}

#endif

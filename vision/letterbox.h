/*
 * A picture made to fit a network's input, and the way back from the network's pixels to the picture's.
 */
#ifndef OC_VISION_LETTERBOX_H
#define OC_VISION_LETTERBOX_H

#include "vision/image.h"

enum oc_fit {
    OC_FIT_STRETCH,  /* both sides to the target, ratio lost (NanoDet, UltraFace, DETR)                      */
    OC_FIT_TOP_LEFT, /* ratio kept, truncated sizes, placed top-left (YOLOX, SCRFD)                           */
    OC_FIT_CENTRE,   /* ratio kept, rounded half to even, centred with Ultralytics' .1 rule (YOLOv5 to v12)   */
    OC_FIT_PAD,      /* not resized unless larger than the target; padded right and bottom (YuNet)            */
};

/* Network pixel (x, y) -> picture pixel ((x - left) / scale_x, (y - top) / scale_y). */
struct oc_fit_map {
    double scale_x, scale_y;
    int left, top;
    int inner_width, inner_height; /* the resized picture inside the target */
};

/* How pixels are made when a picture becomes smaller or larger. */
enum oc_resample {
    OC_RESAMPLE_LINEAR,    /* OpenCV's INTER_LINEAR: two by two neighbours, as most detectors' own programs do it                 */
    OC_RESAMPLE_ANTIALIAS, /* Pillow's BILINEAR: all pixels that fall on one, so that small things in large pictures survive     */
};

/* Resizes and pads with `pad` (0..255, all channels). *out has exactly width x height. map: where the picture lies in it; may be NULL. */
enum oc_status oc_letterbox(const struct oc_image *src, int width, int height, enum oc_fit how, uint8_t pad, enum oc_resample resample,
                            struct oc_image *out, struct oc_fit_map *map, struct oc_err *err) OC_MUST_CHECK;

/* One channel's affine map: value = (pixel - mean) * scale, in the network's channel order. */
struct oc_pixel_map {
    float mean[3], scale[3];
    bool bgr;           /* the network wants blue first */
    bool channels_last; /* N,H,W,C instead of N,C,H,W */
};

/* Writes width*height*3 floats of a 3-channel picture; dst is borrowed. */
void oc_image_to_f32(const struct oc_image *im, const struct oc_pixel_map *map, float *dst);

#endif

/*
 * libpng set up to write into a buffer, its memory (and zlib's) counted through our allocator. Its errors jump: each function that calls
 * libpng sets its own target first, and returns `status` when it lands there. Private to vision/encode/.
 */
#ifndef OC_VISION_PNG_WRITER_H
#define OC_VISION_PNG_WRITER_H

#include <png.h>
#include "vision/encode/writer.h"

struct oc_png_writer {
    struct oc_encode_job *job; /* borrowed */
    png_structp png;
    png_infop info;
    enum oc_status status; /* of what failed below libpng, told before it jumps */
};

/* To be ended in any case. OC_E_NOMEM. */
enum oc_status oc_png_writer_begin(struct oc_png_writer *w, struct oc_encode_job *job) OC_MUST_CHECK;
void oc_png_writer_end(struct oc_png_writer *w);

#endif

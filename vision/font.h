/* A bitmap font of the printable ASCII characters, for labels in pictures. */
#ifndef OC_VISION_FONT_H
#define OC_VISION_FONT_H

#include <stdint.h>

enum {
    OC_FONT_WIDTH = 5,
    OC_FONT_HEIGHT = 9,   /* two rows of it below the base line */
    OC_FONT_ADVANCE = 6,  /* from one character to the next */
    OC_FONT_BASELINE = 7, /* rows above the base line: the height of a capital letter */
};

/* OC_FONT_HEIGHT rows from the top, bit 4 is the leftmost column. A character that is not printable ASCII gives '?'. */
const uint8_t *oc_font_glyph(uint32_t character);

#endif

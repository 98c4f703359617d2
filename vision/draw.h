/*
 * Boxes, points, labels and maps of classes drawn into a picture of 3 channels, in place. Nothing here fails or allocates: what lies
 * outside the picture is cut off, and what has no place (a NaN, a box turned inside out) is left out. A picture of other channels is left
 * as it is.
 */
#ifndef OC_VISION_DRAW_H
#define OC_VISION_DRAW_H

#include "vision/image.h"
#include "vision/nms.h"

struct oc_colour {
    uint8_t r, g, b;
};

/* Pixels: how thick things are. */
struct oc_draw_sizes {
    int line; /* a box's coloured line */
    int edge; /* the dark rim on both sides of a line and around points: it is seen on any background */
    int dot;  /* radius of a point */
    int text; /* whole factor by which the font is enlarged */
};

/*
 * For a picture of that size, by its longer side: lines of side/300 but at least 2, rims of a quarter of that, points of side/200, text
 * of side/400 (capitals are 7 times as high), each rounded and at least 1.
 */
struct oc_draw_sizes oc_draw_sizes_for(int width, int height);

/*
 * A colour for each class, the same everywhere: hue = frac(0.02 + class_id * 0.618034) of a turn (steps of the golden ratio keep
 * neighbours apart), saturation 0.85, value 1, or 0.75 for every other class.
 */
struct oc_colour oc_draw_class_colour(int class_id);

/* The outline of a box in continuous pixels. A box beyond the picture is cut to it first, so that all four lines are seen. */
void oc_draw_box(struct oc_image *im, const struct oc_box *box, struct oc_colour colour, const struct oc_draw_sizes *sizes);
/* A filled circle around a point in continuous pixels: 0,0 is the picture's corner. */
void oc_draw_dot(struct oc_image *im, float x, float y, struct oc_colour colour, const struct oc_draw_sizes *sizes);
/*
 * Text on a plate of that colour, black or white, whichever reads better: above the box's upper left corner, below its upper line where
 * there is no room above, and always within the picture: a text too wide for it is drawn smaller, then cut. UTF-8; each character that
 * is not ASCII becomes '?'.
 */
void oc_draw_label(struct oc_image *im, const struct oc_box *box, const char *text, struct oc_colour colour,
                   const struct oc_draw_sizes *sizes);

/* A straight line between two points, as wide as a box's, with a dark rim and round ends. */
void oc_draw_line(struct oc_image *im, float x1, float y1, float x2, float y2, struct oc_colour colour, const struct oc_draw_sizes *sizes);
/* The outline of a polygon of n points. */
void oc_draw_outline(struct oc_image *im, const float (*points)[2], int n, struct oc_colour colour, const struct oc_draw_sizes *sizes);

/* 0 or 1 for each pixel of a rectangle, row by row. */
struct oc_bits {
    int x, y, width, height;
    const uint8_t *bits; /* borrowed */
};

/* Half the colour and half the picture where a bit is 1; along the borders of such pixels a dark rim, and within it a line of the colour.
 */
void oc_draw_bits(struct oc_image *im, const struct oc_bits *bits, struct oc_colour colour, const struct oc_draw_sizes *sizes);

struct oc_legend_line {
    const char *text; /* UTF-8 */
    struct oc_colour colour;
};

/*
 * Plates as of labels, one below the other from the upper left corner, all as wide as the longest text needs. Smaller where they would not
 * fit; where even the smallest do not, the last plate says how many lines are missing: "+12".
 */
void oc_draw_legend(struct oc_image *im, const struct oc_legend_line *lines, size_t n, const struct oc_draw_sizes *sizes);

struct oc_map_paint {
    struct oc_colour colour;
    bool hidden; /* the picture shows through */
};

/*
 * A map of classes over the picture of the same size: half the colour, half the picture, and along borders, sizes->edge wide, the colour
 * alone. paints: one for each id that occurs.
 */
void oc_draw_ids(struct oc_image *im, const uint16_t *ids, const struct oc_map_paint *paints, const struct oc_draw_sizes *sizes);

#endif

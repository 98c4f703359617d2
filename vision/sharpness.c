/* The blur metric; see sharpness.h. A running mean's difference between neighbours is that of what enters and what leaves it. */
#include "vision/sharpness.h"
#include <stdlib.h>

enum { WINDOW = 9, HALF = WINDOW / 2 };

/* BT.601 luma, thousandths. */
static int luma(const uint8_t *p, int channels)
{
    return channels == 3 ? 299 * p[0] + 587 * p[1] + 114 * p[2] : 1000 * p[0];
}

/* One row or column: n pixels `step` bytes apart. */
struct line {
    const uint8_t *first;
    size_t step;
    int n, channels;
};

static int at(const struct line *l, int i)
{
    i = i < 0 ? 0 : i >= l->n ? l->n - 1 : i; /* the edge goes on */
    return luma(l->first + (size_t)i * l->step, l->channels);
}

/* Adds the differences there are, and those a blur leaves of them. */
static void measure(const struct line *l, int64_t *all, int64_t *left)
{
    for (int i = 0; i + 1 < l->n; i++) {
        int here = abs(at(l, i + 1) - at(l, i)), blurred = abs(at(l, i + 1 + HALF) - at(l, i - HALF)) / WINDOW;
        *all += here;
        *left += blurred < here ? blurred : here;
    }
}

static float share_lost(int64_t all, int64_t left)
{
    return all > 0 ? (float)((double)(all - left) / (double)all) : 0;
}

float oc_sharpness(const struct oc_image *im)
{
    size_t pixel = (size_t)im->channels, row = pixel * (size_t)im->width;
    int64_t all = 0, left = 0;
    for (int y = 0; y < im->height; y++)
        measure(&(struct line){im->data + (size_t)y * row, pixel, im->width, im->channels}, &all, &left);
    float across = share_lost(all, left);
    all = left = 0;
    for (int x = 0; x < im->width; x++)
        measure(&(struct line){im->data + (size_t)x * pixel, row, im->height, im->channels}, &all, &left);
    float down = share_lost(all, left);
    return across < down ? across : down;
}

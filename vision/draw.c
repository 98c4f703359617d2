/*
 * Everything is made of filled rectangles, each cut to the picture before a byte is written; coordinates are whole pixels from
 * here on, bounded far below where sums could overflow. No anti-aliasing. See draw.h.
 */
#include "vision/draw.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "base/parse.h"
#include "base/utf8.h"
#include "vision/font.h"

enum { FAR = 1 << 24 };

static const struct oc_colour dark = {16, 16, 16};

/* Half open: x1 <= x < x2. */
struct area {
    int x1, y1, x2, y2;
};

static int at_least(int v, int least)
{
    return v > least ? v : least;
}

static int at_most(int v, int most)
{
    return v < most ? v : most;
}

/* The nearest whole pixel, within bounds that leave room for adding to it. */
static int whole(double v)
{
    return (int)oc_f64_to_i64(floor(v + 0.5), -FAR, FAR);
}

static void fill(struct oc_image *im, struct area a, struct oc_colour c)
{
    a = (struct area){at_least(a.x1, 0), at_least(a.y1, 0), at_most(a.x2, im->width), at_most(a.y2, im->height)};
    for (int y = a.y1; y < a.y2; y++) {
        uint8_t *p = im->data + ((size_t)y * (size_t)im->width + (size_t)at_least(a.x1, 0)) * 3;
        for (int x = a.x1; x < a.x2; x++, p += 3) {
            p[0] = c.r;
            p[1] = c.g;
            p[2] = c.b;
        }
    }
}

/* A frame of that width inside the area; a small area is filled. */
static void frame(struct oc_image *im, struct area a, int width, struct oc_colour c)
{
    if (a.x2 - a.x1 <= 2 * width || a.y2 - a.y1 <= 2 * width) {
        fill(im, a, c);
        return;
    }
    fill(im, (struct area){a.x1, a.y1, a.x2, a.y1 + width}, c);
    fill(im, (struct area){a.x1, a.y2 - width, a.x2, a.y2}, c);
    fill(im, (struct area){a.x1, a.y1 + width, a.x1 + width, a.y2 - width}, c);
    fill(im, (struct area){a.x2 - width, a.y1 + width, a.x2, a.y2 - width}, c);
}

static struct area grown(struct area a, int by)
{
    return (struct area){a.x1 - by, a.y1 - by, a.x2 + by, a.y2 + by};
}

/* The box in whole pixels, cut to the picture, with its line around its edge where there is room for that; false: nothing to draw. */
static bool outline(const struct oc_image *im, const struct oc_box *b, int line, struct area *out)
{
    if (im->channels != 3 || !im->data || !(b->x1 <= b->x2 && b->y1 <= b->y2)) /* so said, NaN is no box */
        return false;
    if (!(b->x1 < (float)im->width && b->y1 < (float)im->height && b->x2 > 0 && b->y2 > 0))
        return false;
    struct area a = grown((struct area){whole((double)b->x1), whole((double)b->y1), whole((double)b->x2), whole((double)b->y2)}, line / 2);
    *out = (struct area){at_least(a.x1, 0), at_least(a.y1, 0), at_most(a.x2, im->width), at_most(a.y2, im->height)};
    return true;
}

static int rounded_share(int side, int divisor, int least)
{
    return at_least((side + divisor / 2) / divisor, least);
}

struct oc_draw_sizes oc_draw_sizes_for(int width, int height)
{
    int side = at_least(width, height), line = rounded_share(side, 300, 2);
    return (struct oc_draw_sizes){
        .line = line, .edge = rounded_share(line, 4, 1), .dot = rounded_share(side, 200, 1), .text = rounded_share(side, 400, 1)};
}

/* HSV to RGB, one channel: value * (1 - saturation * max(0, min(k, 4 - k, 1))), k = (n + hue * 6) mod 6; n = 5, 3, 1 for R, G, B. */
static uint8_t channel(double hue, double saturation, double value, int n)
{
    double k = fmod(n + hue * 6, 6);
    double less = fmax(0, fmin(fmin(k, 4 - k), 1));
    return (uint8_t)lrint(255 * value * (1 - saturation * less));
}

struct oc_colour oc_draw_class_colour(int class_id)
{
    double turns = 0.02 + class_id * 0.618034, hue = turns - floor(turns), value = class_id % 2 ? 0.75 : 1;
    return (struct oc_colour){channel(hue, 0.85, value, 5), channel(hue, 0.85, value, 3), channel(hue, 0.85, value, 1)};
}

void oc_draw_box(struct oc_image *im, const struct oc_box *box, struct oc_colour colour, const struct oc_draw_sizes *sizes)
{
    struct area a;
    if (!outline(im, box, sizes->line, &a))
        return;
    frame(im, grown(a, sizes->edge), sizes->line + 2 * sizes->edge, dark);
    frame(im, a, sizes->line, colour);
}

/* The pixels whose centres are within the radius, row by row. */
static void disc(struct oc_image *im, double x, double y, double radius, struct oc_colour c)
{
    int from = whole(y - radius), to = whole(y + radius);
    for (int row = at_least(from, 0); row < at_most(to, im->height); row++) {
        double dy = row + 0.5 - y, half = sqrt(fmax(0, radius * radius - dy * dy));
        fill(im, (struct area){whole(x - half), row, whole(x + half), row + 1}, c);
    }
}

void oc_draw_dot(struct oc_image *im, float x, float y, struct oc_colour colour, const struct oc_draw_sizes *sizes)
{
    if (im->channels != 3 || !im->data || !isfinite(x) || !isfinite(y))
        return;
    disc(im, (double)x, (double)y, sizes->dot + sizes->edge, dark);
    disc(im, (double)x, (double)y, sizes->dot, colour);
}

/* The pixels whose centres are within `radius` of the stretch between two points. Points far outside are looked at as if on the rim. */
static void stroke(struct oc_image *im, const double a[2], const double b[2], double radius, struct oc_colour c)
{
    double dx = b[0] - a[0], dy = b[1] - a[1], length = dx * dx + dy * dy;
    int from = at_least(whole(fmin(a[1], b[1]) - radius), 0), to = at_most(whole(fmax(a[1], b[1]) + radius), im->height);
    int left = at_least(whole(fmin(a[0], b[0]) - radius), 0), right = at_most(whole(fmax(a[0], b[0]) + radius), im->width);
    for (int y = from; y < to; y++) {
        double middle = a[0] + (dy != 0 ? (y + 0.5 - a[1]) * dx / dy : 0), reach = dy != 0 ? radius * sqrt(length) / fabs(dy) + 1 : FAR;
        int first = at_least(whole(middle - reach), left), last = at_most(whole(middle + reach) + 1, right); /* of the endless line */
        for (int x = first; x < last; x++) {
            double px = x + 0.5 - a[0], py = y + 0.5 - a[1], t = length > 0 ? (px * dx + py * dy) / length : 0;
            t = fmin(fmax(t, 0), 1);
            double ex = px - t * dx, ey = py - t * dy;
            if (ex * ex + ey * ey <= radius * radius)
                fill(im, (struct area){x, y, x + 1, y + 1}, c);
        }
    }
}

static bool is_point(float x, float y)
{
    return isfinite(x) && isfinite(y) && fabsf(x) < FAR && fabsf(y) < FAR;
}

void oc_draw_line(struct oc_image *im, float x1, float y1, float x2, float y2, struct oc_colour colour, const struct oc_draw_sizes *sizes)
{
    const double a[2] = {(double)x1, (double)y1}, b[2] = {(double)x2, (double)y2};
    if (im->channels != 3 || !im->data || !is_point(x1, y1) || !is_point(x2, y2))
        return;
    stroke(im, a, b, sizes->line / 2.0 + sizes->edge, dark);
    stroke(im, a, b, sizes->line / 2.0, colour);
}

void oc_draw_outline(struct oc_image *im, const float (*points)[2], int n, struct oc_colour colour, const struct oc_draw_sizes *sizes)
{
    if (im->channels != 3 || !im->data)
        return;
    for (int i = 0; i < n; i++)
        if (!is_point(points[i][0], points[i][1]))
            return;
    for (int pass = 0; pass < 2; pass++) { /* all rims before all lines: they meet at the corners */
        for (int i = 0; i < n; i++) {
            const float *p = points[i], *q = points[(i + 1) % n];
            const double a[2] = {(double)p[0], (double)p[1]}, b[2] = {(double)q[0], (double)q[1]};
            stroke(im, a, b, sizes->line / 2.0 + (pass ? 0 : sizes->edge), pass ? colour : dark);
        }
    }
}

static void draw_character(struct oc_image *im, uint32_t character, int left, int top, int scale, struct oc_colour c)
{
    const uint8_t *rows = oc_font_glyph(character);
    for (int y = 0; y < OC_FONT_HEIGHT; y++)
        for (int x = 0; x < OC_FONT_WIDTH; x++)
            if (rows[y] >> (OC_FONT_WIDTH - 1 - x) & 1)
                fill(im, (struct area){left + x * scale, top + y * scale, left + (x + 1) * scale, top + (y + 1) * scale}, c);
}

/* The character at *at, which moves behind it: ASCII itself, '?' for any other and for a byte that belongs to none. */
static uint32_t next_character(const char *text, size_t length, size_t *at)
{
    const uint8_t *p = (const uint8_t *)text + *at;
    size_t n = oc_utf8_length(p, length - *at);
    *at += n ? n : 1;
    return n == 1 ? *p : '?';
}

/* Rec. 709 luma decides, at the level from which black reads better than white on the colours above. */
static struct oc_colour text_colour(struct oc_colour plate)
{
    bool light = 0.2126 * plate.r + 0.7152 * plate.g + 0.0722 * plate.b > 120;
    return light ? (struct oc_colour){0, 0, 0} : (struct oc_colour){255, 255, 255};
}

static int plate_width(int characters, int scale)
{
    return (characters * OC_FONT_ADVANCE + 3) * scale; /* two columns before the text; one after its last, which has one of its own */
}

/* Characters of a text, as far as they could be seen in that width. */
static int count_characters(const char *text, int width)
{
    size_t length = strlen(text);
    int characters = 0, most = width / OC_FONT_ADVANCE + 1;
    for (size_t at = 0; at < length && characters < most; characters++)
        next_character(text, length, &at);
    return characters;
}

static int plate_height(int scale, int edge)
{
    return (OC_FONT_HEIGHT + 2) * scale + 2 * edge;
}

/* Text on a plate of its colour with a dark rim, which keeps plates of one colour apart. */
static void draw_plate(struct oc_image *im, struct area plate, const char *text, struct oc_colour colour, int scale, int edge)
{
    size_t length = strlen(text);
    int characters = count_characters(text, im->width), left = plate.x1 + edge + 2 * scale, top = plate.y1 + edge + 2 * scale;
    fill(im, plate, dark);
    fill(im, grown(plate, -edge), colour);
    for (size_t at = 0, i = 0; i < (size_t)characters; i++)
        draw_character(im, next_character(text, length, &at), left + (int)i * OC_FONT_ADVANCE * scale, top, scale, text_colour(colour));
}

void oc_draw_label(struct oc_image *im, const struct oc_box *box, const char *text, struct oc_colour colour,
                   const struct oc_draw_sizes *sizes)
{
    struct area a;
    int characters = count_characters(text, im->width), scale = sizes->text, edge = sizes->edge;
    if (!outline(im, box, sizes->line, &a))
        return;
    while (scale > 1 && plate_width(characters, scale) + 2 * edge > im->width)
        scale--;
    int width = plate_width(characters, scale) + 2 * edge, height = plate_height(scale, edge); /* the lower rim lies on the box's */
    int left = at_least(at_most(a.x1 - edge, im->width - width), 0), above = a.y1 - height;
    int top = at_least(at_most(above >= 0 ? above : a.y1, im->height - height), 0);
    draw_plate(im, (struct area){left, top, left + width, top + height}, text, colour, scale, edge);
}

/* The widest text decides, and the number of lines, each sharing a rim with the next. */
static bool legend_fits(const struct oc_image *im, int characters, size_t n, int scale, int edge)
{
    int64_t height = (int64_t)n * (plate_height(scale, edge) - edge) + edge;
    return plate_width(characters, scale) + 2 * edge <= im->width && height <= im->height;
}

void oc_draw_legend(struct oc_image *im, const struct oc_legend_line *lines, size_t n, const struct oc_draw_sizes *sizes)
{
    int characters = 0, scale = sizes->text, edge = sizes->edge;
    if (im->channels != 3 || !im->data)
        return;
    for (size_t i = 0; i < n; i++)
        characters = at_least(characters, count_characters(lines[i].text, im->width));
    while (scale > 1 && !legend_fits(im, characters, n, scale, edge))
        scale--;
    int step = plate_height(scale, edge) - edge, width = plate_width(characters, scale) + 2 * edge;
    size_t room = (size_t)at_least((im->height - edge) / step, 1);
    for (size_t i = 0; i < n && i < room; i++) {
        struct area plate = {0, (int)i * step, width, (int)i * step + step + edge};
        char rest[32];
        snprintf(rest, sizeof rest, "+%zu", n - i);
        bool last = i + 1 == room && n > room; /* no room for all: how many more there are */
        draw_plate(im, plate, last ? rest : lines[i].text, last ? dark : lines[i].colour, scale, edge);
    }
}

static bool is_border(const uint16_t *ids, int width, int height, int x, int y, int reach)
{
    const uint16_t *p = ids + (size_t)y * (size_t)width + x;
    size_t down = (size_t)width * (size_t)reach;
    return (x >= reach && p[-reach] != *p) || (x + reach < width && p[reach] != *p) || (y >= reach && *(p - down) != *p) ||
           (y + reach < height && p[down] != *p);
}

void oc_draw_ids(struct oc_image *im, const uint16_t *ids, const struct oc_map_paint *paints, const struct oc_draw_sizes *sizes)
{
    if (im->channels != 3 || !im->data)
        return;
    uint8_t *p = im->data;
    for (int y = 0; y < im->height; y++) {
        for (int x = 0; x < im->width; x++, p += 3) {
            const struct oc_map_paint *paint = &paints[ids[(size_t)y * (size_t)im->width + (size_t)x]];
            if (paint->hidden)
                continue;
            struct oc_colour c = paint->colour;
            if (!is_border(ids, im->width, im->height, x, y, sizes->edge))
                c = (struct oc_colour){(uint8_t)((p[0] + c.r) / 2), (uint8_t)((p[1] + c.g) / 2), (uint8_t)((p[2] + c.b) / 2)};
            p[0] = c.r;
            p[1] = c.g;
            p[2] = c.b;
        }
    }
}

static bool is_set(const struct oc_bits *b, int x, int y)
{
    return x >= 0 && y >= 0 && x < b->width && y < b->height && b->bits[(size_t)y * (size_t)b->width + (size_t)x];
}

static bool is_within(const struct oc_bits *b, int x, int y, int reach)
{
    return is_set(b, x - reach, y) && is_set(b, x + reach, y) && is_set(b, x, y - reach) && is_set(b, x, y + reach);
}

static uint8_t half(uint8_t a, uint8_t b)
{
    return (uint8_t)((a + b) / 2);
}

void oc_draw_bits(struct oc_image *im, const struct oc_bits *b, struct oc_colour c, const struct oc_draw_sizes *sizes)
{
    if (im->channels != 3 || !im->data)
        return;
    for (int y = at_least(-b->y, 0); y < b->height && b->y + y < im->height; y++) {
        for (int x = at_least(-b->x, 0); x < b->width && b->x + x < im->width; x++) {
            if (!is_set(b, x, y))
                continue;
            uint8_t *p = im->data + ((size_t)(b->y + y) * (size_t)im->width + (size_t)(b->x + x)) * 3;
            struct oc_colour to = {half(p[0], c.r), half(p[1], c.g), half(p[2], c.b)};
            if (!is_within(b, x, y, sizes->edge))
                to = dark;
            else if (!is_within(b, x, y, sizes->edge + sizes->line))
                to = c;
            p[0] = to.r;
            p[1] = to.g;
            p[2] = to.b;
        }
    }
}

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include "vision/draw.h"
#include "vision/font.h"

static const struct oc_colour red = {255, 0, 0};
static const struct oc_draw_sizes thin = {.line = 1, .edge = 1, .dot = 1, .text = 1};

static struct oc_image grey(int width, int height)
{
    struct oc_image im;
    cr_assert_eq(oc_image_new(&im, width, height, 3, NULL), OC_OK);
    memset(im.data, 99, (size_t)width * (size_t)height * 3);
    return im;
}

/* One letter a pixel: '.' untouched, 'd' dark rim, 'R' red, 'w' white, 'k' black. */
static char letter(const struct oc_image *im, int x, int y)
{
    static const struct {
        uint8_t p[3];
        char c;
    } known[] = {{{99, 99, 99}, '.'}, {{16, 16, 16}, 'd'}, {{255, 0, 0}, 'R'}, {{255, 255, 255}, 'w'}, {{0, 0, 0}, 'k'}};
    for (size_t i = 0; i < OC_ARRAY_LEN(known); i++)
        if (!memcmp(im->data + ((size_t)y * (size_t)im->width + (size_t)x) * 3, known[i].p, 3))
            return known[i].c;
    return '?';
}

static void expect(const struct oc_image *im, const char *const *rows)
{
    for (int y = 0; y < im->height; y++)
        for (int x = 0; x < im->width; x++)
            cr_assert_eq(letter(im, x, y), rows[y][x], "at %d, %d: '%c', expected '%c'", x, y, letter(im, x, y), rows[y][x]);
}

Test(draw, a_box_to_the_pixel)
{
    struct oc_image im = grey(9, 8);
    oc_draw_box(&im, &(struct oc_box){1.6f, 1.4f, 8.4f, 7.5f}, red, &thin); /* 2, 1 .. 8, 8 */
    expect(&im,
           (const char *const[]){".dddddddd", ".dRRRRRRd", ".dRddddRd", ".dRd..dRd", ".dRd..dRd", ".dRd..dRd", ".dRddddRd", ".dRRRRRRd"});
    oc_image_deinit(&im);
}

Test(draw, a_box_beyond_the_picture_is_cut_to_it)
{
    struct oc_image im = grey(6, 5);
    oc_draw_box(&im, &(struct oc_box){-1e30f, -3, 3, FLT_MAX}, red, &thin);
    expect(&im, (const char *const[]){"RRRd..", "RdRd..", "RdRd..", "RdRd..", "RRRd.."});
    oc_image_deinit(&im);
}

Test(draw, a_point_to_the_pixel)
{
    struct oc_image im = grey(6, 6);
    oc_draw_dot(&im, 3, 3, red, &thin);
    expect(&im, (const char *const[]){"......", "..dd..", ".dRRd.", ".dRRd.", "..dd..", "......"});
    oc_image_deinit(&im);
}

/* The plate's inside, as letters, is the glyph's bitmap. */
static void expect_glyph(const struct oc_image *im, int left, int top, char character, char ink)
{
    const uint8_t *rows = oc_font_glyph((uint32_t)character);
    for (int y = 0; y < OC_FONT_HEIGHT; y++)
        for (int x = 0; x < OC_FONT_WIDTH; x++)
            cr_assert_eq(letter(im, left + x, top + y), rows[y] >> (OC_FONT_WIDTH - 1 - x) & 1 ? ink : 'R', "'%c' at %d, %d", character, x,
                         y);
}

Test(draw, a_label_stands_above_its_box_or_in_it_and_inside_the_picture)
{
    const struct {
        struct oc_box box;
        int left, top; /* of the plate, rim included: 17 x 13 for two characters */
    } cases[] = {
        {{10, 20, 30, 35}, 9, 7},   /* above: its lower rim is the box's upper one */
        {{10, 5, 30, 35}, 9, 5},    /* no room above */
        {{-50, -50, 30, 35}, 0, 0}, /* at the corner */
        {{55, 20, 60, 35}, 43, 7},  /* moved left */
        {{10, 38, 30, 500}, 9, 25}, /* near the lower edge */
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        struct oc_image im = grey(60, 40);
        oc_draw_label(&im, &cases[i].box, "g\xc3\xa4", red, &thin);
        for (int y = 0; y < 40; y++)
            for (int x = 0; x < 60; x++) {
                int px = x - cases[i].left, py = y - cases[i].top;
                bool plate = px >= 0 && py >= 0 && px < 17 && py < 13;
                cr_assert_eq(letter(&im, x, y) != '.', plate, "case %zu at %d, %d", i, x, y);
                if (plate && (px == 0 || py == 0 || px == 16 || py == 12))
                    cr_assert_eq(letter(&im, x, y), 'd');
            }
        expect_glyph(&im, cases[i].left + 3, cases[i].top + 3, 'g', 'w');
        expect_glyph(&im, cases[i].left + 9, cases[i].top + 3, '?', 'w');
        oc_image_deinit(&im);
    }
}

Test(draw, text_is_enlarged_made_smaller_to_fit_and_black_on_light)
{
    struct oc_image im = grey(60, 40), narrow = grey(30, 40);
    struct oc_draw_sizes large = {.line = 1, .edge = 1, .dot = 1, .text = 2};
    oc_draw_label(&im, &(struct oc_box){0, 30, 60, 40}, "I", red, &large); /* 9 * 2 + 2 wide */
    cr_assert(letter(&im, 0, 18) == 'd' && letter(&im, 19, 18) == 'd' && letter(&im, 20, 18) == '.');
    cr_assert(letter(&im, 9, 13) == 'w' && letter(&im, 10, 14) == 'w' && letter(&im, 8, 12) == 'w' && letter(&im, 8, 13) == 'R');
    oc_draw_label(&narrow, &(struct oc_box){0, 30, 30, 40}, "IIII", red, &large);
    expect_glyph(&narrow, 3, 20, 'I', 'w');
    oc_draw_label(&im, &(struct oc_box){0, 30, 60, 40}, "I", (struct oc_colour){255, 255, 0}, &large);
    cr_assert_eq(letter(&im, 9, 13), 'k');
    oc_image_deinit(&im);
    oc_image_deinit(&narrow);
}

/* AddressSanitizer watches; here, that the block's neighbours survive is all that can be seen. */
Test(draw, nothing_is_written_outside)
{
    const float odd[] = {NAN, -INFINITY, -FLT_MAX, -1e9f, -1, -0.4f, 0, 0.5f, 1, 3, 1e9f, FLT_MAX, INFINITY};
    const int sides[][2] = {{1, 1}, {1, 7}, {7, 1}, {3, 3}};
    enum { N = OC_ARRAY_LEN(odd) };
    char endless[3000];
    memset(endless, 'W', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    for (size_t s = 0; s < OC_ARRAY_LEN(sides); s++) {
        struct oc_image im = grey(sides[s][0], sides[s][1]);
        for (size_t i = 0; i < (size_t)N * N * N * N; i++) {
            struct oc_box b = {odd[i % N], odd[i / N % N], odd[i / N / N % N], odd[i / N / N / N]};
            struct oc_draw_sizes sizes = i % 2 ? thin : (struct oc_draw_sizes){.line = 109, .edge = 27, .dot = 164, .text = 82};
            oc_draw_box(&im, &b, red, &sizes);
            oc_draw_dot(&im, b.x1, b.y1, red, &sizes);
            if (i % 16 == 0)
                oc_draw_label(&im, &b, i % 32 ? "\xff\xc3" : endless, red, &sizes);
        }
        oc_image_deinit(&im);
    }
    cr_assert_eq(oc_mem_blocks(), 0);
}

Test(draw, what_has_no_place_leaves_the_picture_alone)
{
    const struct oc_box none[] = {{NAN, 0, 3, 3}, {0, 0, 3, NAN}, {3, 0, 1, 3}, {6, 0, 9, 3}, {-9, 0, 0, 3}, {0, -INFINITY, 3, -1}};
    const char *const untouched[] = {"......", "......", "......"};
    struct oc_image im = grey(6, 3);
    for (size_t i = 0; i < OC_ARRAY_LEN(none); i++) {
        oc_draw_box(&im, &none[i], red, &thin);
        oc_draw_label(&im, &none[i], "x", red, &thin);
    }
    oc_draw_dot(&im, NAN, 1, red, &thin);
    oc_draw_dot(&im, 1, INFINITY, red, &thin);
    oc_draw_dot(&im, -1e9f, 1e9f, red, &thin);
    expect(&im, untouched);
    oc_image_deinit(&im);
}

Test(draw, colours_of_classes_differ)
{
    for (int i = -3; i < 80; i++)
        for (int k = i + 1; k < i + 8; k++) {
            struct oc_colour a = oc_draw_class_colour(i), b = oc_draw_class_colour(k);
            cr_assert_gt(abs(a.r - b.r) + abs(a.g - b.g) + abs(a.b - b.b), 60, "classes %d and %d", i, k);
        }
    oc_draw_class_colour(INT32_MAX);
    oc_draw_class_colour(INT32_MIN);
}

Test(font, every_printable_character_has_a_glyph_of_its_own)
{
    for (uint32_t a = '!'; a <= '~'; a++)
        for (uint32_t b = ' '; b < a; b++)
            cr_assert(memcmp(oc_font_glyph(a), oc_font_glyph(b), OC_FONT_HEIGHT), "'%c' and '%c'", (char)a, (char)b);
    cr_assert_eq(oc_font_glyph(0x7f), oc_font_glyph('?'));
    cr_assert_eq(oc_font_glyph(UINT32_MAX), oc_font_glyph('?'));
    cr_assert_eq(oc_font_glyph('\n'), oc_font_glyph('?'));
}

Test(draw, a_map_to_the_pixel)
{
    struct oc_image im = grey(6, 4);
    const uint16_t ids[] = {0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0};
    const struct oc_map_paint paints[] = {{.hidden = true}, {.colour = red}};
    oc_draw_ids(&im, ids, paints, &thin);
    /* Inside: (99 + 255) / 2, 99 / 2; along the border red; the hidden class untouched, its own border too. */
    static const uint8_t inside[] = {177, 49, 49};
    for (int y = 0; y < 4; y++) {
        for (int x = 0; x < 6; x++) {
            bool border = (x == 2 && y < 3) || (x > 2 && y == 2), in = x > 2 && y < 2;
            char expected = border ? 'R' : in ? '?' : '.';
            cr_assert_eq(letter(&im, x, y), expected, "%d, %d", x, y);
            cr_assert(!in || !memcmp(im.data + (y * 6 + x) * 3, inside, 3));
        }
    }
    oc_image_deinit(&im);
}

Test(draw, a_legend_has_a_line_for_each_or_says_how_many_are_missing)
{
    struct oc_image im = grey(40, 60);
    const struct oc_legend_line lines[] = {{"ab", red}, {"abc", {0, 0, 0}}, {"", {255, 255, 255}}};
    oc_draw_legend(&im, lines, 3, &thin);
    int width = 3 * OC_FONT_ADVANCE + 3 + 2, step = OC_FONT_HEIGHT + 2 + 1; /* as wide as the longest; rims are shared */
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(letter(&im, 0, i * step), 'd', "rim of line %d", i);
        cr_assert_eq(letter(&im, width - 2, i * step + 1), "Rkw"[i], "plate of line %d", i);
        cr_assert_eq(letter(&im, width, i * step + 1), '.', "right of line %d", i);
    }
    cr_assert_eq(letter(&im, 0, 3 * step), 'd');
    cr_assert_eq(letter(&im, 0, 3 * step + 1), '.');
    oc_image_deinit(&im);
    im = grey(40, 30); /* room for two: the second says "+2" on a dark plate */
    oc_draw_legend(&im, lines, 3, &thin);
    cr_assert_eq(letter(&im, width - 2, 1), 'R');
    cr_assert_eq(letter(&im, width - 2, step + 1), 'd');
    oc_image_deinit(&im);
    im = grey(3, 2); /* hardly a picture */
    oc_draw_legend(&im, lines, 3, &(struct oc_draw_sizes){.line = 2, .edge = 1, .dot = 1, .text = 4});
    oc_image_deinit(&im);
    struct oc_image one = {.width = 4, .height = 4, .channels = 1};
    oc_draw_legend(&one, lines, 3, &thin);
    oc_draw_ids(&one, NULL, NULL, &thin);
}

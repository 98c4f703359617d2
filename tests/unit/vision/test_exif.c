#include <criterion/criterion.h>
#include "vision/decode/format.h"

#define TIFF(name, ...) static const uint8_t name[] = {__VA_ARGS__}

TIFF(little, 'I', 'I', 42, 0, 8, 0, 0, 0, 2, 0, 0x0F, 1, 2, 0, 4, 0, 0, 0, 'a', 'b', 'c', 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0,
     0);
TIFF(big, 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 8, 0, 0);
TIFF(wide, 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 4, 0, 0, 0, 1, 0, 0, 0, 3);
TIFF(bad_value, 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 9, 0, 0);
TIFF(bad_type, 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 2, 0, 0, 0, 1, 0, 6, 0, 0);
TIFF(bad_count, 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 2, 0, 6, 0, 0);
TIFF(bad_magic, 'M', 'M', 42, 0, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0);
TIFF(far, 'M', 'M', 0, 42, 0xFF, 0xFF, 0xFF, 0xFE, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0);
TIFF(many, 'M', 'M', 0, 42, 0, 0, 0, 8, 0xFF, 0xFF, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0);

Test(exif, orientation_of_known_blocks)
{
    const struct {
        const uint8_t *p;
        size_t n;
        int want;
    } cases[] = {
        {little, sizeof little, 6},       {big, sizeof big, 8},
        {wide, sizeof wide, 3},           {bad_value, sizeof bad_value, 0},
        {bad_type, sizeof bad_type, 0},   {bad_count, sizeof bad_count, 0},
        {bad_magic, sizeof bad_magic, 0}, {far, sizeof far, 0},
        {many, sizeof many, 6},           {little, 0, 0},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++)
        cr_assert_eq(oc_exif_orientation(cases[i].p, cases[i].n), cases[i].want, "case %zu", i);
}

Test(exif, every_cut_is_harmless)
{
    for (size_t n = 0; n < sizeof little; n++) {
        uint8_t *exact = malloc(n + 1); /* ASan sees a read past the end */
        memcpy(exact + 1, little, n);
        int got = oc_exif_orientation(exact + 1, n);
        cr_assert(got == 0 || (got == 6 && n >= 34), "%zu", n);
        free(exact);
    }
}

Test(exif, the_name_in_front_may_be_there)
{
    uint8_t named[6 + sizeof big] = "Exif\0";
    memcpy(named + 6, big, sizeof big);
    cr_assert_eq(oc_exif_orientation(named, sizeof named), 8);
}

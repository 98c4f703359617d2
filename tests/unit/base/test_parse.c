#include <criterion/criterion.h>
#include <math.h>
#include "base/parse.h"

static bool i64(const char *s, int64_t *v)
{
    return oc_parse_i64(s, strlen(s), INT64_MIN, INT64_MAX, v);
}

Test(parse, integers_whole_text_and_range)
{
    static const struct row {
        const char *text;
        bool ok;
        int64_t v;
    } rows[] = {{"0", true, 0},
                {"-9223372036854775808", true, INT64_MIN},
                {"9223372036854775807", true, INT64_MAX},
                {"+7", true, 7},
                {"9223372036854775808", false, 0},
                {"-9223372036854775809", false, 0},
                {"", false, 0},
                {"-", false, 0},
                {" 1", false, 0},
                {"1 ", false, 0},
                {"0x10", false, 0},
                {"1e3", false, 0}};
    for (size_t i = 0; i < OC_ARRAY_LEN(rows); i++) {
        int64_t v = 0;
        cr_assert_eq(i64(rows[i].text, &v), rows[i].ok, "'%s'", rows[i].text);
        if (rows[i].ok)
            cr_assert_eq(v, rows[i].v, "'%s'", rows[i].text);
    }
    int64_t v;
    cr_assert_not(oc_parse_i64("11", 2, 0, 10, &v));
    cr_assert(oc_parse_i64("11", 1, 0, 10, &v), "only the length given is read");
    cr_assert_eq(v, 1);
}

Test(parse, floats_are_finite_and_decimal)
{
    double v;
    cr_assert(oc_parse_f64("0.25", 4, 0, 1, &v));
    cr_assert_eq(v, 0.25);
    cr_assert(oc_parse_f64("1e-3", 4, 0, 1, &v));
    static const char *const bad[] = {"", "nan", "inf", "0x1p3", "1.5", "-0.1", "0.5x", "1e999", "--1", "."};
    for (size_t i = 0; i < OC_ARRAY_LEN(bad); i++)
        cr_assert_not(oc_parse_f64(bad[i], strlen(bad[i]), 0, 1, &v), "'%s'", bad[i]);
    cr_assert_not(oc_parse_f64("0\0001", 3, 0, 1, &v));
}

Test(parse, sizes_have_units_and_do_not_overflow)
{
    size_t n;
    cr_assert(oc_parse_size("32M", 3, &n));
    cr_assert_eq(n, (size_t)32 << 20);
    cr_assert(oc_parse_size("512KiB", 6, &n));
    cr_assert_eq(n, (size_t)512 << 10);
    cr_assert(oc_parse_size("2G", 2, &n));
    cr_assert_eq(n, (size_t)2 << 30);
    cr_assert(oc_parse_size("77", 2, &n));
    cr_assert_eq(n, 77);
    cr_assert_not(oc_parse_size("99999999999G", 12, &n));
    cr_assert_not(oc_parse_size("-1", 2, &n));
    cr_assert_not(oc_parse_size("M", 1, &n));
}

Test(parse, float_to_integer_never_overflows)
{
    cr_assert_eq(oc_f64_to_i64(NAN, -5, 5), 0);
    cr_assert_eq(oc_f64_to_i64(NAN, 3, 5), 3);
    cr_assert_eq(oc_f64_to_i64(1e300, INT64_MIN, INT64_MAX), INT64_MAX);
    cr_assert_eq(oc_f64_to_i64(-INFINITY, INT64_MIN, INT64_MAX), INT64_MIN);
    cr_assert_eq(oc_f64_to_i64(-1.9, -5, 5), -1);
    cr_assert_eq(oc_f64_to_i64(4.9, -5, 4), 4);
}

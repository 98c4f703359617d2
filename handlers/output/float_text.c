/*
 * A float32's decimal digits by arithmetic in double. Every decimal between the two points half way to the neighbouring floats reads back
 * as the float; those points are exact in double, as are integers of ten digits. So: scale to a whole number of 6, 7, 8, 9 digits and take
 * the first that lies between the scaled points. Scaling loses at most 2^-51, the points lie at least 2^-25 away: a margin of 2^-48 makes
 * the answer safe, at the price of a digit too many in cases that hit a point exactly. Six digits are where to begin because a shorter
 * decimal shows there as one with zeros at its end (FLT_DIG); they are cut off. Subnormal numbers have fewer digits: from one on.
 */
#include "handlers/output/float_text.h"
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum { POWER_MIN = -33, POWER_MAX = 54, DIGITS_FIRST = FLT_DIG, DIGITS_LAST = 10 /* nine, or ten when the magnitude was guessed low */ };

static const double powers[POWER_MAX - POWER_MIN + 1] = {
    1e-33, 1e-32, 1e-31, 1e-30, 1e-29, 1e-28, 1e-27, 1e-26, 1e-25, 1e-24, 1e-23, 1e-22, 1e-21, 1e-20, 1e-19, 1e-18, 1e-17, 1e-16,
    1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10, 1e-9,  1e-8,  1e-7,  1e-6,  1e-5,  1e-4,  1e-3,  1e-2,  1e-1,  1e0,   1e1,   1e2,
    1e3,   1e4,   1e5,   1e6,   1e7,   1e8,   1e9,   1e10,  1e11,  1e12,  1e13,  1e14,  1e15,  1e16,  1e17,  1e18,  1e19,  1e20,
    1e21,  1e22,  1e23,  1e24,  1e25,  1e26,  1e27,  1e28,  1e29,  1e30,  1e31,  1e32,  1e33,  1e34,  1e35,  1e36,  1e37,  1e38,
    1e39,  1e40,  1e41,  1e42,  1e43,  1e44,  1e45,  1e46,  1e47,  1e48,  1e49,  1e50,  1e51,  1e52,  1e53,  1e54,
};

static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
                            "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
                            "8081828384858687888990919293949596979899";

/* A decimal: digits * 10^-scale. */
struct decimal {
    uint64_t digits;
    int scale;
};

static float from_bits(uint32_t bits)
{
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

/* floor(log10(v)) or one less or more: from the binary exponent, 77/256 being log10(2). */
static int magnitude(uint32_t bits)
{
    int binary = (int)(bits >> 23) - 127;
    if (binary == -127) /* subnormal: the place of the highest bit */
        binary = -118 - __builtin_clz(bits);
    return (binary * 77) >> 8;
}

/* v > 0. */
static struct decimal shortest(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    double x = v, low = (x + (double)from_bits(bits - 1)) / 2;
    double high = bits + 1 < 0x7f800000u ? (x + (double)from_bits(bits + 1)) / 2 : x + (x - low);
    low *= 1 + 0x1p-48;
    high *= 1 - 0x1p-48;
    struct decimal d = {0};
    for (int n = bits >> 23 ? DIGITS_FIRST : 1; n <= DIGITS_LAST; n++) {
        d.scale = n - 1 - magnitude(bits);
        double power = powers[d.scale - POWER_MIN];
        d.digits = (uint64_t)(x * power + 0.5);
        double whole = (double)d.digits;
        if (whole > low * power && whole < high * power)
            break;
    }
    while (d.digits % 10 == 0) {
        d.digits /= 10;
        d.scale--;
    }
    return d;
}

/* The digits into the end of text; where they begin. */
static char *write_digits(uint64_t digits, char text[OC_FLOAT_TEXT])
{
    char *p = text + OC_FLOAT_TEXT;
    for (; digits >= 100; digits /= 100) {
        p -= 2;
        memcpy(p, pairs + 2 * (digits % 100), 2);
    }
    if (digits >= 10) {
        p -= 2;
        memcpy(p, pairs + 2 * digits, 2);
    } else {
        *--p = (char)('0' + digits);
    }
    return p;
}

/* Appends n bytes; returns the new end. */
static char *append(char *out, const char *s, size_t n)
{
    memcpy(out, s, n);
    return out + n;
}

static char *write_exponent(char *out, int exponent)
{
    *out++ = 'e';
    if (exponent < 0)
        *out++ = '-';
    unsigned e = (unsigned)(exponent < 0 ? -exponent : exponent);
    if (e >= 10)
        *out++ = (char)('0' + e / 10);
    *out++ = (char)('0' + e % 10);
    return out;
}

size_t oc_float_text(float v, char out[OC_FLOAT_TEXT])
{
    char text[OC_FLOAT_TEXT], *p = out;
    if (signbit(v))
        *p++ = '-';
    v = fabsf(v);
    if (!(v > 0)) {
        *p++ = '0';
        return (size_t)(p - out);
    }
    struct decimal d = shortest(v);
    const char *digits = write_digits(d.digits, text);
    int n = (int)(text + OC_FLOAT_TEXT - digits), point = n - d.scale; /* digits before the decimal point */
    if (point > 9 || point < -5) {
        *p++ = *digits;
        if (n > 1)
            *p++ = '.';
        p = append(p, digits + 1, (size_t)n - 1);
        p = write_exponent(p, point - 1);
    } else if (point >= n) {
        p = append(p, digits, (size_t)n);
        p = append(p, "000000000", (size_t)(point - n));
    } else if (point > 0) {
        p = append(p, digits, (size_t)point);
        *p++ = '.';
        p = append(p, digits + point, (size_t)(n - point));
    } else {
        p = append(p, "0.00000", (size_t)(2 - point));
        p = append(p, digits, (size_t)n);
    }
    return (size_t)(p - out);
}

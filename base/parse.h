/*
 * Numbers out of text that somebody else wrote: from (pointer, length), whole text, range-checked, the same in
 * every locale. The only place that may use the strto... family.
 */
#ifndef OC_BASE_PARSE_H
#define OC_BASE_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/compiler.h"

/* Decimal, optional sign; false when it is not a number, or not in min..max. */
bool oc_parse_i64(const char *s, size_t n, int64_t min, int64_t max, int64_t *out) OC_MUST_CHECK;
/* Decimal or exponent form, finite, in min..max. */
bool oc_parse_f64(const char *s, size_t n, double min, double max, double *out) OC_MUST_CHECK;
/* Bytes: "1048576", "512K", "32M", "2G" (also KiB, MiB, GiB). */
bool oc_parse_size(const char *s, size_t n, size_t *out) OC_MUST_CHECK;
/* "true|1|yes|on|y|t" and "false|0|no|off|n|f", in any case: Python says True, YAML yes and On. */
bool oc_parse_bool(const char *s, size_t n, bool *out) OC_MUST_CHECK;

/* Value of one hexadecimal digit, or -1. */
int oc_parse_hex_digit(char c) OC_MUST_CHECK;

/* Float to integer without undefined behaviour: NaN becomes 0, the rest is clamped to min..max, then truncated. */
int64_t oc_f64_to_i64(double v, int64_t min, int64_t max);

#endif

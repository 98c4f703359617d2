/* float32 as the shortest decimal text that reads back as the same float32. */
#ifndef OC_HANDLERS_FLOAT_TEXT_H
#define OC_HANDLERS_FLOAT_TEXT_H

#include <stddef.h>

#define OC_FLOAT_TEXT 24 /* room for any */

/*
 * Writes v, which must be finite, as a JSON number; returns its length (no NUL is written). At most nine digits. Plain digits for 1e-6 to
 * 1e9 and their like ("0.000123", "16"), else with an exponent ("1.5e-7", "1e9"). The same in every locale.
 */
size_t oc_float_text(float v, char out[OC_FLOAT_TEXT]);

#endif

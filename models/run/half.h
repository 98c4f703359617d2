/* IEEE 754 half precision, for models whose inputs or outputs are float16. */
#ifndef OC_MODELS_RUN_HALF_H
#define OC_MODELS_RUN_HALF_H

#include <stddef.h>
#include <stdint.h>

/* Rounded half to even; overflow becomes infinity, NaN stays NaN. */
uint16_t oc_half_from_float(float v);
/* Exact. */
float oc_half_to_float(uint16_t h);
void oc_half_from_floats(const float *src, size_t n, uint16_t *dst);
void oc_half_to_floats(const uint16_t *src, size_t n, float *dst);

#endif

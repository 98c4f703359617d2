/* IEEE 754 half precision, for models whose inputs or outputs are float16. */
#ifndef OC_MODELS_RUN_FLOAT16_H
#define OC_MODELS_RUN_FLOAT16_H

#include <stddef.h>
#include <stdint.h>

/* Rounded half to even; overflow becomes infinity, NaN stays NaN. */
uint16_t oc_float16_from_float(float v);
/* Exact. */
float oc_float16_to_float(uint16_t h);
void oc_float16_from_floats(const float *src, size_t n, uint16_t *dst);
void oc_float16_to_floats(const uint16_t *src, size_t n, float *dst);

#endif

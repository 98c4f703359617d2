/* Which build of the inner loops runs here; see kernels.h. */
#include "vision/kernels/kernels.h"
#include "base/cpu.h"

extern const struct oc_vision_kernels oc_vision_kernels_baseline;
#if defined(__x86_64__)
extern const struct oc_vision_kernels oc_vision_kernels_avx2, oc_vision_kernels_avx512;
#endif

const struct oc_vision_kernels *oc_vision_kernels(void)
{
#if defined(__x86_64__)
    switch (oc_cpu_isa()) {
    case OC_ISA_AVX512:
        return &oc_vision_kernels_avx512;
    case OC_ISA_AVX2:
        return &oc_vision_kernels_avx2;
    case OC_ISA_BASELINE:
        break;
    }
#endif
    return &oc_vision_kernels_baseline;
}

/* Which build of the loop runs here; see kernels.h. */
#include "gallery/kernels/kernels.h"
#include "base/cpu.h"

oc_dots_fn oc_gallery_dots_baseline;
#if defined(__x86_64__)
oc_dots_fn oc_gallery_dots_avx2, oc_gallery_dots_avx512;
#endif

oc_dots_fn *oc_gallery_dots(void)
{
#if defined(__x86_64__)
    switch (oc_cpu_isa()) {
    case OC_ISA_AVX512:
        return oc_gallery_dots_avx512;
    case OC_ISA_AVX2:
        return oc_gallery_dots_avx2;
    case OC_ISA_BASELINE:
        break;
    }
#endif
    return oc_gallery_dots_baseline;
}

/* Chooses the table of kernels by processor; see kernels.h. */
#include "engine/kernels/kernels.h"

extern const struct eng_kernels eng_kernels_table_baseline;
#if defined(__x86_64__)
extern const struct eng_kernels eng_kernels_table_avx2, eng_kernels_table_avx512;
#endif

const struct eng_kernels *eng_kernels_for(enum oc_isa isa)
{
#if defined(__x86_64__)
    if (isa == OC_ISA_AVX512)
        return &eng_kernels_table_avx512;
    if (isa == OC_ISA_AVX2)
        return &eng_kernels_table_avx2;
#endif
    return isa == OC_ISA_BASELINE ? &eng_kernels_table_baseline : NULL;
}

const struct eng_kernels *eng_kernels(void)
{
    return eng_kernels_for(oc_cpu_isa());
}

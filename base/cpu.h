/*
 * What the processor can do. OCELLI_ISA=baseline|avx2|avx512 in the environment caps it, for tests and to
 * reproduce a report from another machine.
 */
#ifndef OC_BASE_CPU_H
#define OC_BASE_CPU_H

#include <stdbool.h>

enum oc_isa {
    OC_ISA_BASELINE, /* what the compiler assumes: SSE2 on x86-64, NEON on Arm */
    OC_ISA_AVX2,     /* AVX2, FMA, F16C                                        */
    OC_ISA_AVX512,   /* AVX-512 F, BW, DQ, VL                                  */
};

/* The best set that the processor has and OCELLI_ISA allows. */
enum oc_isa oc_cpu_isa(void);
const char *oc_cpu_isa_name(enum oc_isa isa);
bool oc_cpu_has_bf16(void); /* AVX512-BF16 and not capped */
bool oc_cpu_has_vnni(void); /* AVX512-VNNI and not capped */
/* The processor's name as the kernel gives it, or "unknown". */
const char *oc_cpu_name(void);

#endif

/* The table of one instruction set. */
#include "engine/kernels/isa.h"

extern const struct eng_kernels OC_ISA_NAME(eng_kernels_table);
const struct eng_kernels OC_ISA_NAME(eng_kernels_table) = {.name = OC_ISA_STRING(OC_ISA_SUFFIX) + 1, /* without the underscore */
#define OC_ISA_FILL(f) .f = OC_ISA_NAME(eng_k_##f),
                                                           ENG_KERNEL_LIST(OC_ISA_FILL)
#undef OC_ISA_FILL
};

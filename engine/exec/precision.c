/* Names of precisions. */
#include "engine/eng.h"
#include <string.h>

static const char *const names[] = {
    [ENG_PRECISION_AUTO] = "auto", [ENG_PRECISION_F32] = "f32", [ENG_PRECISION_BF16] = "bf16", [ENG_PRECISION_INT8] = "int8"};

bool eng_precision_parse(const char *name, enum eng_precision *out)
{
    for (size_t i = 0; i < OC_ARRAY_LEN(names); i++)
        if (strcmp(names[i], name) == 0) {
            *out = (enum eng_precision)i;
            return true;
        }
    return false;
}

const char *eng_precision_name(enum eng_precision p)
{
    return (size_t)p < OC_ARRAY_LEN(names) ? names[p] : "unknown";
}

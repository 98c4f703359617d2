/* JSON trees are counted against the memory budget like everything else. */
#include "base/mem.h"
#include "server/command.h"
#include <jansson.h>

static void *json_alloc(size_t n)
{
    return oc_mem_alloc(OC_MEM_JSON, n);
}

void oc_json_setup(void)
{
    json_set_alloc_funcs(json_alloc, oc_mem_free);
    json_object_seed(0); /* from the system's randomness; before threads, as jansson's documentation asks */
}

/* What this build is. */
#include "base/cpu.h"
#include "server/command.h"

const char *oc_version_text(void)
{
    return OC_VERSION;
}

const char *oc_version_agent(void)
{
    return "ocelli/" OC_VERSION;
}

const char *oc_build_text(void)
{
#if defined(__clang__)
    return "clang " __clang_version__;
#else
    return "gcc " __VERSION__;
#endif
}

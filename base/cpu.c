/* Processor features, read once; see cpu.h. */
#include "base/cpu.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    enum oc_isa isa;
    bool bf16, vnni;
    char name[128];
} cpu;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void read_name(void)
{
    snprintf(cpu.name, sizeof cpu.name, "unknown");
    FILE *f = fopen("/proc/cpuinfo", "re");
    char line[256];
    while (f && fgets(line, sizeof line, f)) {
        char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !colon)
            continue;
        line[strcspn(line, "\n")] = 0;
        snprintf(cpu.name, sizeof cpu.name, "%s", colon + 1 + strspn(colon + 1, " "));
        break;
    }
    if (f)
        fclose(f);
}

static void detect(void)
{
    read_name();
    const char *cap = getenv("OCELLI_ISA");
    enum oc_isa most = OC_ISA_AVX512;
    if (cap && !strcmp(cap, "avx2"))
        most = OC_ISA_AVX2;
    else if (cap && !strcmp(cap, "baseline"))
        most = OC_ISA_BASELINE;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        cpu.isa = OC_ISA_AVX2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        cpu.isa = OC_ISA_AVX512;
    cpu.bf16 = most == OC_ISA_AVX512 && __builtin_cpu_supports("avx512bf16");
    cpu.vnni = most == OC_ISA_AVX512 && __builtin_cpu_supports("avx512vnni");
#endif
    if (cpu.isa > most)
        cpu.isa = most;
}

enum oc_isa oc_cpu_isa(void)
{
    pthread_once(&once, detect);
    return cpu.isa;
}

const char *oc_cpu_isa_name(enum oc_isa isa)
{
    static const char *const names[] = {"baseline", "avx2", "avx512"};
    return names[isa];
}

bool oc_cpu_has_bf16(void)
{
    pthread_once(&once, detect);
    return cpu.bf16;
}

bool oc_cpu_has_vnni(void)
{
    pthread_once(&once, detect);
    return cpu.vnni;
}

const char *oc_cpu_name(void)
{
    pthread_once(&once, detect);
    return cpu.name;
}

#include <criterion/criterion.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/cpu.h"
#include "base/thread.h"

static void write_file(const char *dir, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    cr_assert_not_null(f);
    fputs(text, f);
    fclose(f);
}

static void fresh_dir(char *dir)
{
    snprintf(dir, 64, "/tmp/ocelli-cgroup-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
}

Test(cgroup, version_2_quota_and_memory)
{
    char dir[64];
    fresh_dir(dir);
    write_file(dir, "cpu.max", "150000 100000\n");
    write_file(dir, "memory.max", "1073741824\n");
    cr_assert_eq(oc_cgroup_cores(dir), 2);
    cr_assert_eq(oc_cgroup_memory(dir), (size_t)1 << 30);
    write_file(dir, "cpu.max", "max 100000\n");
    write_file(dir, "memory.max", "max\n");
    cr_assert_eq(oc_cgroup_cores(dir), 0);
    cr_assert_eq(oc_cgroup_memory(dir), 0);
    write_file(dir, "cpu.max", "50000 100000\n");
    cr_assert_eq(oc_cgroup_cores(dir), 1);
    write_file(dir, "cpu.max", "nonsense\n");
    cr_assert_eq(oc_cgroup_cores(dir), 0);
}

Test(cgroup, version_1_quota_and_memory)
{
    char dir[64], sub[128];
    fresh_dir(dir);
    snprintf(sub, sizeof sub, "%s/cpu", dir);
    mkdir(sub, 0700);
    snprintf(sub, sizeof sub, "%s/memory", dir);
    mkdir(sub, 0700);
    write_file(dir, "cpu/cpu.cfs_quota_us", "400000\n");
    write_file(dir, "cpu/cpu.cfs_period_us", "100000\n");
    write_file(dir, "memory/memory.limit_in_bytes", "9223372036854771712\n");
    cr_assert_eq(oc_cgroup_cores(dir), 4);
    cr_assert_eq(oc_cgroup_memory(dir), 0, "the number near INT64_MAX means no limit");
    write_file(dir, "cpu/cpu.cfs_quota_us", "-1\n");
    write_file(dir, "memory/memory.limit_in_bytes", "536870912\n");
    cr_assert_eq(oc_cgroup_cores(dir), 0);
    cr_assert_eq(oc_cgroup_memory(dir), (size_t)512 << 20);
}

Test(machine, has_cores_memory_and_a_name)
{
    cr_assert_geq(oc_cores_usable(), 1);
    cr_assert_gt(oc_memory_available(), (size_t)64 << 20);
    cr_assert_gt(oc_rss_now(), (size_t)100 << 10);
    cr_assert_geq(oc_rss_peak(), oc_rss_now() / 2);
    cr_assert_gt(strlen(oc_cpu_name()), 0);
}

Test(machine, isa_can_be_capped)
{
    setenv("OCELLI_ISA", "baseline", 1);
    cr_assert_eq(oc_cpu_isa(), OC_ISA_BASELINE);
    cr_assert_not(oc_cpu_has_vnni());
}

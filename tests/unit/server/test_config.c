#include <criterion/criterion.h>
#include "base/limits.h"
#include "base/thread.h"
#include "server/config/config.h"
#include <unistd.h>

static struct oc_config c;
static struct oc_err err;

/* Both lists end with NULL; either may be NULL. */
static enum oc_status load(const char *const *argv, const char *const *environment)
{
    char *words[32] = {NULL}, *variables[32] = {NULL};
    int argc = 0;
    for (; argv && argv[argc]; argc++)
        memcpy(&words[argc], &argv[argc], sizeof *argv); /* main's arguments are not const, but nobody writes to them */
    for (int i = 0; environment && environment[i]; i++)
        memcpy(&variables[i], &environment[i], sizeof *environment);
    return oc_config_load(&c, argc, words, variables, &err);
}

#define ARGS(...) ((const char *[]){__VA_ARGS__, NULL})

/* A configuration file with that text; its name, to be unlinked. */
static char *file_with(const char *text)
{
    static char name[] = "/tmp/ocelli-config-XXXXXX";
    memcpy(name + sizeof name - 7, "XXXXXX", 6);
    int fd = mkstemp(name);
    cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    return name;
}

static enum oc_source source_of(const char *name)
{
    int i = oc_option_find(name, strlen(name));
    cr_assert(i >= 0);
    return c.source[i];
}

Test(config, defaults)
{
    cr_assert_eq(load(NULL, NULL), OC_OK, "%s", err.msg);
    cr_assert_str_eq(c.host, "127.0.0.1");
    cr_assert_eq(c.port, 8080);
    cr_assert_eq(c.workers, oc_cores_usable());
    cr_assert_eq(c.threads, 1);
    cr_assert_eq(c.queue, c.workers * LIM_QUEUE_PER_WORKER > LIM_QUEUE_MIN ? c.workers * LIM_QUEUE_PER_WORKER : LIM_QUEUE_MIN);
    cr_assert_eq(c.deadline_ms, LIM_DEADLINE_MS);
    cr_assert_eq(c.max_body, LIM_BODY_BYTES);
    cr_assert_eq(c.max_body_inflight, LIM_BODY_INFLIGHT);
    cr_assert_eq(c.max_pixels, LIM_PIXELS);
    cr_assert(c.memory_budget > 0 && c.memory_budget < oc_memory_available());
    cr_assert_eq(c.models.n, 0);
    cr_assert_eq(c.url_input.n, 0);
    cr_assert_eq(source_of("port"), OC_FROM_DEFAULT);
    oc_config_deinit(&c);
}

Test(config, each_source_beats_the_one_below)
{
    char *name = file_with("{\"port\": 1, \"queue\": 11, \"workers\": 3, \"models\": [\"/f,1\", \"/f2\"], \"max-body\": \"2M\"}");
    const char *const environment[] = {
        "OCELLI_PORT=2", "OCELLI_QUEUE=12", "OCELLI_MODELS=/e1,/e2,/e3", "OTHER=x", "OCELLI_ISA=avx2", "OCELLI_HOST=", NULL};
    cr_assert_eq(load(ARGS("--config", name, "--port=3"), environment), OC_OK, "%s", err.msg);
    unlink(name);
    cr_assert_eq(c.port, 3);
    cr_assert_eq(c.queue, 12);
    cr_assert_eq(c.workers, 3);
    cr_assert_eq(c.max_body, 2 << 20);
    cr_assert_eq(c.models.n, 3);
    cr_assert_str_eq(c.models.items[2], "/e3");
    cr_assert_str_eq(c.host, "127.0.0.1", "an empty variable is an absent one");
    cr_assert_eq(source_of("port"), OC_FROM_COMMAND_LINE);
    cr_assert_eq(source_of("queue"), OC_FROM_ENVIRONMENT);
    cr_assert_eq(source_of("workers"), OC_FROM_FILE);
    oc_config_deinit(&c);
}

Test(config, lists_grow_and_single_values_are_replaced)
{
    cr_assert_eq(load(ARGS("--models", "a", "--models=b,c", "--models", "d", "--port", "1", "--port", "2"), NULL), OC_OK);
    cr_assert_eq(c.models.n, 4);
    cr_assert_str_eq(c.models.items[1], "b");
    cr_assert_str_eq(c.models.items[3], "d");
    cr_assert_eq(c.port, 2);
    oc_config_deinit(&c);
    char *name = file_with("{\"models\": [\"with,comma\"]}"), variable[64];
    snprintf(variable, sizeof variable, "OCELLI_CONFIG=%s", name);
    cr_assert_eq(load(NULL, ARGS(variable)), OC_OK, "%s", err.msg);
    unlink(name);
    cr_assert_eq(c.models.n, 1);
    cr_assert_str_eq(c.models.items[0], "with,comma");
    oc_config_deinit(&c);
}

Test(config, keys_are_never_shown)
{
    char text[4096] = "", *name = file_with("{\"api-key\": [\"from-file\"], \"api-key-file\": \"/keys\"}");
    cr_assert_eq(load(ARGS("--config", name), ARGS("OCELLI_API_KEY=one,two")), OC_OK, "%s", err.msg);
    cr_assert_eq(c.api_key.n, 2);
    cr_assert_str_eq(c.api_key.items[1], "two");
    cr_assert_str_eq(c.api_key_file, "/keys");
    FILE *f = fmemopen(text, sizeof text - 1, "w");
    oc_config_print(&c, f);
    fclose(f);
    cr_assert(strstr(text, "2, not shown  (environment)"), "%s", text);
    cr_assert(!strstr(text, "two") && !strstr(text, "from-file"), "%s", text);
    const char *first = c.api_key.items[0];
    oc_config_forget_secrets(&c);
    cr_assert(c.api_key.n == 2 && !first[0] && !first[2], "overwritten");
    oc_config_deinit(&c);
    cr_assert_eq(load(ARGS("--config", name, "--api-key", "a", "--api-key=b"), NULL), OC_OK);
    unlink(name);
    cr_assert(c.api_key.n == 2 && !strcmp(c.api_key.items[0], "a") && !strcmp(c.api_key.items[1], "b"));
    oc_config_deinit(&c);
    cr_assert_eq(load(ARGS("--api-keys=secret"), NULL), OC_E_INVALID);
    cr_assert(strstr(err.msg, "--api-keys") && !strstr(err.msg, "secret"), "%s", err.msg);
    oc_config_deinit(&c);
}

Test(config, every_type_is_read)
{
    cr_assert_eq(
        load(ARGS("--log-format", "json", "--log-level=warn", "--precision", "bf16", "--backend=reference", "--memory-budget", "3GiB"),
             NULL),
        OC_OK);
    cr_assert_eq(c.log_format, OC_LOG_JSON);
    cr_assert_eq(c.log_level, OC_LOG_WARN);
    cr_assert_str_eq(c.precision, "bf16");
    cr_assert_eq(c.memory_budget, OC_GIB(3));
    oc_config_deinit(&c);
}

Test(config, bad_values_are_named)
{
    static const struct {
        const char *argument, *words[3];
    } cases[] = {
        {"--port=70000", {"port", "70000", "65535"}},
        {"--port=", {"port", "''", "0"}},
        {"--port=8o8o", {"port", "8o8o", "whole number"}},
        {"--max-body=1X", {"max-body", "1X", "32M"}},
        {"--max-body=10", {"max-body", "10", "1024"}},
        {"--precision=f64", {"precision", "f64", "auto f32 bf16 int8"}},
        {"--log-level=loud", {"log-level", "loud", "debug info warn error none"}},
        {"--nonsense=1", {"no option", "nonsense", ""}},
        {"port", {"port", "--", ""}},
        {"--port", {"port", "value", ""}},
        {"--deadline-ms=0", {"deadline-ms", "1", "86400000"}},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        cr_assert_eq(load(ARGS(cases[i].argument), NULL), OC_E_INVALID, "%s", cases[i].argument);
        for (int k = 0; k < 3; k++)
            cr_assert(strstr(err.msg, cases[i].words[k]), "%s: '%s' lacks '%s'", cases[i].argument, err.msg, cases[i].words[k]);
        oc_config_deinit(&c);
    }
    cr_assert_eq(load(NULL, ARGS("OCELLI_WORKERS=many")), OC_E_INVALID);
    cr_assert(strstr(err.msg, "environment") && strstr(err.msg, "workers") && strstr(err.msg, "many"), "%s", err.msg);
    oc_config_deinit(&c);
}

Test(config, bad_files_are_named)
{
    static const struct {
        const char *text, *word;
    } cases[] = {
        {"", "line"},
        {"[]", "object"},
        {"{\"port\": 1, \"port\": 2}", "port"},
        {"{\"prot\": 1}", "prot"},
        {"{\"port\": 1.5}", "port"},
        {"{\"port\": \"x\"}", "port"},
        {"{\"port\": []}", "port"},
        {"{\"models\": [1]}", "models"},
        {"{\"models\": {}}", "models"},
        {"{\"port\": 99999}", "99999"},
        {"{\"port\": 1} x", "line"},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        char *name = file_with(cases[i].text);
        cr_assert_eq(load(ARGS("--config", name), NULL), OC_E_INVALID, "%s", cases[i].text);
        unlink(name);
        cr_assert(strstr(err.msg, cases[i].word), "%s: '%s'", cases[i].text, err.msg);
        oc_config_deinit(&c);
    }
    cr_assert_eq(load(ARGS("--config=/nonexistent/file"), NULL), OC_E_INVALID);
    cr_assert(strstr(err.msg, "/nonexistent/file"));
    oc_config_deinit(&c);
}

Test(config, every_failing_allocation_is_survived)
{
    char *name = file_with("{\"port\": 1, \"models\": [\"a\", \"b\", \"c\"], \"host\": \"h\"}");
    size_t blocks = oc_mem_blocks();
    for (uint64_t n = 1;; n++) {
        oc_mem_fail_at(n);
        enum oc_status st = load(ARGS("--config", name, "--models", "x,y", "--preload=all"), ARGS("OCELLI_QUEUE=9"));
        oc_mem_fail_at(0);
        oc_config_deinit(&c);
        cr_assert_eq(oc_mem_blocks(), blocks, "leak when allocation %llu fails", (unsigned long long)n);
        if (st == OC_OK)
            break;
        cr_assert(st == OC_E_NOMEM, "%s", err.msg);
        cr_assert(n < 1000);
    }
    unlink(name);
}

Test(config, the_table_is_sound)
{
    size_t n;
    const struct oc_option *o = oc_options(&n);
    for (size_t i = 0; i < n; i++) {
        cr_assert_eq(oc_option_find(o[i].name, strlen(o[i].name)), (int)i, "%s twice", o[i].name);
        cr_assert(strlen(o[i].help) > 10);
        cr_assert_eq(strspn(o[i].name, "abcdefghijklmnopqrstuvwxyz-"), strlen(o[i].name));
    }
}

#include <criterion/criterion.h>
#include <unistd.h>
#include "base/err.h"
#include "base/log.h"

Test(err, keeps_code_and_text_and_can_be_prefixed)
{
    struct oc_err err;
    cr_assert_eq(oc_err_set(&err, OC_E_MODEL, "tensor '%s': %d dims", "w", 9), OC_E_MODEL);
    cr_assert_str_eq(err.msg, "tensor 'w': 9 dims");
    oc_err_prefix(&err, OC_E_MODEL, "model 'clip': ");
    cr_assert_str_eq(err.msg, "model 'clip': tensor 'w': 9 dims");
    cr_assert_eq(oc_err_set(NULL, OC_E_IO, "nobody listens"), OC_E_IO);
}

Test(err, overlong_texts_are_cut_not_overrun)
{
    struct oc_err err;
    char big[5000];
    memset(big, 'a', sizeof big - 1);
    big[sizeof big - 1] = 0;
    oc_err_set(&err, OC_E_INVALID, "%s", big);
    cr_assert_eq(strlen(err.msg), sizeof err.msg - 1);
    oc_err_prefix(&err, OC_E_INVALID, "%s", big);
    cr_assert_eq(strlen(err.msg), sizeof err.msg - 1);
}

Test(status, every_code_has_a_word_and_a_status)
{
    for (int i = 0; i < OC_STATUS_COUNT; i++) {
        cr_assert_gt(strlen(oc_status_code((enum oc_status)i)), 0);
        cr_assert(oc_status_http((enum oc_status)i) >= 200 && oc_status_http((enum oc_status)i) < 600);
    }
    cr_assert_eq(oc_status_http((enum oc_status)9999), 500);
    cr_assert(oc_status_retryable(OC_E_BUSY) && !oc_status_retryable(OC_E_IMAGE));
}

/* One log line with stderr turned into a pipe. */
static void line_of(enum oc_log_format format, const char *value, char *out, size_t size)
{
    int ends[2], saved = dup(STDERR_FILENO);
    cr_assert_eq(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    oc_log_init(format, OC_LOG_INFO);
    oc_log(OC_LOG_DEBUG, "dropped");
    oc_log(OC_LOG_INFO, "request done", OC_KV_S("route", value), OC_KV_I("status", 200), OC_KV_F("ms", 1.5));
    dup2(saved, STDERR_FILENO);
    close(saved);
    close(ends[1]);
    ssize_t n = read(ends[0], out, size - 1);
    close(ends[0]);
    cr_assert_gt(n, 0);
    out[n] = 0;
}

Test(log, json_lines_are_json)
{
    char line[8192];
    line_of(OC_LOG_JSON, "a\"b\n\\", line, sizeof line);
    cr_assert_not_null(strstr(line, "\"event\":\"request done\",\"route\":\"a\\\"b\\u000a\\\\\",\"status\":200,\"ms\":1.500}\n"), "%s",
                       line);
    cr_assert_null(strstr(line, "dropped"));
}

Test(log, text_lines_stay_one_line_whatever_the_value)
{
    char line[8192], big[9000];
    line_of(OC_LOG_TEXT, "/v1/detect", line, sizeof line);
    cr_assert_not_null(strstr(line, " info  request done route=/v1/detect status=200 ms=1.500\n"), "%s", line);
    memset(big, '\n', sizeof big - 1);
    big[sizeof big - 1] = 0;
    line_of(OC_LOG_TEXT, big, line, sizeof line);
    cr_assert_eq(strchr(line, '\n'), line + strlen(line) - 1);
}

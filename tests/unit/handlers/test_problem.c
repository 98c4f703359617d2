#include <criterion/criterion.h>
#include <jansson.h>
#include "handlers/handler.h"

/* The document for a detail, parsed back; the caller frees it. */
static json_t *problem(enum oc_status st, const char *detail, const char *id)
{
    struct oc_buf out;
    oc_buf_init(&out, OC_MEM_JSON, 1 << 20);
    cr_assert_eq(oc_problem(st, detail, id, &out), OC_OK);
    json_error_t why;
    json_t *root = json_loadb(out.data, out.len, JSON_REJECT_DUPLICATES, &why);
    cr_assert(root, "%s in %s", why.text, out.data);
    oc_buf_deinit(&out);
    return root;
}

Test(problem, says_everything_once)
{
    json_t *p = problem(OC_E_BODY_TOO_LARGE, "too \"big\"\\", "id-1");
    cr_assert_eq(json_object_size(p), 6);
    cr_assert_str_eq(json_string_value(json_object_get(p, "type")), "about:blank");
    cr_assert_str_eq(json_string_value(json_object_get(p, "title")), "Body too large");
    cr_assert_eq(json_integer_value(json_object_get(p, "status")), 413);
    cr_assert_str_eq(json_string_value(json_object_get(p, "code")), "body_too_large");
    cr_assert_str_eq(json_string_value(json_object_get(p, "detail")), "too \"big\"\\");
    cr_assert_str_eq(json_string_value(json_object_get(p, "request_id")), "id-1");
    json_decref(p);
}

Test(problem, every_status_has_a_document)
{
    for (int st = 0; st < OC_STATUS_COUNT; st++) {
        json_t *p = problem((enum oc_status)st, NULL, NULL);
        cr_assert_str_eq(json_string_value(json_object_get(p, "detail")), oc_status_title((enum oc_status)st));
        cr_assert_eq(json_integer_value(json_object_get(p, "status")), oc_status_http((enum oc_status)st));
        json_decref(p);
    }
}

Test(problem, what_is_not_utf8_becomes_a_question_mark)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"\xff\xfe", "??"},
        {"cut \xe2\x82", "cut ??"},
        {"\xc0\xaf", "??"},           /* not the shortest form */
        {"\xed\xa0\x80", "???"},      /* a surrogate */
        {"\xf4\x90\x80\x80", "????"}, /* beyond Unicode */
        {"\xe0\x80\x80", "???"},
        {"a\x01\x7f\n", "a\x01\x7f\n"},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        json_t *p = problem(OC_E_INVALID, cases[i].in, "x");
        cr_assert_str_eq(json_string_value(json_object_get(p, "detail")), cases[i].out, "case %zu", i);
        json_decref(p);
    }
}

Test(problem, running_out_of_memory_is_said)
{
    for (uint64_t n = 1; n < 50; n++) {
        struct oc_buf out;
        oc_buf_init(&out, OC_MEM_JSON, 1 << 20);
        oc_mem_fail_at(n);
        enum oc_status st = oc_problem(OC_E_INVALID, "detail", "id", &out);
        oc_mem_fail_at(0);
        oc_buf_deinit(&out);
        if (st == OC_OK)
            return;
        cr_assert_eq(st, OC_E_NOMEM);
    }
    cr_assert_fail("never succeeds");
}

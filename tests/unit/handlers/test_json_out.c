#include <criterion/criterion.h>
#include <jansson.h>
#include <math.h>
#include "handlers/output/json_out.h"

Test(json_out, a_document)
{
    struct oc_buf b;
    oc_buf_init(&b, OC_MEM_JSON, 1000);
    struct oc_json j = oc_json_begin(&b);
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "a",
                       "q\"\\\n\x01\x7f"
                       "é\xff");
    oc_json_put_string(&j, "n", NULL);
    oc_json_key(&j, "l");
    oc_json_open(&j, '[');
    oc_json_int(&j, -5);
    oc_json_float(&j, 0.1f);
    oc_json_float(&j, NAN);
    oc_json_fixed(&j, 1.5, 3);
    oc_json_fixed(&j, -0.0001, 3);
    oc_json_fixed(&j, 100, 3);
    oc_json_fixed(&j, INFINITY, 3);
    oc_json_open(&j, '{');
    oc_json_close(&j, '}');
    oc_json_open(&j, '[');
    oc_json_close(&j, ']');
    oc_json_close(&j, ']');
    oc_json_put_bool(&j, "t", true);
    oc_json_close(&j, '}');
    cr_assert_eq(oc_json_end(&j), OC_OK);
    cr_assert_str_eq(
        b.data,
        "{\"a\":\"q\\\"\\\\\\u000a\\u0001\\u007fé\xEF\xBF\xBD\",\"n\":null,\"l\":[-5,0.100000001,null,1.5,0,100,null,{},[]],\"t\":true}");
    json_t *back = json_loads(b.data, 0, NULL);
    cr_assert_not_null(back);
    json_decref(back);
    oc_buf_deinit(&b);
}

Test(json_out, floats_come_back_exactly)
{
    for (uint32_t i = 1; i < 0x7f000000; i += 0x000fffff) {
        float v, back;
        memcpy(&v, &i, sizeof v);
        struct oc_buf b;
        oc_buf_init(&b, OC_MEM_JSON, 100);
        struct oc_json j = oc_json_begin(&b);
        oc_json_float(&j, v);
        back = strtof(b.data, NULL);
        cr_assert(back == v, "%s", b.data);
        oc_buf_deinit(&b);
    }
}

Test(json_out, the_first_error_sticks)
{
    struct oc_buf b;
    oc_buf_init(&b, OC_MEM_JSON, 5);
    struct oc_json j = oc_json_begin(&b);
    oc_json_string(&j, "0123456789");
    oc_json_int(&j, 1);
    cr_assert_eq(oc_json_end(&j), OC_E_BODY_TOO_LARGE);
    cr_assert_leq(b.len, 5);
    oc_buf_deinit(&b);
}

#include <criterion/criterion.h>
#include <float.h>
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
        b.data, "{\"a\":\"q\\\"\\\\\\u000a\\u0001\\u007fé\xEF\xBF\xBD\",\"n\":null,\"l\":[-5,0.1,null,1.5,0,100,null,{},[]],\"t\":true}");
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

/* Text of one number, as oc_json_float writes it. */
static const char *text_of(float v)
{
    static char text[64];
    struct oc_buf b;
    oc_buf_init(&b, OC_MEM_JSON, 63);
    struct oc_json j = oc_json_begin(&b);
    oc_json_float(&j, v);
    cr_assert_eq(oc_json_end(&j), OC_OK);
    memcpy(text, b.data, b.len + 1);
    oc_buf_deinit(&b);
    return text;
}

Test(json_out, floats_are_as_short_as_can_be)
{
    static const struct {
        float v;
        const char *text;
    } known[] = {{0, "0"},
                 {-0.0f, "-0"},
                 {1, "1"},
                 {-2, "-2"},
                 {0.1f, "0.1"},
                 {16, "16"},
                 {100, "100"},
                 {123456792, "123456790"},
                 {999999984306749440, "1e18"},
                 {0.3f, "0.3"},
                 {1.0f / 3, "0.33333334"},
                 {0.000001f, "0.000001"},
                 {1.5e-7f, "1.5e-7"},
                 {-1.2345678e-5f, "-0.000012345678"},
                 {16777216, "16777216"},
                 {8388609.5f, "8388610"},
                 {FLT_MAX, "3.4028235e38"},
                 {FLT_MIN, "1.1754944e-38"},
                 {FLT_TRUE_MIN, "1e-45"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        cr_assert_str_eq(text_of(known[i].v), known[i].text, "%a: %s", known[i].v, text_of(known[i].v));
    /* no "%.*g" of fewer digits reads back; numbers of this size do not hit the point between two floats */
    for (uint32_t i = 0x30000000; i < 0x4b000000; i += 99991) {
        float v;
        char shorter[400];
        memcpy(&v, &i, sizeof v);
        const char *text = text_of(v);
        cr_assert(strtof(text, NULL) == v, "%s", text);
        int digits = 0, zeros = 0;
        for (const char *p = text; *p && *p != 'e'; p++) {
            if (*p == '.' || (*p == '0' && !digits))
                continue;
            digits++;
            zeros = *p == '0' ? zeros + 1 : 0;
        }
        digits -= strchr(text, '.') ? 0 : zeros;
        if (digits > 1) {
            snprintf(shorter, sizeof shorter, "%.*g", digits - 1, v);
            cr_assert(strtof(shorter, NULL) != v, "%s, but %s will do", text, shorter);
        }
    }
}

Test(json_out, arrays_of_numbers)
{
    struct oc_buf b;
    const float v[] = {1, -2, 0.1f, NAN};
    oc_buf_init(&b, OC_MEM_JSON, 1000);
    struct oc_json j = oc_json_begin(&b);
    oc_json_open(&j, '[');
    oc_json_floats(&j, v, 4);
    oc_json_floats(&j, v, 0);
    oc_json_floats_text(&j, v, 3);
    oc_json_base64_floats(&j, v, 2);
    oc_json_close(&j, ']');
    cr_assert_eq(oc_json_end(&j), OC_OK);
    cr_assert_str_eq(b.data, "[[1,-2,0.1,null],[],\"[1,-2,0.1]\",\"AACAPwAAAMA=\"]");
    cr_assert_eq(b.len, strlen(b.data));
    oc_buf_deinit(&b);
    oc_buf_init(&b, OC_MEM_JSON, 20);
    j = oc_json_begin(&b);
    oc_json_floats(&j, v, 4);
    cr_assert_eq(oc_json_end(&j), OC_E_BODY_TOO_LARGE);
    oc_buf_deinit(&b);
}

Test(json_out, base64)
{
    static const char *const known[][2] = {{"", "\"\""},
                                           {"f", "\"Zg==\""},
                                           {"fo", "\"Zm8=\""},
                                           {"foo", "\"Zm9v\""},
                                           {"foob", "\"Zm9vYg==\""},
                                           {"fooba", "\"Zm9vYmE=\""},
                                           {"\xfb\xff\xbf", "\"+/+/\""}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        struct oc_buf b;
        oc_buf_init(&b, OC_MEM_JSON, 100);
        struct oc_json j = oc_json_begin(&b);
        oc_json_base64(&j, known[i][0], strlen(known[i][0]));
        cr_assert_eq(oc_json_end(&j), OC_OK);
        cr_assert_str_eq(b.data, known[i][1]);
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

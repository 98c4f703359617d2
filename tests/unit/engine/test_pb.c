#include <criterion/criterion.h>
#include "engine/onnx/names.h"
#include "engine/onnx/pb.h"
#include "tests/support/onnx_writer.h"

static struct eng_pb over(const void *p, size_t n, struct oc_err *err)
{
    return eng_pb_start((struct eng_span){p, n}, err);
}

/* The message of the first error in these bytes, "" when there is none. */
static const char *fault(const void *p, size_t n)
{
    static struct oc_err err;
    struct eng_pb_field f;
    oc_err_clear(&err);
    struct eng_pb r = over(p, n, &err);
    while (eng_pb_next(&r, &f))
        ;
    cr_assert_eq(r.st, *err.msg ? OC_E_MODEL : OC_OK);
    return err.msg;
}

#define FAULT(...) fault((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

Test(pb, reads_every_wire_type)
{
    struct message m = {0};
    struct oc_err err;
    struct eng_pb_field f;
    put_int(&m, 1, -7);
    put_float(&m, 2, 0.25f);
    put_double(&m, 3, 8);
    put_text(&m, 536870911, "last");
    struct eng_pb r = over(m.p, m.n, &err);
    cr_assert(eng_pb_next(&r, &f) && f.number == 1 && eng_pb_int(&r, &f) == -7);
    cr_assert(eng_pb_next(&r, &f) && f.number == 2 && eng_pb_float(&r, &f) == 0.25f);
    cr_assert(eng_pb_next(&r, &f) && f.number == 3 && f.wire == ENG_PB_FIXED64);
    cr_assert(eng_pb_next(&r, &f) && f.number == 536870911 && eng_span_is(eng_pb_bytes(&r, &f), "last"));
    cr_assert(!eng_pb_next(&r, &f) && r.st == OC_OK);
    free(m.p);
}

Test(pb, refuses_what_is_cut_short_or_overlong)
{
    cr_assert_str_eq(FAULT(0x08, 0x7f), "");
    cr_assert_str_eq(FAULT(0x08), "malformed at byte 0: a number is cut short or too long");
    cr_assert_str_eq(FAULT(0x08, 0x01, 0x88), "malformed at byte 2: a field tag is cut short or too long");
    cr_assert_str_eq(FAULT(0x0d, 1, 2, 3), "malformed at byte 0: a number is cut short or too long");
    cr_assert_str_eq(FAULT(0x09, 1, 2, 3, 4, 5, 6, 7), "malformed at byte 0: a number is cut short or too long");
    cr_assert_str_eq(FAULT(0x0a), "malformed at byte 0: a length is cut short or too long");
    cr_assert_str_eq(FAULT(0x0a, 2, 1), "malformed at byte 0: a field is longer than what is left");
    cr_assert_str_eq(FAULT(0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1),
                     "malformed at byte 0: a field is longer than what is left");
    cr_assert_str_eq(FAULT(0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1), "");
    cr_assert_str_eq(FAULT(0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2),
                     "malformed at byte 0: a number is cut short or too long");
    cr_assert_str_eq(FAULT(0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0),
                     "malformed at byte 0: a number is cut short or too long");
}

Test(pb, refuses_field_zero_groups_and_unknown_wire_types)
{
    cr_assert_str_eq(FAULT(0x00, 1), "malformed at byte 0: a field number is 0 or too large");
    cr_assert_str_eq(FAULT(0x80, 0x80, 0x80, 0x80, 0x10, 1), "malformed at byte 0: a field number is 0 or too large");
    cr_assert_str_eq(FAULT(0x0b), "malformed at byte 0: a wire type is unknown");
    cr_assert_str_eq(FAULT(0x0c), "malformed at byte 0: a wire type is unknown");
    cr_assert_str_eq(FAULT(0x0e), "malformed at byte 0: a wire type is unknown");
    cr_assert_str_eq(FAULT(0x0f), "malformed at byte 0: a wire type is unknown");
}

Test(pb, a_value_of_the_wrong_wire_type_ends_the_reader)
{
    struct oc_err err;
    struct eng_pb_field f;
    const uint8_t bytes[] = {0x08, 1, 0x10, 2};
    struct eng_pb r = over(bytes, sizeof bytes, &err);
    cr_assert(eng_pb_next(&r, &f));
    cr_assert_eq(eng_pb_bytes(&r, &f).n, 0);
    cr_assert(!eng_pb_next(&r, &f));
    cr_assert_eq(r.st, OC_E_MODEL);
    cr_assert_str_eq(err.msg, "malformed at byte 2: field 1 has wire type 0 instead of 2");
}

Test(pb, repeated_numbers_come_packed_and_single)
{
    static const int64_t v[] = {1, -1, 300};
    struct message m = {0};
    struct oc_err err;
    struct eng_pb_field f;
    put_packed(&m, 1, v, 3);
    put_int(&m, 1, 5);
    put_bytes(&m, 1, "", 0);
    struct eng_pb r = over(m.p, m.n, &err);
    int64_t got[8];
    uint64_t bits;
    size_t n = 0, counted = 0;
    while (eng_pb_next(&r, &f)) {
        counted += eng_pb_scalars_count(&r, &f, ENG_PB_VARINT);
        for (struct eng_pb_scalars s = eng_pb_scalars(&r, &f, ENG_PB_VARINT); eng_pb_scalars_next(&s, &bits);)
            got[n++] = (int64_t)bits;
    }
    cr_assert(r.st == OC_OK && n == 4 && counted == 4);
    cr_assert(got[0] == 1 && got[1] == -1 && got[2] == 300 && got[3] == 5);
    free(m.p);
}

Test(pb, packed_numbers_that_end_in_the_middle_are_refused)
{
    struct oc_err err;
    struct eng_pb_field f;
    const uint8_t floats[] = {0x0a, 5, 0, 0, 0, 0, 0}, varints[] = {0x0a, 2, 1, 0x80};
    struct eng_pb r = over(floats, sizeof floats, &err);
    cr_assert(eng_pb_next(&r, &f));
    cr_assert_eq(eng_pb_scalars_count(&r, &f, ENG_PB_FIXED32), 1);
    cr_assert_eq(r.st, OC_E_MODEL);
    r = over(varints, sizeof varints, &err);
    cr_assert(eng_pb_next(&r, &f));
    cr_assert_eq(eng_pb_scalars_count(&r, &f, ENG_PB_VARINT), 1);
    cr_assert_eq(r.st, OC_E_MODEL);
}

Test(pb, nesting_has_a_limit)
{
    struct message m = {0};
    struct oc_err err;
    struct eng_pb_field f;
    for (int i = 0; i < LIM_MODEL_DEPTH + 4; i++) {
        struct message outer = {0};
        put_message(&outer, 1, m);
        m = outer;
    }
    struct eng_pb r = over(m.p, m.n, &err);
    int depth = 0;
    while (eng_pb_next(&r, &f)) {
        r = eng_pb_message(&r, &f);
        depth++;
    }
    cr_assert_eq(depth, LIM_MODEL_DEPTH + 1);
    cr_assert_eq(r.st, OC_E_MODEL);
    cr_assert_not_null(strstr(err.msg, "messages are nested deeper than 16"));
    free(m.p);
}

static enum oc_status name_status(const char *s, size_t n)
{
    struct message m = {0};
    struct eng_pb_field f;
    put_bytes(&m, 1, s, n);
    struct eng_pb r = over(m.p, m.n, NULL);
    cr_assert(eng_pb_next(&r, &f));
    struct eng_span name = eng_pb_name(&r, &f, "a name");
    cr_assert(r.st ? name.n == 0 : name.n == n);
    free(m.p);
    return r.st;
}

Test(pb, names_are_utf8_without_nul_and_not_too_long)
{
    static char longest[LIM_MODEL_NAME + 1];
    memset(longest, 'a', sizeof longest);
    cr_assert_eq(name_status("", 0), OC_OK);
    cr_assert_eq(name_status("Bild \xc3\xa4 \xe4\xb8\xad \xf0\x9f\x90\x86", 16), OC_OK);
    cr_assert_eq(name_status("a\0b", 3), OC_E_MODEL);
    cr_assert_eq(name_status("\xc3", 1), OC_E_MODEL);
    cr_assert_eq(name_status("\xc0\x80", 2), OC_E_MODEL);
    cr_assert_eq(name_status("\xe0\x80\x80", 3), OC_E_MODEL);
    cr_assert_eq(name_status("\xed\xa0\x80", 3), OC_E_MODEL);
    cr_assert_eq(name_status("\xf4\x90\x80\x80", 4), OC_E_MODEL);
    cr_assert_eq(name_status("\xff", 1), OC_E_MODEL);
    cr_assert_eq(name_status(longest, LIM_MODEL_NAME), OC_OK);
    cr_assert_eq(name_status(longest, LIM_MODEL_NAME + 1), OC_E_MODEL);
}

Test(names, many_names_are_found_again)
{
    enum { N = 5000 };
    static char text[N][16];
    struct eng_names t;
    eng_names_init(&t);
    cr_assert_eq(eng_names_find(&t, (struct eng_span){(const uint8_t *)"x", 1}), -1);
    for (int i = 0; i < N; i++) {
        struct eng_span key = {(uint8_t *)text[i], (size_t)snprintf(text[i], sizeof text[i], "%d", i * 7919)};
        cr_assert_eq(eng_names_find(&t, key), -1);
        cr_assert_eq(eng_names_add(&t, key, i, NULL), OC_OK);
    }
    for (int i = 0; i < N; i++)
        cr_assert_eq(eng_names_find(&t, (struct eng_span){(uint8_t *)text[i], strlen(text[i])}), i);
    cr_assert_eq(eng_names_find(&t, (struct eng_span){(const uint8_t *)"79190", 4}), 1);
    cr_assert_eq(eng_names_find(&t, (struct eng_span){(const uint8_t *)"x", 1}), -1);
    eng_names_deinit(&t);
}

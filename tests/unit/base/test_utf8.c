#include <criterion/criterion.h>
#include "base/err.h"
#include "base/utf8.h"

static size_t length(const char *s)
{
    return oc_utf8_length((const uint8_t *)s, strlen(s));
}

Test(utf8, lengths)
{
    cr_assert(length("a") == 1 && length("\xc3\xa4") == 2 && length("\xe4\xb8\xad") == 3 && length("\xf0\x9f\x90\x86") == 4);
    cr_assert(length("\xc3") == 0 && length("\xc3(") == 0 && length("\x80") == 0 && length("\xff") == 0);
    cr_assert(length("\xc0\x80") == 0 && length("\xe0\x80\x80") == 0 && length("\xf0\x80\x80\x80") == 0);
    cr_assert(length("\xed\xa0\x80") == 0 && length("\xf4\x90\x80\x80") == 0);
}

Test(utf8, messages_stay_text_when_they_are_cut_or_quote_rubbish)
{
    struct oc_err err;
    oc_err_set(&err, OC_E_INVALID, "name '%.3s' and '%s'", "a\xe4\xb8\xad", "\xff ok");
    cr_assert_str_eq(err.msg, "name 'a?"
                              "?' and '? ok'");
    char many[OC_ERR_MSG_MAX + 9] = {0};
    for (size_t i = 0; i + 2 < sizeof many; i += 2)
        memcpy(many + i, "\xc3\xa4", 2);
    oc_err_set(&err, OC_E_INVALID, "%s", many);
    cr_assert_eq(strlen(err.msg), OC_ERR_MSG_MAX - 1);
    cr_assert_eq(err.msg[OC_ERR_MSG_MAX - 2], '?');
    oc_err_set(&err, OC_E_INVALID, "%.*s", OC_ERR_MSG_MAX - 2, many);
    oc_err_prefix(&err, OC_E_INVALID, "xx");
    cr_assert_eq(err.msg[OC_ERR_MSG_MAX - 2], '?');
}

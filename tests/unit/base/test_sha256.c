#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include "base/sha256.h"

static const char *digest(const char *text, size_t times, size_t piece)
{
    static char hex[2 * OC_SHA256_BYTES + 1];
    uint8_t bytes[OC_SHA256_BYTES];
    struct oc_sha256 s;
    oc_sha256_init(&s);
    for (size_t i = 0; i < times; i++)
        for (size_t at = 0, n = strlen(text); at < n; at += piece)
            oc_sha256_add(&s, text + at, n - at < piece ? n - at : piece);
    oc_sha256_end(&s, bytes);
    for (int i = 0; i < OC_SHA256_BYTES; i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    return hex;
}

/* The examples of FIPS 180-2, appendix B, and the empty text. */
Test(sha256, published_examples)
{
    const char *two = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    cr_assert_str_eq(digest("", 1, 1), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    cr_assert_str_eq(digest("abc", 1, 3), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    cr_assert_str_eq(digest(two, 1, 56), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    cr_assert_str_eq(digest(two, 1, 5), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    cr_assert_str_eq(digest("aaaaaaaaaa", 100000, 10), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

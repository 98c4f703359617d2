#include <criterion/criterion.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include "server/fetch/address.h"

static bool is_public(const char *text)
{
    struct sockaddr_storage a = {0};
    struct sockaddr_in *four = (struct sockaddr_in *)&a;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&a;
    if (inet_pton(AF_INET, text, &four->sin_addr) == 1)
        a.ss_family = AF_INET;
    else if (inet_pton(AF_INET6, text, &six->sin6_addr) == 1)
        a.ss_family = AF_INET6;
    else
        cr_assert_fail("%s", text);
    return oc_address_is_public((struct sockaddr *)&a);
}

Test(address, public_ones)
{
    static const char *const list[] = {"1.1.1.1",      "8.8.8.8",      "9.255.255.255",   "11.0.0.0",      "100.63.255.255",
                                       "100.128.0.0",  "126.0.0.1",    "128.0.0.1",       "169.253.0.1",   "172.15.0.1",
                                       "172.32.0.1",   "192.167.1.1",  "198.17.0.1",      "198.20.0.1",    "223.255.255.255",
                                       "2606:4700::1", "2a00:1450::1", "2001:4860::8888", "::ffff:1.1.1.1"};
    for (size_t i = 0; i < OC_ARRAY_LEN(list); i++)
        cr_assert(is_public(list[i]), "%s", list[i]);
}

Test(address, all_the_others)
{
    static const char *const list[] = {"0.0.0.0",
                                       "0.1.2.3",
                                       "10.0.0.1",
                                       "10.255.255.255",
                                       "100.64.0.1",
                                       "127.0.0.1",
                                       "127.255.0.1",
                                       "169.254.169.254",
                                       "172.16.0.1",
                                       "172.31.255.1",
                                       "192.0.0.1",
                                       "192.0.2.1",
                                       "192.168.0.1",
                                       "198.18.0.1",
                                       "198.19.255.1",
                                       "198.51.100.1",
                                       "203.0.113.7",
                                       "224.0.0.1",
                                       "240.0.0.1",
                                       "255.255.255.255",
                                       "::",
                                       "::1",
                                       "::ffff:127.0.0.1",
                                       "::ffff:10.0.0.1",
                                       "::127.0.0.1",
                                       "64:ff9b::7f00:1",
                                       "64:ff9b:1::1",
                                       "100::1",
                                       "2001::1",
                                       "2001:db8::1",
                                       "2002:7f00:1::",
                                       "3fff::1",
                                       "fc00::1",
                                       "fd12::1",
                                       "fe80::1",
                                       "fec0::1",
                                       "ff02::1",
                                       "5f00::1"};
    for (size_t i = 0; i < OC_ARRAY_LEN(list); i++)
        cr_assert_not(is_public(list[i]), "%s", list[i]);
    struct sockaddr other = {.sa_family = AF_UNIX};
    cr_assert_not(oc_address_is_public(&other));
}

Test(address, the_list_of_allowed_hosts)
{
    static const char *items[] = {"example.org", "Pictures.Example.net:8443", "*.wild.org", "private:127.0.0.1:9000",
                                  "[2606:4700::1]:8080"};
    const struct oc_strings list = {items, OC_ARRAY_LEN(items)};
    struct oc_err err;
    static const struct {
        const char *host;
        int port;
        enum oc_allowed expected;
    } cases[] = {
        {"example.org", 80, OC_ALLOWED_PUBLIC},
        {"example.org", 443, OC_ALLOWED_PUBLIC},
        {"EXAMPLE.org", 443, OC_ALLOWED_PUBLIC},
        {"example.org", 8080, OC_NOT_ALLOWED},
        {"sub.example.org", 80, OC_NOT_ALLOWED},
        {"xexample.org", 80, OC_NOT_ALLOWED},
        {"example.org.evil.com", 80, OC_NOT_ALLOWED},
        {"pictures.example.net", 8443, OC_ALLOWED_PUBLIC},
        {"pictures.example.net", 443, OC_NOT_ALLOWED},
        {"a.wild.org", 443, OC_ALLOWED_PUBLIC},
        {"a.b.wild.org", 80, OC_ALLOWED_PUBLIC},
        {"wild.org", 443, OC_NOT_ALLOWED},
        {".wild.org", 443, OC_NOT_ALLOWED},
        {"awild.org", 443, OC_NOT_ALLOWED},
        {"127.0.0.1", 9000, OC_ALLOWED_PRIVATE},
        {"127.0.0.1", 9001, OC_NOT_ALLOWED},
        {"127.0.0.1", 80, OC_NOT_ALLOWED},
        {"2606:4700::1", 8080, OC_ALLOWED_PUBLIC},
        {"", 80, OC_NOT_ALLOWED},
    };
    cr_assert_eq(oc_address_check_list(&list, &err), OC_OK);
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++)
        cr_assert_eq(oc_address_allowed(&list, cases[i].host, cases[i].port), cases[i].expected, "%s:%d", cases[i].host, cases[i].port);
    static const char *bad[] = {"",    ":80", "host:", "host:0", "host:x", "host:70000", "private:host", "private:*.x:80", "http://host",
                                "a b", "*",   "ho*st", "[::1"};
    for (size_t i = 0; i < OC_ARRAY_LEN(bad); i++) {
        const struct oc_strings one = {&bad[i], 1};
        cr_assert_eq(oc_address_check_list(&one, &err), OC_E_INVALID, "%s", bad[i]);
    }
}

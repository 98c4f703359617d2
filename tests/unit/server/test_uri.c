#include <criterion/criterion.h>
#include "handlers/input/percent.h"
#include "server/http/router.h"
#include "server/http/uri.h"

static struct oc_arena arena;
static struct oc_err err;

static void set_up(void)
{
    oc_arena_init(&arena, OC_MEM_OTHER, 1 << 20);
}

static void tear_down(void)
{
    oc_arena_deinit(&arena);
}

TestSuite(uri, .init = set_up, .fini = tear_down);
TestSuite(router, .init = set_up, .fini = tear_down);

Test(uri, targets_come_apart)
{
    static const struct {
        const char *uri, *path, *query;
    } cases[] = {
        {"/", "/", ""},
        {"/a/b?c=d", "/a/b", "c=d"},
        {"/a?b?c", "/a", "b?c"},
        {"/a#f", "/a", ""},
        {"/a?q#f", "/a", "q"},
        {"http://h/a?b", "/a", "b"},
        {"HTTPS://h:1/a", "/a", ""},
        {"http://h", "", ""},
        {"http://h?x", "", "x"},
        {"*", "*", ""},
        {"", "", ""},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        struct oc_target t = oc_target_split(cases[i].uri);
        cr_assert(t.path_len == strlen(cases[i].path) && !memcmp(t.path, cases[i].path, t.path_len), "%s", cases[i].uri);
        cr_assert(t.query_len == strlen(cases[i].query) && !memcmp(t.query, cases[i].query, t.query_len), "%s", cases[i].uri);
    }
}

Test(uri, percent_decoding)
{
    static const struct {
        const char *in, *out;
        size_t len;
        bool plus;
    } good[] = {{"", "", 0, false},
                {"abc", "abc", 3, false},
                {"%41%62", "Ab", 2, false},
                {"%2f%2F", "//", 2, false},
                {"a+b", "a+b", 3, false},
                {"a+b%2B", "a b+", 4, true},
                {"%00x", "\0x", 2, false},
                {"%e2%82%ac", "\xe2\x82\xac", 3, false},
                {"%25%32%35", "%25", 3, false}};
    const char *out;
    size_t n;
    for (size_t i = 0; i < OC_ARRAY_LEN(good); i++) {
        cr_assert_eq(oc_percent_decode(&arena, "target", good[i].in, strlen(good[i].in), good[i].plus, &out, &n, &err), OC_OK);
        cr_assert(n == good[i].len && !memcmp(out, good[i].out, n) && out[n] == 0, "%s", good[i].in);
    }
    static const char *const bad[] = {"%", "%4", "%g0", "%0g", "a%", "%%41", "% 1", "%-1", "%+1", "%0x"};
    for (size_t i = 0; i < OC_ARRAY_LEN(bad); i++)
        cr_assert_eq(oc_percent_decode(&arena, "target", bad[i], strlen(bad[i]), true, &out, &n, &err), OC_E_INVALID, "%s", bad[i]);
    cr_assert_eq(oc_percent_decode(&arena, "target", "%41", 2, false, &out, &n, &err), OC_E_INVALID, "the length counts, not the NUL");
}

Test(uri, queries)
{
    static const char text[] = "a=1&&b&c=&=v&a=2%26&d=x=y";
    static const char *const expected[][2] = {{"a", "1"}, {"b", ""}, {"c", ""}, {"", "v"}, {"a", "2&"}, {"d", "x=y"}};
    const struct oc_field *f;
    size_t n;
    cr_assert_eq(oc_query_parse(&arena, text, strlen(text), &f, &n, &err), OC_OK);
    cr_assert_eq(n, OC_ARRAY_LEN(expected));
    for (size_t i = 0; i < n; i++) {
        cr_assert_str_eq(f[i].name, expected[i][0]);
        cr_assert_str_eq(f[i].value, expected[i][1]);
        cr_assert_eq(f[i].value_len, strlen(expected[i][1]));
    }
    cr_assert_eq(oc_query_parse(&arena, "", 0, &f, &n, &err), OC_OK);
    cr_assert_eq(n, 0);
}

Test(uri, queries_have_limits)
{
    const struct oc_field *f;
    size_t n;
    char many[2 * LIM_QUERY_FIELDS + 1];
    memset(many, '&', sizeof many);
    cr_assert_eq(oc_query_parse(&arena, many, LIM_QUERY_FIELDS, &f, &n, &err), OC_E_INVALID);
    cr_assert_eq(oc_query_parse(&arena, many, LIM_QUERY_FIELDS - 1, &f, &n, &err), OC_OK);
    static char big[LIM_FIELD_BYTES + 3];
    memset(big, 'x', sizeof big);
    big[1] = '=';
    cr_assert_eq(oc_query_parse(&arena, big, sizeof big, &f, &n, &err), OC_E_INVALID);
    cr_assert_eq(oc_query_parse(&arena, big, sizeof big - 1, &f, &n, &err), OC_OK);
    cr_assert_eq(oc_query_parse(&arena, "%00=1", 5, &f, &n, &err), OC_E_INVALID);
}

static const struct oc_route routes[] = {
    {.method = "GET", .path = "/"},
    {.method = "GET", .path = "/a"},
    {.method = "POST", .path = "/a"},
    {.method = "GET", .path = "/a/{name}"},
    {.method = "POST", .path = "/a/{name}/load"},
    {.method = "GET", .path = "/a/known"},
    {.method = "DELETE", .path = "/a/{name}/b/{id}"},
};
static const struct oc_router router = {routes, OC_ARRAY_LEN(routes)};

static enum oc_status find(const char *method, const char *path, struct oc_match *m)
{
    return oc_router_find(&router, method, path, strlen(path), &arena, m, &err);
}

Test(router, finds_by_method_and_path)
{
    static const struct {
        const char *method, *path;
        int route;
        const char *arg, *arg2;
    } cases[] = {
        {"GET", "/", 0, NULL, NULL},
        {"HEAD", "/a", 1, NULL, NULL},
        {"POST", "/a", 2, NULL, NULL},
        {"GET", "/a/x", 3, "x", NULL},
        {"GET", "/a/known", 5, NULL, NULL},
        {"GET", "/%61/k%6eown", 5, NULL, NULL},
        {"GET", "/a/x%2Fy", 3, "x/y", NULL},
        {"POST", "/a/known/load", 4, "known", NULL},
        {"DELETE", "/a/x/b/y%20z", 6, "x", "y z"},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        struct oc_match m;
        cr_assert_eq(find(cases[i].method, cases[i].path, &m), OC_OK, "%s", cases[i].path);
        cr_assert_eq(m.route, &routes[cases[i].route], "%s", cases[i].path);
        cr_assert(cases[i].arg ? m.arg[0] && !strcmp(m.arg[0], cases[i].arg) : !m.arg[0], "%s", cases[i].path);
        cr_assert(cases[i].arg2 ? m.arg[1] && !strcmp(m.arg[1], cases[i].arg2) : !m.arg[1], "%s", cases[i].path);
    }
}

Test(router, slashes_too_many_mean_one_but_where_something_is_deleted)
{
    struct oc_match one, same;
    static const char *const pairs[][3] = {
        {"GET", "/a/x", "/a/x/"}, {"GET", "/a/x", "//a//x//"}, {"GET", "/", "//"}, {"POST", "/a/known/load", "/a//known/load/"}};
    for (size_t i = 0; i < OC_ARRAY_LEN(pairs); i++) {
        enum oc_status st = find(pairs[i][0], pairs[i][1], &one);
        cr_assert_eq(find(pairs[i][0], pairs[i][2], &same), st, "%s", pairs[i][2]);
        cr_assert_eq(one.route, same.route, "%s", pairs[i][2]);
    }
    cr_assert_eq(find("DELETE", "/a/x/b/y", &one), OC_OK);
    cr_assert_neq(find("DELETE", "/a/x/b/y/", &one), OC_OK);
    cr_assert_neq(find("DELETE", "/a/x//b/y", &one), OC_OK);
}

Test(router, refuses_the_rest)
{
    static const char *const nowhere[] = {"", "a", "*", "/b", "/a/x/y", "/A", "/a/x/b/"};
    struct oc_match m;
    for (size_t i = 0; i < OC_ARRAY_LEN(nowhere); i++)
        cr_assert_eq(find("GET", nowhere[i], &m), OC_E_NOT_FOUND, "%s", nowhere[i]);
    cr_assert_eq(find("GET", "/a/%", &m), OC_E_INVALID);
    cr_assert_eq(find("GET", "/a/x%00", &m), OC_E_INVALID);
    char deep[64];
    for (size_t i = 0; i < sizeof deep - 1; i++)
        deep[i] = i % 2 ? 'a' : '/';
    deep[sizeof deep - 1] = 0;
    cr_assert_eq(find("GET", deep, &m), OC_E_NOT_FOUND);
}

Test(router, names_the_methods_that_are_allowed)
{
    struct oc_match m;
    cr_assert_eq(find("DELETE", "/a", &m), OC_E_METHOD);
    cr_assert_str_eq(m.allow, "GET, HEAD, POST");
    cr_assert_eq(find("PUT", "/a/known", &m), OC_E_METHOD);
    cr_assert_str_eq(m.allow, "GET, HEAD");
    cr_assert_eq(find("HEAD", "/a/x/load", &m), OC_E_METHOD);
    cr_assert_str_eq(m.allow, "POST");
}

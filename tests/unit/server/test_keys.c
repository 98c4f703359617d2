#include <criterion/criterion.h>
#include <unistd.h>
#include "base/limits.h"
#include "server/auth/keys.h"

static struct oc_err err;
static struct oc_keys *keys;

static char *file_with(const char *text)
{
    static char name[] = "/tmp/ocelli-keys-XXXXXX";
    memcpy(name + sizeof name - 7, "XXXXXX", 6);
    int fd = mkstemp(name);
    cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    return name;
}

static enum oc_status make(const char *one, const char *file)
{
    const char *items[] = {one};
    struct oc_strings given = {items, one ? 1 : 0};
    oc_err_clear(&err);
    return oc_keys_new(&given, file, &keys, &err);
}

static bool accept(const char *key)
{
    return oc_keys_accept(keys, key, strlen(key));
}

Test(keys, without_any_everybody_is_accepted)
{
    cr_assert_eq(make(NULL, ""), OC_OK);
    cr_assert_null(keys);
    cr_assert(accept("anything"));
    cr_assert_eq(oc_keys_count(keys), 0);
    cr_assert_eq(oc_keys_reload(keys, &err), OC_OK);
    oc_keys_free(keys);
}

Test(keys, only_the_very_key_is_accepted)
{
    cr_assert_eq(make("Secret-1", NULL), OC_OK, "%s", err.msg);
    cr_assert(accept("Secret-1"));
    static const char *const wrong[] = {"", "S", "Secret-", "Secret-12", "secret-1", "Secret-2", " Secret-1"};
    for (size_t i = 0; i < OC_ARRAY_LEN(wrong); i++)
        cr_assert(!accept(wrong[i]), "'%s'", wrong[i]);
    cr_assert(!oc_keys_accept(keys, "Secret-1\0x", 10));
    oc_keys_free(keys);
}

Test(keys, a_file_has_one_a_line_and_is_read_again)
{
    char *name = file_with("# ours\n\n  alpha \r\nbeta\t\n#gamma\ndelta");
    cr_assert_eq(make("given", name), OC_OK, "%s", err.msg);
    cr_assert_eq(oc_keys_count(keys), 4);
    cr_assert(accept("alpha") && accept("beta") && accept("delta") && accept("given") && !accept("gamma") && !accept("# ours"));
    FILE *f = fopen(name, "w");
    fputs("epsilon\n", f);
    fclose(f);
    cr_assert_eq(oc_keys_reload(keys, &err), OC_OK);
    cr_assert(accept("epsilon") && accept("given") && !accept("alpha"));
    f = fopen(name, "w");
    fputs("# none\n", f);
    fclose(f);
    cr_assert_eq(oc_keys_reload(keys, &err), OC_E_INVALID);
    cr_assert(strstr(err.msg, "no key in it") && strstr(err.msg, name), "%s", err.msg);
    unlink(name);
    cr_assert_eq(oc_keys_reload(keys, &err), OC_E_INVALID);
    cr_assert(accept("epsilon"), "those from before hold");
    oc_keys_free(keys);
}

Test(keys, mistakes_are_named_without_the_key)
{
    char longest[LIM_API_KEY + 2];
    memset(longest, 'x', sizeof longest);
    longest[LIM_API_KEY] = 0;
    cr_assert_eq(make(longest, NULL), OC_OK);
    cr_assert(accept(longest));
    oc_keys_free(keys);
    longest[LIM_API_KEY] = 'x';
    longest[LIM_API_KEY + 1] = 0;
    cr_assert_eq(make(longest, NULL), OC_E_INVALID);
    cr_assert(strstr(err.msg, "--api-key") && strstr(err.msg, "1025") && !strstr(err.msg, "xxx"), "%s", err.msg);
    cr_assert_eq(make("", NULL), OC_E_INVALID);
    cr_assert_null(keys);
    static const struct {
        const char *text, *words;
    } cases[] = {{"", "no key"}, {"good\nsecret key\n", "line 2"}, {"sch\xc3\xbcssel\n", "line 1"}};
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        char *name = file_with(cases[i].text);
        cr_assert_eq(make(NULL, name), OC_E_INVALID, "%s", cases[i].text);
        unlink(name);
        cr_assert(strstr(err.msg, "--api-key-file") && strstr(err.msg, cases[i].words) && !strstr(err.msg, "secret"), "%s", err.msg);
    }
    cr_assert_eq(make(NULL, "/nowhere/keys"), OC_E_INVALID);
    cr_assert(strstr(err.msg, "/nowhere/keys"), "%s", err.msg);
}

Test(keys, too_many)
{
    size_t n = 0, size = LIM_API_KEYS * 8 + 16;
    char *text = oc_mem_alloc(OC_MEM_OTHER, size);
    cr_assert_not_null(text);
    for (int i = 0; i <= LIM_API_KEYS; i++)
        n += (size_t)snprintf(text + n, size - n, "k%d\n", i);
    char *name = file_with(text);
    cr_assert_eq(make(NULL, name), OC_E_INVALID);
    cr_assert(strstr(err.msg, "line 1001") && strstr(err.msg, "1000"), "%s", err.msg);
    unlink(name);
    oc_mem_free(text);
}

Test(keys, every_allocation_may_fail)
{
    char *name = file_with("one\ntwo\nthree\n4\n5\n6\n7\n8\n9\n10\n");
    size_t blocks = oc_mem_blocks();
    enum oc_status st = OC_E_NOMEM;
    for (unsigned n = 1; st && n < 100; n++) {
        oc_mem_fail_at(n);
        st = make("given", name);
        oc_mem_fail_at(0);
        cr_assert(st == OC_OK || st == OC_E_NOMEM);
        if (!st)
            oc_keys_free(keys);
        cr_assert_eq(oc_mem_blocks(), blocks);
    }
    cr_assert_eq(st, OC_OK);
    unlink(name);
}

Test(keys, are_overwritten_where_the_process_shows_them)
{
    char words[][24] = {"serve", "--api-key", "one", "--port", "1", "--api-key=two", "--api-key-file", "/f"}, *argv[8];
    char variables[][32] = {"OCELLI_API_KEY=three", "OCELLI_API_KEY_FILE=/f", "HOME=/"}, *environment[4] = {NULL};
    for (size_t i = 0; i < OC_ARRAY_LEN(words); i++)
        argv[i] = words[i];
    for (size_t i = 0; i < OC_ARRAY_LEN(variables); i++)
        environment[i] = variables[i];
    oc_keys_hide(8, argv, environment);
    cr_assert(!words[2][0] && !words[2][2] && !words[5][10] && !words[5][12] && !variables[0][15] && !variables[0][19]);
    cr_assert_str_eq(words[5], "--api-key=");
    cr_assert_str_eq(words[7], "/f");
    cr_assert_str_eq(variables[1], "OCELLI_API_KEY_FILE=/f");
}

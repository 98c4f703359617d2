#include <criterion/criterion.h>
#include "base/limits.h"
#include "models/recipe/labels.h"

static struct oc_arena arena;

static void setup(void)
{
    oc_arena_init(&arena, OC_MEM_OTHER, OC_MIB(8));
}

static void teardown(void)
{
    oc_arena_deinit(&arena);
}

TestSuite(labels, .init = setup, .fini = teardown);

static struct oc_labels literal(const char *text)
{
    struct oc_labels l;
    struct oc_err err = {0};
    cr_assert_eq(oc_labels_from_literal(text, strlen(text), &arena, &l, &err), OC_OK, "%s: %s", text, err.msg);
    return l;
}

Test(labels, literals_as_exporters_write_them)
{
    struct oc_labels l = literal("{0: 'person', 1: \"driver's seat\", 3: 'h\\xe9 \\u4e2d\\\\'}");
    cr_assert_eq(l.n, 4);
    cr_assert_str_eq(l.names[0], "person");
    cr_assert_str_eq(l.names[1], "driver's seat");
    cr_assert_null(l.names[2]);
    cr_assert_str_eq(l.names[3], "hé 中\\");
    cr_assert_eq(oc_labels_find(&l, "driver's seat"), 1);
    cr_assert_eq(oc_labels_find(&l, "nobody"), -1);
    cr_assert_null(oc_labels_name(&l, 2));
    cr_assert_null(oc_labels_name(&l, 4));
    cr_assert_null(oc_labels_name(&l, -1));
    l = literal(" [ 'a' , \"b\", ] ");
    cr_assert_eq(l.n, 2);
    cr_assert_str_eq(l.names[1], "b");
    cr_assert_eq(literal("{}").n, 0);
    cr_assert_eq(literal("{2:'c',0:'a'}").n, 3);
}

Test(labels, literals_that_are_none)
{
    static const char *const wrong[] = {"",
                                        "{",
                                        "{0}",
                                        "{0:}",
                                        "{0:'a'",
                                        "{0:'a}",
                                        "{0:'a'} x",
                                        "{0:'a',0:'b'}",
                                        "{-1:'a'}",
                                        "{20000:'a'}",
                                        "{99999999999999999999:'a'}",
                                        "{0:'\\q'}",
                                        "{0:'\\x4'}",
                                        "{0:'\\ud800'}",
                                        "{0: a}",
                                        "{'0':'a'}",
                                        "['a' 'b']",
                                        "('a',)",
                                        "{0:'a\nb'}",
                                        "{0:'\xff'}",
                                        "[,]",
                                        "{0:['a']}",
                                        "__import__('os')"};
    for (size_t i = 0; i < OC_ARRAY_LEN(wrong); i++) {
        struct oc_labels l;
        struct oc_err err = {0};
        cr_assert_eq(oc_labels_from_literal(wrong[i], strlen(wrong[i]), &arena, &l, &err), OC_E_INVALID, "%s", wrong[i]);
        cr_assert(strstr(err.msg, "names: "), "%s", err.msg);
    }
}

Test(labels, lines)
{
    static const char text[] = "\xEF\xBB\xBFperson\r\n  bicycle \n\ncar\n\n\n";
    struct oc_labels l;
    cr_assert_eq(oc_labels_from_lines(text, sizeof text - 1, &arena, &l, NULL), OC_OK);
    cr_assert_eq(l.n, 4);
    cr_assert_str_eq(l.names[0], "person");
    cr_assert_str_eq(l.names[1], "bicycle");
    cr_assert_null(l.names[2]);
    cr_assert_str_eq(l.names[3], "car");
    cr_assert_eq(oc_labels_from_lines("", 0, &arena, &l, NULL), OC_OK);
    cr_assert_eq(l.n, 0);
    cr_assert_eq(oc_labels_from_lines("a\0b", 3, &arena, &l, NULL), OC_E_INVALID);
    cr_assert_eq(oc_labels_from_lines("a\n\xC0\x80", 4, &arena, &l, NULL), OC_E_INVALID);
    char name[LIM_LABEL_BYTES + 1];
    memset(name, 'x', sizeof name);
    cr_assert_eq(oc_labels_from_lines(name, sizeof name, &arena, &l, NULL), OC_E_INVALID);
    cr_assert_eq(oc_labels_from_lines(name, sizeof name - 1, &arena, &l, NULL), OC_OK);
}

Test(labels, coco)
{
    struct oc_labels l = oc_labels_coco80();
    cr_assert_eq(l.n, 80);
    cr_assert_str_eq(l.names[0], "person");
    cr_assert_str_eq(l.names[16], "dog");
    cr_assert_str_eq(l.names[62], "tv");
    cr_assert_str_eq(l.names[79], "toothbrush");
}

Test(labels, utf8)
{
    cr_assert(oc_utf8_valid("aé中😀", strlen("aé中😀")));
    static const char *const wrong[] = {
        "\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE4\xB8"};
    for (size_t i = 0; i < OC_ARRAY_LEN(wrong); i++)
        cr_assert(!oc_utf8_valid(wrong[i], strlen(wrong[i])), "%zu", i);
}

/* Which of several installed models answers when a request names none. */
#include <criterion/criterion.h>
#include "models/installed/choose.h"

static struct oc_entry detector(const char *name, double quality, bool starter)
{
    struct oc_entry e = {.name = name, .id = name, .part = "", .has_recipe = true};
    e.recipe.task = OC_TASK_DETECT;
    e.recipe.quality = quality;
    e.recipe.starter = starter;
    return e;
}

static const char *chosen(struct oc_entry *const *entries, size_t n, const char *configured)
{
    struct oc_entry *e = oc_choose_default(entries, n, configured, OC_TASK_DETECT);
    return e ? e->name : "";
}

Test(choose, the_best_quality_is_the_default_whatever_the_names)
{
    struct oc_entry a = detector("a", 13, false), b = detector("b", 37.3, false), c = detector("c", 0, false);
    struct oc_entry *all[] = {&a, &b, &c}, *unknown[] = {&c, &a};
    cr_assert_str_eq(chosen(all, 3, NULL), "b");
    cr_assert_str_eq(chosen(unknown, 2, NULL), "a", "one of unknown quality does not win by its place");
}

Test(choose, of_equal_quality_the_first_is_the_default)
{
    struct oc_entry a = detector("a", 20, false), b = detector("b", 20, false);
    struct oc_entry *all[] = {&a, &b};
    cr_assert_str_eq(chosen(all, 2, NULL), "a");
}

Test(choose, a_starter_gives_way_however_good_it_says_it_is)
{
    struct oc_entry a = detector("a", 99, true), b = detector("b", 0, false);
    struct oc_entry *all[] = {&a, &b};
    cr_assert_str_eq(chosen(all, 2, NULL), "b");
}

Test(choose, what_the_operator_says_is_above_quality)
{
    struct oc_entry a = detector("a", 13, false), b = detector("b", 37.3, false);
    struct oc_entry *all[] = {&a, &b};
    cr_assert_str_eq(chosen(all, 2, "a"), "a");
    cr_assert_str_eq(chosen(all, 2, "z"), "");
}

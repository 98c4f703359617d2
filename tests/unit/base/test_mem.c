#include <criterion/criterion.h>
#include "base/arena.h"
#include "base/buf.h"
#include "base/mem.h"

Test(mem, counts_bytes_by_category_and_gives_them_back)
{
    size_t before = oc_mem_used(OC_MEM_PIXEL);
    void *p = oc_mem_aligned(OC_MEM_PIXEL, 1000);
    cr_assert_not_null(p);
    cr_assert_eq((uintptr_t)p % 64, 0);
    cr_assert_eq(oc_mem_used(OC_MEM_PIXEL), before + 1000);
    oc_mem_free(p);
    cr_assert_eq(oc_mem_used(OC_MEM_PIXEL), before);
}

Test(mem, budget_refuses_and_recovers)
{
    oc_mem_set_budget(oc_mem_total() + 4096);
    cr_assert_null(oc_mem_alloc(OC_MEM_OTHER, 5000));
    cr_assert_null(oc_mem_alloc(OC_MEM_OTHER, 4090), "a block costs more than its bytes");
    void *p = oc_mem_alloc(OC_MEM_OTHER, 4000);
    cr_assert_not_null(p);
    cr_assert_null(oc_mem_realloc(OC_MEM_OTHER, p, 8000));
    p = oc_mem_realloc(OC_MEM_OTHER, p, 100);
    cr_assert_not_null(p);
    oc_mem_free(p);
}

Test(mem, overdrawing_reserves_first_and_is_not_refused_then)
{
    size_t before = oc_mem_total();
    oc_mem_set_budget(before + 4096);
    cr_assert_not(oc_mem_overdraw_begin(OC_MEM_JSON, 5000));
    cr_assert_null(oc_mem_alloc(OC_MEM_JSON, 5000), "not begun: refused as ever");
    cr_assert(oc_mem_overdraw_begin(OC_MEM_JSON, 3000));
    cr_assert_eq(oc_mem_total(), before + 3000);
    void *p = oc_mem_alloc(OC_MEM_JSON, 5000);
    cr_assert_not_null(p);
    oc_mem_overdraw_end(OC_MEM_JSON, 3000);
    cr_assert_eq(oc_mem_total(), before + 5000 + 32, "counted all the same");
    cr_assert_null(oc_mem_alloc(OC_MEM_JSON, 1));
    oc_mem_free(p);
    cr_assert_eq(oc_mem_total(), before);
    oc_mem_fail_at(1);
    cr_assert_not(oc_mem_overdraw_begin(OC_MEM_JSON, 1), "can be made to fail");
}

Test(mem, overflowing_products_are_refused)
{
    cr_assert_null(oc_mem_array(OC_MEM_OTHER, SIZE_MAX / 2, 3));
    cr_assert_null(oc_mem_alloc(OC_MEM_OTHER, SIZE_MAX - 4));
    cr_assert_null(oc_mem_aligned(OC_MEM_OTHER, SIZE_MAX - 70));
}

Test(mem, the_nth_allocation_can_be_made_to_fail)
{
    oc_mem_fail_at(2);
    void *a = oc_mem_alloc(OC_MEM_OTHER, 1), *b = oc_mem_alloc(OC_MEM_OTHER, 1), *c = oc_mem_alloc(OC_MEM_OTHER, 1);
    cr_assert(a && !b && c);
    oc_mem_free(a);
    oc_mem_free(c);
}

Test(arena, keeps_to_its_ceiling_and_frees_everything)
{
    struct oc_arena a;
    size_t blocks = oc_mem_blocks();
    oc_arena_init(&a, OC_MEM_OTHER, 100000);
    for (int i = 0; i < 100; i++) {
        char *p = oc_arena_alloc(&a, 100);
        cr_assert_not_null(p);
        cr_assert_eq(p[0], 0);
        memset(p, 1, 100);
    }
    cr_assert_not_null(oc_arena_alloc(&a, 50000));
    cr_assert_null(oc_arena_alloc(&a, 50000));
    cr_assert_null(oc_arena_array(&a, SIZE_MAX / 2, 4));
    oc_arena_reset(&a);
    cr_assert_not_null(oc_arena_alloc(&a, 90000));
    oc_arena_deinit(&a);
    cr_assert_eq(oc_mem_blocks(), blocks);
}

Test(buf, grows_to_its_ceiling_and_not_past_it)
{
    struct oc_buf b;
    oc_buf_init(&b, OC_MEM_BODY, 10);
    cr_assert_eq(oc_buf_add_str(&b, "12345"), OC_OK);
    cr_assert_eq(oc_buf_addf(&b, "%d", 67890), OC_OK);
    cr_assert_eq(oc_buf_add(&b, "x", 1), OC_E_BODY_TOO_LARGE);
    cr_assert_str_eq(b.data, "1234567890");
    size_t n;
    char *p = oc_buf_take(&b, &n);
    cr_assert_eq(n, 10);
    cr_assert_null(b.data);
    oc_mem_free(p);
}

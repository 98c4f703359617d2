#include <criterion/criterion.h>
#include "server/http/router.h"

static enum oc_status nothing(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    (void)req, (void)res, (void)err;
    return OC_OK;
}

static const struct oc_route routes[] = {
    {.method = "GET", .path = "/health", .run = nothing},
    {.method = "POST", .path = "/v1/embeddings", .run = nothing, .dialect = "openai"},
    {.method = "POST", .path = "/predict", .run = nothing, .dialect = "immich"},
    {.method = "GET", .path = "/", .run = nothing, .dialect = "immich"},
};
static const struct oc_router all = {routes, OC_ARRAY_LEN(routes)};

static size_t select_count(const char *const *dialects, size_t n)
{
    struct oc_arena arena;
    struct oc_router some;
    struct oc_err err = {0};
    oc_arena_init(&arena, OC_MEM_OTHER, OC_KIB(64));
    cr_assert_eq(oc_router_select(&all, dialects, n, &arena, &some, &err), OC_OK, "%s", err.msg);
    cr_assert_str_eq(some.routes[0].path, "/health", "our own routes are always there");
    oc_arena_deinit(&arena);
    return some.n;
}

Test(router, dialects_can_be_left_out)
{
    cr_assert_eq(select_count(NULL, 0), 4, "all when nothing is said");
    cr_assert_eq(select_count((const char *const[]){"openai"}, 1), 2);
    cr_assert_eq(select_count((const char *const[]){"openai", "immich"}, 2), 4);
    cr_assert_eq(select_count((const char *const[]){"none"}, 1), 1);
}

Test(router, unknown_dialects_are_named_with_those_there_are)
{
    static const char *const wrong[][2] = {{"opnai", "openai"}, {"openai", "none"}, {"none", "openai"}};
    for (size_t i = 0; i < OC_ARRAY_LEN(wrong); i++) {
        struct oc_router some;
        struct oc_err err = {0};
        cr_assert_eq(oc_router_select(&all, wrong[i], 2, NULL, &some, &err), OC_E_INVALID);
        cr_assert(strstr(err.msg, "openai, immich"), "%s", err.msg);
    }
}

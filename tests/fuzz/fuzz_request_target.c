/* room: server */
#include "server/http/router.h"
#include "server/http/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct oc_route routes[] = {
    {.method = "GET", .path = "/"},          {.method = "GET", .path = "/a/{name}"},         {.method = "POST", .path = "/a/{name}/b/{id}"},
    {.method = "GET", .path = "/a/literal"}, {.method = "DELETE", .path = "/{name}/b/{id}"},
};

/* A request target as a client sends it: split, routed, its query parsed. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct oc_arena arena;
    struct oc_match match;
    struct oc_err err;
    oc_arena_init(&arena, OC_MEM_OTHER, 1 << 20);
    char *uri = oc_arena_strndup(&arena, (const char *)data, size < 100000 ? size : 100000);
    if (uri) {
        const struct oc_router router = {routes, OC_ARRAY_LEN(routes)};
        struct oc_target t = oc_target_split(uri);
        enum oc_status st = oc_router_find(&router, "GET", t.path, t.path_len, &arena, &match, &err);
        if (st == OC_OK && match.arg[0] && !*match.arg[0])
            abort(); /* {name} stands for something */
        const struct oc_field *fields;
        size_t n;
        st = oc_query_parse(&arena, t.query, t.query_len, &fields, &n, &err);
        for (size_t i = 0; st == OC_OK && i < n; i++)
            if (fields[i].value[fields[i].value_len] != 0)
                abort();
    }
    oc_arena_deinit(&arena);
    return 0;
}

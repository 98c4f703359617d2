#include <criterion/criterion.h>
#include "handlers/input/texts.h"
#include "handlers/model_name.h"

/* A request made by hand, and its texts. */
struct made {
    struct oc_request req;
    struct oc_service service;
    struct oc_arena arena;
    struct oc_inputs in;
    struct oc_texts texts;
    struct oc_err err;
};

static enum oc_status read_made(struct made *m, const char *type, const char *body, const struct oc_field *query, size_t n_query)
{
    memset(m, 0, sizeof *m);
    m->service.max_texts = 40;
    oc_arena_init(&m->arena, OC_MEM_OTHER, OC_MIB(8));
    oc_buf_init(&m->req.body, OC_MEM_BODY, OC_MIB(4));
    cr_assert_eq(oc_buf_add_str(&m->req.body, body), OC_OK);
    m->req.service = &m->service;
    m->req.content_type = type;
    m->req.arena = &m->arena;
    m->req.query = query;
    m->req.n_query = n_query;
    enum oc_status st = oc_inputs_read(&m->req, &m->in, &m->err);
    return st ? st : oc_texts_read(&m->in, &m->texts, &m->err);
}

static void free_made(struct made *m)
{
    oc_inputs_deinit(&m->in);
    oc_buf_deinit(&m->req.body);
    oc_arena_deinit(&m->arena);
}

static void expect(const struct made *m, const char *joined)
{
    char all[200] = "";
    for (size_t i = 0; i < m->texts.n; i++)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%.*s", i ? "|" : "", (int)m->texts.items[i].len, m->texts.items[i].data);
    cr_assert_str_eq(all, joined);
}

Test(texts, from_everywhere_in_order)
{
    const struct oc_field query[] = {{"text", "q,1", 3}, {"model", "x", 1}, {"text", "q2", 2}};
    struct made m;
    cr_assert_eq(read_made(&m, "application/json", "{\"text\":\"a\",\"texts\":[\"b\",\"c \\u00e9\"]}", query, 3), OC_OK, "%s", m.err.msg);
    expect(&m, "q,1|q2|a|b|c \xc3\xa9");
    free_made(&m);
    cr_assert_eq(read_made(&m, "application/json", "{\"text\":[\"a\",\"b\"],\"texts\":\"c\"}", NULL, 0), OC_OK);
    expect(&m, "a|b|c");
    free_made(&m);
    cr_assert_eq(read_made(&m, "application/x-www-form-urlencoded", "text=a+b&x=1&text=%C3%A9", query, 1), OC_OK);
    expect(&m, "q,1|a b|\xc3\xa9");
    free_made(&m);
    cr_assert_eq(read_made(&m, "multipart/form-data; boundary=X",
                           "--X\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\none\r\n"
                           "--X\r\nContent-Disposition: form-data; name=\"text\"; filename=\"t.txt\"\r\n\r\ntwo\nlines\r\n--X--\r\n",
                           NULL, 0),
                 OC_OK);
    expect(&m, "one|two\nlines");
    free_made(&m);
    cr_assert_eq(read_made(&m, "application/json", "{\"text\":null,\"other\":[]}", NULL, 0), OC_OK);
    expect(&m, "");
    free_made(&m);
}

Test(texts, mistakes)
{
    static const struct {
        const char *body, *message;
    } wrong[] = {{"{\"texts\":[\"a\",\" DATA:image/png;base64,AA\"]}", "texts: text 1 is a data URI; pictures go into 'image' or 'images'"},
                 {"{\"texts\":[]}", "texts: the list is empty"},
                 {"{\"texts\":[\"a\",7]}", "texts: text 1 must be a string, is number"},
                 {"{\"text\":{}}", "text: text 0 must be a string, is object"},
                 {"{\"texts\":[[\"a\"]]}", "texts: text 0 must be a string, is array"},
                 {"{\"texts\":[null]}", "texts: text 0 must be a string, is null"}};
    struct made m;
    for (size_t i = 0; i < OC_ARRAY_LEN(wrong); i++) {
        cr_assert_eq(read_made(&m, "application/json", wrong[i].body, NULL, 0), OC_E_INVALID, "%s", wrong[i].body);
        cr_assert_str_eq(m.err.msg, wrong[i].message);
        free_made(&m);
    }
    const struct oc_field bad = {"text", "\xff", 1};
    cr_assert_eq(read_made(&m, "application/json", "{}", &bad, 1), OC_E_INVALID);
    cr_assert(strstr(m.err.msg, "not UTF-8"), "%s", m.err.msg);
    free_made(&m);
}

Test(texts, ceilings)
{
    static char body[LIM_TEXT_BYTES + 100];
    struct made m;
    char *p = body + snprintf(body, sizeof body, "{\"texts\":[\"a\"");
    for (int i = 1; i < 40; i++)
        p += snprintf(p, 8, ",\"a\"");
    memcpy(p, "]}", 3);
    cr_assert_eq(read_made(&m, "application/json", body, NULL, 0), OC_OK);
    cr_assert_eq(m.texts.n, 40);
    free_made(&m);
    memcpy(p, ",\"a\"]}", 7);
    cr_assert_eq(read_made(&m, "application/json", body, NULL, 0), OC_E_INVALID);
    cr_assert_str_eq(m.err.msg, "texts: at most 40 texts in one request");
    free_made(&m);
    for (int over = 0; over < 2; over++) {
        size_t n = (size_t)snprintf(body, sizeof body, "{\"text\":\""), len = LIM_TEXT_BYTES + (size_t)over;
        memset(body + n, 'x', len);
        memcpy(body + n + len, "\"}", 3);
        cr_assert_eq(read_made(&m, "application/json", body, NULL, 0), over ? OC_E_BODY_TOO_LARGE : OC_OK);
        cr_assert(!over || strstr(m.err.msg, "has 1048577 bytes, 1048576 at most"), "%s", m.err.msg);
        free_made(&m);
    }
}

Test(model_name, aliases)
{
    static const char *const aliases[] = {"text-embedding-3-small=clip", "a=b", "b=c=d"};
    struct oc_service service = {.aliases = aliases, .n_aliases = 3};
    cr_assert_str_eq(oc_model_alias_resolve(&service, "text-embedding-3-small"), "clip");
    cr_assert_str_eq(oc_model_alias_resolve(&service, "text-embedding-3"), "text-embedding-3");
    cr_assert_str_eq(oc_model_alias_resolve(&service, "a"), "b", "not followed");
    cr_assert_str_eq(oc_model_alias_resolve(&service, "b"), "c=d");
    cr_assert_str_eq(oc_model_alias_resolve(&service, ""), "");
    cr_assert_null(oc_model_alias_resolve(&service, NULL));
    static const char *const wrong[] = {"", "=", "a", "a=", "=b"};
    for (size_t i = 0; i < OC_ARRAY_LEN(wrong); i++)
        cr_assert_eq(oc_model_alias_check(wrong[i], NULL), OC_E_INVALID, "%s", wrong[i]);
    cr_assert_eq(oc_model_alias_check("a=b", NULL), OC_OK);
}

Test(model_name, immich_cleans_names)
{
    char out[32];
    cr_assert(oc_model_name_clean("immich-app/ViT-B-32__openai", out, sizeof out));
    cr_assert_str_eq(out, "ViT-B-32__openai");
    cr_assert(oc_model_name_clean("a/b:c\\d.e..f", out, sizeof out));
    cr_assert_str_eq(out, "b_c_def");
    cr_assert(!oc_model_name_clean("a/", out, sizeof out));
    cr_assert(!oc_model_name_clean("...", out, sizeof out));
    cr_assert(!oc_model_name_clean("12345678", out, 8));
    cr_assert(oc_model_name_clean("1234567", out, 8));
}

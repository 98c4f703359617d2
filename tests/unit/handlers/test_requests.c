#include <criterion/criterion.h>
#include "handlers/input/base64.h"
#include "handlers/input/form.h"
#include "handlers/input/inputs.h"
#include "handlers/input/scalar.h"
#include "handlers/input/json_in.h"

/* A request made by hand. */
struct made {
    struct oc_request req;
    struct oc_service service;
    struct oc_arena arena;
    struct oc_inputs in;
    struct oc_err err;
};

static enum oc_status made_read(struct made *m, const char *type, const char *body, size_t n, const struct oc_field *query, size_t n_query)
{
    memset(m, 0, sizeof *m);
    m->service.max_images = 4;
    oc_arena_init(&m->arena, OC_MEM_OTHER, OC_MIB(4));
    oc_buf_init(&m->req.body, OC_MEM_BODY, OC_MIB(1));
    if (n)
        cr_assert_eq(oc_buf_add(&m->req.body, body, n), OC_OK);
    m->req.service = &m->service;
    m->req.content_type = type;
    m->req.arena = &m->arena;
    m->req.query = query;
    m->req.n_query = n_query;
    return oc_inputs_read(&m->req, &m->in, &m->err);
}

static void made_free(struct made *m)
{
    oc_inputs_deinit(&m->in);
    oc_buf_deinit(&m->req.body);
    oc_arena_deinit(&m->arena);
}

static enum oc_status read_text(struct made *m, const char *type, const char *body)
{
    return made_read(m, type, body, strlen(body), NULL, 0);
}

Test(base64, decodes)
{
    static const struct {
        const char *text, *bytes;
    } good[] = {{"", ""},
                {"Zg==", "f"},
                {"Zm8=", "fo"},
                {"Zm9v", "foo"},
                {"Zm9vYg==", "foob"},
                {"Zm9vYmE=", "fooba"},
                {"Zm9vYmFy", "foobar"},
                {"+/+/", "\xfb\xff\xbf"},
                {"-_-_", "\xfb\xff\xbf"},
                {"Zg", "f"},
                {"Zm8", "fo"},
                {"Zm9v\n", "foo"},
                {"\r\n Z\tm\n9\r\nv YmFy", "foobar"},
                {"Zm9vYg=\n=\n", "foob"},
                {" \n", ""}};
    for (size_t i = 0; i < OC_ARRAY_LEN(good); i++) {
        struct oc_buf b;
        oc_buf_init(&b, OC_MEM_BODY, 100);
        cr_assert_eq(oc_base64_decode(good[i].text, strlen(good[i].text), &b, NULL), OC_OK, "%s", good[i].text);
        cr_assert_eq(b.len, strlen(good[i].bytes));
        cr_assert(b.len == 0 || !memcmp(b.data, good[i].bytes, b.len), "%s", good[i].text);
        oc_buf_deinit(&b);
    }
}

Test(base64, refuses)
{
    static const char *const wrong[] = {
        "Z",     "Zm9vZ", "Zg=",      "Zh==", "Zm9=",  "Zh",    "Zm9vZg==Zm9v", "====",       "Zm9~",      "Z=g=", "=",
        "Z\0g=", "=g==",  "Zm9vZ===", "Zg=A", "Zg==A", "Zm9v=", "Zm9v\v",       "\xc3\xa9==", "Zm9v\n=\n", "Zg==="};
    for (size_t i = 0; i < OC_ARRAY_LEN(wrong); i++) {
        struct oc_buf b;
        struct oc_err err = {0};
        oc_buf_init(&b, OC_MEM_BODY, 100);
        cr_assert_eq(oc_base64_decode(wrong[i], i == 11 ? 4 : strlen(wrong[i]), &b, &err), OC_E_INVALID, "%s", wrong[i]);
        cr_assert(strstr(err.msg, "base64: "), "%s", err.msg);
        oc_buf_deinit(&b);
    }
    struct oc_buf b;
    struct oc_err err = {0};
    oc_buf_init(&b, OC_MEM_BODY, 3);
    cr_assert_eq(oc_base64_decode("Zm9vYg==", 8, &b, &err), OC_E_BODY_TOO_LARGE);
    oc_buf_deinit(&b);
}

Test(base64, a_long_text_comes_back_whole)
{
    enum { N = 10000 };
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static char text[N * 4];
    static unsigned char bytes[N * 3];
    for (size_t i = 0; i < N; i++) {
        unsigned v = (unsigned)(i * 2654435761u) & 0xFFFFFF;
        for (int k = 0; k < 3; k++)
            bytes[3 * i + (size_t)k] = (unsigned char)(v >> (16 - 8 * k));
        for (int k = 0; k < 4; k++)
            text[4 * i + (size_t)k] = alphabet[v >> (18 - 6 * k) & 63];
    }
    struct oc_buf b;
    oc_buf_init(&b, OC_MEM_BODY, sizeof bytes);
    cr_assert_eq(oc_base64_decode(text, sizeof text, &b, NULL), OC_OK);
    cr_assert_eq(b.len, sizeof bytes);
    cr_assert(!memcmp(b.data, bytes, sizeof bytes));
    oc_buf_deinit(&b);
}

Test(data_uri, prefixes)
{
    const char *rest;
    size_t n;
    const char *uri = "data:image/png;charset=x;base64,QUJD";
    cr_assert_eq(oc_data_uri(uri, strlen(uri), &rest, &n, NULL), OC_OK);
    cr_assert_eq(n, 4);
    cr_assert(!strncmp(rest, "QUJD", 4));
    cr_assert_eq(oc_data_uri("QUJD", 4, &rest, &n, NULL), OC_OK);
    cr_assert_eq(n, 4);
    cr_assert_eq(oc_data_uri("data:image/png,QUJD", 19, &rest, &n, NULL), OC_E_INVALID);
    cr_assert_eq(oc_data_uri("data:;base64", 12, &rest, &n, NULL), OC_E_INVALID);
    cr_assert_eq(oc_data_uri("data:,", 6, &rest, &n, NULL), OC_E_INVALID);
}

static enum oc_status parts_of(const char *body, struct oc_parts *p, struct oc_arena *a, struct oc_err *err)
{
    oc_err_clear(err);
    return oc_multipart_parse(body, strlen(body), "XyZ", a, p, err);
}

#define PART(headers, data) "--XyZ\r\n" headers "\r\n\r\n" data "\r\n"
#define NAMED(name, data) PART("Content-Disposition: form-data; name=\"" name "\"", data)

Test(multipart, parts_and_their_bytes)
{
    struct oc_parts p;
    struct oc_arena a;
    struct oc_err err;
    oc_arena_init(&a, OC_MEM_OTHER, OC_MIB(1));
    const char *body = "preamble\r\n" NAMED("a", "1")
        PART("content-type: image/png\r\ncontent-disposition: form-data; filename=\"x;name=evil\"; name=image", "\r\n--Xy\r\n--XyZebra\r\n")
            NAMED("empty", "") PART("Content-Disposition: form-data; name=\"q\\\"uote\"", "--XyY") "--XyZ--\r\nepilogue";
    cr_assert_eq(parts_of(body, &p, &a, &err), OC_OK, "%s", err.msg);
    cr_assert_eq(p.n, 4);
    cr_assert_str_eq(p.items[0].name, "a");
    cr_assert(p.items[0].len == 1 && p.items[0].data[0] == '1' && !p.items[0].is_file);
    cr_assert_str_eq(p.items[1].name, "image");
    cr_assert(p.items[1].is_file);
    cr_assert_eq(p.items[1].len, strlen("\r\n--Xy\r\n--XyZebra\r\n"), "what only looks like a boundary stays");
    cr_assert_eq(p.items[2].len, 0);
    cr_assert_str_eq(p.items[3].name, "q\"uote");
    cr_assert_eq(p.items[3].len, 5);
    oc_parts_deinit(&p);
    cr_assert_eq(parts_of("--XyZ--", &p, &a, &err), OC_OK);
    cr_assert_eq(p.n, 0);
    oc_parts_deinit(&p);
    oc_arena_deinit(&a);
}

Test(multipart, mistakes)
{
    static const struct {
        const char *body, *message;
    } wrong[] = {
        {"", "does not hold the boundary"},
        {"--XyZ", "does not hold the boundary"},
        {"--Other\r\n\r\n\r\n--Other--", "does not hold the boundary"},
        {"--XyZ\r\n", "headers of part 1 do not end"},
        {"--XyZ\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nabc", "ends inside part 1 ('a')"},
        {"--XyZ\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nabc\r\n--XyZ", "ends inside part 1"},
        {PART("Content-Type: text/plain", "x") "--XyZ--", "part 1 has no Content-Disposition"},
        {PART("Content-Disposition: attachment; name=a", "x") "--XyZ--", "part 1 is not form-data"},
        {PART("Content-Disposition: form-data", "x") "--XyZ--", "part 1 needs a name"},
        {PART("Content-Disposition: form-data; name=\"a", "x") "--XyZ--", "part 1 needs a name"},
        {PART("Content-Disposition: form-data; filename=\"name=a\"", "x") "--XyZ--", "part 1 needs a name"},
        {NAMED("a", "x") NAMED("0123456789012345678901234567890123456789012345678901234567890123456789", "x") "--XyZ--",
         "part 2 needs a name of at most 64"},
        {PART("Content-Disposition: form-data; name=a\r\nContent-Disposition: form-data; name=b", "x") "--XyZ--",
         "two Content-Disposition"},
    };
    struct oc_arena a;
    oc_arena_init(&a, OC_MEM_OTHER, OC_MIB(1));
    for (size_t i = 0; i < OC_ARRAY_LEN(wrong); i++) {
        struct oc_parts p;
        struct oc_err err;
        cr_assert_eq(parts_of(wrong[i].body, &p, &a, &err), OC_E_INVALID, "%zu", i);
        cr_assert(strstr(err.msg, wrong[i].message), "%zu: %s", i, err.msg);
        cr_assert_null(p.items);
    }
    oc_arena_deinit(&a);
}

Test(multipart, too_many_parts)
{
    struct oc_buf b;
    struct oc_arena a;
    struct oc_parts p;
    struct oc_err err;
    oc_buf_init(&b, OC_MEM_BODY, OC_MIB(1));
    oc_arena_init(&a, OC_MEM_OTHER, OC_MIB(1));
    for (int i = 0; i <= LIM_PARTS; i++)
        cr_assert_eq(oc_buf_add_str(&b, NAMED("a", "1")), OC_OK);
    cr_assert_eq(oc_buf_add_str(&b, "--XyZ--"), OC_OK);
    cr_assert_eq(parts_of(b.data, &p, &a, &err), OC_E_INVALID);
    cr_assert(strstr(err.msg, "at most 2200 parts"), "%s", err.msg);
    oc_buf_deinit(&b);
    oc_arena_deinit(&a);
}

Test(multipart, boundaries)
{
    char b[OC_BOUNDARY_MAX + 1];
    cr_assert_eq(oc_multipart_boundary("multipart/form-data; boundary=abc", b, NULL), OC_OK);
    cr_assert_str_eq(b, "abc");
    cr_assert_eq(oc_multipart_boundary("multipart/form-data; charset=x; BOUNDARY=\"a b:c\" ; x=y", b, NULL), OC_OK);
    cr_assert_str_eq(b, "a b:c");
    static const char *const wrong[] = {
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=\"a",
        "multipart/form-data; boundary",
        "multipart/form-data; xboundary=a",
        "multipart/form-data; boundary=a\r\nb",
        "multipart/form-data; boundary=\"a \"",
        "multipart/form-data; boundary=01234567890123456789012345678901234567890123456789012345678901234567890"};
    for (size_t i = 0; i < OC_ARRAY_LEN(wrong); i++)
        cr_assert_eq(oc_multipart_boundary(wrong[i], b, NULL), OC_E_INVALID, "%s", wrong[i]);
}

Test(form, fields)
{
    struct oc_arena a;
    struct oc_field *f;
    size_t n;
    oc_arena_init(&a, OC_MEM_OTHER, OC_MIB(1));
    const char *body = "a=1&b=two+words&c=%E4%B8%AD&&d&e=&f=x=y";
    cr_assert_eq(oc_form_parse(body, strlen(body), &a, &f, &n, NULL), OC_OK);
    cr_assert_eq(n, 6);
    cr_assert_str_eq(f[1].value, "two words");
    cr_assert_str_eq(f[2].value, "中");
    cr_assert_str_eq(f[3].name, "d");
    cr_assert_eq(f[3].value_len, 0);
    cr_assert_str_eq(f[5].value, "x=y");
    oc_mem_free(f);
    static const char *const wrong[] = {"a=%", "a=%1", "a=%zz", "%00=1"};
    for (size_t i = 0; i < OC_ARRAY_LEN(wrong); i++)
        cr_assert_eq(oc_form_parse(wrong[i], strlen(wrong[i]), &a, &f, &n, NULL), OC_E_INVALID, "%s", wrong[i]);
    oc_arena_deinit(&a);
}

Test(json, limits_and_mistakes)
{
    json_t *v;
    struct oc_err err;
    static const char *const wrong[] = {"", "{", "[1,]", "{\"a\":1,\"a\":2}", "\"\\u0000\"", "\"\xff\"", "nul", "1 2", "\"\\"};
    for (size_t i = 0; i < OC_ARRAY_LEN(wrong); i++)
        cr_assert_eq(oc_json_parse(NULL, wrong[i], strlen(wrong[i]), &v, &err), OC_E_JSON, "%s", wrong[i]);
    char deep[100];
    memset(deep, '[', sizeof deep);
    cr_assert_eq(oc_json_parse(NULL, deep, sizeof deep, &v, &err), OC_E_JSON);
    cr_assert(strstr(err.msg, "at most 32 levels"), "%s", err.msg);
    const char *quoted = "{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[\",\"b\":[{}]}";
    cr_assert_eq(oc_json_parse(NULL, quoted, strlen(quoted), &v, &err), OC_OK, "brackets in strings do not count");
    json_decref(v);
    struct oc_buf many;
    oc_buf_init(&many, OC_MEM_BODY, OC_MIB(16));
    cr_assert_eq(oc_buf_add_str(&many, "[0"), OC_OK);
    for (int i = 0; i < LIM_JSON_VALUES_MOST; i++)
        cr_assert_eq(oc_buf_add(&many, ",0", 2), OC_OK);
    cr_assert_eq(oc_json_parse(NULL, many.data, many.len, &v, &err), OC_E_JSON);
    cr_assert(strstr(err.msg, "at most 4000000 values"), "%s", err.msg);
    oc_buf_deinit(&many);
}

static void *counted_alloc(size_t n)
{
    return oc_mem_alloc(OC_MEM_JSON, n);
}

/* jansson aborts on strings with escapes whose buffer could not grow. */
Test(json, short_memory_is_an_error_and_not_the_end)
{
    struct oc_buf text;
    struct oc_err err;
    json_t *v;
    json_set_alloc_funcs(counted_alloc, oc_mem_free);
    oc_buf_init(&text, OC_MEM_BODY, OC_MIB(1));
    cr_assert_eq(oc_buf_add_str(&text, "{\"text\":\""), OC_OK);
    for (int i = 0; i < 2000; i++)
        cr_assert_eq(oc_buf_add_str(&text, "\\u00e9\\n"), OC_OK);
    cr_assert_eq(oc_buf_add_str(&text, "\"}"), OC_OK);
    size_t before = oc_mem_total();
    int refused = 0, parsed = 0;
    for (size_t room = 0; room < 100000; room += 1000) {
        oc_mem_set_budget(before + room);
        enum oc_status st = oc_json_parse(NULL, text.data, text.len, &v, &err);
        cr_assert(st == OC_OK || st == OC_E_NOMEM, "%s", err.msg);
        cr_assert(st || json_string_length(json_object_get(v, "text")) == 6000);
        refused += st == OC_E_NOMEM;
        parsed += st == OC_OK;
        if (!st)
            json_decref(v);
        cr_assert_eq(oc_mem_total(), before);
    }
    cr_assert(refused > 10 && parsed > 10, "%d refused, %d parsed", refused, parsed);
    oc_mem_set_budget(0);
    oc_buf_deinit(&text);
}

static const char gif[] = "GIF89a...";

Test(inputs, the_four_ways)
{
    struct made m;
    cr_assert_eq(made_read(&m, "image/gif", gif, sizeof gif, NULL, 0), OC_OK);
    cr_assert(m.in.n_images == 1 && !strcmp(m.in.images[0].field, "body"));
    made_free(&m);
    cr_assert_eq(made_read(&m, "application/x-www-form-urlencoded", gif, sizeof gif, NULL, 0), OC_OK);
    cr_assert_eq(m.in.n_images, 1, "curl --data-binary");
    made_free(&m);
    cr_assert_eq(read_text(&m, "multipart/form-data; boundary=XyZ", NAMED("image", "abc") NAMED("model", "m") "--XyZ--"), OC_OK);
    cr_assert(m.in.n_images == 1 && m.in.images[0].len == 3 && m.in.n_form == 1);
    made_free(&m);
    cr_assert_eq(read_text(&m, "application/json; charset=utf-8", "{\"image\":\"QUJD\"}"), OC_OK);
    cr_assert(m.in.n_images == 1 && m.in.images[0].kind == OC_SOURCE_BASE64);
    made_free(&m);
    cr_assert_eq(read_text(&m, "application/json", "{\"url\":\"https://example.org/a.jpg\"}"), OC_OK);
    cr_assert(m.in.n_images == 1 && m.in.images[0].kind == OC_SOURCE_URL);
    made_free(&m);
    cr_assert_eq(read_text(&m, "application/json", "{\"image1\":\"QUJD\",\"image2\":\"data:image/png;base64,QUJD\",\"images\":[\"QUJD\"]}"),
                 OC_OK);
    cr_assert_eq(m.in.n_images, 3);
    const struct oc_image_source *one;
    cr_assert_eq(oc_inputs_one_image(&m.in, &one, &m.err), OC_E_INVALID);
    made_free(&m);
}

Test(inputs, mistakes)
{
    static const struct {
        const char *type, *body, *message;
        enum oc_status st;
    } wrong[] = {
        {"text/plain", "x", "Content-Type 'text/plain'", OC_E_MEDIA},
        {"application/json", "", "the body is empty", OC_E_JSON},
        {"application/json", "[1]", "must be an object", OC_E_INVALID},
        {"application/json", "{\"image\":5}", "/image: must be base64", OC_E_INVALID},
        {"application/json", "{\"images\":5}", "/images: must be an array", OC_E_INVALID},
        {"application/json", "{\"url\":5}", "/url: must be a string", OC_E_INVALID},
        {"application/json", "{\"images\":[\"\",\"\",\"\",\"\",\"\"]}", "at most 4 images", OC_E_INVALID},
        {"multipart/form-data", "x", "without a boundary", OC_E_INVALID},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(wrong); i++) {
        struct made m;
        cr_assert_eq(read_text(&m, wrong[i].type, wrong[i].body), wrong[i].st, "%zu: %s", i, m.err.msg);
        cr_assert(strstr(m.err.msg, wrong[i].message), "%s", m.err.msg);
        made_free(&m);
    }
}

Test(inputs, pictures_that_are_none)
{
    struct made m;
    struct oc_image im;
    cr_assert_eq(read_text(&m, "image/jpeg", "%PDF-1.4 hello"), OC_OK);
    cr_assert_eq(oc_inputs_decode(&m.in, &m.in.images[0], &im, NULL, &m.err), OC_E_MEDIA);
    cr_assert(strstr(m.err.msg, "PDF"), "%s", m.err.msg);
    made_free(&m);
    cr_assert_eq(read_text(&m, "application/json", "{\"image\":\"QUJ\"}"), OC_OK);
    cr_assert_eq(oc_inputs_decode(&m.in, &m.in.images[0], &im, NULL, &m.err), OC_E_INVALID);
    cr_assert(strstr(m.err.msg, "image: base64: "), "%s", m.err.msg);
    made_free(&m);
    cr_assert_eq(read_text(&m, "application/json", "{\"image\":\"http://10.0.0.1/\"}"), OC_OK);
    cr_assert_eq(oc_inputs_decode(&m.in, &m.in.images[0], &im, NULL, &m.err), OC_E_FORBIDDEN);
    made_free(&m);
    cr_assert_eq(read_text(&m, "multipart/form-data; boundary=XyZ", NAMED("image", "") "--XyZ--"), OC_OK);
    cr_assert_eq(oc_inputs_decode(&m.in, &m.in.images[0], &im, NULL, &m.err), OC_E_IMAGE);
    made_free(&m);
}

Test(params, from_query_form_and_json)
{
    const struct oc_field query[] = {{"score_threshold", "0.25", 4}, {"classes", "a, b", 4}, {"empty", "", 0}};
    struct made m;
    double v = -1;
    int64_t n = 7;
    bool flag = false;
    const char *s = NULL, *const * items;
    size_t count;
    int word = -1;
    const char *body =
        "{\"iou_threshold\":0.5,\"max\":3,\"agnostic\":true,\"model\":\"m\",\"classes\":[\"c,d\",4],\"nothing\":null,\"format\":\"json\"}";
    cr_assert_eq(made_read(&m, "application/json", body, strlen(body), query, 3), OC_OK);
    cr_assert(oc_param_f64(&m.in, "score_threshold", 0, 1, &v, NULL) == OC_OK && v == 0.25);
    cr_assert(oc_param_f64(&m.in, "iou_threshold", 0, 1, &v, NULL) == OC_OK && v == 0.5);
    cr_assert(oc_param_int(&m.in, "max", 1, 10, &n, NULL) == OC_OK && n == 3);
    n = 7;
    cr_assert(oc_param_int(&m.in, "absent", 1, 10, &n, NULL) == OC_OK && n == 7);
    cr_assert(oc_param_int(&m.in, "empty", 1, 10, &n, NULL) == OC_OK && n == 7);
    cr_assert(oc_param_int(&m.in, "nothing", 1, 10, &n, NULL) == OC_OK && n == 7);
    cr_assert(oc_param_bool(&m.in, "agnostic", &flag, NULL) == OC_OK && flag);
    cr_assert(oc_param_string(&m.in, "model", 10, &s, NULL) == OC_OK && !strcmp(s, "m"));
    cr_assert(oc_param_word(&m.in, "format", (const char *const[]){"xml", "json", NULL}, &word, NULL) == OC_OK && word == 1);
    cr_assert_eq(oc_param_list(&m.in, "classes", 10, &items, &count, NULL), OC_OK);
    cr_assert_eq(count, 4);
    cr_assert_str_eq(items[1], "b");
    cr_assert_str_eq(items[2], "c,d", "a JSON item is one item");
    cr_assert_str_eq(items[3], "4");
    made_free(&m);
}

/* The same meaning in every spelling, as text and as JSON; what is none of them is refused. */
Test(scalars, spellings_of_languages_mean_the_same)
{
    const struct {
        const char *text, *json;
        int64_t number; /* -1: none */
        int flag;       /* -1: none */
    } cases[] = {
        {"1", "1", 1, 1},
        {"1.0", "1.0", 1, 1},
        {" 1 ", "\"1\"", 1, 1},
        {"0", "0", 0, 0},
        {"true", "true", -1, 1},
        {"True", "\"True\"", -1, 1},
        {"FALSE", "false", -1, 0},
        {"off", "\"Off\"", -1, 0},
        {"5e0", "5.0", 5, -1},
        {"5", "\"5.0\"", 5, -1},
        {"5.5", "5.5", -1, -1},
        {"yes", "\"y\"", -1, 1},
        {"9007199254740993", "9007199254740993", 9007199254740993, -1},
        {"nan", "\"nan\"", -1, -1},
        {"0x1", "[]", -1, -1},
        {"1 2", "{}", -1, -1},
        {"", "null", -1, -1},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        json_t *json = json_loads(cases[i].json, JSON_DECODE_ANY, NULL);
        const struct oc_scalar both[] = {{.text = cases[i].text, .len = strlen(cases[i].text)}, {.json = json}};
        for (int k = 0; k < 2; k++) {
            int64_t n = -1;
            bool flag = false;
            struct oc_err err;
            enum oc_status st = oc_scalar_int(&both[k], "n", 0, INT64_MAX, &n, &err);
            cr_assert(cases[i].number < 0 ? st == OC_E_INVALID && n == -1 : st == OC_OK && n == cases[i].number, "%s %d", cases[i].text, k);
            st = oc_scalar_bool(&both[k], "b", &flag, &err);
            cr_assert(cases[i].flag < 0 ? st == OC_E_INVALID : st == OC_OK && flag == cases[i].flag, "%s %d", cases[i].text, k);
        }
        json_decref(json);
    }
}

Test(params, mistakes_name_field_limit_and_value)
{
    const struct oc_field query[] = {{"a", "2", 1},    {"b", "x", 1},     {"c", "1", 1},  {"c", "2", 1},
                                     {"d", "\xff", 1}, {"e", "maybe", 5}, {"f", "nan", 3}};
    struct made m;
    double v;
    int64_t n;
    bool flag;
    const char *s, *const *items;
    size_t count;
    int word;
    const char *body = "{\"j\":\"a half\",\"k\":2.5,\"l\":{},\"m\":[[1]],\"o\":99}";
    cr_assert_eq(made_read(&m, "application/json", body, strlen(body), query, 7), OC_OK);
#define WRONG(call, message)                                    \
    do {                                                        \
        cr_assert_eq(call, OC_E_INVALID);                       \
        cr_assert(strstr(m.err.msg, message), "%s", m.err.msg); \
    } while (0)
    WRONG(oc_param_f64(&m.in, "a", 0, 1, &v, &m.err), "a: must be a number of 0..1, is '2'");
    WRONG(oc_param_f64(&m.in, "f", 0, 1, &v, &m.err), "is 'nan'");
    WRONG(oc_param_int(&m.in, "b", 0, 1, &n, &m.err), "b: must be a whole number of 0..1, is 'x'");
    WRONG(oc_param_int(&m.in, "c", 0, 9, &n, &m.err), "c: given 2 times");
    WRONG(oc_param_string(&m.in, "d", 9, &s, &m.err), "d: UTF-8");
    WRONG(oc_param_string(&m.in, "e", 3, &s, &m.err), "at most 3 bytes is expected, there are 5");
    WRONG(oc_param_bool(&m.in, "e", &flag, &m.err), "e: must be true or false");
    WRONG(oc_param_word(&m.in, "e", (const char *const[]){"x", "y", NULL}, &word, &m.err), "e: must be one of x, y, is 'maybe'");
    WRONG(oc_param_f64(&m.in, "j", 0, 1, &v, &m.err), "j: must be a number of 0..1, is 'a half'");
    WRONG(oc_param_int(&m.in, "k", 0, 9, &n, &m.err), "k: must be a whole number");
    WRONG(oc_param_int(&m.in, "o", 0, 9, &n, &m.err), "o: must be a whole number of 0..9, is 99");
    WRONG(oc_param_list(&m.in, "l", 9, &items, &count, &m.err), "l: must be an array");
    WRONG(oc_param_list(&m.in, "m", 9, &items, &count, &m.err), "m/0: must be a string");
    WRONG(oc_param_list(&m.in, "c", 1, &items, &count, &m.err), "c: at most 1 items");
    made_free(&m);
}

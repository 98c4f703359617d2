/* The OpenAPI document against the table of routes and the table of codes: neither may know what the other does not. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <strings.h>
#include "handlers/routes.h"
#include "handlers/web/assets.h"

#define WHERE "; static/openapi/README.md tells how"

static json_t *document(void)
{
    json_error_t e;
    for (size_t i = 0; i < oc_web_pages_len; i++) {
        const struct oc_asset *a = &oc_web_pages[i];
        if (strcmp(a->name, "openapi.json") != 0)
            continue;
        json_t *d = json_loadb((const char *)a->data, *a->len, JSON_REJECT_DUPLICATES, &e);
        cr_assert(d, "openapi.json, line %d: %s (a file in static/openapi is no JSON object, or two have the same path or schema)", e.line,
                  e.text);
        return d;
    }
    cr_assert_fail("openapi.json is not built in");
    return NULL;
}

static bool is_method(const char *name)
{
    static const char *const methods[] = {"get", "post", "put", "patch", "delete", "head", "options"};
    for (size_t i = 0; i < OC_ARRAY_LEN(methods); i++)
        if (!strcmp(methods[i], name))
            return true;
    return false;
}

static json_t *operation(json_t *d, const char *path, const char *method)
{
    json_t *item = json_object_get(json_object_get(d, "paths"), path);
    const char *name;
    json_t *op;
    json_object_foreach(item, name, op)
    {
        if (!strcasecmp(name, method))
            return op;
    }
    return NULL;
}

Test(openapi, every_route_is_in_the_document)
{
    json_t *d = document();
    size_t n, missing = 0;
    const struct oc_route *routes = oc_routes(&n);
    for (size_t i = 0; i < n; i++)
        if (!operation(d, routes[i].path, routes[i].method)) {
            fprintf(stderr, "%s %s of handlers/routes.c is not in the OpenAPI document: add it to static/openapi/paths/*.json" WHERE "\n",
                    routes[i].method, routes[i].path);
            missing++;
        }
    cr_assert_eq(missing, 0, "%zu routes of handlers/routes.c are missing from static/openapi/paths/*.json" WHERE, missing);
    json_decref(d);
}

static bool has_route(const char *path, const char *method)
{
    size_t n;
    const struct oc_route *routes = oc_routes(&n);
    for (size_t i = 0; i < n; i++)
        if (!strcmp(routes[i].path, path) && !strcasecmp(routes[i].method, method))
            return true;
    return false;
}

typedef void (*visitor)(const char *path, const char *method, json_t *op, void *arg);

static void each_operation(json_t *d, visitor visit, void *arg)
{
    const char *path, *method;
    json_t *item, *op;
    json_object_foreach(json_object_get(d, "paths"), path, item)
    {
        json_object_foreach(item, method, op)
        {
            if (is_method(method))
                visit(path, method, op, arg);
        }
    }
}

static void check_routed(const char *path, const char *method, json_t *op, void *arg)
{
    (void)op, (void)arg;
    cr_expect(has_route(path, method), "%s %s of static/openapi/paths is no route of handlers/routes.c", method, path);
}

Test(openapi, the_document_has_no_route_that_is_not_there)
{
    json_t *d = document();
    each_operation(d, check_routed, NULL);
    json_decref(d);
}

static bool is_tag(json_t *d, const char *name)
{
    size_t i;
    json_t *tag;
    json_array_foreach(json_object_get(d, "tags"), i, tag)
    {
        const char *known = json_string_value(json_object_get(tag, "name"));
        if (known && name && !strcmp(known, name))
            return true;
    }
    return false;
}

/* The value that "#/a/b" names; NULL when there is none. */
static json_t *resolve(json_t *d, const char *ref)
{
    char text[200];
    if (strncmp(ref, "#/", 2) != 0 || strlen(ref) >= sizeof text)
        return NULL;
    snprintf(text, sizeof text, "%s", ref + 2);
    for (char *save, *part = strtok_r(text, "/", &save); part && d; part = strtok_r(NULL, "/", &save))
        d = json_object_get(d, part);
    return d;
}

static json_t *dereference(json_t *d, json_t *v)
{
    const char *ref = json_string_value(json_object_get(v, "$ref"));
    return ref ? resolve(d, ref) : v;
}

static bool has_path_parameter(json_t *d, json_t *op, const char *name, size_t len)
{
    size_t i;
    json_t *p;
    json_array_foreach(json_object_get(op, "parameters"), i, p)
    {
        json_t *parameter = dereference(d, p);
        const char *own = json_string_value(json_object_get(parameter, "name")), *in = json_string_value(json_object_get(parameter, "in"));
        if (own && in && !strcmp(in, "path") && strlen(own) == len && !memcmp(own, name, len))
            return true;
    }
    return false;
}

struct seen {
    json_t *d;
    json_t *ids;
};

static void check_whole(const char *path, const char *method, json_t *op, void *arg)
{
    struct seen *s = arg;
    const char *id = json_string_value(json_object_get(op, "operationId"));
    json_t *tags = json_object_get(op, "tags");
    cr_expect(json_string_length(json_object_get(op, "summary")) > 0, "%s %s: no summary", method, path);
    cr_expect(id && !json_object_get(s->ids, id), "%s %s: operationId is missing, or another operation has it: %s", method, path, id);
    if (id)
        json_object_set_new(s->ids, id, json_true());
    cr_expect(json_array_size(tags) == 1 && is_tag(s->d, json_string_value(json_array_get(tags, 0))),
              "%s %s: one tag of those in static/openapi/head.json is expected", method, path);
    cr_expect(json_object_size(json_object_get(op, "responses")) > 0, "%s %s: no responses", method, path);
    cr_expect(json_array_size(json_object_get(op, "x-codeSamples")) > 0, "%s %s: no example in x-codeSamples" WHERE, method, path);
    for (const char *p = strchr(path, '{'); p; p = strchr(p + 1, '{'))
        cr_expect(has_path_parameter(s->d, op, p + 1, strcspn(p + 1, "}")), "%s %s: a {parameter} of the path is not described", method,
                  path);
}

Test(openapi, every_operation_is_whole)
{
    struct seen s = {document(), json_object()};
    each_operation(s.d, check_whole, &s);
    json_decref(s.ids);
    json_decref(s.d);
}

static void check_references(json_t *d, json_t *v)
{
    const char *key;
    json_t *child;
    size_t i;
    if (json_is_array(v)) {
        json_array_foreach(v, i, child)
        {
            check_references(d, child);
        }
    }
    json_object_foreach(v, key, child)
    {
        if (!strcmp(key, "$ref"))
            cr_expect(resolve(d, json_string_value(child)), "%s: there is no such component", json_string_value(child));
        check_references(d, child);
    }
}

Test(openapi, every_reference_is_of_something)
{
    json_t *d = document();
    check_references(d, d);
    json_decref(d);
}

static bool lists(json_t *codes, const char *code)
{
    size_t i;
    json_t *c;
    json_array_foreach(codes, i, c)
    {
        if (!strcmp(json_string_value(c), code))
            return true;
    }
    return false;
}

static bool is_code(const char *code)
{
    for (int st = OC_E_INVALID; st < OC_STATUS_COUNT; st++)
        if (!strcmp(oc_status_code((enum oc_status)st), code))
            return true;
    return false;
}

Test(openapi, error_codes_are_those_of_the_program)
{
    json_t *d = document(), *code;
    json_t *codes = json_object_get(resolve(d, "#/components/schemas/ErrorCode"), "enum");
    size_t i;
    for (int st = OC_E_INVALID; st < OC_STATUS_COUNT; st++)
        if (st != OC_E_CANCELLED) /* nobody is there to read it */
            cr_expect(lists(codes, oc_status_code((enum oc_status)st)),
                      "'%s' of base/status.h is not in ErrorCode: add it in static/openapi/schemas/common.json",
                      oc_status_code((enum oc_status)st));
    json_array_foreach(codes, i, code)
    {
        cr_expect(is_code(json_string_value(code)), "ErrorCode '%s' is none of base/status.h", json_string_value(code));
    }
    json_decref(d);
}

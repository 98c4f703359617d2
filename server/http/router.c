/*
 * Routes are compared one after the other, segment by segment: a hundred short comparisons cost about a microsecond, and there is no
 * table to keep in step with the routes. See router.h.
 */
#include "server/http/router.h"
#include "base/distance.h"
#include "server/http/uri.h"
#include "handlers/input/percent.h"

#define SEGMENTS_MAX 16 /* deeper paths match no route */

struct segments {
    const char *text[SEGMENTS_MAX];
    size_t n;
};

/*
 * "/a/b%2Fc" becomes "a", "b/c"; "/" becomes one empty segment. Slashes in a row, and one at the end, are a client's habit and mean one;
 * but not where something is deleted or replaced: an empty name must not stand for all.
 */
static enum oc_status split_path(struct oc_arena *arena, const char *path, size_t n, bool lenient, struct segments *out, struct oc_err *err)
{
    out->n = 0;
    if (n == 0 || path[0] != '/')
        return oc_err_set(err, OC_E_NOT_FOUND, "no such path");
    for (size_t at = 1; at <= n;) {
        const char *slash = at < n ? memchr(path + at, '/', n - at) : NULL;
        size_t len = slash ? (size_t)(slash - path) - at : n - at, decoded;
        if (lenient && !len && (out->n || at < n)) { /* but "/" alone is a path */
            at++;
            continue;
        }
        if (out->n == SEGMENTS_MAX)
            return oc_err_set(err, OC_E_NOT_FOUND, "no such path");
        enum oc_status st = oc_percent_decode(arena, "request target", path + at, len, false, &out->text[out->n], &decoded, err);
        if (st)
            return st;
        if (memchr(out->text[out->n], 0, decoded))
            return oc_err_set(err, OC_E_INVALID, "request target: the path has a zero byte");
        out->n++;
        at += len + 1;
    }
    return OC_OK;
}

/* Does the pattern fit? *wild counts its {…} segments, arg gets the first two. */
static bool pattern_fits(const char *pattern, const struct segments *s, const char *arg[2], size_t *wild)
{
    size_t i = 0;
    *wild = 0;
    arg[0] = arg[1] = NULL;
    for (const char *p = pattern + 1;; i++) {
        size_t len = strcspn(p, "/");
        if (i == s->n)
            return false;
        if (len > 0 && p[0] == '{') {
            if (!*s->text[i] || *wild == 2)
                return false;
            arg[(*wild)++] = s->text[i];
        } else if (strlen(s->text[i]) != len || memcmp(s->text[i], p, len) != 0) {
            return false;
        }
        if (!p[len])
            return i + 1 == s->n;
        p += len + 1;
    }
}

static bool method_fits(const struct oc_route *r, const char *method)
{
    return !strcmp(r->method, method) || (!strcmp(method, "HEAD") && !strcmp(r->method, "GET"));
}

/* Adds a word to "GET, HEAD" unless it is there. */
static void add_word(char *list, size_t size, const char *word)
{
    size_t n = strlen(list);
    const char *at = strstr(list, word);
    if (at && (at == list || at[-1] == ' ') && (at[strlen(word)] == ',' || !at[strlen(word)]))
        return;
    snprintf(list + n, size - n, "%s%s", n ? ", " : "", word);
}

static void add_methods(char *list, size_t size, const struct oc_route *r)
{
    add_word(list, size, r->method);
    if (!strcmp(r->method, "GET"))
        add_word(list, size, "HEAD");
}

/* Names what was asked for, and the path that is nearest to it when one is near. */
static enum oc_status no_such_path(const struct oc_router *router, const struct segments *s, struct oc_err *err)
{
    char path[OC_DISTANCE_MOST + 1] = "";
    const char *found = NULL;
    size_t n = 0, best;
    for (size_t i = 0; i < s->n && n < sizeof path; i++)
        n += (size_t)snprintf(path + n, sizeof path - n, "/%s", s->text[i]);
    for (char *p = path; *p; p++)
        if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7F)
            *p = '?';
    best = strlen(path) / 3 + 2;
    for (size_t i = 0; i < router->n; i++) {
        size_t d = oc_text_distance(path, router->routes[i].path);
        if (d < best) {
            best = d;
            found = router->routes[i].path;
        }
    }
    return found ? oc_err_set(err, OC_E_NOT_FOUND, "no such path: '%s'; the nearest is '%s'", path, found)
                 : oc_err_set(err, OC_E_NOT_FOUND, "no such path: '%s'; /docs lists them", path);
}

enum oc_status oc_router_find(const struct oc_router *router, const char *method, const char *path, size_t path_len, struct oc_arena *arena,
                              struct oc_match *match, struct oc_err *err)
{
    struct segments s;
    char allow[128] = "";
    *match = (struct oc_match){.route = NULL};
    bool lenient = !strcmp(method, "GET") || !strcmp(method, "HEAD") || !strcmp(method, "POST");
    enum oc_status st = split_path(arena, path, path_len, lenient, &s, err);
    if (st)
        return st;
    const struct oc_route *other = NULL;
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < router->n; i++) {
        const struct oc_route *r = &router->routes[i];
        const char *arg[2];
        size_t wild;
        if (!pattern_fits(r->path, &s, arg, &wild))
            continue;
        if (!method_fits(r, method)) {
            add_methods(allow, sizeof allow, r);
            other = other ? other : r;
        } else if (wild < best) {
            best = wild;
            *match = (struct oc_match){.route = r, .arg = {arg[0], arg[1]}};
        }
    }
    if (match->route)
        return OC_OK;
    if (!other)
        return no_such_path(router, &s, err);
    match->route = other;
    match->allow = oc_arena_strndup(arena, allow, strlen(allow));
    return oc_err_set(err, OC_E_METHOD, "%.32s is not allowed here; allowed: %s", method, allow);
}

static bool is_listed(const char *name, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(list[i], name))
            return true;
    return false;
}

static bool has_dialect(const struct oc_router *router, const char *name)
{
    for (size_t i = 0; i < router->n; i++)
        if (router->routes[i].dialect && !strcmp(router->routes[i].dialect, name))
            return true;
    return false;
}

static enum oc_status unknown_dialect(const struct oc_router *all, const char *name, struct oc_err *err)
{
    char list[256] = "";
    for (size_t i = 0; i < all->n; i++)
        if (all->routes[i].dialect)
            add_word(list, sizeof list, all->routes[i].dialect);
    return oc_err_set(err, OC_E_INVALID, "dialects: there is no '%.64s'; there are: %s; or none, by itself", name, list);
}

enum oc_status oc_router_select(const struct oc_router *all, const char *const *dialects, size_t n, struct oc_arena *arena,
                                struct oc_router *out, struct oc_err *err)
{
    *out = *all;
    bool none = n == 1 && !strcmp(dialects[0], "none");
    for (size_t i = 0; i < n && !none; i++)
        if (!has_dialect(all, dialects[i]))
            return unknown_dialect(all, dialects[i], err);
    if (!n)
        return OC_OK;
    struct oc_route *routes = oc_arena_array(arena, all->n, sizeof *routes);
    if (!routes)
        return oc_err_nomem(err, "routes", all->n * sizeof *routes);
    out->routes = routes;
    out->n = 0;
    for (size_t i = 0; i < all->n; i++)
        if (!all->routes[i].dialect || is_listed(all->routes[i].dialect, dialects, n))
            routes[out->n++] = all->routes[i];
    return OC_OK;
}

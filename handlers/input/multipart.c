/*
 * Parts are found by searching for CR LF "--" boundary; a delimiter counts only when CR LF or "--" (after blanks) follows it, so that a
 * picture that happens to hold the boundary's bytes with something else behind them stays whole. See multipart.h.
 */
#include "handlers/input/multipart.h"
#include <strings.h>

static bool is_boundary_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c && strchr("'()+_,-./:=? ", c));
}

/*
 * One parameter of a header's value: name=token or name="quoted". Finds it by its own name, not as the end of another's; copies at
 * most size - 1 bytes. -1: absent; -2: too long or malformed.
 */
static int parameter(const char *s, size_t n, const char *name, char *out, size_t size)
{
    size_t name_len = strlen(name), i = 0;
    while (i < n && s[i] != ';')
        i++;
    while (i < n) {
        i++; /* the semicolon */
        while (i < n && (s[i] == ' ' || s[i] == '\t'))
            i++;
        size_t key = i;
        while (i < n && s[i] != '=' && s[i] != ';')
            i++;
        bool mine = i - key == name_len && !strncasecmp(s + key, name, name_len);
        if (i >= n || s[i] == ';') {
            if (mine)
                return -2;
            continue;
        }
        i++;
        bool quoted = i < n && s[i] == '"';
        size_t len = 0;
        i += quoted;
        for (; i < n && (quoted ? s[i] != '"' : s[i] != ';'); i++) {
            if (quoted && s[i] == '\\' && i + 1 < n && (s[i + 1] == '"' || s[i + 1] == '\\'))
                i++;
            if (mine && len + 1 >= size)
                return -2;
            if (mine)
                out[len++] = s[i];
        }
        if (quoted && i >= n)
            return -2;
        i += quoted;
        if (mine) {
            while (!quoted && len && (out[len - 1] == ' ' || out[len - 1] == '\t'))
                len--;
            out[len] = 0;
            return (int)len;
        }
        while (i < n && s[i] != ';')
            i++;
    }
    return -1;
}

enum oc_status oc_multipart_boundary(const char *content_type, char out[OC_BOUNDARY_MAX + 1], struct oc_err *err)
{
    int n = parameter(content_type, strlen(content_type), "boundary", out, OC_BOUNDARY_MAX + 1);
    if (n == -1)
        return oc_err_set(err, OC_E_INVALID, "Content-Type: multipart without a boundary");
    bool good = n > 0 && out[n - 1] != ' ';
    for (int i = 0; i < n; i++)
        good &= is_boundary_char(out[i]);
    return good ? OC_OK
                : oc_err_set(err, OC_E_INVALID, "Content-Type: the multipart boundary must be 1..%d characters of RFC 2046",
                             OC_BOUNDARY_MAX);
}

void oc_parts_deinit(struct oc_parts *p)
{
    oc_mem_free(p->items);
    *p = (struct oc_parts){0};
}

struct reader {
    const char *body, *end;
    char delimiter[OC_BOUNDARY_MAX + 5]; /* CR LF "--" boundary */
    size_t delimiter_len;
    struct oc_arena *arena;
    struct oc_parts *out;
    struct oc_err *err;
};

/* What follows a delimiter at p: 1 another part (p moves behind CR LF), 2 the end, 0 neither. */
static int after_delimiter(const struct reader *r, const char **p)
{
    const char *q = *p;
    if (r->end - q >= 2 && q[0] == '-' && q[1] == '-')
        return 2;
    while (q < r->end && (*q == ' ' || *q == '\t'))
        q++;
    if (r->end - q < 2 || q[0] != '\r' || q[1] != '\n')
        return 0;
    *p = q + 2;
    return 1;
}

/* The next true delimiter at or behind p: *data_end its start; *p behind it. As after_delimiter, 0 = there is none. */
static int next_delimiter(const struct reader *r, const char **p, const char **data_end)
{
    const char *from = *p;
    while ((from = memmem(from, (size_t)(r->end - from), r->delimiter, r->delimiter_len))) {
        const char *behind = from + r->delimiter_len;
        int kind = after_delimiter(r, &behind);
        if (kind) {
            *data_end = from;
            *p = behind;
            return kind;
        }
        from++;
    }
    return 0;
}

static enum oc_status read_disposition(const struct reader *r, const char *value, size_t n, struct oc_part *part)
{
    char name[LIM_PART_NAME + 1], file[2];
    size_t k = strlen("form-data");
    while (n && (*value == ' ' || *value == '\t'))
        value++, n--;
    if (n < k || strncasecmp(value, "form-data", k) != 0)
        return oc_err_set(r->err, OC_E_INVALID, "multipart: part %zu is not form-data", r->out->n + 1);
    int len = parameter(value, n, "name", name, sizeof name);
    if (len < 0 || memchr(name, 0, (size_t)len))
        return oc_err_set(r->err, OC_E_INVALID, "multipart: part %zu needs a name of at most %d bytes", r->out->n + 1, LIM_PART_NAME);
    part->is_file = parameter(value, n, "filename", file, sizeof file) != -1 || parameter(value, n, "filename*", file, sizeof file) != -1;
    char *copy = oc_arena_strndup(r->arena, name, (size_t)len);
    part->name = copy;
    return copy ? OC_OK : oc_err_nomem(r->err, "a part's name", (size_t)len);
}

/* The header lines from *p to the empty one; *p moves behind it. */
static enum oc_status read_headers(const struct reader *r, const char **p, struct oc_part *part)
{
    static const char wanted[] = "content-disposition:";
    const char *limit = (size_t)(r->end - *p) > LIM_PART_HEADERS ? *p + LIM_PART_HEADERS : r->end;
    for (;;) {
        const char *eol = memmem(*p, (size_t)(limit - *p), "\r\n", 2);
        if (!eol)
            return oc_err_set(r->err, OC_E_INVALID, "multipart: headers of part %zu do not end within %zu bytes", r->out->n + 1,
                              LIM_PART_HEADERS);
        size_t n = (size_t)(eol - *p);
        const char *line = *p;
        *p = eol + 2;
        if (n == 0)
            break;
        if (n < sizeof wanted - 1 || strncasecmp(line, wanted, sizeof wanted - 1) != 0)
            continue;
        if (part->name)
            return oc_err_set(r->err, OC_E_INVALID, "multipart: part %zu has two Content-Disposition headers", r->out->n + 1);
        enum oc_status st = read_disposition(r, line + sizeof wanted - 1, n - (sizeof wanted - 1), part);
        if (st)
            return st;
    }
    return part->name ? OC_OK : oc_err_set(r->err, OC_E_INVALID, "multipart: part %zu has no Content-Disposition", r->out->n + 1);
}

static enum oc_status add_part(const struct reader *r, const struct oc_part *part)
{
    struct oc_parts *out = r->out;
    if (out->n == LIM_PARTS)
        return oc_err_set(r->err, OC_E_INVALID, "multipart: at most %d parts", LIM_PARTS);
    if (out->n == out->cap) {
        size_t cap = out->cap ? out->cap * 2 : 8;
        struct oc_part *items = oc_mem_realloc(OC_MEM_BODY, out->items, cap * sizeof *items);
        if (!items)
            return oc_err_nomem(r->err, "the list of parts", cap * sizeof *items);
        out->items = items;
        out->cap = cap;
    }
    out->items[out->n++] = *part;
    return OC_OK;
}

static enum oc_status read_parts(const struct reader *r)
{
    const char *p = r->body, *data_end;
    int kind = 0;
    /* The first delimiter stands at the very start, without CR LF, or behind a preamble. */
    size_t bare = r->delimiter_len - 2;
    if ((size_t)(r->end - p) >= bare && !memcmp(p, r->delimiter + 2, bare)) {
        p += bare;
        kind = after_delimiter(r, &p);
    }
    if (!kind)
        kind = next_delimiter(r, &p, &data_end);
    if (!kind)
        return oc_err_set(r->err, OC_E_INVALID, "multipart: the body does not hold the boundary that Content-Type names");
    while (kind == 1) {
        struct oc_part part = {0};
        enum oc_status st = read_headers(r, &p, &part);
        if (st)
            return st;
        part.data = p;
        p -= 2; /* an empty part's delimiter shares the CR LF of the headers' end */
        kind = next_delimiter(r, &p, &data_end);
        if (!kind)
            return oc_err_set(r->err, OC_E_INVALID, "multipart: the body ends inside part %zu ('%s')", r->out->n + 1, part.name);
        part.len = data_end > part.data ? (size_t)(data_end - part.data) : 0;
        st = add_part(r, &part);
        if (st)
            return st;
    }
    return OC_OK;
}

enum oc_status oc_multipart_parse(const char *body, size_t n, const char *boundary, struct oc_arena *arena, struct oc_parts *out,
                                  struct oc_err *err)
{
    *out = (struct oc_parts){0};
    struct reader r = {.body = body, .end = body + n, .arena = arena, .out = out, .err = err};
    r.delimiter_len = (size_t)snprintf(r.delimiter, sizeof r.delimiter, "\r\n--%s", boundary);
    enum oc_status st = read_parts(&r);
    if (st)
        oc_parts_deinit(out);
    return st;
}

/* Growable bytes; see buf.h. Grows by half again, never past the ceiling. */
#include "base/buf.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void oc_buf_init(struct oc_buf *b, enum oc_mem_cat cat, size_t max)
{
    *b = (struct oc_buf){.max = max, .cat = cat};
}

enum oc_status oc_buf_reserve(struct oc_buf *b, size_t n)
{
    size_t need;
    if (!oc_size_add(b->len, n, &need) || need > b->max)
        return OC_E_BODY_TOO_LARGE;
    if (b->data && need < b->cap)
        return OC_OK;
    size_t cap = b->cap + b->cap / 2;
    if (cap <= need)
        cap = need + 1;
    if (cap < 64)
        cap = 64;
    if (cap > b->max && b->max > need)
        cap = b->max + 1;
    char *data = oc_mem_realloc(b->cat, b->data, cap);
    if (!data)
        return OC_E_NOMEM;
    b->data = data;
    b->cap = cap;
    return OC_OK;
}

enum oc_status oc_buf_add(struct oc_buf *b, const void *p, size_t n)
{
    enum oc_status st = oc_buf_reserve(b, n);
    if (st)
        return st;
    if (n)
        memcpy(b->data + b->len, p, n);
    b->len += n;
    b->data[b->len] = 0;
    return OC_OK;
}

enum oc_status oc_buf_add_str(struct oc_buf *b, const char *s)
{
    return oc_buf_add(b, s, strlen(s));
}

enum oc_status oc_buf_addf(struct oc_buf *b, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    enum oc_status st = n < 0 ? OC_E_INTERNAL : oc_buf_reserve(b, (size_t)n);
    if (!st) {
        vsnprintf(b->data + b->len, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    }
    va_end(again);
    return st;
}

char *oc_buf_take(struct oc_buf *b, size_t *len)
{
    char *data = b->data;
    if (len)
        *len = b->len;
    b->data = NULL;
    b->len = b->cap = 0;
    return data;
}

void oc_buf_reset(struct oc_buf *b)
{
    b->len = 0;
    if (b->data)
        b->data[0] = 0;
}

void oc_buf_deinit(struct oc_buf *b)
{
    oc_mem_free(b->data);
    b->data = NULL;
    b->len = b->cap = 0;
}

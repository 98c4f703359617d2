/* See keys.h. The list is replaced as a whole under a lock that readers share. */
#include "server/auth/keys.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>
#include "base/limits.h"
#include "base/sha256.h"

struct digest {
    uint8_t bytes[OC_SHA256_BYTES];
};

struct list {
    struct digest *items; /* owned */
    size_t n, cap;
};

struct oc_keys {
    uint8_t salt[OC_SHA256_BYTES];
    const char *file;      /* borrowed; NULL = none */
    struct list given;     /* from --api-key; fixed */
    struct list from_file; /* guarded by lock */
    pthread_rwlock_t lock;
};

static struct digest digest_of(const struct oc_keys *keys, const char *key, size_t n)
{
    struct oc_sha256 s;
    struct digest d;
    oc_sha256_init(&s);
    oc_sha256_add(&s, keys->salt, sizeof keys->salt);
    oc_sha256_add(&s, key, n);
    oc_sha256_end(&s, d.bytes);
    return d;
}

static enum oc_status add(const struct oc_keys *keys, struct list *list, const char *key, size_t n, const char *where, struct oc_err *err)
{
    if (n < 1 || n > LIM_API_KEY)
        return oc_err_set(err, OC_E_INVALID, "%s: a key has 1 to %d bytes, not %zu", where, LIM_API_KEY, n);
    for (size_t i = 0; i < n; i++)
        if (key[i] <= 0x20 || key[i] > 0x7e)
            return oc_err_set(err, OC_E_INVALID, "%s: a key is printable ASCII without blanks; character %zu is not", where, i + 1);
    if (list->n == LIM_API_KEYS)
        return oc_err_set(err, OC_E_INVALID, "%s: at most %d keys", where, LIM_API_KEYS);
    if (list->n == list->cap) {
        size_t cap = list->cap ? list->cap * 2 : 8;
        struct digest *items = oc_mem_realloc(OC_MEM_OTHER, list->items, cap * sizeof *items);
        if (!items)
            return oc_err_nomem(err, "API keys", cap * sizeof *items);
        list->items = items;
        list->cap = cap;
    }
    list->items[list->n++] = digest_of(keys, key, n);
    return OC_OK;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static enum oc_status read_lines(const struct oc_keys *keys, const char *text, size_t n, struct list *list, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    char where[32];
    const char *p = text, *end = text + n;
    for (int line = 1; !st && p < end; line++) {
        const char *newline = memchr(p, '\n', (size_t)(end - p)), *stop = newline ? newline : end, *next = newline ? newline + 1 : end;
        while (p < stop && is_blank(*p))
            p++;
        while (stop > p && is_blank(stop[-1]))
            stop--;
        snprintf(where, sizeof where, "line %d", line);
        if (p < stop && *p != '#')
            st = add(keys, list, p, (size_t)(stop - p), where, err);
        p = next;
    }
    if (!st && !list->n)
        st = oc_err_set(err, OC_E_INVALID, "there is no key in it");
    return st;
}

static enum oc_status read_file(const struct oc_keys *keys, struct list *list, struct oc_err *err)
{
    FILE *f = fopen(keys->file, "re");
    if (!f)
        return oc_err_set(err, OC_E_INVALID, "--api-key-file %.200s: %s", keys->file, strerror(errno));
    setvbuf(f, NULL, _IONBF, 0); /* no copy of the keys in a buffer that nobody wipes */
    char *text = oc_mem_alloc(OC_MEM_OTHER, LIM_CONFIG_FILE + 1);
    size_t n = text ? fread(text, 1, LIM_CONFIG_FILE + 1, f) : 0;
    enum oc_status st = OC_OK;
    if (!text)
        st = oc_err_nomem(err, "API keys", LIM_CONFIG_FILE);
    else if (ferror(f))
        st = oc_err_set(err, OC_E_INVALID, "%s", strerror(errno));
    else if (n > LIM_CONFIG_FILE)
        st = oc_err_set(err, OC_E_INVALID, "more than %zu bytes", LIM_CONFIG_FILE);
    else
        st = read_lines(keys, text, n, list, err);
    fclose(f);
    oc_mem_wipe_free(text);
    return st == OC_E_INVALID ? oc_err_prefix(err, st, "--api-key-file %.200s: ", keys->file) : st;
}

enum oc_status oc_keys_new(const struct oc_strings *given, const char *file, struct oc_keys **out, struct oc_err *err)
{
    *out = NULL;
    if (!given->n && !(file && *file))
        return OC_OK;
    struct oc_keys *keys = oc_mem_zero(OC_MEM_OTHER, sizeof *keys);
    if (!keys)
        return oc_err_nomem(err, "API keys", sizeof *keys);
    pthread_rwlock_init(&keys->lock, NULL);
    keys->file = file && *file ? file : NULL;
    enum oc_status st = OC_OK;
    if (getrandom(keys->salt, sizeof keys->salt, 0) != (ssize_t)sizeof keys->salt)
        st = oc_err_set(err, OC_E_INTERNAL, "no random numbers: %s", strerror(errno));
    for (size_t i = 0; !st && i < given->n; i++)
        st = add(keys, &keys->given, given->items[i], strlen(given->items[i]), "--api-key", err);
    if (!st)
        st = oc_keys_reload(keys, err);
    if (st)
        oc_keys_free(keys);
    else
        *out = keys;
    return st;
}

enum oc_status oc_keys_reload(struct oc_keys *keys, struct oc_err *err)
{
    struct list fresh = {0};
    if (!keys || !keys->file)
        return OC_OK;
    enum oc_status st = read_file(keys, &fresh, err);
    if (!st) {
        pthread_rwlock_wrlock(&keys->lock);
        struct list old = keys->from_file;
        keys->from_file = fresh;
        pthread_rwlock_unlock(&keys->lock);
        fresh = old;
    }
    oc_mem_wipe_free(fresh.items);
    return st;
}

/* All of the list is looked at, whatever is found. */
static unsigned differs_from_all(const struct list *list, const struct digest *d)
{
    unsigned all = 1;
    for (size_t i = 0; i < list->n; i++) {
        const volatile uint8_t *a = list->items[i].bytes, *b = d->bytes;
        unsigned bits = 0;
        for (size_t k = 0; k < OC_SHA256_BYTES; k++)
            bits |= a[k] ^ b[k];
        all &= (bits + 0xff) >> 8; /* 0 when no bit differs, else 1 */
    }
    return all;
}

bool oc_keys_accept(struct oc_keys *keys, const char *key, size_t n)
{
    if (!keys)
        return true;
    struct digest d = digest_of(keys, key, n);
    pthread_rwlock_rdlock(&keys->lock);
    unsigned differs = differs_from_all(&keys->given, &d) & differs_from_all(&keys->from_file, &d);
    pthread_rwlock_unlock(&keys->lock);
    return !differs;
}

size_t oc_keys_count(struct oc_keys *keys)
{
    if (!keys)
        return 0;
    pthread_rwlock_rdlock(&keys->lock);
    size_t n = keys->given.n + keys->from_file.n;
    pthread_rwlock_unlock(&keys->lock);
    return n;
}

void oc_keys_free(struct oc_keys *keys)
{
    if (!keys)
        return;
    pthread_rwlock_destroy(&keys->lock);
    oc_mem_wipe_free(keys->given.items);
    oc_mem_wipe_free(keys->from_file.items);
    oc_mem_wipe_free(keys);
}

static void overwrite(char *s)
{
    explicit_bzero(s, strlen(s));
}

void oc_keys_hide(int argc, char **argv, char **environment)
{
    static const char option[] = "--api-key", variable[] = "OCELLI_API_KEY=";
    for (int i = 0; i < argc; i++) {
        if (!strcmp(argv[i], option) && i + 1 < argc)
            overwrite(argv[++i]);
        else if (!strncmp(argv[i], "--api-key=", sizeof option))
            overwrite(argv[i] + sizeof option);
    }
    for (; environment && *environment; environment++)
        if (!strncmp(*environment, variable, sizeof variable - 1))
            overwrite(*environment + sizeof variable - 1);
}

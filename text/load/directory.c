/* A tokenizer from bytes, or from the first known file of a folder; see tokenizer.h. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/limits.h"
#include "text/load/json.h"
#include "text/load/load.h"

static enum oc_status read_all(int fd, const char *name, struct oc_buf *out, struct oc_err *err)
{
    struct stat s;
    if (fstat(fd, &s) || !S_ISREG(s.st_mode))
        return oc_err_set(err, OC_E_IO, "%s: not a regular file", name);
    if (s.st_size < 0 || (uint64_t)s.st_size > out->max)
        return oc_err_set(err, OC_E_MODEL, "%s: %lld bytes; %zu are allowed", name, (long long)s.st_size, out->max);
    for (;;) {
        enum oc_status st = oc_buf_reserve(out, OC_KIB(64));
        if (st == OC_E_NOMEM)
            return oc_err_nomem(err, name, out->len);
        if (st) /* nearer than that to the ceiling: the last bytes of a file that is as long as may be */
            return oc_err_set(err, OC_E_MODEL, "%s: more than %zu bytes", name, out->max);
        ssize_t n = read(fd, out->data + out->len, OC_KIB(64));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return oc_err_set(err, OC_E_IO, "%s: %s", name, strerror(errno));
        if (!n)
            return OC_OK;
        out->len += (size_t)n;
        out->data[out->len] = 0;
    }
}

enum oc_status oc_load_file(const char *directory, const char *name, struct oc_buf *out, struct oc_err *err)
{
    char path[4096];
    int len = snprintf(path, sizeof path, "%s/%s", directory, name);
    if (len < 0 || (size_t)len >= sizeof path)
        return oc_err_set(err, OC_E_IO, "%s: path too long", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return OC_DECLINED;
    if (fd < 0)
        return oc_err_set(err, OC_E_IO, "%s: %s", name, strerror(errno));
    enum oc_status st = read_all(fd, name, out, err);
    close(fd);
    return st;
}

enum oc_status oc_tokenizer_parse(enum oc_tokenizer_form form, const char *bytes, size_t n, struct oc_tokenizer **out, struct oc_err *err)
{
    struct oc_tokenizer *t;
    *out = NULL;
    enum oc_status st = oc_tokenizer_new(&t, err);
    if (st)
        return st;
    switch (form) {
    case OC_TOKENIZER_JSON:
        st = oc_load_json(t, bytes, n, err);
        break;
    case OC_TOKENIZER_CLIP_MERGES:
    case OC_TOKENIZER_SENTENCEPIECE:
    case OC_TOKENIZER_WORDPIECE:
        st = oc_err_set(err, OC_E_UNSUPPORTED, "this form of tokenizer is not known here");
        break;
    }
    if (st)
        oc_tokenizer_free(t);
    else
        *out = t;
    return st;
}

/* The padding token by name, where tokenizer.json itself does not name one. */
static enum oc_status find_padding(struct oc_tokenizer *t, const char *directory, const char *name, struct oc_err *err)
{
    struct oc_buf bytes;
    json_t *root = NULL;
    if (t->pad_id >= 0)
        return OC_OK;
    oc_buf_init(&bytes, OC_MEM_OTHER, LIM_MODEL_JSON);
    enum oc_status st = oc_load_file(directory, name, &bytes, err);
    if (!st) {
        st = oc_json_text(bytes.data ? bytes.data : "", bytes.len, &root, err);
        const json_t *token = json_object_get(root, "pad_token"), *content = json_object_get(token, "content");
        const char *text = json_string_value(content ? content : token);
        t->pad_id = text ? (int32_t)oc_tokenizer_id(t, text) : -1;
        if (st)
            oc_err_prefix(err, st, "%s: ", name);
    }
    json_decref(root);
    oc_buf_deinit(&bytes);
    return st == OC_DECLINED ? OC_OK : st;
}

/* Reads and parses one file; OC_DECLINED: it is not there. */
static enum oc_status load_one(const char *directory, const char *name, enum oc_tokenizer_form form, struct oc_tokenizer **out,
                               struct oc_err *err)
{
    struct oc_buf bytes;
    oc_buf_init(&bytes, OC_MEM_MODEL, LIM_TOKENIZER_FILE);
    enum oc_status st = oc_load_file(directory, name, &bytes, err);
    if (!st) {
        st = oc_tokenizer_parse(form, bytes.data ? bytes.data : "", bytes.len, out, err);
        if (st)
            oc_err_prefix(err, st, "%s: ", name);
    }
    oc_buf_deinit(&bytes);
    return st;
}

static enum oc_status load_directory(const char *directory, struct oc_tokenizer **out, struct oc_err *err)
{
    static const struct {
        const char *name;
        enum oc_tokenizer_form form;
    } known[] = {{"tokenizer.json", OC_TOKENIZER_JSON}};
    enum oc_status st = OC_DECLINED;
    for (size_t i = 0; i < OC_ARRAY_LEN(known) && st == OC_DECLINED; i++)
        st = load_one(directory, known[i].name, known[i].form, out, err);
    if (!st)
        st = find_padding(*out, directory, "tokenizer_config.json", err);
    if (!st)
        st = find_padding(*out, directory, "special_tokens_map.json", err);
    return st == OC_DECLINED ? oc_err_set(err, OC_E_IO, "no tokenizer: neither tokenizer.json nor an older file is there") : st;
}

static bool ends_with(const char *path, const char *end)
{
    size_t n = strlen(path), k = strlen(end);
    return n >= k && !strcmp(path + n - k, end);
}

static enum oc_status load_path(const char *path, struct oc_tokenizer **out, struct oc_err *err)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    char directory[4096] = ".";
    if (slash && (size_t)(slash - path) < sizeof directory)
        snprintf(directory, sizeof directory, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    enum oc_tokenizer_form form = ends_with(name, ".json") ? OC_TOKENIZER_JSON : OC_TOKENIZER_WORDPIECE;
    enum oc_status st = load_one(directory, name, form, out, err);
    return st == OC_DECLINED ? oc_err_set(err, OC_E_IO, "%s: %s", name, strerror(ENOENT)) : st;
}

enum oc_status oc_tokenizer_load(const char *path, struct oc_tokenizer **out, struct oc_err *err)
{
    struct stat s;
    *out = NULL;
    bool directory = !stat(path, &s) && S_ISDIR(s.st_mode);
    enum oc_status st = directory ? load_directory(path, out, err) : load_path(path, out, err);
    if (st) {
        oc_tokenizer_free(*out);
        *out = NULL;
    }
    return st;
}

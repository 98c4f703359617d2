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

static enum oc_status parse_pair(struct oc_tokenizer *t, const char *bytes, size_t n, struct oc_err *err)
{
    const char *nul = memchr(bytes, 0, n);
    size_t first = nul ? (size_t)(nul - bytes) : n;
    return oc_load_vocab_merges(t, bytes, first, nul ? nul + 1 : bytes + n, nul ? n - first - 1 : 0, err);
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
        st = oc_load_clip_merges(t, bytes, n, err);
        break;
    case OC_TOKENIZER_SENTENCEPIECE:
        st = oc_load_sentencepiece(t, bytes, n, err);
        break;
    case OC_TOKENIZER_WORDPIECE:
        st = oc_load_wordpiece(t, bytes, n, err);
        break;
    case OC_TOKENIZER_VOCAB_MERGES:
        st = parse_pair(t, bytes, n, err);
        break;
    }
    if (st)
        oc_tokenizer_free(t);
    else
        *out = t;
    return st;
}

/* The padding token by name, where tokenizer.json itself does not name one; and what an older file leaves open. */
static enum oc_status read_beside(struct oc_tokenizer *t, const char *directory, const char *name, enum oc_tokenizer_form form,
                                  struct oc_err *err)
{
    struct oc_buf bytes;
    json_t *root = NULL;
    bool config = !strcmp(name, "tokenizer_config.json") && form != OC_TOKENIZER_JSON;
    if (t->pad_id >= 0 && !config)
        return OC_OK;
    oc_buf_init(&bytes, OC_MEM_OTHER, LIM_TOKENIZER_FILE);
    enum oc_status st = oc_load_file(directory, name, &bytes, err);
    const char *text = bytes.data ? bytes.data : "";
    if (!st)
        st = oc_json_text(text, bytes.len, &root, err);
    if (!st && config)
        st = oc_load_config(t, form, text, bytes.len, err);
    if (!st && t->pad_id < 0) {
        const json_t *token = json_object_get(root, "pad_token"), *content = json_object_get(token, "content");
        const char *pad = json_string_value(content ? content : token);
        t->pad_id = pad ? (int32_t)oc_tokenizer_id(t, pad) : -1;
    }
    json_decref(root);
    oc_buf_deinit(&bytes);
    return st == OC_DECLINED ? OC_OK : st ? oc_err_prefix(err, st, "%s: ", name) : OC_OK;
}

/* vocab.json, a NUL, and the merges.txt beside it. */
static enum oc_status add_merges_file(const char *directory, struct oc_buf *bytes, struct oc_err *err)
{
    enum oc_status st = oc_buf_add(bytes, "", 1) ? oc_err_nomem(err, "vocabulary", bytes->len)
                                                 : oc_load_file(directory, "merges.txt", bytes, err);
    return st == OC_DECLINED ? oc_err_set(err, OC_E_IO, "merges.txt is missing") : st;
}

static bool ends_with(const char *path, const char *end)
{
    size_t n = strlen(path), k = strlen(end);
    return n >= k && !strcmp(path + n - k, end);
}

/* Reads and parses one file; OC_DECLINED: it is not there. */
static enum oc_status load_one(const char *directory, const char *name, enum oc_tokenizer_form form, struct oc_tokenizer **out,
                               struct oc_err *err)
{
    struct oc_buf bytes, unpacked;
    oc_buf_init(&bytes, OC_MEM_MODEL, LIM_TOKENIZER_FILE);
    oc_buf_init(&unpacked, OC_MEM_MODEL, LIM_TOKENIZER_FILE);
    enum oc_status st = oc_load_file(directory, name, &bytes, err);
    if (st == OC_DECLINED)
        goto done;
    if (!st && form == OC_TOKENIZER_VOCAB_MERGES)
        st = add_merges_file(directory, &bytes, err);
    if (!st && ends_with(name, ".gz"))
        st = oc_load_gunzip(bytes.data ? bytes.data : "", bytes.len, &unpacked, err);
    const struct oc_buf *text = ends_with(name, ".gz") ? &unpacked : &bytes;
    if (!st)
        st = oc_tokenizer_parse(form, text->data ? text->data : "", text->len, out, err);
    if (st)
        oc_err_prefix(err, st, "%s: ", name);
done:
    oc_buf_deinit(&bytes);
    oc_buf_deinit(&unpacked);
    return st;
}

/* How a file of this name is read; a name that is not known is BERT's, any other .json the newer form. */
static enum oc_tokenizer_form form_of(const char *name)
{
    if (!strcmp(name, "vocab.json"))
        return OC_TOKENIZER_VOCAB_MERGES;
    if (ends_with(name, ".json"))
        return OC_TOKENIZER_JSON;
    if (ends_with(name, ".model"))
        return OC_TOKENIZER_SENTENCEPIECE;
    return strstr(name, "bpe_simple_vocab") ? OC_TOKENIZER_CLIP_MERGES : OC_TOKENIZER_WORDPIECE;
}

static enum oc_status load_directory(const char *directory, struct oc_tokenizer **out, struct oc_err *err)
{
    static const char *const known[] = {"tokenizer.json",
                                        "vocab.json",
                                        "bpe_simple_vocab_16e6.txt.gz",
                                        "bpe_simple_vocab_16e6.txt",
                                        "spiece.model",
                                        "sentencepiece.bpe.model",
                                        "tokenizer.model",
                                        "vocab.txt"};
    enum oc_status st = OC_DECLINED;
    enum oc_tokenizer_form form = OC_TOKENIZER_JSON;
    for (size_t i = 0; i < OC_ARRAY_LEN(known) && st == OC_DECLINED; i++) {
        form = form_of(known[i]);
        st = load_one(directory, known[i], form, out, err);
    }
    if (!st)
        st = read_beside(*out, directory, "tokenizer_config.json", form, err);
    if (!st)
        st = read_beside(*out, directory, "special_tokens_map.json", form, err);
    return st == OC_DECLINED ? oc_err_set(err, OC_E_IO, "no tokenizer: neither tokenizer.json nor an older file is there") : st;
}

static enum oc_status load_path(const char *path, struct oc_tokenizer **out, struct oc_err *err)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    char directory[4096] = ".";
    if (slash && (size_t)(slash - path) < sizeof directory)
        snprintf(directory, sizeof directory, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    enum oc_status st = load_one(directory, name, form_of(name), out, err);
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

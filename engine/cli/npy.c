/*
 * The header is a Python dictionary with the keys descr, fortran_order and shape, in any order; it is read
 * strictly, and the data behind it must be exactly as long as it says. Not done: Fortran order of more than one
 * dimension, big-endian numbers, structured types, pickled objects.
 * Format: numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
#include "engine/cli/npy.h"
#include "base/mem.h"
#include "base/parse.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define MAGIC "\x93NUMPY"
#define MAGIC_BYTES 6u
#define HEADER_MAX 65535u

static const struct {
    char text[4];
    enum eng_dtype dtype;
} types[] = {{"f4", ENG_DT_F32}, {"f8", ENG_DT_F64}, {"f2", ENG_DT_F16}, {"i1", ENG_DT_I8},  {"i2", ENG_DT_I16}, {"i4", ENG_DT_I32},
             {"i8", ENG_DT_I64}, {"u1", ENG_DT_U8},  {"u2", ENG_DT_U16}, {"u4", ENG_DT_U32}, {"u8", ENG_DT_U64}, {"b1", ENG_DT_BOOL}};

/* --- the header --- */

struct cursor {
    const char *p, *end;
};

static void skip_spaces(struct cursor *c)
{
    while (c->p < c->end && (*c->p == ' ' || *c->p == '\n' || *c->p == '\t'))
        c->p++;
}

static bool take(struct cursor *c, char ch)
{
    skip_spaces(c);
    if (c->p >= c->end || *c->p != ch)
        return false;
    c->p++;
    return true;
}

static bool take_quoted(struct cursor *c, const char **s, size_t *n)
{
    skip_spaces(c);
    if (c->p >= c->end || (*c->p != '\'' && *c->p != '"'))
        return false;
    char quote = *c->p++;
    *s = c->p;
    while (c->p < c->end && *c->p != quote)
        c->p++;
    *n = (size_t)(c->p - *s);
    return c->p < c->end && *c->p++ == quote;
}

static bool take_word(struct cursor *c, const char *word)
{
    size_t n = strlen(word);
    skip_spaces(c);
    if ((size_t)(c->end - c->p) < n || memcmp(c->p, word, n) != 0)
        return false;
    c->p += n;
    return true;
}

static bool take_shape(struct cursor *c, struct eng_shape *shape)
{
    shape->rank = 0;
    if (!take(c, '('))
        return false;
    while (!take(c, ')')) {
        skip_spaces(c);
        const char *start = c->p;
        while (c->p < c->end && *c->p >= '0' && *c->p <= '9')
            c->p++;
        if (shape->rank == LIM_TENSOR_RANK ||
            !oc_parse_i64(start, (size_t)(c->p - start), 0, (int64_t)LIM_TENSOR_BYTES, &shape->dim[shape->rank]))
            return false;
        shape->rank++;
        if (!take(c, ',')) /* the last one needs no comma */
            return take(c, ')');
    }
    return true;
}

static bool parse_descr(const char *s, size_t n, enum eng_dtype *out)
{
    if (n != 3 || (s[0] != '<' && s[0] != '|' && s[0] != '='))
        return false;
    for (size_t i = 0; i < OC_ARRAY_LEN(types); i++)
        if (memcmp(s + 1, types[i].text, 2) == 0) {
            *out = types[i].dtype;
            return true;
        }
    return false;
}

enum { HAVE_DESCR = 1, HAVE_ORDER = 2, HAVE_SHAPE = 4 };

static enum oc_status parse_entry(struct cursor *c, struct eng_tensor *t, bool *fortran, int *have, struct oc_err *err)
{
    const char *key, *descr;
    size_t key_len, n;
    if (!take_quoted(c, &key, &key_len) || !take(c, ':'))
        return oc_err_set(err, OC_E_INVALID, "the .npy header is not a dictionary");
    if (key_len == 5 && memcmp(key, "descr", 5) == 0) {
        if (!take_quoted(c, &descr, &n) || !parse_descr(descr, n, &t->dtype))
            return oc_err_set(err, OC_E_INVALID, "the .npy file's element type is not supported");
        *have |= HAVE_DESCR;
    } else if (key_len == 13 && memcmp(key, "fortran_order", 13) == 0) {
        *fortran = take_word(c, "True");
        if (!*fortran && !take_word(c, "False"))
            return oc_err_set(err, OC_E_INVALID, "the .npy header's fortran_order is neither True nor False");
        *have |= HAVE_ORDER;
    } else if (key_len == 5 && memcmp(key, "shape", 5) == 0) {
        if (!take_shape(c, &t->shape))
            return oc_err_set(err, OC_E_INVALID, "the .npy header's shape is not a tuple of at most %d sizes", LIM_TENSOR_RANK);
        *have |= HAVE_SHAPE;
    } else {
        return oc_err_set(err, OC_E_INVALID, "the .npy header has an unknown key '%.*s'", key_len > 40 ? 40 : (int)key_len, key);
    }
    return OC_OK;
}

static enum oc_status parse_header(const char *header, size_t n, struct eng_tensor *t, struct oc_err *err)
{
    struct cursor c = {header, header + n};
    bool fortran = false;
    int have = 0;
    if (!take(&c, '{'))
        return oc_err_set(err, OC_E_INVALID, "the .npy header is not a dictionary");
    while (!take(&c, '}')) {
        enum oc_status st = parse_entry(&c, t, &fortran, &have, err);
        if (st)
            return st;
        if (!take(&c, ',')) {
            if (!take(&c, '}'))
                return oc_err_set(err, OC_E_INVALID, "the .npy header is not a dictionary");
            break;
        }
    }
    if (have != (HAVE_DESCR | HAVE_ORDER | HAVE_SHAPE))
        return oc_err_set(err, OC_E_INVALID, "the .npy header lacks descr, fortran_order or shape");
    if (fortran && t->shape.rank > 1)
        return oc_err_set(err, OC_E_INVALID, "the .npy file is in Fortran order; save it with numpy.ascontiguousarray");
    return OC_OK;
}

static bool tensor_bytes(const struct eng_tensor *t, size_t *bytes)
{
    *bytes = eng_dtype_size(t->dtype);
    for (int i = 0; i < t->shape.rank; i++)
        if (!oc_size_mul(*bytes, (size_t)t->shape.dim[i], bytes))
            return false;
    return *bytes <= LIM_TENSOR_BYTES;
}

enum oc_status eng_npy_parse(const void *bytes, size_t n, struct eng_tensor *t, struct oc_err *err)
{
    const unsigned char *p = bytes;
    *t = (struct eng_tensor){0};
    if (n < 12 || memcmp(p, MAGIC, MAGIC_BYTES) != 0)
        return oc_err_set(err, OC_E_INVALID, "not a .npy file");
    if (p[6] != 1 && p[6] != 2)
        return oc_err_set(err, OC_E_INVALID, ".npy version %d is not supported; 1 and 2 are", p[6]);
    size_t start = p[6] == 1 ? 10 : 12;
    size_t len = (size_t)p[8] | (size_t)p[9] << 8;
    if (p[6] == 2)
        len |= (size_t)p[10] << 16 | (size_t)p[11] << 24;
    if (len > HEADER_MAX || len > n - start)
        return oc_err_set(err, OC_E_INVALID, "the .npy header's length of %zu is past the end of the file or over %u", len, HEADER_MAX);
    struct eng_tensor read = {0};
    enum oc_status st = parse_header((const char *)p + start, len, &read, err);
    size_t want, have = n - start - len;
    if (st)
        return st;
    if (!tensor_bytes(&read, &want) || want != have)
        return oc_err_set(err, OC_E_INVALID, "the .npy file has %zu bytes of data, which is not what its shape needs", have);
    read.data = oc_mem_aligned(OC_MEM_OTHER, want);
    if (!read.data)
        return oc_err_nomem(err, "an array", want);
    memcpy(read.data, p + start + len, want);
    *t = read;
    return OC_OK;
}

/* --- files --- */

static enum oc_status io_error(struct oc_err *err, const char *what, const char *path)
{
    return oc_err_set(err, OC_E_IO, "cannot %s %.300s: %s", what, path, strerror(errno));
}

enum oc_status eng_npy_read(const char *path, struct eng_tensor *t, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    struct stat info;
    void *bytes = NULL;
    FILE *f = fopen(path, "rbe");
    *t = (struct eng_tensor){0};
    if (!f || fstat(fileno(f), &info)) {
        st = io_error(err, "open", path);
        goto done;
    }
    if (!S_ISREG(info.st_mode) || info.st_size < 0 || (size_t)info.st_size > LIM_TENSOR_BYTES + HEADER_MAX + 12) {
        st = oc_err_set(err, OC_E_INVALID, "%.300s is not a file of a size that can be read", path);
        goto done;
    }
    size_t n = (size_t)info.st_size;
    bytes = oc_mem_alloc(OC_MEM_OTHER, n);
    if (!bytes) {
        st = oc_err_nomem(err, "a file", n);
        goto done;
    }
    if (fread(bytes, 1, n, f) != n) {
        st = io_error(err, "read", path);
        goto done;
    }
    st = eng_npy_parse(bytes, n, t, err);
    if (st)
        st = oc_err_prefix(err, st, "%.300s: ", path);
done:
    if (f)
        fclose(f);
    oc_mem_free(bytes);
    return st;
}

static const char *type_text(enum eng_dtype t)
{
    for (size_t i = 0; i < OC_ARRAY_LEN(types); i++)
        if (types[i].dtype == t)
            return types[i].text;
    return "f4"; /* bfloat16 */
}

static size_t make_header(const struct eng_tensor *t, char *header, size_t cap)
{
    size_t size = eng_dtype_size(t->dtype), at = 0;
    char shape[ENG_SHAPE_TEXT] = "";
    for (int i = 0; i < t->shape.rank; i++)
        at += (size_t)snprintf(shape + at, sizeof shape - at, i ? ", %lld" : "%lld", (long long)t->shape.dim[i]);
    int n = snprintf(header, cap, "{'descr': '%c%s', 'fortran_order': False, 'shape': (%s%s), }", size == 1 ? '|' : '<',
                     type_text(t->dtype), shape, t->shape.rank == 1 ? "," : "");
    size_t len = (size_t)n;
    while ((10 + len + 1) % 64 != 0) /* the data starts at a multiple of 64 */
        header[len++] = ' ';
    header[len++] = '\n';
    return len;
}

static bool write_bf16(FILE *f, const uint16_t *v, size_t n)
{
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++) {
        uint32_t wide = (uint32_t)v[i] << 16;
        ok = fwrite(&wide, sizeof wide, 1, f) == 1;
    }
    return ok;
}

enum oc_status eng_npy_write(const char *path, const struct eng_tensor *t, struct oc_err *err)
{
    char header[512];
    size_t n = make_header(t, header, sizeof header - 80), count = (size_t)eng_shape_count(&t->shape), size = eng_dtype_size(t->dtype);
    unsigned char start[10] = MAGIC "\x01";
    start[8] = (unsigned char)(n & 255);
    start[9] = (unsigned char)(n >> 8);
    FILE *f = fopen(path, "wbe");
    if (!f)
        return io_error(err, "create", path);
    bool ok = fwrite(start, sizeof start, 1, f) == 1 && fwrite(header, 1, n, f) == n;
    if (ok && t->dtype == ENG_DT_BF16)
        ok = write_bf16(f, t->data, count);
    else if (ok && count)
        ok = fwrite(t->data, size, count, f) == count;
    ok &= fclose(f) == 0;
    return ok ? OC_OK : io_error(err, "write", path);
}

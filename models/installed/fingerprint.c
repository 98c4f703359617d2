/* See fingerprint.h. */
#include "models/installed/fingerprint.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>
#include "models/installed/entry.h"
#include "models/recipe/files.h"

enum { PIECE = 64 << 10, PIECES = 128 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void add_number(struct oc_sha256 *sha, const char *what, double v)
{
    char text[64];
    snprintf(text, sizeof text, "%s=%.9g;", what, v);
    oc_sha256_add(sha, text, strlen(text));
}

/* Bytes at..at+n of the file, as far as it goes. */
static bool add_piece(struct oc_sha256 *sha, int fd, uint8_t *piece, off_t at, size_t n)
{
    while (n) {
        ssize_t got = pread(fd, piece, n < PIECE ? n : PIECE, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        oc_sha256_add(sha, piece, (size_t)got);
        at += got;
        n -= (size_t)got;
    }
    return true;
}

static bool add_open_file(struct oc_sha256 *sha, int fd)
{
    struct stat s;
    uint8_t *piece = oc_mem_alloc(OC_MEM_OTHER, PIECE);
    bool ok = piece && fstat(fd, &s) == 0;
    if (ok)
        add_number(sha, "size", (double)s.st_size);
    if (ok && s.st_size <= (off_t)PIECE * PIECES)
        ok = add_piece(sha, fd, piece, 0, (size_t)s.st_size);
    else
        for (int i = 0; ok && i < PIECES; i++)
            ok = add_piece(sha, fd, piece, (s.st_size - PIECE) / (PIECES - 1) * i, PIECE);
    oc_mem_free(piece);
    return ok;
}

/* needed: a file that is not there is an error. */
static bool add_file(struct oc_sha256 *sha, const char *path, bool needed)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return !needed;
    bool ok = add_open_file(sha, fd);
    close(fd);
    return ok;
}

/* What changes a vector besides the weights. */
static void add_recipe(struct oc_sha256 *sha, const struct oc_input_recipe *in)
{
    add_number(sha, "width", in->width);
    add_number(sha, "height", in->height);
    add_number(sha, "bgr", in->pixels.bgr);
    for (int c = 0; c < 3; c++) {
        add_number(sha, "mean", (double)in->pixels.mean[c]);
        add_number(sha, "scale", (double)in->pixels.scale[c]);
    }
}

static enum oc_status compute(const struct oc_entry *e, uint8_t out[OC_SHA256_BYTES], struct oc_err *err)
{
    static const char *const external[] = {"_data", ".data"}; /* where exporters put weights that are not in the file */
    struct oc_sha256 sha;
    char path[OC_PATH_MAX + 8];
    oc_sha256_init(&sha);
    bool ok = add_file(&sha, e->path, true);
    for (size_t i = 0; ok && i < OC_ARRAY_LEN(external); i++) {
        snprintf(path, sizeof path, "%s%s", e->path, external[i]);
        ok = add_file(&sha, path, false);
    }
    add_recipe(&sha, &e->recipe.input);
    oc_sha256_end(&sha, out);
    return ok ? OC_OK : oc_err_set(err, OC_E_MODEL, "model '%s': its file cannot be read", e->id);
}

enum oc_status oc_lease_fingerprint(const struct oc_lease *lease, uint8_t out[OC_SHA256_BYTES], struct oc_err *err)
{
    struct oc_entry *e = lease->entry;
    enum oc_status st = OC_OK;
    pthread_mutex_lock(&lock);
    if (!e->has_fingerprint)
        st = compute(e, e->fingerprint, err);
    e->has_fingerprint = !st;
    memcpy(out, e->fingerprint, OC_SHA256_BYTES);
    pthread_mutex_unlock(&lock);
    return st;
}

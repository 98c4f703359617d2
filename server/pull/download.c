/*
 * Tries, and what is done between them; one try over HTTP is in transfer.c, from a folder below. What was received is only ever appended
 * to NAME.part; whatever makes its content doubtful (a server that cannot resume, a digest that is wrong after resuming) throws it away and
 * begins anew, and a wrong digest of a file that came in one piece is final: trying again would only bring the same bytes.
 */
#include "server/pull/download.h"
#include "base/clock.h"
#include "base/limits.h"
#include "server/pull/transfer.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAUSE_MAX_MS 30000

enum oc_status oc_file_digest(const char *path, int64_t *size, uint8_t digest[OC_SHA256_BYTES], struct oc_err *err)
{
    struct oc_sha256 s;
    oc_sha256_init(&s);
    *size = 0;
    FILE *f = fopen(path, "rbe");
    if (!f)
        return oc_err_set(err, errno == ENOENT ? OC_E_NOT_FOUND : OC_E_IO, "%s: %s", path, strerror(errno));
    char block[65536];
    for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0;) {
        oc_sha256_add(&s, block, n);
        *size += (int64_t)n;
    }
    bool bad = ferror(f);
    fclose(f);
    oc_sha256_end(&s, digest);
    return bad ? oc_err_set(err, OC_E_IO, "%s cannot be read", path) : OC_OK;
}

static int64_t size_on_disk(const char *path)
{
    struct stat s;
    return stat(path, &s) || !S_ISREG(s.st_mode) ? -1 : (int64_t)s.st_size;
}

static enum oc_status copy_stream(const struct oc_download *d, int from, int to, struct oc_progress *p, struct oc_err *err)
{
    char block[65536];
    int64_t sum = 0;
    for (;;) {
        if (*d->interrupted)
            return oc_err_set(err, OC_E_CANCELLED, "interrupted");
        ssize_t n = read(from, block, sizeof block);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return oc_err_set(err, OC_E_IO, "%s: %s", d->from, strerror(errno));
        if (n == 0)
            return OC_OK;
        sum += n;
        if (sum > (d->file->size >= 0 ? d->file->size : (int64_t)LIM_PULL_FILE))
            return oc_err_set(err, OC_E_INVALID, "%s is larger than the %lld bytes of the catalogue", d->from, (long long)d->file->size);
        for (ssize_t at = 0; at < n;) {
            ssize_t k = write(to, block + at, (size_t)(n - at));
            if (k < 0 && errno != EINTR)
                return oc_err_set(err, OC_E_IO, "%s.part: %s", d->path, strerror(errno));
            at += k > 0 ? k : 0;
        }
        oc_progress_show(p, sum, d->file->size);
    }
}

/* A mirror that is a folder: always from the start, it is as near as the copy. */
static enum oc_status copy_file(const struct oc_download *d, const char *part, struct oc_progress *p, struct oc_err *err)
{
    int from = open(d->from, O_RDONLY | O_CLOEXEC);
    if (from < 0)
        return oc_err_set(err, errno == ENOENT ? OC_E_NOT_FOUND : OC_E_IO, "%s: %s", d->from, strerror(errno));
    int to = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    enum oc_status st = to < 0 ? oc_err_set(err, OC_E_IO, "%s: %s", part, strerror(errno)) : copy_stream(d, from, to, p, err);
    close(from);
    if (to >= 0 && close(to) && !st)
        st = oc_err_set(err, OC_E_IO, "%s: %s", part, strerror(errno));
    return st;
}

/* Pause before try `i` (from 1), in steps, so that an interruption is seen at once. */
static void pause_before(const struct oc_download *d, int i)
{
    int64_t ms = d->first_pause_ms;
    for (int k = 1; k < i && ms < PAUSE_MAX_MS; k++)
        ms *= 2;
    ms = ms < PAUSE_MAX_MS ? ms : PAUSE_MAX_MS;
    int64_t end = oc_now_ns() + ms * OC_NS_PER_MS;
    while (!*d->interrupted && oc_now_ns() < end)
        nanosleep(&(struct timespec){.tv_nsec = 20 * OC_NS_PER_MS}, NULL);
}

/* One piece of the way to a whole .part: OC_OK, or why not. */
static enum oc_status fetch_once(const struct oc_download *d, const char *part, struct oc_progress *p, struct oc_transfer *t,
                                 struct oc_err *err)
{
    if (d->is_path)
        return copy_file(d, part, p, err);
    int64_t there = size_on_disk(part);
    if (there > 0 && d->file->size >= 0 && there >= d->file->size)
        return OC_OK; /* all of it came before; its digest decides */
    *t = (struct oc_transfer){.url = d->from,
                              .part = part,
                              .offset = there > 0 ? there : 0,
                              .expected = d->file->size,
                              .stall_seconds = d->stall_seconds,
                              .interrupted = d->interrupted};
    return oc_transfer_run(t, p, err);
}

/* The whole .part against the catalogue. OC_E_INVALID when it is not the file. */
static enum oc_status judge(const struct oc_download *d, const char *part, const struct oc_transfer *t, struct oc_downloaded *out,
                            struct oc_err *err)
{
    char got[65], wanted[65];
    enum oc_status st = oc_file_digest(part, &out->size, out->sha256, err);
    if (st)
        return st;
    if (d->file->size >= 0 && out->size != d->file->size)
        return oc_err_set(err, OC_E_INVALID, "%s has %lld bytes, the catalogue says %lld", d->from, (long long)out->size,
                          (long long)d->file->size);
    oc_sha256_text(out->sha256, got);
    const uint8_t *digest = d->file->has_sha256 ? d->file->sha256 : t->has_etag ? t->etag : NULL;
    if (digest && memcmp(digest, out->sha256, OC_SHA256_BYTES) != 0) {
        oc_sha256_text(digest, wanted);
        return oc_err_set(err, OC_E_INVALID, "%s: SHA-256 is %s, %s says %s", d->from, got,
                          d->file->has_sha256 ? "the catalogue" : "its source", wanted);
    }
    out->source_confirmed = !d->file->has_sha256 && digest;
    return OC_OK;
}

static enum oc_status finish(const char *part, const char *path, struct oc_err *err)
{
    int fd = open(part, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0 && rename(part, path) == 0;
    int saved = errno;
    if (fd >= 0)
        close(fd);
    return ok ? OC_OK : oc_err_set(err, OC_E_IO, "%s: %s", path, strerror(saved));
}

/* A file with its final name from an earlier, broken-off pull: whole then, but is it what is asked for now? */
static bool is_there(const struct oc_download *d, struct oc_downloaded *out)
{
    if (oc_file_digest(d->path, &out->size, out->sha256, NULL))
        return false;
    return (d->file->size < 0 || out->size == d->file->size) &&
           (!d->file->has_sha256 || !memcmp(out->sha256, d->file->sha256, OC_SHA256_BYTES));
}

static bool is_final(enum oc_status st)
{
    return st == OC_E_NOT_FOUND || st == OC_E_FORBIDDEN || st == OC_E_CANCELLED || st == OC_E_IO || st == OC_E_INVALID || st == OC_E_NOMEM;
}

enum oc_status oc_download_file(const struct oc_download *d, struct oc_progress *p, struct oc_downloaded *out, struct oc_err *err)
{
    char part[OC_PATH_MAX];
    struct oc_transfer t = {0};
    *out = (struct oc_downloaded){0};
    if (is_there(d, out))
        return OC_OK;
    if (snprintf(part, sizeof part, "%s.part", d->path) >= (int)sizeof part)
        return oc_err_set(err, OC_E_INVALID, "%s: the path is too long", d->path);
    enum oc_status st = OC_OK;
    bool began_anew = false;
    for (int i = 0; i < d->attempts; i++) {
        if (i > 0) {
            oc_progress_end(p);
            if (!p->quiet)
                fprintf(stderr, "%s: %s; trying again (%d of %d)\n", p->what, err->msg, i + 1, d->attempts);
            pause_before(d, i);
        }
        int64_t there = size_on_disk(part);
        st = fetch_once(d, part, p, &t, err);
        if (!st)
            st = judge(d, part, &t, out, err);
        if (!st) {
            out->is_new = true;
            return finish(part, d->path, err);
        }
        if (st == OC_E_INVALID)
            unlink(part);
        if (st == OC_E_INVALID && there > 0 && !began_anew) {
            began_anew = true; /* the old piece may have been the wrong one */
            continue;
        }
        if (is_final(st))
            return st;
    }
    return st;
}

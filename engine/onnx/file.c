/*
 * The model file is mapped for the time of reading. External data is opened component by component from the model's folder,
 * following a symbolic link only where the caller has named a folder that its end must lie in, and checked on the open descriptor, so that
 * nothing can be swapped between check and use.
 */
#include "engine/onnx/file.h"
#include "base/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum oc_status eng_file_map(const char *path, size_t max, struct eng_span *out, struct oc_err *err)
{
    struct stat info;
    enum oc_status st = OC_OK;
    *out = (struct eng_span){NULL, 0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return oc_err_set(err, OC_E_IO, "cannot open %.400s: %m", path);
    if (fstat(fd, &info) != 0)
        st = oc_err_set(err, OC_E_IO, "cannot look at %.400s: %m", path);
    else if (!S_ISREG(info.st_mode))
        st = oc_err_set(err, OC_E_IO, "%.400s is not a regular file", path);
    else if (info.st_size == 0)
        st = oc_err_set(err, OC_E_MODEL, "%.400s is empty: a download that failed? Fetch it again", path);
    else if ((uint64_t)info.st_size > max)
        st = oc_err_set(err, OC_E_MODEL, "%.400s has %lld bytes; the limit is %zu", path, (long long)info.st_size, max);
    if (!st) {
        void *p = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (p == MAP_FAILED)
            st = oc_err_set(err, errno == ENOMEM ? OC_E_NOMEM : OC_E_IO, "cannot map %.400s: %m", path);
        else
            *out = (struct eng_span){p, (size_t)info.st_size};
    }
    close(fd);
    const char *foreign = st ? NULL : eng_file_foreign(*out);
    if (foreign) {
        eng_file_unmap(out);
        st = oc_err_set(err, OC_E_MODEL, "%.400s is no ONNX file: %s", path, foreign);
    }
    return st;
}

void eng_file_unmap(struct eng_span *s)
{
    if (s->p)
        munmap((void *)(uintptr_t)s->p, s->n); /* NOLINT(performance-no-int-to-ptr): mmap gave it without const */
    *s = (struct eng_span){NULL, 0};
}

static enum oc_status open_folder_of(const char *path, int *out, struct oc_err *err)
{
    const char *slash = strrchr(path, '/');
    char *folder = !slash ? oc_mem_strdup(OC_MEM_MODEL, ".")
                          : oc_mem_strndup(OC_MEM_MODEL, path, slash == path ? 1 : (size_t)(slash - path));
    if (!folder)
        return oc_err_nomem(err, "a path", strlen(path));
    *out = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum oc_status st = *out < 0 ? oc_err_set(err, OC_E_IO, "cannot open the folder %.400s: %m", folder) : OC_OK;
    oc_mem_free(folder);
    return st;
}

void eng_external_init(struct eng_external *x, const char *path, const char *links_below)
{
    *x = (struct eng_external){.path = path, .links_below = links_below, .dir = -1, .fd = -1};
}

static void close_file(struct eng_external *x)
{
    if (x->fd >= 0)
        close(x->fd);
    oc_mem_free(x->location);
    x->fd = -1;
    x->location = NULL;
}

void eng_external_close(struct eng_external *x)
{
    close_file(x);
    if (x->dir >= 0)
        close(x->dir);
    x->dir = -1;
}

/* One step of the walk; takes over `dir` when it is not the model's folder. Only the last step may be a file. */
static int step(const struct eng_external *x, int dir, const char *name, bool last)
{
    int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | (last ? O_NONBLOCK : O_DIRECTORY);
    int fd = openat(dir, name, flags);
    int saved = errno;
    if (dir != x->dir)
        close(dir);
    errno = saved;
    return fd;
}

/* A link on the way: followed when what is at its end lies below x->links_below, both taken without any link in them. */
static enum oc_status follow(const struct eng_external *x, const char *location, int *out, struct oc_err *err)
{
    const char *slash = strrchr(x->path, '/');
    char path[PATH_MAX * 2], *root = realpath(x->links_below, NULL), *target = NULL;
    int n = snprintf(path, sizeof path, "%.*s/%s", slash ? (int)(slash - x->path) : 1, slash ? x->path : ".", location);
    if (root && n > 0 && (size_t)n < sizeof path)
        target = realpath(path, NULL);
    size_t length = root ? strlen(root) : 0;
    bool inside = target && !strncmp(target, root, length) && (target[length] == '/' || !strcmp(root, "/"));
    *out = inside ? open(target, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK) : -1;
    free(root);
    free(target);
    return *out >= 0 ? OC_OK
                     : oc_err_set(err, OC_E_MODEL,
                                  "external data '%.400s' goes through a symbolic link that leaves the model directory, or leads nowhere",
                                  location);
}

/* location: a relative path of plain names. It is cut at the slashes in a copy. */
static enum oc_status walk(const struct eng_external *x, const char *location, char *copy, int *out, struct oc_err *err)
{
    int dir = x->dir;
    if (!*location || *location == '/')
        return oc_err_set(err, OC_E_MODEL, "external data '%.400s' is not a relative path", location);
    for (char *name = copy, *next; name; name = next) {
        char *slash = strchr(name, '/');
        next = slash ? slash + 1 : NULL;
        if (slash)
            *slash = 0;
        if (strcmp(name, ".") == 0 && next)
            continue;
        if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
            if (dir != x->dir)
                close(dir);
            return oc_err_set(err, OC_E_MODEL, "external data '%.400s' leaves the model's folder or names no file", location);
        }
        dir = step(x, dir, name, !next);
        if (dir < 0) {
            if ((errno == ELOOP || errno == ENOTDIR) && x->links_below)
                return follow(x, location, out, err);
            if (errno == ELOOP || errno == ENOTDIR)
                return oc_err_set(err, OC_E_MODEL, "external data '%.400s' goes through a symbolic link or a file", location);
            return oc_err_set(err, OC_E_IO, "cannot open external data '%.400s': %m", location);
        }
    }
    *out = dir;
    return OC_OK;
}

static enum oc_status check_file(int fd, const char *location, uint64_t *size, struct oc_err *err)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return oc_err_set(err, OC_E_IO, "cannot look at external data '%.400s': %m", location);
    if (!S_ISREG(info.st_mode))
        return oc_err_set(err, OC_E_MODEL, "external data '%.400s' is not a regular file", location);
    if (info.st_nlink > 1)
        return oc_err_set(err, OC_E_MODEL, "external data '%.400s' has %llu hard links; a copy of its own is needed", location,
                          (unsigned long long)info.st_nlink);
    *size = (uint64_t)info.st_size;
    return OC_OK;
}

static enum oc_status open_file(struct eng_external *x, struct eng_span location, struct oc_err *err)
{
    if (x->fd >= 0 && eng_span_is(location, x->location))
        return OC_OK;
    close_file(x);
    enum oc_status st = x->dir < 0 ? open_folder_of(x->path, &x->dir, err) : OC_OK;
    if (st)
        return st;
    char *copy = oc_mem_strndup(OC_MEM_MODEL, (const char *)location.p, location.n);
    x->location = oc_mem_strndup(OC_MEM_MODEL, (const char *)location.p, location.n);
    if (!copy || !x->location)
        st = oc_err_nomem(err, "a path", location.n);
    if (!st)
        st = walk(x, x->location, copy, &x->fd, err);
    if (!st)
        st = check_file(x->fd, x->location, &x->size, err);
    oc_mem_free(copy);
    if (st)
        close_file(x);
    return st;
}

enum oc_status eng_external_check(struct eng_external *x, struct eng_span location, uint64_t offset, size_t bytes, struct oc_err *err)
{
    if (!x->path)
        return oc_err_set(err, OC_E_MODEL, "external data is not allowed here: the model does not come from a file");
    if (!location.n)
        return oc_err_set(err, OC_E_MODEL, "external data without a location");
    enum oc_status st = open_file(x, location, err);
    if (st)
        return st;
    if (offset > x->size || bytes > x->size - offset)
        return oc_err_set(err, OC_E_MODEL, "external data '%.400s' has %llu bytes; %zu at offset %llu were asked for", x->location,
                          (unsigned long long)x->size, bytes, (unsigned long long)offset);
    if (bytes > LIM_MODEL_EXTERNAL - x->total)
        return oc_err_set(err, OC_E_MODEL, "the model's external data is more than the limit of %zu bytes", LIM_MODEL_EXTERNAL);
    return OC_OK;
}

enum oc_status eng_external_read(struct eng_external *x, struct eng_span location, uint64_t offset, void *to, size_t bytes,
                                 struct oc_err *err)
{
    enum oc_status st = eng_external_check(x, location, offset, bytes, err);
    for (size_t done = 0; !st && done < bytes;) {
        ssize_t n = pread(x->fd, (char *)to + done, bytes - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return oc_err_set(err, OC_E_IO, "cannot read external data '%.400s': %m", x->location);
        if (n == 0)
            return oc_err_set(err, OC_E_IO, "external data '%.400s' became shorter while it was read", x->location);
        done += (size_t)n;
    }
    if (!st)
        x->total += bytes;
    return st;
}

/* Reading of small files; see files.h. A fifo or a device in a model directory is not opened for reading. */
#include "models/recipe/files.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

bool oc_path_join(char path[OC_PATH_MAX], const char *directory, const char *name)
{
    size_t n = strlen(directory);
    bool slash = n && directory[n - 1] == '/';
    int len = snprintf(path, OC_PATH_MAX, "%s%s%s", directory, slash ? "" : "/", name);
    return len > 0 && len < OC_PATH_MAX;
}

bool oc_file_exists(const char *directory, const char *name)
{
    char path[OC_PATH_MAX];
    struct stat s;
    return oc_path_join(path, directory, name) && !stat(path, &s) && S_ISREG(s.st_mode);
}

static enum oc_status read_all(int fd, const char *name, struct oc_buf *out, struct oc_err *err)
{
    char chunk[8192];
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return oc_err_set(err, OC_E_IO, "%s: %s", name, strerror(errno));
        if (n == 0)
            return OC_OK;
        enum oc_status st = oc_buf_add(out, chunk, (size_t)n);
        if (st == OC_E_NOMEM)
            return oc_err_nomem(err, name, out->len + (size_t)n);
        if (st)
            return oc_err_set(err, OC_E_INVALID, "%s: larger than %zu bytes", name, out->max);
    }
}

enum oc_status oc_file_read(const char *directory, const char *name, struct oc_buf *out, struct oc_err *err)
{
    char path[OC_PATH_MAX];
    struct stat s;
    if (!oc_path_join(path, directory, name))
        return oc_err_set(err, OC_E_INVALID, "%s: path too long", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return oc_err_set(err, errno == ENOENT ? OC_E_NOT_FOUND : OC_E_IO, "%s: %s", name, strerror(errno));
    enum oc_status st = fstat(fd, &s) || !S_ISREG(s.st_mode) ? oc_err_set(err, OC_E_IO, "%s: not a regular file", name) : OC_OK;
    if (!st)
        st = read_all(fd, name, out, err);
    close(fd);
    return st;
}

/* See install.h. */
#include "server/pull/install.h"
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define FOLDER_MODE 0755

static enum oc_status make_folder(const char *path, struct oc_err *err)
{
    if (mkdir(path, FOLDER_MODE) == 0 || errno == EEXIST)
        return OC_OK;
    return oc_err_set(err, OC_E_IO, "%s: %s", path, strerror(errno));
}

/* Each folder above the last slash of path, from `from` on. */
static enum oc_status make_folders(char *path, size_t from, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    for (char *slash = strchr(path + from, '/'); slash && !st; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (*path)
            st = make_folder(path, err);
        *slash = '/';
    }
    return st;
}

static enum oc_status join(char path[OC_PATH_MAX], struct oc_err *err, const char *a, const char *b)
{
    return oc_path_join(path, a, b) ? OC_OK : oc_err_set(err, OC_E_INVALID, "%s/%s: the path is too long", a, b);
}

enum oc_status oc_staging_open(struct oc_staging *s, const char *directory, struct oc_err *err)
{
    char path[OC_PATH_MAX];
    s->lock = -1;
    if (snprintf(s->directory, sizeof s->directory, "%s", directory) >= (int)sizeof s->directory)
        return oc_err_set(err, OC_E_INVALID, "the model directory's path is too long");
    enum oc_status st = join(s->work, err, directory, ".ocelli-pull");
    if (!st)
        st = join(path, err, s->work, "lock");
    if (!st)
        st = make_folders(path, 0, err);
    if (st)
        return st;
    s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (s->lock < 0)
        return oc_err_set(err, OC_E_IO, "%s: %s", path, strerror(errno));
    if (flock(s->lock, LOCK_EX | LOCK_NB))
        return oc_err_set(err, OC_E_BUSY, "another pull is working in %s", directory);
    return OC_OK;
}

void oc_staging_close(struct oc_staging *s)
{
    if (s->lock < 0)
        return;
    close(s->lock);
    s->lock = -1;
}

static enum oc_status stage_of(const struct oc_staging *s, const struct oc_pull_model *m, char path[OC_PATH_MAX], struct oc_err *err)
{
    return join(path, err, s->work, m->name);
}

enum oc_status oc_staging_path(const struct oc_staging *s, const struct oc_pull_model *m, const char *file, char path[OC_PATH_MAX],
                               struct oc_err *err)
{
    char stage[OC_PATH_MAX];
    enum oc_status st = stage_of(s, m, stage, err);
    if (!st)
        st = join(path, err, stage, file);
    return st ? st : make_folders(path, strlen(s->work) + 1, err);
}

enum oc_status oc_staging_target(const struct oc_staging *s, const struct oc_pull_model *m, char path[OC_PATH_MAX], struct oc_err *err)
{
    return join(path, err, s->directory, m->folder);
}

enum oc_status oc_staging_write(const struct oc_staging *s, const struct oc_pull_model *m, const char *file, const char *text, size_t n,
                                struct oc_err *err)
{
    char path[OC_PATH_MAX], part[OC_PATH_MAX];
    enum oc_status st = oc_staging_path(s, m, file, path, err);
    if (st)
        return st;
    if (snprintf(part, sizeof part, "%s.part", path) >= (int)sizeof part)
        return oc_err_set(err, OC_E_INVALID, "%s: the path is too long", path);
    FILE *f = fopen(part, "wbe");
    bool ok = f && fwrite(text, 1, n, f) == n && fflush(f) == 0 && fsync(fileno(f)) == 0;
    int saved = errno;
    if (f && fclose(f))
        ok = false;
    if (!ok || rename(part, path))
        return oc_err_set(err, OC_E_IO, "%s: %s", path, strerror(ok ? errno : saved));
    return OC_OK;
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static void remove_tree(const char *path)
{
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static enum oc_status old_of(const struct oc_staging *s, const struct oc_pull_model *m, char path[OC_PATH_MAX], struct oc_err *err)
{
    char name[512];
    snprintf(name, sizeof name, "%s.old", m->name);
    return join(path, err, s->work, name);
}

static bool exists(const char *path)
{
    struct stat s;
    return lstat(path, &s) == 0;
}

enum oc_status oc_staging_recover(const struct oc_staging *s, const struct oc_pull_model *m, struct oc_err *err)
{
    char target[OC_PATH_MAX], old[OC_PATH_MAX];
    enum oc_status st = oc_staging_target(s, m, target, err);
    if (!st)
        st = old_of(s, m, old, err);
    if (st || !exists(old))
        return st;
    if (exists(target)) {
        remove_tree(old);
        return OC_OK;
    }
    return rename(old, target) == 0 ? OC_OK : oc_err_set(err, OC_E_IO, "%s: %s", target, strerror(errno));
}

/* The renames themselves survive a loss of power. */
static void sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

enum oc_status oc_staging_install(const struct oc_staging *s, const struct oc_pull_model *m, struct oc_err *err)
{
    char stage[OC_PATH_MAX], target[OC_PATH_MAX], old[OC_PATH_MAX];
    enum oc_status st = stage_of(s, m, stage, err);
    if (!st)
        st = oc_staging_target(s, m, target, err);
    if (!st)
        st = old_of(s, m, old, err);
    if (!st)
        st = make_folders(target, strlen(s->directory) + 1, err);
    if (st)
        return st;
    bool replaces = exists(target);
    if (replaces && rename(target, old))
        return oc_err_set(err, OC_E_IO, "%s: %s", target, strerror(errno));
    if (rename(stage, target)) {
        int saved = errno;
        if (replaces && rename(old, target))
            return oc_err_set(err, OC_E_IO, "%s: %s; the model that was there is in %s", target, strerror(saved), old);
        return oc_err_set(err, OC_E_IO, "%s: %s", target, strerror(saved));
    }
    sync_folder(s->directory);
    if (replaces)
        remove_tree(old);
    return OC_OK;
}

void oc_staging_drop(const struct oc_staging *s, const struct oc_pull_model *m)
{
    char stage[OC_PATH_MAX];
    if (!stage_of(s, m, stage, NULL))
        remove_tree(stage);
}

int64_t oc_staging_free_bytes(const struct oc_staging *s)
{
    struct statvfs v;
    if (statvfs(s->directory, &v))
        return -1;
    unsigned long long free_bytes = (unsigned long long)v.f_bavail * v.f_frsize;
    return free_bytes > INT64_MAX ? INT64_MAX : (int64_t)free_bytes;
}

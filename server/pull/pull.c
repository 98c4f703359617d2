/* See pull.h. */
#include "server/pull/pull.h"
#include "handlers/output/json_out.h"
#include "models/installed/registry.h"
#include <sys/stat.h>

#define RECORD "ocelli-source.json" /* what the folder was made from */

enum oc_status oc_pull_origin(const struct oc_pull *o, const struct oc_pull_model *m, size_t i, char out[OC_PATH_MAX], struct oc_err *err)
{
    const struct oc_pull_file *f = &m->files[i];
    size_t n = o->mirror ? strlen(o->mirror) : 0;
    bool slash = n && o->mirror[n - 1] == '/';
    int len = o->mirror ? snprintf(out, OC_PATH_MAX, "%s%s%s/%s", o->mirror, slash ? "" : "/", m->folder, f->path)
                        : snprintf(out, OC_PATH_MAX, "%s", f->url);
    return len < OC_PATH_MAX ? OC_OK : oc_err_set(err, OC_E_INVALID, "%.200s: the name of its place is too long", f->path);
}

/* What was found about each file. */
struct found {
    struct oc_downloaded files[LIM_PULL_FILES];
};

static enum oc_status get_file(const struct oc_pull *o, const struct oc_staging *s, const struct oc_pull_model *m, size_t i,
                               struct oc_downloaded *out, struct oc_err *err)
{
    char from[OC_PATH_MAX], path[OC_PATH_MAX], part[OC_PATH_MAX + 8], what[512];
    struct oc_progress p = {.quiet = o->quiet};
    struct stat st_part;
    enum oc_status st = oc_pull_origin(o, m, i, from, err);
    if (!st)
        st = oc_staging_path(s, m, m->files[i].path, path, err);
    if (st)
        return st;
    snprintf(part, sizeof part, "%s.part", path);
    int64_t there = stat(part, &st_part) ? 0 : (int64_t)st_part.st_size;
    snprintf(what, sizeof what, "%s: %s", m->name, m->files[i].path);
    struct oc_download d = {.file = &m->files[i],
                            .from = from,
                            .is_path = o->mirror && o->mirror_is_path,
                            .path = path,
                            .attempts = o->attempts,
                            .stall_seconds = o->stall_seconds,
                            .first_pause_ms = o->first_pause_ms,
                            .interrupted = o->interrupted};
    oc_progress_begin(&p, what, there);
    st = oc_download_file(&d, &p, out, err);
    oc_progress_end(&p);
    return st;
}

static void say_file(const struct oc_pull *o, const struct oc_pull_model *m, size_t i, const struct oc_downloaded *d)
{
    char size[24], digest[65];
    const char *path = m->files[i].path;
    if (o->quiet)
        return;
    oc_bytes_text(d->size, size);
    oc_sha256_text(d->sha256, digest);
    if (m->files[i].has_sha256)
        fprintf(stderr, "%s: %s: %s, SHA-256 as in the catalogue\n", m->name, path, size);
    else if (d->source_confirmed)
        fprintf(stderr, "%s: %s: %s, UNVERIFIED: the catalogue has no SHA-256 for it; it is %s, as its source says\n", m->name, path, size,
                digest);
    else
        fprintf(stderr, "%s: %s: %s, UNVERIFIED: the catalogue has no SHA-256 for it; it is %s\n", m->name, path, size, digest);
}

/* Disk full half-way through is worse than now. */
static enum oc_status check_room(const struct oc_staging *s, const struct oc_pull_model *m, struct oc_err *err)
{
    char need[24], have[24];
    int64_t size = oc_pull_model_size(m), free_bytes = oc_staging_free_bytes(s);
    for (size_t i = 0; i < m->n_files && size > 0; i++) { /* what an earlier pull brought is there already */
        char path[OC_PATH_MAX];
        struct stat st_file;
        if (!oc_staging_path(s, m, m->files[i].path, path, NULL) && !stat(path, &st_file))
            size -= st_file.st_size;
    }
    if (size <= 0 || free_bytes < 0 || free_bytes > size)
        return OC_OK;
    return oc_err_set(err, OC_E_IO, "%s needs %s, the disk of %s has %s", m->name, oc_bytes_text(size, need), s->directory,
                      oc_bytes_text(free_bytes, have));
}

/* A record beside the model: where each file came from and what it is, for people and for the next pull. */
static enum oc_status write_record(const struct oc_staging *s, const struct oc_pull_model *m, const struct found *found, struct oc_err *err)
{
    struct oc_buf text;
    char digest[65];
    oc_buf_init(&text, OC_MEM_JSON, OC_MIB(1));
    struct oc_json j = oc_json_begin(&text);
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "name", m->name);
    oc_json_put_string(&j, "source", m->source);
    oc_json_put_string(&j, "licence", m->licence);
    oc_json_put_string(&j, "licence_url", m->licence_url);
    oc_json_key(&j, "files");
    oc_json_open(&j, '[');
    for (size_t i = 0; i < m->n_files; i++) {
        oc_json_open(&j, '{');
        oc_json_put_string(&j, "path", m->files[i].path);
        oc_json_put_string(&j, "url", m->files[i].url);
        oc_json_put_int(&j, "size", found->files[i].size);
        oc_sha256_text(found->files[i].sha256, digest);
        oc_json_put_string(&j, "sha256", digest);
        oc_json_put_bool(&j, "verified", m->files[i].has_sha256);
        oc_json_close(&j, '}');
    }
    oc_json_close(&j, ']');
    oc_json_close(&j, '}');
    enum oc_status st = oc_json_end(&j);
    if (!st)
        st = oc_staging_write(s, m, RECORD, text.data, text.len, err);
    else
        oc_err_set(err, st, "%s", oc_status_title(st));
    oc_buf_deinit(&text);
    return st;
}

/* What the registry makes of the finished folder. */
struct look {
    size_t n;
    bool failed;
    struct oc_err *err;
    char names[LIM_PULL_FILES][LIM_MODEL_ID + 40];
};

static enum oc_status look_at(void *arg, const struct oc_model_info *info)
{
    struct look *l = arg;
    if (!info->recipe) {
        l->failed = true;
        oc_err_set(l->err, OC_E_MODEL, "%s", info->error);
    } else if (l->n < OC_ARRAY_LEN(l->names)) {
        snprintf(l->names[l->n++], sizeof l->names[0], "%s", info->name);
    }
    return OC_OK;
}

/* Every model in the folder is recognised and, where no digest vouches for its files, can be loaded. */
static enum oc_status check_models(const struct oc_pull *o, const struct oc_pull_model *m, const char *folder, struct oc_err *err)
{
    struct oc_registry *reg;
    const struct oc_registry_options opt = {.directories = &folder, .n_directories = 1, .engine = o->engine};
    enum oc_status st = oc_registry_new(&opt, &reg, err);
    if (st)
        return st;
    struct look *l = oc_mem_zero(OC_MEM_OTHER, sizeof *l);
    if (l) {
        l->err = err;
        st = oc_registry_each(reg, look_at, l);
        if (!st && l->failed)
            st = OC_E_MODEL;
        else if (!st && !l->n)
            st = oc_err_set(err, OC_E_MODEL, "there is no model in what was pulled");
        for (size_t i = 0; i < l->n && !st && !oc_pull_model_is_verified(m); i++)
            st = oc_registry_load(reg, l->names[i], &(struct oc_wait){0}, err);
    } else {
        st = oc_err_nomem(err, "the look at a model", sizeof *l);
    }
    oc_mem_free(l);
    oc_registry_free(reg);
    if (st == OC_E_NOMEM) { /* too large for this machine's budget is not a broken file */
        fprintf(stderr, "%s: not tried out: %s\n", m->name, err->msg);
        return OC_OK;
    }
    return st ? oc_err_prefix(err, st, "the files arrived, but cannot be served: ") : OC_OK;
}

/* Everything in its place, with the digests of the catalogue; files without one must be there. */
static bool is_installed(const struct oc_staging *s, const struct oc_pull_model *m)
{
    char target[OC_PATH_MAX], path[OC_PATH_MAX];
    if (oc_staging_target(s, m, target, NULL))
        return false;
    for (size_t i = 0; i < m->n_files; i++) {
        int64_t size;
        uint8_t digest[OC_SHA256_BYTES];
        if (!oc_path_join(path, target, m->files[i].path) || oc_file_digest(path, &size, digest, NULL))
            return false;
        if ((m->files[i].size >= 0 && size != m->files[i].size) ||
            (m->files[i].has_sha256 && memcmp(digest, m->files[i].sha256, sizeof digest) != 0))
            return false;
    }
    return true;
}

static enum oc_status gather(const struct oc_pull *o, const struct oc_staging *s, const struct oc_pull_model *m, struct found *found,
                             struct oc_err *err)
{
    enum oc_status st = check_room(s, m, err);
    for (size_t i = 0; i < m->n_files && !st; i++) {
        st = get_file(o, s, m, i, &found->files[i], err);
        if (!st)
            say_file(o, m, i, &found->files[i]);
    }
    if (!st && m->model_json)
        st = oc_staging_write(s, m, "model.json", m->model_json, strlen(m->model_json), err);
    if (!st)
        st = write_record(s, m, found, err);
    return st;
}

enum oc_status oc_pull_model(const struct oc_pull *o, const struct oc_staging *s, const struct oc_pull_model *m, enum oc_pulled *out,
                             struct oc_err *err)
{
    char stage[OC_PATH_MAX];
    *out = OC_PULL_INSTALLED;
    enum oc_status st = oc_staging_recover(s, m, err);
    if (st)
        return st;
    if (!o->force && is_installed(s, m)) {
        *out = OC_PULL_WAS_THERE;
        return OC_OK;
    }
    struct found *found = oc_mem_zero(OC_MEM_OTHER, sizeof *found);
    st = found ? gather(o, s, m, found, err) : oc_err_nomem(err, "the list of files", sizeof *found);
    oc_mem_free(found);
    if (!st && !oc_path_join(stage, s->work, m->name))
        st = oc_err_set(err, OC_E_INVALID, "%s: the path is too long", m->name);
    if (!st) {
        st = check_models(o, m, stage, err);
        if (st && st != OC_E_CANCELLED)
            oc_staging_drop(s, m);
    }
    return st ? st : oc_staging_install(s, m, err);
}

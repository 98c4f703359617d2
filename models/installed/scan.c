/*
 * The walk over model directories; see scan.h. A folder is one of: a native package (model.json or model.onnx in it), an
 * Immich cache entry (visual/, textual/, detection/ or recognition/ with a model.onnx), a Hugging Face or open_clip export (onnx/
 * with model files, or towers beside their configuration), or just a folder with .onnx files and further folders in it. Packages
 * of several parts may have a model.json for the whole, and one in a part's own folder, which then counts for that part.
 */
#include "models/installed/scan.h"
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include "base/log.h"
#include "models/recipe/files.h"
#include "models/package/manifest.h"

void oc_scan_init(struct oc_scan *s)
{
    *s = (struct oc_scan){0};
    oc_arena_init(&s->arena, OC_MEM_OTHER, OC_MIB(32));
}

void oc_scan_deinit(struct oc_scan *s)
{
    oc_arena_deinit(&s->arena);
    oc_mem_free(s->items);
    oc_mem_free(s->visited);
    *s = (struct oc_scan){0};
}

/* Grows an array of *cap items of `size` bytes by doubling; false = no memory. */
static bool grow(void **items, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return true;
    size_t next = *cap ? *cap * 2 : 16, bytes;
    void *p = oc_size_mul(next, size, &bytes) ? oc_mem_realloc(OC_MEM_OTHER, *items, bytes) : NULL;
    if (!p)
        return false;
    *items = p;
    *cap = next;
    return true;
}

/* One folder's sorted entries, without hidden ones and names that are not UTF-8 (they could not be asked for). */
struct listing {
    char **names; /* owned */
    size_t n, cap;
};

static void free_listing(struct listing *l)
{
    for (size_t i = 0; i < l->n; i++)
        oc_mem_free(l->names[i]);
    oc_mem_free(l->names);
    *l = (struct listing){0};
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static enum oc_status read_listing(const char *path, struct listing *l, struct oc_err *err)
{
    *l = (struct listing){0};
    DIR *dir = opendir(path);
    if (!dir)
        return oc_err_set(err, OC_E_IO, "%s: %s", path, strerror(errno));
    enum oc_status st = OC_OK;
    for (struct dirent *e; !st && (e = readdir(dir));) {
        size_t len = strlen(e->d_name);
        if (e->d_name[0] == '.' || !oc_utf8_valid(e->d_name, len) || l->n >= LIM_SCAN_DIRECTORIES)
            continue;
        char *copy = grow((void **)&l->names, l->n, &l->cap, sizeof *l->names) ? oc_mem_strdup(OC_MEM_OTHER, e->d_name) : NULL;
        if (copy)
            l->names[l->n++] = copy;
        else
            st = oc_err_nomem(err, "a folder's listing", len);
    }
    closedir(dir);
    if (st)
        free_listing(l);
    else if (l->n)
        qsort(l->names, l->n, sizeof *l->names, by_name);
    return st;
}

static bool ends_with(const char *s, const char *end)
{
    size_t n = strlen(s), k = strlen(end);
    return n > k && !strcmp(s + n - k, end);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static uint64_t stamp_of(const char *directory, const char *file, uint64_t stamp)
{
    char path[OC_PATH_MAX];
    struct stat s;
    if (!file || !oc_path_join(path, directory, file) || stat(path, &s))
        return stamp * 31 + 1;
    stamp = stamp * 1099511628211u + (uint64_t)s.st_size;
    stamp = stamp * 1099511628211u + (uint64_t)s.st_mtim.tv_sec;
    return stamp * 1099511628211u + (uint64_t)s.st_mtim.tv_nsec;
}

/* Files that say how pictures are prepared and texts are cut; a change of one is a change of the model. */
static const char *const configurations[] = {"preprocessor_config.json", "preprocess_cfg.json",   "config.json",
                                             "open_clip_config.json",    "tokenizer_config.json", "tokenizer.json"};

/* Further networks of a package (models/recipe/family.h, stages): a change of one is a change too. */
static const char *const further_networks[] = {"rnet.onnx", "onet.onnx"};

static uint64_t stamp_of_all(const struct oc_found *f)
{
    uint64_t stamp = stamp_of(f->directory, f->file, 0);
    stamp = stamp_of(f->manifest ? f->manifest : "", f->manifest ? "model.json" : NULL, stamp);
    stamp = stamp_of(f->directory, f->labels, stamp);
    for (size_t i = 0; i < OC_ARRAY_LEN(configurations); i++)
        stamp = stamp_of(f->root, configurations[i], stamp_of(f->directory, configurations[i], stamp));
    for (size_t i = 0; f->manifest && i < OC_ARRAY_LEN(further_networks); i++)
        stamp = stamp_of(f->directory, further_networks[i], stamp);
    return stamp;
}

static bool is_taken(const struct oc_scan *s, const char *name, const char *part)
{
    for (size_t i = 0; i < s->n; i++)
        if (!strcmp(s->items[i].name, name) && !strcmp(s->items[i].part, part))
            return true;
    return false;
}

/* A name that is free: the wanted one, else with its place in the tree as suffix, else with a number too. */
static const char *free_name(struct oc_scan *s, const char *wanted, const char *part, const char *directory)
{
    char name[LIM_MODEL_ID + 1];
    if (!is_taken(s, wanted, part))
        return oc_arena_strndup(&s->arena, wanted, strlen(wanted));
    const char *below = directory + strlen(s->root);
    while (*below == '/')
        below++;
    for (int i = 1; i < LIM_MODELS; i++) {
        char number[16] = "";
        if (i > 1)
            snprintf(number, sizeof number, "#%d", i);
        snprintf(name, sizeof name, "%.120s@%.60s%s", wanted, *below ? below : base_name(s->root), number);
        for (char *c = name; *c; c++)
            if (*c == '/')
                *c = '.'; /* a slash would end the name in a URL */
        if (oc_utf8_valid(name, strlen(name)) && !is_taken(s, name, part))
            break;
    }
    oc_log(OC_LOG_WARN, "two models have the same name, the later one is listed under another", OC_KV_S("name", wanted),
           OC_KV_S("listed_as", name));
    return oc_arena_strndup(&s->arena, name, strlen(name));
}

static enum oc_status add(struct oc_scan *s, const struct oc_found *found, struct oc_err *err)
{
    char path[OC_PATH_MAX];
    struct stat st_file;
    if (!oc_path_join(path, found->directory, found->file) || stat(path, &st_file) || !S_ISREG(st_file.st_mode))
        return OC_OK;
    if (strlen(found->name) > LIM_MODEL_ID) {
        oc_log(OC_LOG_WARN, "model left out: its name is too long", OC_KV_S("path", path), OC_KV_I("longest_name", LIM_MODEL_ID));
        return OC_OK;
    }
    if (s->n >= LIM_MODELS) {
        if (!s->is_full) /* said once: there may be many thousands */
            oc_log(OC_LOG_WARN, "too many models, this one and those after it are left out", OC_KV_S("path", path),
                   OC_KV_I("most_models", LIM_MODELS));
        s->is_full = true;
        return OC_OK;
    }
    struct oc_found f = *found;
    f.name = free_name(s, found->name, found->part, found->directory);
    f.directory = oc_arena_strndup(&s->arena, found->directory, strlen(found->directory));
    f.file = oc_arena_strndup(&s->arena, found->file, strlen(found->file));
    f.labels = found->labels ? oc_arena_strndup(&s->arena, found->labels, strlen(found->labels)) : NULL;
    f.manifest = found->manifest ? oc_arena_strndup(&s->arena, found->manifest, strlen(found->manifest)) : NULL;
    f.bytes = (size_t)st_file.st_size;
    f.modified_s = st_file.st_mtim.tv_sec;
    f.root = oc_arena_strndup(&s->arena, found->root, strlen(found->root));
    f.below = oc_arena_strndup(&s->arena, s->root, strlen(s->root));
    f.stamp = stamp_of_all(found);
    if (!f.name || !f.directory || !f.root || !f.below || !f.file || (found->labels && !f.labels) || (found->manifest && !f.manifest) ||
        !grow((void **)&s->items, s->n, &s->cap, sizeof *s->items))
        return oc_err_nomem(err, "the list of models", s->n * sizeof *s->items);
    s->items[s->n++] = f;
    return OC_OK;
}

/* The first of these that exists in the folder; buffer keeps a made-up name. */
static const char *find_labels(const char *directory, const char *stem, char buffer[OC_PATH_MAX])
{
    if (stem && snprintf(buffer, OC_PATH_MAX, "%s.txt", stem) < OC_PATH_MAX && oc_file_exists(directory, buffer))
        return buffer;
    return oc_file_exists(directory, "labels.txt") ? "labels.txt" : NULL;
}

/* The "file" member of a model.json, or "model.onnx"; what is wrong with the description is said when it is used. */
static const char *manifest_file(const char *path, char buffer[OC_PATH_MAX])
{
    struct oc_buf text;
    struct oc_manifest *m = NULL;
    const char *file = "model.onnx";
    oc_buf_init(&text, OC_MEM_OTHER, LIM_MODEL_JSON);
    if (!oc_file_read(path, "model.json", &text, NULL) && text.len && !oc_manifest_parse(text.data, text.len, &m, NULL) &&
        snprintf(buffer, OC_PATH_MAX, "%s", oc_manifest_file(m)) < OC_PATH_MAX)
        file = buffer;
    oc_manifest_free(m);
    oc_buf_deinit(&text);
    return file;
}

/* A model.json is of a package of one file when that file lies beside it; otherwise it may describe parts in folders. */
static bool is_package(const char *path)
{
    char file[OC_PATH_MAX];
    return oc_file_exists(path, "model.onnx") || (oc_file_exists(path, "model.json") && oc_file_exists(path, manifest_file(path, file)));
}

static enum oc_status add_package(struct oc_scan *s, const char *path, const char *name, struct oc_err *err)
{
    char file[OC_PATH_MAX], labels[OC_PATH_MAX];
    bool has_manifest = oc_file_exists(path, "model.json");
    struct oc_found f = {
        .name = name, .part = "", .directory = path, .root = path, .layout = OC_LAYOUT_PACKAGE, .manifest = has_manifest ? path : NULL};
    f.file = has_manifest ? manifest_file(path, file) : "model.onnx";
    f.labels = find_labels(path, name, labels);
    return add(s, &f, err);
}

/* Files of several parts: the place of each below the folder, and what the part is called. */
static const struct part {
    enum oc_layout layout;
    const char *folder, *file, *part; /* folder "": the package's own, where only a configuration tells it from a folder of models */
} parts[] = {
    {OC_LAYOUT_IMMICH, "visual", "model.onnx", "visual"},
    {OC_LAYOUT_IMMICH, "textual", "model.onnx", "textual"},
    {OC_LAYOUT_IMMICH, "detection", "model.onnx", "detection"},
    {OC_LAYOUT_IMMICH, "recognition", "model.onnx", "recognition"},
    {OC_LAYOUT_HUGGING_FACE, "onnx", "vision_model.onnx", "visual"},
    {OC_LAYOUT_HUGGING_FACE, "onnx", "text_model.onnx", "textual"},
    {OC_LAYOUT_HUGGING_FACE, "onnx", "visual.onnx", "visual"},
    {OC_LAYOUT_HUGGING_FACE, "onnx", "textual.onnx", "textual"},
    {OC_LAYOUT_HUGGING_FACE, "", "vision_model.onnx", "visual"},
    {OC_LAYOUT_HUGGING_FACE, "", "text_model.onnx", "textual"},
    {OC_LAYOUT_HUGGING_FACE, "", "visual.onnx", "visual"},
    {OC_LAYOUT_HUGGING_FACE, "", "textual.onnx", "textual"},
    {OC_LAYOUT_HUGGING_FACE, "onnx", "model.onnx", ""},
};

static bool is_configured(const char *path)
{
    for (size_t i = 0; i < OC_ARRAY_LEN(configurations); i++)
        if (oc_file_exists(path, configurations[i]))
            return true;
    return oc_file_exists(path, "model.json");
}

/* What part i of the folder is; false when it is not there. directory and file are room for its strings. */
static bool find_part(const char *path, const struct part *part, char directory[OC_PATH_MAX], char file[OC_PATH_MAX], struct oc_found *f)
{
    if (!*part->folder)
        snprintf(directory, OC_PATH_MAX, "%s", path);
    else if (!oc_path_join(directory, path, part->folder))
        return false;
    bool own = *part->folder && oc_file_exists(directory, "model.json");
    f->layout = part->layout != OC_LAYOUT_IMMICH && oc_file_exists(path, "open_clip_config.json") ? OC_LAYOUT_OPEN_CLIP : part->layout;
    f->part = part->part;
    f->directory = directory;
    f->root = path;
    f->file = own && part->layout == OC_LAYOUT_IMMICH ? manifest_file(directory, file) : part->file;
    f->manifest = own ? directory : oc_file_exists(path, "model.json") ? path : NULL;
    return oc_file_exists(directory, f->file) && (*part->folder || is_configured(path));
}

static enum oc_status add_parts(struct oc_scan *s, const char *path, const char *name, size_t *added, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    bool towers = false; /* an export of both towers and of the whole: the towers are what is asked for */
    *added = 0;
    for (size_t i = 0; !st && i < OC_ARRAY_LEN(parts); i++) {
        char directory[OC_PATH_MAX], file[OC_PATH_MAX], labels[OC_PATH_MAX];
        struct oc_found f = {.name = name};
        if (!find_part(path, &parts[i], directory, file, &f) || (towers && !parts[i].part[0]))
            continue;
        towers |= parts[i].layout == OC_LAYOUT_HUGGING_FACE;
        f.labels = find_labels(directory, NULL, labels);
        st = add(s, &f, err);
        ++*added;
    }
    return st;
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* False: seen before, or too many. */
static bool visit(struct oc_scan *s, const char *path)
{
    struct stat st;
    if (stat(path, &st) || !S_ISDIR(st.st_mode) || s->n_visited >= LIM_SCAN_DIRECTORIES)
        return false;
    for (size_t i = 0; i < s->n_visited; i++)
        if (s->visited[i].dev == (uint64_t)st.st_dev && s->visited[i].ino == (uint64_t)st.st_ino)
            return false;
    if (!grow((void **)&s->visited, s->n_visited, &s->cap_visited, sizeof *s->visited))
        return false;
    s->visited[s->n_visited++] = (struct oc_scan_visited){(uint64_t)st.st_dev, (uint64_t)st.st_ino};
    return true;
}

static enum oc_status add_file(struct oc_scan *s, const char *directory, const char *file, struct oc_err *err)
{
    char stem[OC_PATH_MAX], labels[OC_PATH_MAX];
    snprintf(stem, sizeof stem, "%.*s", (int)(strlen(file) - 5), file);
    struct oc_found f = {.name = stem, .part = "", .directory = directory, .root = directory, .file = file, .layout = OC_LAYOUT_FILE};
    f.labels = find_labels(directory, stem, labels);
    return add(s, &f, err);
}

static enum oc_status scan_folder(struct oc_scan *s, const char *path, const char *name, int depth, struct oc_err *err);

static enum oc_status scan_entries(struct oc_scan *s, const char *path, const struct listing *l, int depth, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < l->n; i++) { /* files first, so that a folder's place in the list does not depend on its name */
        if (ends_with(l->names[i], ".onnx") && oc_file_exists(path, l->names[i]))
            st = add_file(s, path, l->names[i], err);
    }
    for (size_t i = 0; !st && i < l->n; i++) {
        char below[OC_PATH_MAX];
        if (oc_path_join(below, path, l->names[i]) && visit(s, below))
            st = scan_folder(s, below, l->names[i], depth + 1, err);
    }
    return st;
}

/* The snapshot of a repository in Hugging Face's cache: the one that refs/main names, else the last by name. */
static bool find_snapshot(const char *path, char snapshot[OC_PATH_MAX], struct oc_err *err)
{
    char snapshots[OC_PATH_MAX], hash[128];
    struct oc_buf text;
    struct listing l;
    if (!oc_path_join(snapshots, path, "snapshots"))
        return false;
    oc_buf_init(&text, OC_MEM_OTHER, sizeof hash - 1);
    bool named = oc_file_read(path, "refs/main", &text, err) == OC_OK && text.len;
    snprintf(hash, sizeof hash, "%.*s", named ? (int)strcspn(text.data, " \r\n/") : 0, named ? text.data : "");
    oc_buf_deinit(&text);
    if (*hash && oc_path_join(snapshot, snapshots, hash) && is_folder(snapshot))
        return true;
    if (read_listing(snapshots, &l, err))
        return false;
    bool found = l.n && oc_path_join(snapshot, snapshots, l.names[l.n - 1]) && is_folder(snapshot);
    free_listing(&l);
    return found;
}

/* "models--org--name/snapshots/HASH": the snapshot's folder, called "org/name". OC_DECLINED: it is no such folder. */
static enum oc_status scan_cache(struct oc_scan *s, const char *path, const char *folder, int depth, struct oc_err *err)
{
    static const char prefix[] = "models--";
    char name[LIM_MODEL_ID + 1], snapshot[OC_PATH_MAX];
    struct oc_err own;
    if (strncmp(folder, prefix, sizeof prefix - 1) != 0 || !find_snapshot(path, snapshot, &own))
        return OC_DECLINED;
    snprintf(name, sizeof name, "%s", folder + sizeof prefix - 1);
    char *dashes = strstr(name, "--");
    if (dashes) {
        *dashes = '/';
        memmove(dashes + 1, dashes + 2, strlen(dashes + 2) + 1);
    }
    return visit(s, snapshot) ? scan_folder(s, snapshot, name, depth + 1, err) : OC_OK;
}

static enum oc_status scan_folder(struct oc_scan *s, const char *path, const char *name, int depth, struct oc_err *err)
{
    size_t added;
    enum oc_status cached = scan_cache(s, path, name, depth, err);
    if (cached != OC_DECLINED)
        return cached;
    if (is_package(path))
        return add_package(s, path, name, err);
    enum oc_status st = add_parts(s, path, name, &added, err);
    if (st || added || oc_file_exists(path, "model.json"))
        return st;
    if (depth >= LIM_SCAN_DEPTH) {
        oc_log(OC_LOG_WARN, "model folders nested too deeply, not searched further", OC_KV_S("path", path),
               OC_KV_I("limit", LIM_SCAN_DEPTH));
        return OC_OK;
    }
    struct listing l;
    st = read_listing(path, &l, err);
    if (st == OC_E_IO && depth > 0) {
        oc_log(OC_LOG_WARN, "folder skipped", OC_KV_S("path", path), OC_KV_S("error", err ? err->msg : ""));
        return OC_OK;
    }
    if (!st)
        st = scan_entries(s, path, &l, depth, err);
    free_listing(&l);
    return st;
}

/* A path to one .onnx file in place of a directory. */
static enum oc_status add_single(struct oc_scan *s, const char *path, struct oc_err *err)
{
    char directory[OC_PATH_MAX];
    const char *file = base_name(path);
    snprintf(directory, sizeof directory, "%.*s", (int)(file - path), path);
    s->root = directory;
    enum oc_status st = add_file(s, *directory ? directory : ".", file, err);
    s->root = NULL;
    return st;
}

enum oc_status oc_scan_directory(struct oc_scan *s, const char *directory, struct oc_err *err)
{
    char path[OC_PATH_MAX];
    size_t n = strlen(directory);
    while (n > 1 && directory[n - 1] == '/')
        n--;
    if (n >= sizeof path)
        return oc_err_set(err, OC_E_INVALID, "model directory: path of %zu bytes, %d at most", n, OC_PATH_MAX - 1);
    snprintf(path, sizeof path, "%.*s", (int)n, directory);
    struct stat st_dir;
    bool there = !stat(path, &st_dir);
    if (there && S_ISREG(st_dir.st_mode) && ends_with(path, ".onnx"))
        return add_single(s, path, err);
    if (!there || !S_ISDIR(st_dir.st_mode))
        return oc_err_set(err, OC_E_IO, "model directory %s: not a directory that can be read", path);
    if (!visit(s, path))
        return OC_OK;
    s->root = path;
    struct oc_err own;
    enum oc_status st = scan_folder(s, path, base_name(path), 0, err ? err : &own);
    s->root = NULL;
    return st;
}

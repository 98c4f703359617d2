/* `ocelli run` and `ocelli models`; see cli.h. The same functions answer as behind the API; only the words around the results differ. */
#include "handlers/cli.h"
#include "handlers/cli_faces.h"
#include "handlers/cli_tiling.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/parse.h"
#include "handlers/output/render.h"
#include "handlers/output/segmentation.h"
#include "models/detect/detect.h"
#include "models/embed/embed.h"
#include "models/face/find.h"
#include "models/recipe/family.h"

enum { DONE, FAILED, USAGE, MOST_DIRECTORIES = 64, MOST_TEXTS = 64 };

struct options {
    const char *directories[MOST_DIRECTORIES];
    size_t n_directories;
    struct oc_text texts[MOST_TEXTS];
    size_t n_texts;
    bool json, help;
    struct oc_detect_options detect;
    struct oc_tiling tiling; /* looked at when has_tiling */
    bool has_tiling;
    struct oc_cli_faces faces;
    char **words; /* what is not an option, in order; argv is rearranged */
    int n_words;
};

static bool take_number(const char *name, const char *text, double max, double *out)
{
    if (text && oc_parse_f64(text, strlen(text), 0, max, out))
        return true;
    fprintf(stderr, "ocelli: %s: a number of 0..%g is expected\n", name, max);
    return false;
}

/* One option with its value; how many words it took, 0 = wrong. */
static int take_option(struct options *o, const char *name, const char *value)
{
    double v = 0;
    if (!strcmp(name, "--json")) {
        o->json = true;
        return 1;
    }
    if (!strcmp(name, "--help") || !strcmp(name, "-h")) {
        o->help = true;
        return 1;
    }
    if (!strcmp(name, "--models")) {
        if (!value || o->n_directories == MOST_DIRECTORIES) {
            fprintf(stderr, "ocelli: --models: a directory is expected, at most %d times\n", MOST_DIRECTORIES);
            return 0;
        }
        o->directories[o->n_directories++] = value;
        return 2;
    }
    if (!strcmp(name, "--text")) {
        if (!value || o->n_texts == MOST_TEXTS) {
            fprintf(stderr, "ocelli: --text: a text is expected, at most %d times\n", MOST_TEXTS);
            return 0;
        }
        o->texts[o->n_texts++] = (struct oc_text){value, strlen(value)};
        return 2;
    }
    if (!strcmp(name, "--aligned")) {
        o->faces.aligned = true;
        return 1;
    }
    if (!strcmp(name, "--detector")) {
        o->faces.detector = value;
        return value ? 2 : 0;
    }
    if (!strcmp(name, "--score-threshold")) {
        bool good = take_number(name, value, 1, &v);
        o->detect.score_threshold = (float)v;
        return good ? 2 : 0;
    }
    if (!strcmp(name, "--iou-threshold")) {
        bool good = take_number(name, value, 1, &v);
        o->detect.iou_threshold = (float)v;
        return good ? 2 : 0;
    }
    if (!strcmp(name, "--max-detections")) {
        int64_t n = 0;
        if (value && oc_parse_i64(value, strlen(value), 1, LIM_DETECTIONS, &n)) {
            o->detect.max_detections = (int)n;
            return 2;
        }
        fprintf(stderr, "ocelli: --max-detections: a number of 1..%d is expected\n", LIM_DETECTIONS);
        return 0;
    }
    int took = oc_cli_tiling_option(name, value, &o->tiling);
    o->has_tiling |= took > 0;
    if (took < 0)
        fprintf(stderr, "ocelli: unknown option '%s'\n", name);
    return took < 0 ? 0 : took;
}

static bool read_options(struct options *o, int argc, char **argv)
{
    *o = (struct options){.words = argv, .detect = {.score_threshold = -1, .iou_threshold = -1}};
    bool only_words = false;
    for (int i = 0; i < argc;) {
        if (only_words || argv[i][0] != '-' || !argv[i][1]) {
            o->words[o->n_words++] = argv[i++];
        } else if (!strcmp(argv[i], "--")) {
            only_words = true;
            i++;
        } else {
            int took = take_option(o, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
            if (!took)
                return false;
            i += took;
        }
    }
    o->detect.tiling = o->has_tiling ? &o->tiling : NULL;
    return true;
}

static struct oc_registry *open_registry(const struct options *o, const struct oc_registry_options *base, const char *only)
{
    const char *with_others[MOST_DIRECTORIES + 1] = {only};
    struct oc_registry_options opt = *base;
    struct oc_registry *reg;
    struct oc_err err;
    if (only) { /* and what --models says: an embedder of faces needs a detector */
        memcpy(with_others + 1, o->directories, o->n_directories * sizeof *with_others);
        opt.directories = with_others;
        opt.n_directories = o->n_directories + 1;
        opt.n_defaults = 0;
    } else if (o->n_directories) {
        opt.directories = o->directories;
        opt.n_directories = o->n_directories;
    }
    if (oc_registry_new(&opt, &reg, &err)) {
        fprintf(stderr, "ocelli: %s\n", err.msg);
        return NULL;
    }
    return reg;
}

/* models */

/* The columns fit the longest name: counted first. */
struct table {
    int width;
    size_t n;
};

static enum oc_status measure(void *arg, const struct oc_model_info *m)
{
    struct table *t = arg;
    int n = (int)strlen(m->name);
    t->width = n > t->width ? n : t->width;
    t->n++;
    return OC_OK;
}

static enum oc_status print_row(void *arg, const struct oc_model_info *m)
{
    const struct table *t = arg;
    const struct oc_recipe *r = m->recipe;
    char size[32] = "-";
    if (r && r->family && r->task == OC_TASK_EMBED_TEXT)
        snprintf(size, sizeof size, "%d ids", r->embed.context_length);
    else if (r && r->family)
        snprintf(size, sizeof size, "%dx%d", r->input.width, r->input.height);
    printf("%-*s  %-11s %-12s %-9s %8.1f MB  %-9s  %s  %s\n", t->width, m->name, r ? oc_task_name(r->task) : "?",
           r && r->family ? r->family->name : "-", size, (double)m->file_bytes / 1e6, m->state == OC_MODEL_FAILED ? "failed" : "installed",
           r && *r->licence ? r->licence : "-",
           m->state == OC_MODEL_FAILED ? m->error
           : r && *r->source           ? r->source
                                       : "-");
    return OC_OK;
}

static enum oc_status render_row(void *arg, const struct oc_model_info *m)
{
    oc_render_model(arg, m, false);
    return oc_json_end(arg);
}

static int print_json(struct oc_json *j, struct oc_buf *text)
{
    enum oc_status st = oc_json_end(j);
    if (st)
        fprintf(stderr, "ocelli: %s\n", oc_status_title(st));
    else
        printf("%s\n", text->data);
    oc_buf_deinit(text);
    return st ? FAILED : DONE;
}

static int print_models_json(struct oc_registry *reg)
{
    struct oc_buf text;
    oc_buf_init(&text, OC_MEM_JSON, LIM_RESPONSE_BYTES);
    struct oc_json j = oc_json_begin(&text);
    oc_json_open(&j, '[');
    (void)(oc_registry_each(reg, render_row, &j) == OC_OK); /* the writer keeps the status */
    oc_json_close(&j, ']');
    return print_json(&j, &text);
}

int oc_cmd_models(int argc, char **argv, const struct oc_registry_options *base)
{
    struct options o;
    if (!read_options(&o, argc, argv) || o.n_words) {
        fprintf(stderr, "usage: ocelli models [--models DIR]... [--json]\n");
        return USAGE;
    }
    if (o.help) {
        printf("usage: ocelli models [--models DIR]... [--json]\nLists what is installed: name, task, family, input, size, licence, "
               "source.\n");
        return DONE;
    }
    struct oc_registry *reg = open_registry(&o, base, NULL);
    if (!reg)
        return FAILED;
    struct table t = {.width = 4};
    int status = DONE;
    if (o.json) {
        status = print_models_json(reg);
    } else {
        (void)(oc_registry_each(reg, measure, &t) == OC_OK && oc_registry_each(reg, print_row, &t) == OC_OK);
        if (!t.n)
            printf("no models are installed\n");
    }
    oc_registry_free(reg);
    return status;
}

/* run */

struct job {
    const struct options *o;
    struct oc_lease lease, detector; /* detector: for embedders of faces */
    const char *file;
    struct oc_image im;
    struct oc_image_info info;
    struct oc_timing timing;
};

static void print_box(const char *label, float score, const struct oc_box *b)
{
    printf("  %-16s %.3f  %.1f %.1f %.1f %.1f\n", label, (double)score, (double)b->x1, (double)b->y1, (double)b->x2, (double)b->y2);
}

/* What one picture gave; only the members of the model's task are filled. */
struct results {
    struct oc_detections detections;
    struct oc_faces faces;
    struct oc_vectors vectors;
    struct oc_label_map map;
    struct oc_look look;
};

static void put_vector(struct oc_json *j, const float *row, size_t dim)
{
    oc_json_put_int(j, "dim", (int64_t)dim);
    oc_json_key(j, "vector");
    oc_json_floats(j, row, dim);
}

static void print_vector(const float *row, size_t dim)
{
    printf(" ");
    for (size_t i = 0; i < dim; i++)
        printf(" %.9g", (double)row[i]); /* as many digits as give the number back */
    printf("\n");
}

static int print_shares(const struct oc_recipe *recipe, const struct oc_label_map *map)
{
    struct oc_class_share *shares;
    struct oc_err err;
    size_t n;
    if (oc_class_shares(map, &shares, &n, &err)) {
        fprintf(stderr, "ocelli: %s\n", err.msg);
        return FAILED;
    }
    for (size_t i = 0; i < n; i++) {
        const char *label = oc_recipe_map_label(recipe, shares[i].class_id);
        char number[16];
        snprintf(number, sizeof number, "%d", shares[i].class_id);
        printf("  %-16s %5.1f%%  %" PRIu64 " pixels\n", label ? label : number,
               100.0 * (double)shares[i].pixels / ((double)map->width * (double)map->height), shares[i].pixels);
    }
    oc_mem_free(shares);
    return DONE;
}

static int render_result(const struct job *job, const struct results *r)
{
    struct oc_buf text;
    struct oc_err err;
    enum oc_task task = job->lease.recipe->task;
    oc_buf_init(&text, OC_MEM_JSON, LIM_RESPONSE_BYTES);
    struct oc_json j = oc_json_begin(&text);
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "file", job->file);
    oc_json_put_string(&j, "model", job->lease.name);
    oc_render_image(&j, &job->im, &job->info);
    if (task == OC_TASK_DETECT)
        oc_render_detections(&j, &r->detections, &job->im, job->lease.recipe);
    else if (task == OC_TASK_FACE_DETECT)
        oc_render_faces(&j, &r->faces);
    else if (task == OC_TASK_FACE_EMBED)
        oc_cli_faces_render(&j, &job->detector, &r->look);
    else if (r->vectors.n)
        put_vector(&j, r->vectors.data, r->vectors.dim);
    enum oc_status st = r->map.ids ? oc_segmentation_json(&j, &r->map, job->lease.recipe, OC_MASK_COCO_RLE, &err) : OC_OK;
    oc_render_timing(&j, &job->timing);
    oc_json_close(&j, '}');
    j.status = st ? st : j.status;
    return print_json(&j, &text);
}

static int print_result(const struct job *job, const struct results *r)
{
    if (job->o->json)
        return render_result(job, r);
    printf("%s: %dx%d, %.1f ms\n", job->file, job->im.width, job->im.height,
           (double)(job->timing.preprocess_ns + job->timing.inference_ns + job->timing.postprocess_ns) / 1e6);
    for (size_t i = 0; i < r->detections.n; i++) {
        const struct oc_detection *d = &r->detections.items[i];
        char number[16];
        snprintf(number, sizeof number, "%d", d->class_id);
        print_box(d->label ? d->label : number, d->score, &d->box);
    }
    for (size_t i = 0; i < r->faces.n; i++)
        print_box("face", r->faces.items[i].score, &r->faces.items[i].box);
    if (r->vectors.n)
        print_vector(r->vectors.data, r->vectors.dim);
    oc_cli_faces_print(&r->look);
    return r->map.ids ? print_shares(job->lease.recipe, &r->map) : DONE;
}

static enum oc_status read_file(const char *path, struct oc_buf *out, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return oc_err_set(err, OC_E_IO, "%s", strerror(errno));
    for (;;) {
        char chunk[65536];
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            st = oc_err_set(err, OC_E_IO, "%s", strerror(errno));
        else if (n && (st = oc_buf_add(out, chunk, (size_t)n)))
            oc_err_set(err, st, "more than %zu bytes", out->max);
        if (n <= 0 || st)
            break;
    }
    close(fd);
    return st;
}

static enum oc_status decode_file(struct job *job, struct oc_err *err)
{
    struct oc_buf bytes;
    oc_buf_init(&bytes, OC_MEM_BODY, OC_MIB(512));
    enum oc_status st = read_file(job->file, &bytes, err);
    int64_t start = oc_now_ns();
    if (!st)
        st = oc_decode((const uint8_t *)bytes.data, bytes.len, NULL, &job->im, &job->info, err);
    job->timing.decode_ns = oc_now_ns() - start;
    oc_buf_deinit(&bytes);
    return st;
}

static enum oc_status infer_file(struct job *job, struct results *r, struct oc_err *err)
{
    struct oc_run run = {0};
    enum oc_status st = OC_OK;
    if (job->lease.recipe->task == OC_TASK_DETECT)
        st = oc_model_detect(job->lease.model, &job->im, &job->o->detect, &run, &r->detections, err);
    else if (job->lease.recipe->task == OC_TASK_FACE_DETECT)
        st = oc_model_faces(job->lease.model, &job->im, &job->o->detect, &run, &r->faces, err);
    else if (job->lease.recipe->task == OC_TASK_FACE_EMBED)
        st = oc_cli_faces_run(&job->lease, &job->detector, &job->im, &job->o->detect, &run, &r->look, err);
    else if (job->lease.recipe->task != OC_TASK_SEGMENT)
        st = oc_model_embed_images(job->lease.model, &job->im, 1, true, &run, &r->vectors, err);
    if (!st && oc_recipe_can(job->lease.recipe, OC_TASK_SEGMENT)) /* of its own, or beside boxes */
        st = oc_model_segment(job->lease.model, &job->im, &run, &r->map, err);
    job->timing.preprocess_ns = run.preprocess_ns;
    job->timing.inference_ns = run.inference_ns;
    job->timing.postprocess_ns = run.postprocess_ns;
    return st;
}

static int run_file(const struct options *o, const struct oc_lease *lease, const struct oc_lease *detector, const char *file)
{
    struct job job = {.o = o, .lease = *lease, .detector = *detector, .file = file};
    struct oc_err err;
    struct results r = {.vectors = {.data = NULL}};
    int status = FAILED;
    enum oc_status st = decode_file(&job, &err);
    if (!st)
        st = infer_file(&job, &r, &err);
    if (st)
        fprintf(stderr, "ocelli: %s: %s\n", file, err.msg);
    else
        status = print_result(&job, &r);
    oc_detections_deinit(&r.detections);
    oc_faces_deinit(&r.faces);
    oc_vectors_deinit(&r.vectors);
    oc_label_map_deinit(&r.map);
    oc_look_deinit(&r.look);
    oc_image_deinit(&job.im);
    return status;
}

/* Keeps the name of the only package below a path. */
struct only {
    const char *path;
    char name[LIM_MODEL_ID + 32];
    size_t n;
};

/* The file is the path, or below it. */
static bool is_below(const char *file, const char *path)
{
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/')
        n--;
    return !strncmp(file, path, n) && (!file[n] || file[n] == '/' || n == 1);
}

static enum oc_status keep_name(void *arg, const struct oc_model_info *m)
{
    struct only *only = arg;
    char name[LIM_MODEL_ID + 32];
    size_t end = *m->part ? strlen(m->part) + 1 : 0; /* "name:part": parts of one package are asked for by their task */
    if (!is_below(m->path, only->path))              /* it is there for its detector */
        return OC_OK;
    snprintf(name, sizeof name, "%.*s", (int)(strlen(m->name) - end), m->name);
    if (!only->n || strcmp(only->name, name) != 0)
        only->n++;
    memcpy(only->name, name, sizeof name);
    return OC_OK;
}

/* A model given by its path is the only one of a registry of its own. */
static bool is_path(const char *model)
{
    struct stat s;
    size_t n = strlen(model);
    bool looks_so = strchr(model, '/') || (n > 5 && !strcmp(model + n - 5, ".onnx"));
    return looks_so && !stat(model, &s);
}

static bool is_usable(const struct oc_lease *lease)
{
    static const enum oc_task usable[] = {OC_TASK_DETECT,     OC_TASK_SEGMENT,     OC_TASK_FACE_DETECT,
                                          OC_TASK_FACE_EMBED, OC_TASK_EMBED_IMAGE, OC_TASK_EMBED_TEXT};
    for (size_t i = 0; i < OC_ARRAY_LEN(usable); i++)
        if (lease->recipe->task == usable[i])
            return true;
    fprintf(stderr, "ocelli: model '%s' is for %s, which 'run' does not do; 'ocelli tensor' takes any model\n", lease->name,
            oc_task_name(lease->recipe->task));
    return false;
}

static int run_files(const struct options *o, struct oc_registry *reg, const char *name)
{
    struct oc_lease lease, detector = {0};
    struct oc_err err;
    int status = DONE;
    if (oc_registry_acquire(reg, name, OC_TASK_COUNT, NULL, &lease, &err)) {
        fprintf(stderr, "ocelli: %s\n", err.msg);
        return FAILED;
    }
    bool usable = is_usable(&lease);
    if (usable && lease.recipe->task == OC_TASK_FACE_EMBED && oc_cli_faces_detector(reg, &lease, &o->faces, &detector, &err)) {
        fprintf(stderr, "ocelli: %s; --detector names one, --models says where, --aligned needs none\n", err.msg);
        usable = false;
    }
    status = usable ? DONE : FAILED;
    for (int i = 1; usable && i < o->n_words; i++) /* a bad picture does not keep the others from being shown */
        status = run_file(o, &lease, &detector, o->words[i]) ? FAILED : status;
    oc_registry_release(reg, &detector);
    oc_registry_release(reg, &lease);
    return status;
}

static int render_text(const struct options *o, const struct oc_lease *lease, const struct oc_vectors *v, size_t i)
{
    struct oc_buf text;
    oc_buf_init(&text, OC_MEM_JSON, LIM_RESPONSE_BYTES);
    struct oc_json j = oc_json_begin(&text);
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "text", o->texts[i].data);
    oc_json_put_string(&j, "model", lease->name);
    put_vector(&j, v->data + i * v->dim, v->dim);
    oc_json_close(&j, '}');
    return print_json(&j, &text);
}

static int run_texts(const struct options *o, struct oc_registry *reg, const char *name)
{
    struct oc_lease lease;
    struct oc_vectors v;
    struct oc_err err;
    int status = DONE;
    enum oc_status st = oc_registry_acquire(reg, name, OC_TASK_EMBED_TEXT, NULL, &lease, &err);
    if (st) {
        fprintf(stderr, "ocelli: %s\n", err.msg);
        return FAILED;
    }
    if (oc_model_embed_texts(lease.model, o->texts, o->n_texts, true, NULL, &v, &err)) {
        fprintf(stderr, "ocelli: %s\n", err.msg);
        status = FAILED;
    }
    for (size_t i = 0; !status && i < v.n; i++) {
        if (o->json) {
            status = render_text(o, &lease, &v, i);
            continue;
        }
        printf("\"%s\":\n", o->texts[i].data);
        print_vector(v.data + i * v.dim, v.dim);
    }
    oc_vectors_deinit(&v);
    oc_registry_release(reg, &lease);
    return status;
}

static int run_all(const struct options *o, struct oc_registry *reg, const char *name)
{
    int files = o->n_words > 1 ? run_files(o, reg, name) : DONE;
    int texts = o->n_texts ? run_texts(o, reg, name) : DONE;
    return files ? files : texts;
}

static const char run_usage[] =
    "usage: ocelli run MODEL FILE... [--text TEXT]... [--json] [--models DIR]... [--score-threshold X] [--iou-threshold X]\n"
    "                  [--max-detections N] [--tile auto|WxH] [--scales X,...] [--overlap X] [--merge nms|soft_nms|wbf]\n"
    "                  [--detector NAME] [--aligned]\n";

int oc_cmd_run(int argc, char **argv, const struct oc_registry_options *base)
{
    struct options o;
    if (!read_options(&o, argc, argv) || (!o.help && (o.n_words < 1 || o.n_words + (int)o.n_texts < 2))) {
        fprintf(stderr, "%s", run_usage);
        return USAGE;
    }
    if (o.help) {
        printf("%sMODEL is a name in the model directories, an .onnx file, or a model's folder. Prints one result a picture,\n"
               "and one vector a text.\n",
               run_usage);
        return DONE;
    }
    bool path = is_path(o.words[0]);
    struct oc_registry *reg = open_registry(&o, base, path ? o.words[0] : NULL);
    if (!reg)
        return FAILED;
    struct only only = {.path = o.words[0]};
    int status = FAILED;
    if (path && oc_registry_each(reg, keep_name, &only) == OC_OK && only.n != 1)
        fprintf(stderr, "ocelli: %s: one model is expected there, there are %zu\n", o.words[0], only.n);
    else
        status = run_all(&o, reg, path ? only.name : o.words[0]);
    oc_registry_free(reg);
    return status;
}

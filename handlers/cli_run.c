/* `ocelli run`; see cli.h. The same functions answer as behind the API; only the words around the results differ. */
#include "handlers/cli.h"
#include "handlers/cli_tasks.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/clock.h"

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

static enum oc_status decode_file(struct oc_cli_job *job, struct oc_err *err)
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

/* Calls each task's row that the model can do: a network that finds boxes and classes of pixels gives both. */
static enum oc_status infer_file(struct oc_cli_job *job, struct oc_err *err)
{
    struct oc_run run = {0};
    enum oc_status st = OC_OK;
    for (int task = 0; !st && task < OC_TASK_COUNT; task++) {
        const struct oc_cli_task *row = oc_cli_task((enum oc_task)task);
        if (row && oc_recipe_can(job->lease.recipe, (enum oc_task)task))
            st = row->infer(job, &run, err);
    }
    job->timing.preprocess_ns = run.preprocess_ns;
    job->timing.inference_ns = run.inference_ns;
    job->timing.postprocess_ns = run.postprocess_ns;
    return st;
}

static int render_result(const struct oc_cli_job *job)
{
    struct oc_buf text;
    struct oc_err err;
    enum oc_status st = OC_OK;
    oc_buf_init(&text, OC_MEM_JSON, LIM_RESPONSE_BYTES);
    struct oc_json j = oc_json_begin(&text);
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "file", job->file);
    oc_json_put_string(&j, "model", job->lease.name);
    oc_render_image(&j, &job->im, &job->info);
    for (int task = 0; !st && task < OC_TASK_COUNT; task++) {
        const struct oc_cli_task *row = oc_cli_task((enum oc_task)task);
        if (row && oc_recipe_can(job->lease.recipe, (enum oc_task)task))
            st = row->render(&j, job, &err);
    }
    oc_render_timing(&j, &job->timing);
    oc_json_close(&j, '}');
    j.status = st ? st : j.status;
    return oc_cli_print_json(&j, &text);
}

static int print_result(const struct oc_cli_job *job)
{
    int status = OC_CLI_DONE;
    if (job->o->json)
        return render_result(job);
    printf("%s: %dx%d, %.1f ms\n", job->file, job->im.width, job->im.height,
           (double)(job->timing.preprocess_ns + job->timing.inference_ns + job->timing.postprocess_ns) / 1e6);
    for (int task = 0; !status && task < OC_TASK_COUNT; task++) {
        const struct oc_cli_task *row = oc_cli_task((enum oc_task)task);
        if (row && oc_recipe_can(job->lease.recipe, (enum oc_task)task))
            status = row->print(job);
    }
    return status;
}

static int run_file(const struct oc_cli_options *o, const struct oc_lease *lease, const struct oc_lease *detector, const char *file)
{
    struct oc_cli_job job = {.o = o, .lease = *lease, .detector = *detector, .file = file};
    struct oc_err err;
    int status = OC_CLI_FAILED;
    enum oc_status st = decode_file(&job, &err);
    if (!st)
        st = infer_file(&job, &err);
    if (st)
        fprintf(stderr, "ocelli: %s: %s\n", file, err.msg);
    else
        status = print_result(&job);
    oc_cli_job_deinit(&job);
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
    if (oc_cli_task(lease->recipe->task) || lease->recipe->task == OC_TASK_EMBED_TEXT)
        return true;
    const struct oc_task_info *task = oc_task_info(lease->recipe->task);
    fprintf(stderr, "ocelli: model '%s' is for %s, which 'run' does not do; %s%s'ocelli tensor' takes any model\n", lease->name, task->name,
            task->route ? task->route : "", task->route ? " of the server does, and " : "");
    return false;
}

static int run_files(const struct oc_cli_options *o, struct oc_registry *reg, const char *name)
{
    struct oc_lease lease, detector = {0};
    struct oc_err err;
    int status = OC_CLI_DONE;
    if (oc_registry_acquire(reg, name, OC_TASK_COUNT, NULL, &lease, &err)) {
        fprintf(stderr, "ocelli: %s\n", err.msg);
        return OC_CLI_FAILED;
    }
    bool usable = is_usable(&lease);
    if (usable && lease.recipe->task == OC_TASK_FACE_EMBED && oc_cli_faces_detector(reg, &lease, &o->faces, &detector, &err)) {
        fprintf(stderr, "ocelli: %s; --detector names one, --models says where, --aligned needs none\n", err.msg);
        usable = false;
    }
    status = usable ? OC_CLI_DONE : OC_CLI_FAILED;
    for (int i = 1; usable && i < o->n_words; i++) /* a bad picture does not keep the others from being shown */
        status = run_file(o, &lease, &detector, o->words[i]) ? OC_CLI_FAILED : status;
    oc_registry_release(reg, &detector);
    oc_registry_release(reg, &lease);
    return status;
}

static int render_text(const struct oc_cli_options *o, const struct oc_lease *lease, const struct oc_vectors *v, size_t i)
{
    struct oc_buf text;
    oc_buf_init(&text, OC_MEM_JSON, LIM_RESPONSE_BYTES);
    struct oc_json j = oc_json_begin(&text);
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "text", o->texts[i].data);
    oc_json_put_string(&j, "model", lease->name);
    oc_cli_put_vector(&j, v->data + i * v->dim, v->dim);
    oc_json_close(&j, '}');
    return oc_cli_print_json(&j, &text);
}

static int run_texts(const struct oc_cli_options *o, struct oc_registry *reg, const char *name)
{
    struct oc_lease lease;
    struct oc_vectors v;
    struct oc_err err;
    int status = OC_CLI_DONE;
    enum oc_status st = oc_registry_acquire(reg, name, OC_TASK_EMBED_TEXT, NULL, &lease, &err);
    if (st) {
        fprintf(stderr, "ocelli: %s\n", err.msg);
        return OC_CLI_FAILED;
    }
    if (oc_model_embed_texts(lease.model, o->texts, o->n_texts, true, NULL, &v, &err)) {
        fprintf(stderr, "ocelli: %s\n", err.msg);
        status = OC_CLI_FAILED;
    }
    for (size_t i = 0; !status && i < v.n; i++) {
        if (o->json) {
            status = render_text(o, &lease, &v, i);
            continue;
        }
        printf("\"%s\":\n", o->texts[i].data);
        oc_cli_print_vector(v.data + i * v.dim, v.dim);
    }
    oc_vectors_deinit(&v);
    oc_registry_release(reg, &lease);
    return status;
}

static int run_all(const struct oc_cli_options *o, struct oc_registry *reg, const char *name)
{
    int files = o->n_words > 1 ? run_files(o, reg, name) : OC_CLI_DONE;
    int texts = o->n_texts ? run_texts(o, reg, name) : OC_CLI_DONE;
    return files ? files : texts;
}

static const char run_usage[] =
    "usage: ocelli run MODEL FILE... [--text TEXT]... [--json] [--models DIR]... [--score-threshold X] [--iou-threshold X]\n"
    "                  [--max-detections N] [--tile auto|WxH] [--scales X,...] [--overlap X] [--merge nms|soft_nms|wbf]\n"
    "                  [--detector NAME] [--aligned]\n";

int oc_cmd_run(int argc, char **argv, const struct oc_registry_options *base)
{
    struct oc_cli_options o;
    if (!oc_cli_options_read(&o, argc, argv) || (!o.help && (o.n_words < 1 || o.n_words + (int)o.n_texts < 2))) {
        fprintf(stderr, "%s", run_usage);
        return OC_CLI_USAGE;
    }
    if (o.help) {
        printf("%sMODEL is a name in the model directories, an .onnx file, or a model's folder. Prints one result a picture,\n"
               "and one vector a text.\n",
               run_usage);
        return OC_CLI_DONE;
    }
    bool path = is_path(o.words[0]);
    struct oc_registry *reg = oc_cli_registry(&o, base, path ? o.words[0] : NULL);
    if (!reg)
        return OC_CLI_FAILED;
    struct only only = {.path = o.words[0]};
    int status = OC_CLI_FAILED;
    if (path && oc_registry_each(reg, keep_name, &only) == OC_OK && only.n != 1)
        fprintf(stderr, "ocelli: %s: one model is expected there, there are %zu\n", o.words[0], only.n);
    else
        status = run_all(&o, reg, path ? only.name : o.words[0]);
    oc_registry_free(reg);
    return status;
}

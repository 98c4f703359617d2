/* `ocelli tensor`: raw arrays through a model, without pre- or post-processing. */
#include "engine/cli/args.h"
#include "engine/cli/cli.h"
#include "engine/cli/feed.h"
#include "engine/cli/npy.h"
#include "base/thread.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

static const char help[] = "usage: ocelli tensor MODEL.onnx --out DIR [options] [NAME=FILE.npy]...\n"
                           "Runs a model on NumPy arrays and writes each output as DIR/out_<name>.npy; characters of the\n"
                           "name outside [A-Za-z0-9_.-] become _. Every input must be given.\n"
                           "  --out DIR                where the outputs go (made if it is missing)\n"
                           "  --backend NAME           onednn, openblas or reference (default: the best there is)\n"
                           "  --precision P            auto, f32, bf16 or int8 (default auto)\n"
                           "  --dim NAME=VALUE         the size that a free dimension must have\n";

static void safe_name(const char *name, char *out, size_t cap)
{
    size_t i = 0;
    for (; name[i] && i + 1 < cap; i++) {
        char c = name[i];
        bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
        out[i] = plain ? c : '_';
    }
    out[i] = 0;
}

static enum oc_status make_dir(const char *path, struct oc_err *err)
{
    char part[4096];
    size_t n = strlen(path);
    if (n == 0 || n >= sizeof part)
        return oc_err_set(err, OC_E_INVALID, "--out is empty or too long");
    for (size_t i = 1; i <= n; i++)
        if (path[i] == '/' || path[i] == 0) {
            memcpy(part, path, i);
            part[i] = 0;
            if (mkdir(part, 0777) && errno != EEXIST)
                return oc_err_set(err, OC_E_IO, "cannot make %.300s: %s", part, strerror(errno));
        }
    return OC_OK;
}

static enum oc_status write_outputs(const struct eng_model *m, const struct eng_session *s, const char *dir, struct oc_err *err)
{
    enum oc_status st = make_dir(dir, err);
    for (int i = 0; !st && i < eng_model_n_outputs(m); i++) {
        char name[200], path[4400], shape[ENG_SHAPE_TEXT];
        const struct eng_tensor *t = eng_session_output(s, i);
        safe_name(eng_model_output(m, i)->name, name, sizeof name);
        snprintf(path, sizeof path, "%s/out_%s.npy", dir, name);
        st = eng_npy_write(path, t, err);
        if (!st)
            printf("%s %s %s\n", eng_model_output(m, i)->name, eng_dtype_name(t->dtype), eng_shape_text(&t->shape, shape));
    }
    return st;
}

static enum oc_status run(const struct eng_args *a, const struct eng_model *m, struct eng_session *s, struct oc_err *err)
{
    struct eng_tensor *feed;
    enum oc_status st = eng_feed_new(a, m, false, &feed, err);
    if (st)
        return st;
    st = eng_session_run(s, feed, NULL, err);
    if (!st)
        st = write_outputs(m, s, a->out_dir, err);
    eng_feed_free(feed, m);
    return st;
}

static int tensor(const struct eng_args *a)
{
    struct oc_err err = {0};
    struct eng_model *m = NULL;
    struct eng_session *s = NULL;
    oc_thread_flush_denormals();
    enum oc_status st = eng_model_load(a->files[0], &a->options, &m, &err);
    if (!st && !eng_args_check_names(a, m, "tensor")) {
        eng_model_unref(m);
        return 2;
    }
    if (!st)
        st = eng_session_new(m, &s, &err);
    if (!st)
        st = run(a, m, s, &err);
    if (st)
        fprintf(stderr, "ocelli tensor: %s\n", err.msg);
    eng_session_free(s);
    eng_model_unref(m);
    return st ? 1 : 0;
}

int eng_cmd_tensor(int argc, char **argv)
{
    struct eng_args a;
    int rc = 2;
    if (eng_args_parse(&a, argc, argv, ENG_ARG_OUT | ENG_ARG_DIM | ENG_ARG_FEED | ENG_ARG_PRECISION)) {
        if (a.help) {
            fputs(help, stdout);
            rc = 0;
        } else if (a.n_files != 1 || !a.out_dir) {
            fputs(help, stderr);
        } else {
            rc = tensor(&a);
        }
    }
    eng_args_free(&a);
    return rc;
}

/* `ocelli inspect`: what a model file declares, and the plan that the engine makes of it. */
#include "engine/cli/args.h"
#include "engine/cli/cli.h"
#include "base/buf.h"
#include "engine/inspect/inspect.h"

#define REPORT_BYTES OC_MIB(256)

static const char help[] =
    "usage: ocelli inspect MODEL.onnx [options]\n"
    "Shows inputs, outputs, operators, those that are not supported, and the plan: each node after optimisation with its\n"
    "kernel, the shape and size of its output, and the memory of a session; and what the file was recognised as, and why.\n"
    "  --backend NAME           onednn, openblas or reference (default: the best there is)\n"
    "  --precision P            auto, f32, bf16 or int8 (default auto)\n"
    "  --threads N              threads of one run (default 1)\n"
    "  --dim NAME=VALUE         size of a free dimension: its symbolic name, INPUT:AXIS or AXIS (default 1)\n"
    "  --json                   one JSON object instead of text\n";

/* The declared shapes with --dim put in; -1 stays where none is given. NULL when one input has no shape at all. */
static enum oc_status shapes_of(const struct eng_args *a, const struct eng_onnx *m, const struct eng_inspect_hooks *hooks,
                                struct eng_shape **out, struct oc_err *err)
{
    int size[2] = {-1, -1}; /* height, width */
    *out = NULL;
    for (int i = 0; i < m->n_inputs; i++)
        if (!m->inputs[i].shape_known)
            return OC_OK;
    struct eng_shape *s = oc_mem_array(OC_MEM_OTHER, (size_t)m->n_inputs, sizeof *s);
    if (!s)
        return oc_err_nomem(err, "shapes", (size_t)m->n_inputs * sizeof *s);
    if (hooks && hooks->picture)
        hooks->picture(a->files[0], &size[1], &size[0]);
    for (int i = 0; i < m->n_inputs; i++) {
        const struct eng_shape *declared = &m->inputs[i].shape;
        int first = declared->rank == 4 && declared->dim[1] == 3 ? 2 : declared->rank == 4 && declared->dim[3] == 3 ? 1 : 4;
        s[i] = *declared;
        for (int k = 0; k < s[i].rank; k++)
            if (s[i].dim[k] < 0) {
                s[i].dim[k] = eng_args_dim(a, &m->inputs[i], k);
                if (s[i].dim[k] < 0 && k >= first && k < first + 2)
                    s[i].dim[k] = size[k - first];
            }
    }
    *out = s;
    return OC_OK;
}

/* The engine's report, and what the layers above add to it. */
static enum oc_status report(const struct eng_args *a, const struct eng_inspection *x,
                             enum oc_status (*more)(const char *, bool, struct oc_buf *, struct oc_err *), struct oc_buf *out,
                             struct oc_err *err)
{
    enum oc_status st = a->json ? eng_inspection_json(x, out, err) : eng_inspection_text(x, out, err);
    if (st || !more)
        return st;
    if (a->json) {
        out->len--; /* the brace that closes the object */
        st = oc_buf_add(out, ",", 1);
    }
    if (!st)
        st = more(a->files[0], a->json, out, err);
    if (!st && a->json)
        st = oc_buf_add(out, "}", 1);
    return st;
}

static int inspect(const struct eng_args *a, const struct eng_inspect_hooks *hooks)
{
    struct oc_err err = {0};
    struct eng_inspection x;
    struct eng_shape *shapes = NULL;
    struct oc_buf out;
    oc_buf_init(&out, OC_MEM_OTHER, REPORT_BYTES);
    enum oc_status st = eng_inspection_open(&x, a->files[0], &err);
    if (!st)
        st = shapes_of(a, x.file, hooks, &shapes, &err);
    if (!st)
        st = eng_inspection_plan(&x, &a->options, shapes, &err);
    if (!st)
        st = report(a, &x, hooks ? hooks->more : NULL, &out, &err);
    if (st) {
        fprintf(stderr, "ocelli inspect: %s\n", err.msg);
    } else {
        fwrite(out.data, 1, out.len, stdout);
        if (a->json)
            putchar('\n');
    }
    oc_buf_deinit(&out);
    oc_mem_free(shapes);
    eng_inspection_clear(&x);
    return st ? 1 : 0;
}

int eng_cmd_inspect(int argc, char **argv)
{
    return eng_cmd_inspect_with(argc, argv, NULL);
}

int eng_cmd_inspect_with(int argc, char **argv, const struct eng_inspect_hooks *hooks)
{
    struct eng_args a;
    int rc = 2;
    if (eng_args_parse(&a, argc, argv, ENG_ARG_DIM | ENG_ARG_PRECISION | ENG_ARG_THREADS | ENG_ARG_JSON)) {
        if (a.help) {
            fputs(help, stdout);
            rc = 0;
        } else if (a.n_files != 1) {
            fputs(help, stderr);
        } else {
            rc = inspect(&a, hooks);
        }
    }
    eng_args_free(&a);
    return rc;
}

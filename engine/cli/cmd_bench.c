/* `ocelli bench`: how long one run of a model takes. */
#include "engine/cli/args.h"
#include "engine/cli/cli.h"
#include "engine/cli/feed.h"
#include "engine/exec/profile.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/thread.h"
#include <stdlib.h>
#include <string.h>

#define WARM_UP_RUNS 3

static const char help[] = "usage: ocelli bench MODEL.onnx [options] [NAME=FILE.npy]...\n"
                           "Times a model: 3 runs to warm up, then --runs timed ones. Inputs that are not given are made up.\n"
                           "  --runs N                 timed runs (default 20)\n"
                           "  --threads N              threads of one run (default 1)\n"
                           "  --backend NAME           onednn, openblas or reference (default: the best there is)\n"
                           "  --precision P            auto, f32, bf16 or int8 (default auto)\n"
                           "  --dim NAME=VALUE         size of a free dimension: its symbolic name, INPUT:AXIS or AXIS (default 1)\n"
                           "  --json                   one line of JSON instead of text\n"
                           "  --profile                where the time goes, one line a node, before the result\n";

struct bench {
    const struct eng_args *a;
    struct eng_model *model;
    struct eng_session *session;
    struct eng_tensor *feed;
    double *ms; /* [runs] */
    double load_ms;
};

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double ms_since(int64_t start)
{
    return (double)(oc_now_ns() - start) / OC_NS_PER_MS;
}

static enum oc_status time_runs(struct bench *b, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    b->ms = oc_mem_array(OC_MEM_OTHER, (size_t)b->a->runs, sizeof *b->ms);
    if (!b->ms)
        return oc_err_nomem(err, "timings", (size_t)b->a->runs * sizeof *b->ms);
    for (int i = 0; !st && i < WARM_UP_RUNS; i++)
        st = eng_session_run(b->session, b->feed, NULL, err);
    for (int i = 0; !st && i < b->a->runs; i++) {
        int64_t start = oc_now_ns();
        st = eng_session_run(b->session, b->feed, NULL, err);
        b->ms[i] = ms_since(start);
    }
    qsort(b->ms, (size_t)b->a->runs, sizeof *b->ms, ascending);
    return st;
}

/* A path as a JSON string. */
static void put_json_string(const char *s)
{
    putchar('"');
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            printf("\\%c", c);
        else if (c < 0x20)
            printf("\\u%04x", c);
        else
            putchar(c);
    }
    putchar('"');
}

static void report(const struct bench *b)
{
    int runs = b->a->runs;
    double median = b->ms[runs >> 1], min = b->ms[0], max = b->ms[runs - 1], rss = (double)oc_rss_peak() / (1024 * 1024);
    const char *precision = eng_precision_name(eng_model_precision(b->model)), *backend = eng_model_backend(b->model);
    if (!b->a->json) {
        printf("%s: median %.3f ms, min %.3f, max %.3f of %d runs; load %.1f ms, peak memory %.1f MB; %s, %s, %d thread%s\n",
               b->a->files[0], median, min, max, runs, b->load_ms, rss, backend, precision, eng_model_threads(b->model),
               eng_model_threads(b->model) == 1 ? "" : "s");
        return;
    }
    printf("{\"model\":");
    put_json_string(b->a->files[0]);
    printf(",\"threads\":%d,\"runs\":%d,\"precision\":\"%s\",\"backend\":\"%s\",\"load_ms\":%.1f,\"min_ms\":%.3f,\"median_ms\":%.3f,"
           "\"max_ms\":%.3f,\"peak_rss_mb\":%.1f}\n",
           eng_model_threads(b->model), runs, precision, backend, b->load_ms, min, median, max, rss);
}

/* As many runs again, timed node by node: reading the clock so often would blur the result above. */
static enum oc_status profile(struct bench *b, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    struct eng_profile_step step;
    char text[ENG_SHAPE_TEXT];
    for (int i = 0; !st && i <= b->a->runs; i++) /* the first makes the table */
        st = eng_session_run_profiled(b->session, b->feed, err);
    for (int i = 0; !st && eng_session_profile(b->session, i, &step); i++)
        printf("%9.4f ms  %-20s %-28s %-18s %s\n", (double)step.ns / OC_NS_PER_MS, step.op_type, step.impl, eng_shape_text(&step.out, text),
               step.name);
    return st;
}

static enum oc_status measure(struct bench *b, struct oc_err *err)
{
    enum oc_status st = eng_session_new(b->model, &b->session, err);
    if (!st)
        st = eng_feed_new(b->a, b->model, true, &b->feed, err);
    if (!st)
        st = time_runs(b, err);
    if (!st && b->a->profile)
        st = profile(b, err);
    if (!st)
        report(b);
    eng_feed_free(b->feed, b->model);
    eng_session_free(b->session);
    oc_mem_free(b->ms);
    return st;
}

static int bench(const struct eng_args *a)
{
    struct oc_err err = {0};
    struct bench b = {.a = a};
    oc_thread_flush_denormals();
    int64_t start = oc_now_ns();
    enum oc_status st = eng_model_load(a->files[0], &a->options, &b.model, &err);
    b.load_ms = ms_since(start);
    if (!st && !eng_args_check_names(a, b.model, "bench")) {
        eng_model_unref(b.model);
        return 2;
    }
    if (!st)
        st = measure(&b, &err);
    if (st)
        fprintf(stderr, "ocelli bench: %s\n", err.msg);
    eng_model_unref(b.model);
    return st ? 1 : 0;
}

int eng_cmd_bench(int argc, char **argv)
{
    struct eng_args a;
    int rc = 2;
    if (eng_args_parse(&a, argc, argv,
                       ENG_ARG_DIM | ENG_ARG_FEED | ENG_ARG_PRECISION | ENG_ARG_THREADS | ENG_ARG_RUNS | ENG_ARG_JSON | ENG_ARG_PROFILE)) {
        if (a.help) {
            fputs(help, stdout);
            rc = 0;
        } else if (a.n_files != 1) {
            fputs(help, stderr);
        } else {
            rc = bench(&a);
        }
    }
    eng_args_free(&a);
    return rc;
}

/*
 * `ocelli conformance`: ONNX backend test cases. A case is a folder with model.onnx and test_data_set_N folders of
 * input_N.pb and output_N.pb. Each case runs in a process of its own, so that a crash or a hang is one failure.
 */
#include "engine/cli/args.h"
#include "engine/cli/case.h"
#include "engine/cli/cli.h"
#include "base/thread.h"
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define CASE_SECONDS 120
#define DEPTH 3 /* folders between the one named and a case: ONNX's own tree is data/KIND/CASE */

static const char help[] = "usage: ocelli conformance DIR... [--backend NAME] [--list-failures]\n"
                           "Runs ONNX backend test cases: folders with model.onnx and test_data_set_*; DIR is one, or holds them.\n"
                           "Numbers must agree within 1e-7 + 1e-3 of the expected value, integers exactly. The last line counts.\n"
                           "  --backend NAME           onednn, openblas or reference (default: the best there is)\n"
                           "  --list-failures          print each failed case with its reason\n";

struct tally {
    int passed, failed, skipped;
};

struct verdict {
    enum eng_case_result result;
    char why[OC_ERR_MSG_MAX];
};

static void in_child(const char *dir, const struct eng_options *options, int to)
{
    struct verdict v = {.result = ENG_CASE_FAILED};
    struct oc_err err = {0};
    alarm(CASE_SECONDS);
    oc_thread_flush_denormals();
    v.result = eng_case_run(dir, options, &err);
    memcpy(v.why, err.msg, sizeof v.why);
    ssize_t n = write(to, &v, sizeof v);
    _exit(n == (ssize_t)sizeof v ? 0 : 1);
}

static bool read_verdict(int from, struct verdict *v)
{
    size_t at = 0;
    while (at < sizeof *v) {
        ssize_t n = read(from, (char *)v + at, sizeof *v - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += (size_t)n;
    }
    return true;
}

static struct verdict run_apart(const char *dir, const struct eng_options *options)
{
    struct verdict v = {.result = ENG_CASE_FAILED};
    int ends[2], status = 0;
    if (pipe(ends)) {
        snprintf(v.why, sizeof v.why, "no pipe: %s", strerror(errno));
        return v;
    }
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        in_child(dir, options, ends[1]);
    }
    close(ends[1]);
    bool told = child > 0 && read_verdict(ends[0], &v);
    close(ends[0]);
    if (child > 0)
        waitpid(child, &status, 0);
    if (!told) {
        v.result = ENG_CASE_FAILED;
        if (child > 0 && WIFSIGNALED(status))
            snprintf(v.why, sizeof v.why, WTERMSIG(status) == SIGALRM ? "still running after %d s" : "killed by signal %d",
                     WTERMSIG(status) == SIGALRM ? CASE_SECONDS : WTERMSIG(status));
        else
            snprintf(v.why, sizeof v.why, "its process ended early");
    }
    return v;
}

static void run_case(const char *dir, const struct eng_args *a, struct tally *t)
{
    struct verdict v = run_apart(dir, &a->options);
    const char *name = strrchr(dir, '/');
    t->passed += v.result == ENG_CASE_PASSED;
    t->skipped += v.result == ENG_CASE_SKIPPED;
    t->failed += v.result == ENG_CASE_FAILED;
    if (v.result == ENG_CASE_FAILED && a->list_failures)
        printf("%s: %s\n", name && name[1] ? name + 1 : dir, v.why);
}

static bool is_case(const char *dir)
{
    char path[PATH_MAX];
    return snprintf(path, sizeof path, "%s/model.onnx", dir) < (int)sizeof path && access(path, F_OK) == 0;
}

static int visible(const struct dirent *d)
{
    return d->d_name[0] != '.';
}

static bool is_dir(const char *path)
{
    struct stat about;
    return stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* Runs the case at dir, or all below it, `depth` levels down at most; false when a folder could not be read. */
static bool run_dir(const char *dir, int depth, const struct eng_args *a, struct tally *t)
{
    struct dirent **names;
    char path[PATH_MAX];
    bool readable = true;
    if (is_case(dir)) {
        run_case(dir, a, t);
        return true;
    }
    int n = scandir(dir, &names, visible, alphasort);
    if (n < 0) {
        fprintf(stderr, "ocelli conformance: cannot read %s: %s\n", dir, strerror(errno));
        return false;
    }
    for (int i = 0; i < n; i++) {
        if (depth > 0 && snprintf(path, sizeof path, "%s/%s", dir, names[i]->d_name) < (int)sizeof path && is_dir(path))
            readable &= run_dir(path, depth - 1, a, t);
        free(names[i]); /* scandir's */
    }
    free(names);
    return readable;
}

int eng_cmd_conformance(int argc, char **argv)
{
    struct eng_args a;
    int rc = 2;
    if (eng_args_parse(&a, argc, argv, ENG_ARG_LIST_FAILURES)) {
        if (a.help) {
            fputs(help, stdout);
            rc = 0;
        } else if (a.n_files < 1) {
            fputs(help, stderr);
        } else {
            struct tally t = {0};
            bool readable = true;
            for (int i = 0; i < a.n_files; i++)
                readable &= run_dir(a.files[i], DEPTH, &a, &t);
            printf("%d passed, %d failed, %d skipped\n", t.passed, t.failed, t.skipped);
            rc = readable && t.failed == 0 ? 0 : 1;
        }
    }
    eng_args_free(&a);
    return rc;
}

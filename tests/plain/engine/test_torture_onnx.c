/*
 * Makes the n-th allocation of a loading fail, for every n, and of inspect, which loads, plans and writes: each returns
 * OC_E_NOMEM, crashes nowhere and leaves nothing behind.
 */
#include <stdio.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/mem.h"
#include "engine/onnx/onnx.h"
#include "tests/support/onnx_writer.h"

static struct message model;
static char path[64];

static enum oc_status load_and_clone(struct oc_err *err)
{
    const struct eng_onnx_options opt = {.keep_unsupported = true};
    struct eng_onnx *m;
    struct eng_graph *g = NULL;
    enum oc_status st = eng_onnx_read_memory(model.p, model.n, &opt, &m, err);
    if (!st)
        st = eng_graph_clone(m->graph, &g, err);
    if (!st)
        st = eng_graph_sweep(g, err);
    eng_graph_free(g);
    eng_onnx_free(m);
    return st;
}

static enum oc_status read_facts(struct oc_err *err)
{
    struct eng_facts *f;
    enum oc_status st = eng_facts_read(path, &f, err);
    eng_facts_free(f);
    return st;
}

static enum oc_status inspect(struct oc_err *err)
{
    const struct eng_options opt = {.backend = "reference"};
    struct oc_buf out;
    oc_buf_init(&out, OC_MEM_OTHER, OC_MIB(1));
    enum oc_status st = eng_inspect(path, &opt, NULL, &out, err);
    oc_buf_deinit(&out);
    return st;
}

static int torture(const char *what, enum oc_status (*work)(struct oc_err *))
{
    for (uint64_t n = 1;; n++) {
        struct oc_err err = {0};
        size_t blocks = oc_mem_blocks();
        uint64_t before = oc_mem_calls();
        oc_mem_fail_at(n);
        enum oc_status st = work(&err);
        bool reached = oc_mem_calls() - before >= n;
        oc_mem_fail_at(0);
        if (oc_mem_blocks() != blocks) {
            printf("%s: allocation %llu failing leaves %zu blocks behind\n", what, (unsigned long long)n, oc_mem_blocks() - blocks);
            return 1;
        }
        if (!reached) {
            printf("%s: %llu allocations, the last run: %s\n", what, (unsigned long long)n - 1, oc_status_name(st));
            return st != OC_OK;
        }
        if (st != OC_E_NOMEM) {
            printf("%s: allocation %llu failing gives %s: %s\n", what, (unsigned long long)n, oc_status_name(st), err.msg);
            return 1;
        }
    }
}

int main(void)
{
    int bad = 0;
    for (int i = 0; i < 2; i++) {
        model = i ? model_rich() : model_small();
        snprintf(path, sizeof path, "/tmp/ocelli_torture_%ld.onnx", (long)getpid());
        FILE *f = fopen(path, "wb");
        if (!f || fwrite(model.p, 1, model.n, f) != model.n || fclose(f) != 0)
            return 1;
        bad |= torture(i ? "rich model" : "small model", load_and_clone);
        bad |= torture("facts", read_facts);
        bad |= torture("inspect", inspect);
        unlink(path);
        free(model.p);
    }
    return bad;
}

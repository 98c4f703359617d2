/* Inside of struct eng_model: what the session, inspect and tests of the engine need to see. */
#ifndef ENG_EXEC_MODEL_H
#define ENG_EXEC_MODEL_H

#include <pthread.h>
#include "engine/backend/backend.h"
#include "engine/backend/weights.h"
#include "engine/exec/tail.h"
#include "engine/onnx/onnx.h"
#include "engine/plan/plan.h"

struct eng_model {
    atomic_int refs;
    /* immutable once loaded */
    struct eng_onnx *file;   /* owned; its graph was taken */
    struct eng_graph *graph; /* owned; after the load passes; without the tail */
    struct eng_tail *tail;   /* owned; what is planned in each run, NULL: nothing */
    bool *host_input;        /* [inputs] whose values decide shapes */
    const struct eng_backend *backend;
    struct eng_weights *weights; /* owned; locks itself */
    enum eng_precision precision;
    int threads;
    size_t session_bytes_max;
    char *disable_passes; /* owned; NULL = none */
    int pass_counts[ENG_PASSES_MAX];
    size_t const_bytes;
    /* guarded by lock; plans are only linked and unlinked under it, never made */
    pthread_mutex_t lock;
    struct eng_plan *plans[LIM_PLANS]; /* each holds a reference; most recently used first; NULL at the end */
};

/* Takes the file's graph and makes a model of it, also on error frees file. What eng_model_load does after reading. */
enum oc_status eng_model_from_file(struct eng_onnx *file, const struct eng_options *opt, struct eng_model **out,
                                   struct oc_err *err) OC_MUST_CHECK;
/* The plan for these inputs, kept or new; one reference to the caller. Types and shapes were checked (eng_model_check_inputs). */
enum oc_status eng_model_plan(struct eng_model *m, const struct eng_tensor *inputs, struct eng_plan **out,
                              struct oc_err *err) OC_MUST_CHECK;
/* OC_E_INVALID names the first input whose type or shape the file does not allow. */
enum oc_status eng_model_check_inputs(const struct eng_model *m, const struct eng_tensor *inputs, struct oc_err *err) OC_MUST_CHECK;

#endif

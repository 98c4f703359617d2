/*
 * A loaded model: the engine's model, and a pool of sessions that are lent to one thread at a time. Immutable but for
 * the pool; reference-counted; all functions are thread-safe. The recipe is borrowed and outlives the model.
 */
#ifndef OC_MODELS_RUN_MODEL_H
#define OC_MODELS_RUN_MODEL_H

#include "engine/eng.h"
#include "models/recipe/recipe.h"
#include "models/recipe/result.h"

struct oc_model;

struct oc_model_options {
    struct eng_options engine;
    size_t text_cache_bytes; /* vectors of texts that a model keeps; 0 = none */
};

enum oc_status oc_model_load(const char *path, const struct oc_model_options *opt, const struct oc_recipe *recipe, struct oc_model **out,
                             struct oc_err *err) OC_MUST_CHECK;
struct oc_model *oc_model_ref(struct oc_model *m);
void oc_model_unref(struct oc_model *m); /* NULL is fine */
const struct oc_recipe *oc_model_recipe(const struct oc_model *m);
struct eng_model *oc_model_engine(const struct oc_model *m); /* borrowed */
/* Bytes held: weights, plans, the sessions' input buffers, tokenizer and cached texts. */
size_t oc_model_bytes(struct oc_model *m);
/* What is cached of texts; all zero for models that read none. */
struct oc_text_cache_stats oc_model_text_cache(struct oc_model *m);

/* Private to models/: a further network of a family that has several (models/recipe/family.h), borrowed; NULL: there is none. */
struct oc_model *oc_model_stage(struct oc_model *m, int i);
/* Private to models/: detectors whose network takes several pictures in one run, as far as its file says and nothing has shown it wrong. */
bool oc_model_takes_several(struct oc_model *m);
void oc_model_take_one_at_a_time(struct oc_model *m);
/* Private to models/: the model that runs texts, which is another one inside when a file holds both towers. Borrowed. */
struct oc_model *oc_model_of_texts(struct oc_model *m);
struct oc_text_tower;
struct oc_text_tower *oc_model_text_tower(struct oc_model *m); /* borrowed; NULL: reads no texts */

/* Who asks, how to stop, and where the time went. */
struct oc_run {
    bool (*cancelled)(void *arg); /* may be NULL */
    void *cancel_arg;
    int64_t preprocess_ns, inference_ns, postprocess_ns; /* added to */
};

/*
 * A session for other tasks' code: borrowed from the pool, made when none is idle; give it back in any case. Sessions keep
 * the input buffer of their last use.
 */
struct oc_session {
    struct eng_session *engine;
    float *input; /* grown by oc_session_input */
    size_t input_floats;
    struct oc_model *pool;   /* where it belongs */
    struct oc_session *next; /* the pool's */
};

enum oc_status oc_session_borrow(struct oc_model *m, struct oc_session **out, struct oc_err *err) OC_MUST_CHECK;
void oc_session_return(struct oc_session *s); /* NULL is fine */
/* Room for n floats in s->input; OC_E_NOMEM. Contents are undefined. */
enum oc_status oc_session_input(struct oc_session *s, size_t n, struct oc_err *err) OC_MUST_CHECK;
/* Frees the idle sessions with their arenas. */
void oc_model_trim(struct oc_model *m);

#endif

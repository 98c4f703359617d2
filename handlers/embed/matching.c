/* Picture by picture; see matching.h. */
#include "handlers/embed/matching.h"
#include "handlers/model_name.h"

static enum oc_status match_one(struct oc_matching *m, const struct oc_embedding_ask *ask, size_t i, struct oc_err *err)
{
    struct oc_image im;
    enum oc_status st = oc_embedding_decode(m->in, ask, i, &im, err);
    if (st)
        return st;
    struct oc_run run = oc_infer_begin(m->in);
    do
        st = oc_model_match(m->lease.model, &im, ask->texts, ask->n_texts, &run, m->scores + i * ask->n_texts, err);
    while (oc_infer_again(m->in, st));
    oc_image_deinit(&im);
    return oc_infer_finish(m->in, &run, st, err);
}

enum oc_status oc_matching_run(const struct oc_inputs *in, const struct oc_embedding_ask *ask, struct oc_matching *out, struct oc_err *err)
{
    struct oc_request *req = in->req;
    size_t pairs;
    *out = (struct oc_matching){.in = in};
    if (!oc_size_mul(ask->n_images, ask->n_texts, &pairs) || pairs > LIM_MATCH_PAIRS)
        return oc_err_set(err, OC_E_INVALID,
                          "scoring: at most %d pairs can be matched in one request, these are %zu pictures and %zu texts", LIM_MATCH_PAIRS,
                          ask->n_images, ask->n_texts);
    enum oc_status st = oc_infer_acquire_named(in, oc_model_alias_resolve(req->service, ask->model), OC_TASK_MATCH, &out->lease, err);
    if (st)
        return st;
    req->model_used = oc_arena_strndup(req->arena, out->lease.package,
                                       strlen(out->lease.package)); /* without memory only the log lacks it */
    out->scores = oc_arena_array(req->arena, pairs, sizeof *out->scores);
    if (!out->scores)
        return oc_err_nomem(err, "scores", pairs * sizeof *out->scores);
    for (size_t i = 0; !st && i < ask->n_images; i++)
        st = match_one(out, ask, i, err);
    return st;
}

void oc_matching_deinit(struct oc_matching *m)
{
    oc_infer_release(m->in, &m->lease);
}

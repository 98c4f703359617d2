/*
 * /v1/metrics/segmentation/sessions: POST makes one on the terms of the one-shot route (201); POST …/{id}/pairs adds pairs, all of a
 * request or none; POST …/{id}/merge adds what another has counted ("from"); GET …/{id} gives the scores so far; DELETE …/{id} ends it.
 */
#include "base/clock.h"
#include "handlers/metrics/pairs.h"
#include "handlers/metrics/score_out.h"
#include "handlers/metrics/sessions.h"
#include "handlers/routes.h"

static enum oc_status store_of(const struct oc_request *req, struct oc_metric_sessions **out, struct oc_err *err)
{
    *out = req->service->metric_sessions;
    return *out ? OC_OK : oc_err_set(err, OC_E_NOT_FOUND, "this server keeps no sessions");
}

/* What a session is, and how far it is. */
static enum oc_status render_state(const char *id, const struct oc_tally *t, struct oc_response *res)
{
    struct oc_json j = oc_json_begin(&res->body);
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "id", id);
    oc_json_put_int(&j, "num_classes", t->classes);
    oc_json_put_int(&j, "pairs", (int64_t)t->pairs);
    oc_json_put_int(&j, "pixels", (int64_t)t->pixels);
    oc_json_put_int(&j, "ignored_pixels", (int64_t)t->ignored);
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

static enum oc_status set_location(const struct oc_request *req, const char *id, struct oc_response *res, struct oc_err *err)
{
    static const char prefix[] = "/v1/metrics/segmentation/sessions/";
    size_t size = sizeof prefix + OC_SESSION_ID;
    char *location = oc_arena_alloc(req->arena, size);
    if (!location)
        return oc_err_nomem(err, "a location", size);
    snprintf(location, size, "%s%s", prefix, id);
    res->location = location;
    return OC_OK;
}

enum oc_status oc_metrics_session_make(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_inputs in;
    struct oc_metric_terms terms;
    struct oc_metric_sessions *store = NULL;
    char id[OC_SESSION_ID + 1];
    enum oc_status st = oc_inputs_read(req, &in, err);
    (void)(st || (st = store_of(req, &store, err)) || (st = oc_metric_terms_read(&in, &terms, err)));
    if (!st && !terms.classes)
        st = oc_err_set(err, OC_E_INVALID, "num_classes or labels: a session must know how many classes there are");
    if (!st) {
        const struct oc_session_terms kept = {terms.classes, terms.ignore,      terms.boundary_ratio,
                                              terms.labels,  terms.skip_beyond, terms.ignore_by_pair};
        st = oc_metric_session_make(store, &kept, id, err);
    }
    if (!st) {
        res->status = 201;
        st = set_location(req, id, res, err);
        if (!st)
            st = render_state(id, &(struct oc_tally){.classes = terms.classes}, res);
        struct oc_err ignored;
        if (st && oc_metric_session_drop(store, id, &ignored)) /* nobody would ever know its id */
            st = OC_E_INTERNAL;
    }
    oc_inputs_deinit(&in);
    return st;
}

/* The session's terms hold: what a request says again must agree. */
static enum oc_status check_terms(const struct oc_inputs *in, struct oc_err *err)
{
    static const char *const fixed[] = {"num_classes", "ignore_index", "labels", "out_of_range", "boundary_iou", "boundary_ratio"};
    for (size_t i = 0; i < OC_ARRAY_LEN(fixed); i++)
        if (oc_param_given(in, fixed[i]))
            return oc_err_set(err, OC_E_INVALID, "%s: was fixed when the session was made", fixed[i]);
    return OC_OK;
}

enum oc_status oc_metrics_session_pairs(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_inputs in;
    struct oc_metric_sessions *store = NULL;
    struct oc_session_view view = {.labels = NULL};
    struct oc_tally more = {0}, total = {0};
    int64_t start = oc_now_ns();
    req->many_values = true;
    enum oc_status st = oc_inputs_read(req, &in, err);
    (void)(st || (st = store_of(req, &store, err)) || (st = oc_metric_session_view(store, req->route_arg, false, &view, err)) ||
           (st = check_terms(&in, err)));
    const struct oc_metric_terms terms = {.classes = view.terms.classes,
                                          .ignore = view.terms.ignore,
                                          .ignore_by_pair = view.terms.ignore_by_pair,
                                          .boundary_ratio = view.terms.boundary_ratio,
                                          .skip_beyond = view.terms.skip_beyond};
    (void)(st || (st = oc_metric_pairs_count(&in, &terms, &more, err)) ||
           (st = oc_metric_session_add(store, req->route_arg, &more, &total, err)) || (st = render_state(req->route_arg, &total, res)));
    if (!st)
        oc_metric_warn_ignored(req, &more, terms.ignore);
    req->timing.postprocess_ns += oc_now_ns() - start;
    oc_tally_deinit(&more);
    oc_session_view_deinit(&view);
    oc_inputs_deinit(&in);
    return st;
}

enum oc_status oc_metrics_session_merge(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_inputs in;
    struct oc_metric_sessions *store = NULL;
    struct oc_session_view view = {.labels = NULL};
    struct oc_tally total = {0};
    const char *from = NULL;
    enum oc_status st = oc_inputs_read(req, &in, err);
    (void)(st || (st = store_of(req, &store, err)) || (st = oc_param_string(&in, "from", OC_SESSION_ID, &from, err)));
    if (!st && !from)
        st = oc_err_set(err, OC_E_INVALID, "from: the id of the session whose counts are to be added is expected");
    if (!st && !strcmp(from, req->route_arg))
        st = oc_err_set(err, OC_E_INVALID, "from: is the session itself");
    (void)(st || (st = oc_metric_session_view(store, from, true, &view, err)) ||
           (st = oc_metric_session_add(store, req->route_arg, &view.tally, &total, err)) ||
           (st = render_state(req->route_arg, &total, res)));
    oc_session_view_deinit(&view);
    oc_inputs_deinit(&in);
    return st;
}

enum oc_status oc_metrics_session_get(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_metric_sessions *store;
    struct oc_session_view view = {.labels = NULL};
    enum oc_status st = store_of(req, &store, err);
    if (!st)
        st = oc_metric_session_view(store, req->route_arg, true, &view, err);
    if (!st) {
        struct oc_json j = oc_json_begin(&res->body);
        oc_metric_warn_ignored(req, &view.tally, view.terms.ignore);
        oc_json_open(&j, '{');
        oc_json_put_string(&j, "id", req->route_arg);
        st = oc_metric_scores_put(&j, &view.tally, view.terms.labels, err);
        oc_json_close(&j, '}');
        st = st ? st : oc_json_end(&j);
    }
    oc_session_view_deinit(&view);
    return st;
}

enum oc_status oc_metrics_session_drop(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_metric_sessions *store;
    enum oc_status st = store_of(req, &store, err);
    if (!st)
        st = oc_metric_session_drop(store, req->route_arg, err);
    if (st)
        return st;
    struct oc_json j = oc_json_begin(&res->body);
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "id", req->route_arg);
    oc_json_put_bool(&j, "deleted", true);
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

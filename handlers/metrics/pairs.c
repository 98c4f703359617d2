/* Reading and counting pairs; see pairs.h. One pair's maps are in memory at a time. */
#include "handlers/metrics/pairs.h"
#include "handlers/input/json_in.h"
#include "handlers/metrics/map_in.h"
#include "handlers/warnings.h"

enum { NAME = 64 };

enum oc_status oc_metric_terms_read(const struct oc_inputs *in, struct oc_metric_terms *out, struct oc_err *err)
{
    static const char *const beyonds[] = {"error", "ignore", NULL};
    int64_t classes = 0, ignore = INT64_MIN;
    int beyond = 0;
    bool boundary = false;
    double ratio = 0.02; /* of the authors of Boundary IoU */
    size_t n_labels = 0;
    *out = (struct oc_metric_terms){.ignore = -1};
    enum oc_status st = OC_OK;
    (void)((st = oc_param_int(in, "num_classes", 1, LIM_METRIC_CLASSES, &classes, err)) ||
           (st = oc_param_int(in, "ignore_index", -1, UINT16_MAX, &ignore, err)) ||
           (st = oc_param_word(in, "out_of_range", beyonds, &beyond, err)) ||
           (st = oc_param_list(in, "labels", LIM_METRIC_CLASSES, &out->labels, &n_labels, err)) ||
           (st = oc_param_bool(in, "boundary_iou", &boundary, err)) || (st = oc_param_f64(in, "boundary_ratio", 0, 1, &ratio, err)));
    if (st)
        return st;
    if (n_labels && classes && (size_t)classes != n_labels)
        return oc_err_set(err, OC_E_INVALID, "labels: %zu names for %lld classes", n_labels, (long long)classes);
    if (boundary && !(ratio > 0))
        return oc_err_set(err, OC_E_INVALID, "boundary_ratio: must be above 0, is %g", ratio);
    out->skip_beyond = beyond == 1;
    if (out->skip_beyond && !n_labels && !classes)
        return oc_err_set(err, OC_E_INVALID, "out_of_range: needs num_classes or labels: without them every class is in range");
    out->classes = n_labels ? (int)n_labels : (int)classes;
    out->labels = n_labels ? out->labels : NULL;
    out->boundary_ratio = boundary ? ratio : 0;
    out->ignore_by_pair = ignore == INT64_MIN && out->classes <= OC_VOID_ID;
    out->ignore = out->ignore_by_pair ? OC_VOID_ID : ignore == INT64_MIN ? -1 : (int)ignore;
    return OC_OK;
}

/* The counting of one request. */
struct count {
    const struct oc_inputs *in;
    const struct oc_metric_terms *terms;
    struct oc_tally *tally;
    struct oc_err *err;
    const char *binary, *border; /* names of the first pairs in which 255 was white, or left out */
    char names[2][NAME];
};

/* Makes room for the classes that a pair has when the request does not say how many there are. */
static enum oc_status make_room(const struct count *c, const struct oc_map_pair *pair)
{
    if (c->terms->classes)
        return OC_OK;
    int n = oc_pair_classes(pair);
    if (n > LIM_METRIC_CLASSES)
        return oc_err_set(c->err, OC_E_INVALID, "class %d; at most %d classes", n - 1, LIM_METRIC_CLASSES);
    return oc_tally_grow(c->tally, n, c->err);
}

/*
 * What 255 means where the request does not say: white in a pair of nothing but 0 and 255 (unless there are other than two classes), else
 * what the truth leaves out. Pairs of one request must agree: their classes would not be the same ones.
 */
static enum oc_status settle_void(struct count *c, const struct oc_map_pair *pair, const char *name, bool *binary)
{
    enum oc_void kind = c->terms->ignore_by_pair ? oc_pair_void(pair) : OC_VOID_ABSENT;
    *binary = kind == OC_VOID_BINARY && (c->terms->classes == 0 || c->terms->classes == 2);
    const char **first = *binary ? &c->binary : &c->border;
    if (kind != OC_VOID_ABSENT && !*first)
        *first = memcpy(c->names[!*binary], name, strlen(name) + 1);
    if (c->binary && c->border)
        return oc_err_set(c->err, OC_E_INVALID,
                          "%s is a pair of black and white masks (0 and 255), in %s 255 stands beside other classes: say with ignore_index "
                          "whether 255 is left out (255) or a class (-1)",
                          c->binary, c->border);
    return OC_OK;
}

static enum oc_status count_maps(struct count *c, struct oc_ids *truth, struct oc_ids *prediction, const char *name)
{
    struct oc_map_pair pair = {truth->ids, prediction->ids, truth->width, truth->height, c->terms->ignore, c->terms->skip_beyond};
    size_t pixels = (size_t)truth->width * (size_t)truth->height;
    bool binary;
    struct oc_request *req = c->in->req;
    if (req->cancelled && req->cancelled(req->cancel_arg))
        return oc_err_set(c->err, OC_E_CANCELLED, "cancelled at %s", name);
    if (truth->width != prediction->width || truth->height != prediction->height)
        return oc_err_set(c->err, OC_E_INVALID, "%s: the truth is %d x %d, the prediction %d x %d (width x height)", name, truth->width,
                          truth->height, prediction->width, prediction->height);
    enum oc_status st = settle_void(c, &pair, name, &binary);
    if (st)
        return st;
    if (binary) {
        oc_map_from_binary(truth->ids, pixels);
        oc_map_from_binary(prediction->ids, pixels);
    }
    st = make_room(c, &pair);
    if (!st)
        st = oc_tally_add(c->tally, &pair, c->err);
    return st ? oc_err_prefix(c->err, st, "%s: ", name) : OC_OK;
}

static enum oc_status count_json(struct count *c, const json_t *v, const char *name)
{
    char truth_path[NAME + 16], prediction_path[NAME + 16];
    struct oc_ids truth = {0}, prediction = {0};
    if (!json_is_object(v))
        return oc_err_set(c->err, OC_E_INVALID, "%s: must be an object with truth and prediction, is %s", name, oc_json_kind(v));
    snprintf(truth_path, sizeof truth_path, "%s/truth", name);
    snprintf(prediction_path, sizeof prediction_path, "%s/prediction", name);
    enum oc_status st = oc_map_from_json(c->in->req, json_object_get(v, "truth"), truth_path, &truth, c->err);
    if (!st)
        st = oc_map_from_json(c->in->req, json_object_get(v, "prediction"), prediction_path, &prediction, c->err);
    if (!st)
        st = count_maps(c, &truth, &prediction, *name ? name : "the pair");
    oc_ids_deinit(&truth);
    oc_ids_deinit(&prediction);
    return st;
}

static enum oc_status count_json_list(struct count *c, const json_t *list)
{
    enum oc_status st = OC_OK;
    if (!json_is_array(list) || !json_array_size(list) || json_array_size(list) > LIM_METRIC_PAIRS)
        return oc_err_set(c->err, OC_E_INVALID, "/pairs: must be a list of 1..%d pairs, is %s of %zu", LIM_METRIC_PAIRS, oc_json_kind(list),
                          json_array_size(list));
    for (size_t i = 0; !st && i < json_array_size(list); i++) {
        char name[NAME];
        snprintf(name, sizeof name, "/pairs/%zu", i);
        st = count_json(c, json_array_get(list, i), name);
    }
    return st;
}

static enum oc_status count_row(const struct count *c, const json_t *row, int truth, int classes)
{
    enum oc_status st = OC_OK;
    if (!json_is_array(row) || json_array_size(row) != (size_t)classes)
        return oc_err_set(c->err, OC_E_INVALID, "/confusion_matrix/%d: must be a list of %d numbers, is %s of %zu", truth, classes,
                          oc_json_kind(row), json_array_size(row));
    for (int k = 0; !st && k < classes; k++) {
        char name[NAME];
        int64_t pixels = 0;
        snprintf(name, sizeof name, "/confusion_matrix/%d/%d", truth, k);
        st = oc_json_get_int(json_array_get(row, (size_t)k), name, 0, INT64_MAX, &pixels, c->err);
        if (!st && (st = oc_tally_add_cell(c->tally, truth, k, (uint64_t)pixels, c->err)))
            st = oc_err_prefix(c->err, st, "%s: ", name);
    }
    return st;
}

static enum oc_status count_matrix(const struct count *c, const json_t *matrix)
{
    size_t n = json_array_size(matrix);
    if (!json_is_array(matrix) || !n || n > LIM_METRIC_CLASSES)
        return oc_err_set(c->err, OC_E_INVALID, "/confusion_matrix: must be a list of 1..%d rows, is %s of %zu", LIM_METRIC_CLASSES,
                          oc_json_kind(matrix), n);
    if (c->terms->classes && (size_t)c->terms->classes != n)
        return oc_err_set(c->err, OC_E_INVALID, "/confusion_matrix: %zu rows for %d classes", n, c->terms->classes);
    if (c->tally->boundary)
        return oc_err_set(c->err, OC_E_INVALID, "boundary_iou: needs maps; a confusion matrix has no borders");
    enum oc_status st = oc_tally_grow(c->tally, (int)n, c->err);
    for (size_t i = 0; !st && i < n; i++)
        st = count_row(c, json_array_get(matrix, i), (int)i, (int)n);
    return st;
}

static const struct oc_part *next_part(const struct oc_parts *parts, const char *name, size_t *at)
{
    while (*at < parts->n) {
        const struct oc_part *p = &parts->items[(*at)++];
        if (!strcmp(p->name, name))
            return p;
    }
    return NULL;
}

static enum oc_status count_files(struct count *c, const struct oc_part *truth, const struct oc_part *prediction, size_t index)
{
    struct oc_ids maps[2] = {{0}, {0}};
    char name[NAME], path[2][NAME + 16];
    snprintf(name, sizeof name, "pair %zu", index);
    snprintf(path[0], sizeof path[0], "%s, truth", name);
    snprintf(path[1], sizeof path[1], "%s, prediction", name);
    enum oc_status st = oc_map_from_png(c->in->req, truth->data, truth->len, path[0], &maps[0], c->err);
    if (!st)
        st = oc_map_from_png(c->in->req, prediction->data, prediction->len, path[1], &maps[1], c->err);
    if (!st)
        st = count_maps(c, &maps[0], &maps[1], name);
    oc_ids_deinit(&maps[0]);
    oc_ids_deinit(&maps[1]);
    return st;
}

/* The n-th truth with the n-th prediction. */
static enum oc_status count_parts(struct count *c)
{
    const struct oc_parts *parts = &c->in->parts;
    size_t at = 0, bt = 0;
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st; i++) {
        const struct oc_part *truth = next_part(parts, "truth", &at), *prediction = next_part(parts, "prediction", &bt);
        if (!truth && !prediction && i)
            break;
        if (!truth || !prediction)
            return oc_err_set(c->err, OC_E_INVALID, "pair %zu: the file '%s' is missing", i, truth ? "prediction" : "truth");
        st = i < LIM_METRIC_PAIRS ? count_files(c, truth, prediction, i)
                                  : oc_err_set(c->err, OC_E_INVALID, "at most %d pairs in one request", LIM_METRIC_PAIRS);
    }
    return st;
}

static enum oc_status count_all(struct count *c)
{
    const json_t *json = c->in->json, *pairs = oc_inputs_member(c->in, "pairs"), *matrix = oc_inputs_member(c->in, "confusion_matrix");
    const json_t *truth = oc_inputs_member(c->in, "truth"), *prediction = oc_inputs_member(c->in, "prediction");
    bool single = truth || prediction;
    if ((pairs != NULL) + (matrix != NULL) + single > 1)
        return oc_err_set(c->err, OC_E_INVALID, "one of pairs, truth with prediction, and confusion_matrix is expected, not several");
    if (pairs)
        return count_json_list(c, pairs);
    if (matrix)
        return count_matrix(c, matrix);
    if (single)
        return count_json(c, json, "");
    if (c->in->parts.n)
        return count_parts(c);
    return oc_err_set(
        c->err, OC_E_INVALID,
        "pairs of maps are expected: JSON with 'pairs', 'truth' and 'prediction' or 'confusion_matrix', or the multipart files "
        "'truth' and 'prediction'");
}

enum oc_status oc_metric_pairs_count(const struct oc_inputs *in, const struct oc_metric_terms *terms, struct oc_tally *out,
                                     struct oc_err *err)
{
    struct count c = {.in = in, .terms = terms, .tally = out, .err = err};
    enum oc_status st = oc_tally_init(out, terms->classes ? terms->classes : 1, terms->boundary_ratio, err);
    if (!st)
        st = count_all(&c);
    if (st)
        oc_tally_deinit(out);
    return st;
}

void oc_metric_warn_ignored(struct oc_request *req, const struct oc_tally *t, int ignore)
{
    double all = (double)t->ignored + (double)t->pixels;
    if ((double)t->ignored > all / 10)
        oc_warn(req, "%.1f %% of the truth's pixels were left out (ignore_index %d); ignore_index=-1 counts all",
                100 * (double)t->ignored / all, ignore);
}

/*
 * POST /represent: each face of a picture with its vector. POST /verify: the closest pair of faces of two pictures, and whether it is one
 * person.
 */
#include "base/clock.h"
#include "handlers/dialects/deepface/deepface.h"

static const char *const img[] = {"img", "img_path", NULL}, *const img1[] = {"img1", "img1_path", NULL},
                         *const img2[] = {"img2", "img2_path", NULL};

static enum oc_status render_faces(const struct oc_face_picture *p, bool whole, struct oc_response *res)
{
    struct oc_json j = oc_json_begin(&res->body);
    oc_json_open(&j, '{');
    oc_json_key(&j, "results");
    oc_json_open(&j, '[');
    for (size_t i = 0; i < p->look.faces.n; i++) {
        oc_json_open(&j, '{');
        oc_json_key(&j, "embedding");
        oc_json_floats(&j, oc_face_analysis_vector(&p->look, i), p->look.vectors.dim);
        oc_json_key(&j, "facial_area");
        oc_json_open(&j, '{');
        oc_deepface_put_area(&j, &p->look.faces.items[i]);
        oc_json_close(&j, '}');
        oc_json_put_float(&j, "face_confidence", whole ? 0 : p->look.faces.items[i].score);
        oc_json_close(&j, '}');
    }
    oc_json_close(&j, ']');
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

enum oc_status oc_deepface_represent(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_deepface_ask ask = {0};
    struct oc_face_picture picture = {0};
    bool whole = false;
    enum oc_status st = oc_deepface_ask_read(req, &ask, err);
    (void)(st || (st = oc_deepface_look(&ask, img, &picture, &whole, err)) || (st = render_faces(&picture, whole, res)));
    oc_face_picture_deinit(&picture);
    oc_deepface_ask_deinit(&ask);
    return st;
}

struct comparison {
    enum oc_deepface_metric metric;
    double threshold, distance;
    size_t face[2]; /* the closest pair */
};

static void compare(const struct oc_face_picture p[2], struct comparison *c)
{
    c->distance = -1;
    for (size_t i = 0; i < p[0].look.faces.n; i++)
        for (size_t k = 0; k < p[1].look.faces.n; k++) {
            double d = oc_deepface_distance(c->metric, oc_face_analysis_vector(&p[0].look, i), oc_face_analysis_vector(&p[1].look, k),
                                            p[0].look.vectors.dim);
            if (c->distance >= 0 && d >= c->distance)
                continue;
            *c = (struct comparison){.metric = c->metric, .threshold = c->threshold, .distance = d, .face = {i, k}};
        }
}

/* 100 at no distance, 51 at the threshold, and 49 beyond it down to 0 at twice its distance: ours, theirs is fitted to each model. */
static double confidence(const struct comparison *c)
{
    double ratio = c->threshold > 0 ? c->distance / c->threshold : 2;
    if (c->distance <= c->threshold)
        return 100 - 49 * (c->threshold > 0 ? ratio : 0);
    return ratio < 2 ? 49 * (2 - ratio) : 0;
}

static enum oc_status render_verified(const struct oc_deepface_ask *ask, const struct oc_face_picture p[2], const struct comparison *c,
                                      int64_t start, struct oc_response *res)
{
    static const char *const names[] = {"img1", "img2"};
    struct oc_json j = oc_json_begin(&res->body);
    oc_json_open(&j, '{');
    oc_json_put_bool(&j, "verified", c->distance <= c->threshold);
    oc_json_put_float(&j, "distance", (float)c->distance);
    oc_json_key(&j, "threshold");
    oc_json_fixed(&j, c->threshold, 6);
    oc_json_key(&j, "confidence");
    oc_json_fixed(&j, confidence(c), 2);
    oc_json_put_string(&j, "model", ask->models.embedder.name);
    oc_json_put_string(&j, "detector_backend", ask->models.detector.name ? ask->models.detector.name : "skip");
    oc_json_put_string(&j, "similarity_metric", oc_deepface_metrics[c->metric]);
    oc_json_key(&j, "facial_areas");
    oc_json_open(&j, '{');
    for (int i = 0; i < 2; i++) {
        oc_json_key(&j, names[i]);
        oc_json_open(&j, '{');
        oc_deepface_put_area(&j, &p[i].look.faces.items[c->face[i]]);
        oc_json_close(&j, '}');
    }
    oc_json_close(&j, '}');
    oc_json_key(&j, "time");
    oc_json_fixed(&j, (double)(oc_now_ns() - start) / 1e9, 3);
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

static enum oc_status read_metric(const struct oc_deepface_ask *ask, struct comparison *c, struct oc_err *err)
{
    int metric = OC_METRIC_COSINE;
    double own = -1;
    enum oc_status st = oc_param_word(&ask->in, "distance_metric", oc_deepface_metrics, &metric, err);
    if (!st)
        st = oc_param_f64(&ask->in, "threshold", 0, 1e6, &own, err);
    c->metric = (enum oc_deepface_metric)metric;
    if (!st && own < 0 && !oc_deepface_threshold(ask, c->metric, &own))
        st = oc_err_set(err, OC_E_INVALID,
                        "distance_metric: where the same person ends in euclidean distance is not known of model '%s'; "
                        "give a threshold, or use euclidean_l2",
                        ask->models.embedder.name);
    c->threshold = own;
    return st;
}

enum oc_status oc_deepface_verify(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_deepface_ask ask = {0};
    struct oc_face_picture pictures[2] = {0};
    struct comparison c = {0};
    bool whole;
    int64_t start = oc_now_ns();
    enum oc_status st = oc_deepface_ask_read(req, &ask, err);
    (void)(st || (st = read_metric(&ask, &c, err)) || (st = oc_deepface_look(&ask, img1, &pictures[0], &whole, err)) ||
           (st = oc_deepface_look(&ask, img2, &pictures[1], &whole, err)));
    if (!st) {
        compare(pictures, &c);
        st = render_verified(&ask, pictures, &c, start, res);
    }
    for (int i = 0; i < 2; i++)
        oc_face_picture_deinit(&pictures[i]);
    oc_deepface_ask_deinit(&ask);
    return st;
}

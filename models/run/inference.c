/* Fitting and running; see inference.h. */
#include "models/run/inference.h"
#include "base/clock.h"
#include "models/run/input_tensors.h"
#include <string.h>

struct oc_inference oc_inference_of(struct oc_model *m, const struct oc_image *picture, struct oc_run *run)
{
    return (struct oc_inference){.model = m, .recipe = oc_model_recipe(m), .picture = picture, .run = run, .shrink = 1};
}

/* The picture in a part of the input, the rest padded. */
static enum oc_status fit_smaller(struct oc_inference *p, struct oc_image *out, struct oc_err *err)
{
    const struct oc_input_recipe *in = &p->recipe->input;
    struct oc_image part = {0};
    int width = (int)(in->width * p->shrink), height = (int)(in->height * p->shrink);
    enum oc_status st = oc_letterbox(p->picture, width > 0 ? width : 1, height > 0 ? height : 1, in->fit, in->pad, in->resample, &part,
                                     &p->map, err);
    if (!st)
        st = oc_image_new(out, in->width, in->height, part.channels, err);
    if (!st) {
        size_t row = (size_t)out->width * (size_t)out->channels, inner = (size_t)part.width * (size_t)part.channels;
        memset(out->data, in->pad, row * (size_t)out->height);
        for (int y = 0; y < part.height; y++)
            memcpy(out->data + (size_t)y * row, part.data + (size_t)y * inner, inner);
    }
    oc_image_deinit(&part);
    return st;
}

/* The picture as the network wants it, into `pixels`: width * height * 3 numbers. */
static enum oc_status prepare(struct oc_inference *p, float *pixels, struct oc_err *err)
{
    const struct oc_input_recipe *in = &p->recipe->input;
    struct oc_image fitted = {0};
    enum oc_status st = p->shrink < 1
                            ? fit_smaller(p, &fitted, err)
                            : oc_letterbox(p->picture, in->width, in->height, in->fit, in->pad, in->resample, &fitted, &p->map, err);
    if (!st)
        oc_image_to_f32(&fitted, &in->pixels, pixels);
    oc_image_deinit(&fitted);
    return st;
}

static size_t floats_of(const struct oc_inference *p)
{
    return (size_t)p->recipe->input.width * (size_t)p->recipe->input.height * 3; /* both at most LIM_NETWORK_SIDE */
}

static enum oc_status infer(struct oc_inference *p, int pictures, struct oc_err *err)
{
    struct oc_input_tensors feed = {.pictures = pictures};
    struct eng_run_options opt = {.cancelled = p->run->cancelled, .arg = p->run->cancel_arg};
    enum oc_status st = oc_input_tensors_make(&p->recipe->input, oc_model_engine(p->model), &p->map, p->session->input, &feed, err);
    if (!st)
        st = eng_session_run(p->session->engine, feed.tensors, &opt, err);
    oc_input_tensors_deinit(&feed);
    return st;
}

enum oc_status oc_inference_run(struct oc_inference *p, struct oc_err *err)
{
    if (!p->run)
        p->run = &p->own;
    int64_t t0 = oc_now_ns();
    enum oc_status st = oc_session_borrow(p->model, &p->session, err);
    if (!st)
        st = oc_session_input(p->session, floats_of(p), err);
    if (!st)
        st = prepare(p, p->session->input, err);
    int64_t t1 = oc_now_ns();
    p->run->preprocess_ns += t1 - t0;
    if (!st)
        st = infer(p, 1, err);
    p->run->inference_ns += oc_now_ns() - t1;
    return st;
}

/* Each picture has its own part of every output that there is. */
static bool splits(const struct oc_inference *p, int n)
{
    bool rows = false; /* pairs of rows alone, [n, k], may be n objects and not n pictures */
    int outputs = eng_model_n_outputs(oc_model_engine(p->model));
    for (int i = 0; i < outputs; i++) {
        const struct eng_shape *shape = &eng_session_output(p->session->engine, i)->shape;
        if (shape->rank < 2 || shape->dim[0] != n)
            return false;
        rows |= shape->rank > 2;
    }
    return rows;
}

static enum oc_status run_several(struct oc_inference *const *passes, int n, struct oc_err *err)
{
    struct oc_inference *first = passes[0];
    int64_t t0 = oc_now_ns();
    enum oc_status st = oc_session_borrow(first->model, &first->session, err);
    if (!st)
        st = oc_session_input(first->session, floats_of(first) * (size_t)n, err);
    for (int i = 0; !st && i < n; i++)
        st = prepare(passes[i], first->session->input + floats_of(first) * (size_t)i, err);
    int64_t t1 = oc_now_ns();
    first->run->preprocess_ns += t1 - t0;
    if (!st)
        st = infer(first, n, err);
    first->run->inference_ns += oc_now_ns() - t1;
    return st;
}

enum oc_status oc_inference_run_batch(struct oc_inference *const *passes, int n, struct oc_err *err)
{
    struct oc_inference *first = passes[0];
    if (!first->run)
        first->run = &first->own;
    enum oc_status st = run_several(passes, n, err);
    bool cannot = st == OC_E_MODEL || st == OC_E_UNSUPPORTED || st == OC_E_INVALID || (!st && !splits(first, n));
    if (cannot)
        oc_model_take_one_at_a_time(first->model);
    if (cannot || st == OC_E_NOMEM) {
        oc_inference_end(first);
        return OC_DECLINED;
    }
    for (int i = 0; i < n; i++) {
        passes[i]->session = first->session;
        passes[i]->slot = i;
        passes[i]->slots = n;
        if (!passes[i]->run)
            passes[i]->run = &passes[i]->own;
    }
    return st;
}

struct eng_tensor oc_inference_output(const struct oc_inference *p, int i)
{
    struct eng_tensor t = *eng_session_output(p->session->engine, i);
    if (p->slots > 1) {
        t.shape.dim[0] = 1;
        t.data = (char *)t.data + (size_t)p->slot * (size_t)eng_shape_count(&t.shape) * eng_dtype_size(t.dtype);
    }
    return t;
}

void oc_inference_end(struct oc_inference *p)
{
    if (!p->slot) /* the first of several has borrowed it for all */
        oc_session_return(p->session);
    p->session = NULL;
}

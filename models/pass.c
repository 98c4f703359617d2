/* Fitting and running; see pass.h. */
#include "models/pass.h"
#include "base/clock.h"
#include "models/feed.h"
#include <string.h>

struct oc_pass oc_pass_of(struct oc_model *m, const struct oc_image *picture, struct oc_run *run)
{
    return (struct oc_pass){.model = m, .recipe = oc_model_recipe(m), .picture = picture, .run = run, .shrink = 1};
}

/* The picture in a part of the input, the rest padded. */
static enum oc_status fit_smaller(struct oc_pass *p, struct oc_image *out, struct oc_err *err)
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

static enum oc_status prepare(struct oc_pass *p, struct oc_err *err)
{
    const struct oc_input_recipe *in = &p->recipe->input;
    struct oc_image fitted = {0};
    size_t floats = (size_t)in->width * (size_t)in->height * 3; /* both at most LIM_NETWORK_SIDE */
    enum oc_status st = p->shrink < 1
                            ? fit_smaller(p, &fitted, err)
                            : oc_letterbox(p->picture, in->width, in->height, in->fit, in->pad, in->resample, &fitted, &p->map, err);
    if (!st)
        st = oc_session_input(p->session, floats, err);
    if (!st)
        oc_image_to_f32(&fitted, &in->pixels, p->session->input);
    oc_image_deinit(&fitted);
    return st;
}

static enum oc_status infer(struct oc_pass *p, struct oc_err *err)
{
    struct oc_feed feed = {0};
    struct eng_run_options opt = {.cancelled = p->run->cancelled, .arg = p->run->cancel_arg};
    enum oc_status st = oc_feed_tensors(&p->recipe->input, oc_model_engine(p->model), &p->map, p->session->input, &feed, err);
    if (!st)
        st = eng_session_run(p->session->engine, feed.tensors, &opt, err);
    oc_feed_deinit(&feed);
    return st;
}

enum oc_status oc_pass_run(struct oc_pass *p, struct oc_err *err)
{
    if (!p->run)
        p->run = &p->own;
    int64_t t0 = oc_now_ns();
    enum oc_status st = oc_session_borrow(p->model, &p->session, err);
    if (!st)
        st = prepare(p, err);
    int64_t t1 = oc_now_ns();
    p->run->preprocess_ns += t1 - t0;
    if (!st)
        st = infer(p, err);
    p->run->inference_ns += oc_now_ns() - t1;
    return st;
}

void oc_pass_end(struct oc_pass *p)
{
    oc_session_return(p->session);
    p->session = NULL;
}

/* Alignment of faces and their way through an embedder; see face_embed.h. */
#include "models/face/embed.h"
#include <math.h>
#include <string.h>
#include "base/clock.h"
#include "models/run/vectors.h"
#include "models/recipe/family.h"
#include "vision/warp.h"

enum { TEMPLATE_SIDE = 112, WIDE_SIDE = 128, FREE_BATCH = 8 };

/*
 * A square around a box that covers about what the template does: measured on 176 faces of 22 photographs (YuNet and SCRFD), the
 * aligned crop's side is 1.08 times the box's height (standard deviation 0.09) and its centre lies 0.11 heights above the box's.
 */
static const double BOX_SIDE = 1.08, BOX_UP = 0.11;

static void template_for(int side, float points[OC_LANDMARKS][2])
{
    bool wide = side % WIDE_SIDE == 0 && side % TEMPLATE_SIDE != 0;
    float scale = (float)side / (wide ? WIDE_SIDE : TEMPLATE_SIDE), shift = wide ? (WIDE_SIDE - TEMPLATE_SIDE) / 2.0f : 0;
    for (int i = 0; i < OC_LANDMARKS; i++) {
        points[i][0] = (oc_face_template_112[i][0] + shift) * scale;
        points[i][1] = oc_face_template_112[i][1] * scale;
    }
}

static bool fit_points(const struct oc_face *face, int side, struct oc_similarity *m)
{
    float to[OC_LANDMARKS][2];
    template_for(side, to);
    return face->has_landmarks && !oc_similarity_fit(face->landmarks, (const float(*)[2])to, OC_LANDMARKS, m, NULL);
}

static bool fit_box(const struct oc_box *b, int side, struct oc_similarity *m)
{
    double w = (double)b->x2 - (double)b->x1, h = (double)b->y2 - (double)b->y1, longer = w > h ? w : h;
    if (!(w > 0 && h > 0) || !isfinite(w) || !isfinite(h))
        return false;
    double scale = side / (BOX_SIDE * longer), cx = (double)b->x1 + w / 2, cy = (double)b->y1 + h / 2 - BOX_UP * h;
    *m = (struct oc_similarity){.a = scale, .tx = side / 2.0 - 0.5 - scale * (cx - 0.5), .ty = side / 2.0 - 0.5 - scale * (cy - 0.5)};
    return true;
}

enum oc_status oc_face_align(const struct oc_image *im, const struct oc_face *face, int side, struct oc_image *out, struct oc_err *err)
{
    struct oc_similarity m;
    *out = (struct oc_image){0};
    if (!fit_points(face, side, &m) && !fit_box(&face->box, side, &m))
        return oc_err_set(err, OC_E_INVALID, "a face's box must be finite and not empty, is %g %g %g %g", (double)face->box.x1,
                          (double)face->box.y1, (double)face->box.x2, (double)face->box.y2);
    return oc_warp_similarity(im, &m, side, side, out, err);
}

int oc_face_side(const struct oc_recipe *r)
{
    return r->input.width > r->input.height ? r->input.width : r->input.height;
}

/* What lives during one call. Inputs are crops, or with flip each crop and its mirror image in turn. */
struct pass {
    const struct oc_recipe *recipe;
    const struct oc_image *crops;
    bool flip;
    size_t inputs;
    struct oc_run *run;
    struct oc_session *session;
    struct oc_vectors *out;
};

static size_t picture_floats(const struct pass *p)
{
    return (size_t)p->recipe->input.width * (size_t)p->recipe->input.height * 3; /* both at most LIM_NETWORK_SIDE */
}

static void mirror(struct oc_image *im)
{
    for (int y = 0; y < im->height; y++) {
        uint8_t *row = im->data + (size_t)y * (size_t)im->width * 3;
        for (int a = 0, b = im->width - 1; a < b; a++, b--)
            for (int c = 0; c < 3; c++) {
                uint8_t t = row[3 * a + c];
                row[3 * a + c] = row[3 * b + c];
                row[3 * b + c] = t;
            }
    }
}

/* The middle columns of a crop. */
static enum oc_status cut_middle(const struct oc_image *im, int width, struct oc_image *out, struct oc_err *err)
{
    enum oc_status st = oc_image_new(out, width, im->height, 3, err);
    size_t row = (size_t)width * 3, from = (size_t)(im->width - width) / 2 * 3;
    for (int y = 0; !st && y < im->height; y++)
        memcpy(out->data + (size_t)y * row, im->data + (size_t)y * (size_t)im->width * 3 + from, row);
    return st;
}

/* Input `index` into place `slot` of the session's buffer. */
static enum oc_status put_input(const struct pass *p, size_t index, size_t slot, struct oc_err *err)
{
    const struct oc_input_recipe *in = &p->recipe->input;
    const struct oc_image *crop = &p->crops[p->flip ? index / 2 : index];
    struct oc_image own = {0};
    float *dst = p->session->input + slot * picture_floats(p);
    bool turn = p->flip && index % 2, fits = crop->width == in->width && crop->height == in->height;
    enum oc_status st = OC_OK;
    if (crop->height == in->height && crop->width == crop->height && in->width < in->height)
        st = cut_middle(crop, in->width, &own, err);
    else if (turn || !fits)
        st = oc_letterbox(crop, in->width, in->height, OC_FIT_STRETCH, 0, in->resample, &own, NULL, err);
    if (!st && turn)
        mirror(&own);
    if (!st)
        oc_image_to_f32(own.data ? &own : crop, &in->pixels, dst);
    oc_image_deinit(&own);
    return st;
}

static enum oc_status prepare(const struct pass *p, size_t first, size_t n, size_t batch, struct oc_err *err)
{
    size_t floats;
    if (!oc_size_mul(picture_floats(p), batch, &floats))
        return oc_err_set(err, OC_E_MODEL, "%zu pictures a run are too many", batch);
    enum oc_status st = oc_session_input(p->session, floats, err);
    for (size_t i = 0; !st && i < n; i++)
        st = put_input(p, first + i, i, err);
    if (!st && n < batch)
        memset(p->session->input + n * picture_floats(p), 0, (batch - n) * picture_floats(p) * sizeof(float));
    return st;
}

static enum oc_status infer(const struct pass *p, size_t batch, struct oc_err *err)
{
    const struct oc_input_recipe *in = &p->recipe->input;
    struct eng_tensor input = {ENG_DT_F32, {4, {(int64_t)batch, 3, in->height, in->width}}, p->session->input};
    if (in->pixels.channels_last)
        input.shape = (struct eng_shape){4, {(int64_t)batch, in->height, in->width, 3}};
    struct eng_run_options opt = {.cancelled = p->run->cancelled, .arg = p->run->cancel_arg};
    return eng_session_run(p->session->engine, &input, &opt, err);
}

/* Room for all rows, once their length is known. */
static enum oc_status make_rows(const struct pass *p, size_t dim, struct oc_err *err)
{
    if (p->out->data)
        return dim == p->out->dim ? OC_OK : oc_err_set(err, OC_E_MODEL, "vectors of %zu and of %zu numbers", p->out->dim, dim);
    return oc_vectors_make(p->out, p->flip ? p->inputs / 2 : p->inputs, dim, err);
}

/* The first n rows of the output into, or with flip onto, the rows of inputs first... */
static enum oc_status keep_rows(const struct pass *p, size_t first, size_t n, size_t batch, struct oc_err *err)
{
    const struct eng_tensor *t = eng_session_output(p->session->engine, p->recipe->decode.outputs[0]);
    char text[ENG_SHAPE_TEXT];
    int64_t dim = t->shape.rank ? t->shape.dim[t->shape.rank - 1] : 0;
    if (t->dtype != ENG_DT_F32 || dim < 1 || eng_shape_count(&t->shape) != dim * (int64_t)batch)
        return oc_err_set(err, OC_E_MODEL, "%zu rows of float32 are expected, the output is %s %s", batch, eng_dtype_name(t->dtype),
                          eng_shape_text(&t->shape, text));
    enum oc_status st = make_rows(p, (size_t)dim, err);
    const float *src = t->data;
    for (size_t i = 0; !st && i < n * (size_t)dim; i++) {
        size_t input = first + i / (size_t)dim;
        float *dst = p->out->data + (p->flip ? input / 2 : input) * (size_t)dim + i % (size_t)dim;
        *dst = p->flip && input % 2 ? (*dst + src[i]) / 2 : src[i];
        if (!isfinite(*dst))
            st = oc_err_set(err, OC_E_MODEL, "the network gives numbers that are not finite");
    }
    return st;
}

static enum oc_status run_batch(const struct pass *p, size_t first, size_t n, size_t batch, struct oc_err *err)
{
    int64_t t0 = oc_now_ns();
    enum oc_status st = prepare(p, first, n, batch, err);
    int64_t t1 = oc_now_ns();
    p->run->preprocess_ns += t1 - t0;
    if (!st)
        st = infer(p, batch, err);
    int64_t t2 = oc_now_ns();
    p->run->inference_ns += t2 - t1;
    if (!st)
        st = keep_rows(p, first, n, batch, err);
    p->run->postprocess_ns += oc_now_ns() - t2;
    return st;
}

/* A network may say that it takes any number and yet hold a Reshape to one: then one at a time. */
static bool only_single(enum oc_status st)
{
    return st == OC_E_MODEL || st == OC_E_INVALID || st == OC_E_UNSUPPORTED;
}

static enum oc_status run_all(const struct pass *p, struct oc_err *err)
{
    size_t fixed = (size_t)p->recipe->input.batch, most = FREE_BATCH;
    enum oc_status st = OC_OK;
    for (size_t first = 0; !st && first < p->inputs;) {
        size_t left = p->inputs - first, batch = most;
        while (batch > left)
            batch /= 2;
        if (fixed)
            batch = fixed;
        size_t n = left < batch ? left : batch;
        st = run_batch(p, first, n, batch, err);
        if (only_single(st) && !fixed && batch > 1) {
            most = 1;
            oc_vectors_deinit(p->out);
            first = 0;
            st = OC_OK;
        } else {
            first += n;
        }
    }
    return st;
}

enum oc_status oc_model_embed_faces(struct oc_model *m, const struct oc_image *crops, size_t n, const struct oc_face_embed_options *opt,
                                    struct oc_run *run, struct oc_vectors *out, struct oc_err *err)
{
    struct oc_run own = {0};
    struct pass p = {.recipe = oc_model_recipe(m),
                     .crops = crops,
                     .flip = opt->flip,
                     .inputs = opt->flip ? 2 * n : n,
                     .run = run ? run : &own,
                     .out = out};
    *out = (struct oc_vectors){0};
    if (!oc_recipe_can(p.recipe, OC_TASK_FACE_EMBED) || !p.recipe->family)
        return oc_err_set(err, OC_E_INVALID, "the model's task is %s, not %s", oc_task_name(p.recipe->task),
                          oc_task_name(OC_TASK_FACE_EMBED));
    enum oc_status st = n ? oc_session_borrow(m, &p.session, err) : OC_OK;
    if (!st)
        st = run_all(&p, err);
    if (!st && opt->normalise)
        oc_vectors_normalise(out);
    oc_session_return(p.session);
    if (st)
        oc_vectors_deinit(out);
    return st;
}

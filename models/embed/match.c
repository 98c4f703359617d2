/*
 * Whether texts belong to a picture, pair by pair; see models/embed/embed.h. The picture is prepared once for all texts; the network sees
 * it again with each.
 */
#include <math.h>
#include "base/clock.h"
#include "models/run/float16.h"
#include "models/run/pixels.h"
#include "models/embed/text_rows.h"

struct pass {
    struct oc_model *model;
    const struct oc_recipe *recipe;
    struct oc_text_tower *tower;
    struct eng_model *engine;
    struct oc_run *run;
    struct oc_session *session;
    bool has_mask;
    void *pixels; /* owned: the picture's numbers */
    enum eng_dtype pixel_type;
};

/* The picture as the network's input. */
static enum oc_status prepare_picture(struct pass *p, const struct oc_image *im, struct oc_err *err)
{
    for (int i = 0; i < eng_model_n_inputs(p->engine); i++) {
        const struct eng_io *io = eng_model_input(p->engine, i);
        enum oc_tower_input kind = oc_tower_input(io);
        p->has_mask |= kind == OC_TOWER_MASK;
        if (kind == OC_TOWER_PIXELS)
            p->pixel_type = io->dtype;
    }
    size_t bytes = oc_embed_picture_bytes(p->recipe, p->pixel_type), scratch = oc_embed_picture_bytes(p->recipe, ENG_DT_F32);
    char *room = oc_mem_aligned(OC_MEM_SESSION, oc_input_room(bytes, ENG_DT_U8) + scratch); /* both are bounded: LIM_NETWORK_SIDE */
    if (!room)
        return oc_err_nomem(err, "a network's input", bytes);
    p->pixels = room;
    struct oc_image cut;
    enum oc_status st = oc_embed_cut(p->recipe, im, &cut, err);
    if (st)
        return st;
    oc_embed_write(p->recipe, &cut, p->pixel_type, room, (float *)(void *)(room + oc_input_room(bytes, ENG_DT_U8)));
    oc_image_deinit(&cut);
    return OC_OK;
}

/* Ids in the row of this text: as many as it has where nothing hides padding, else in steps, each of which is a plan. */
static size_t row_length(const struct pass *p, const struct oc_encoding *e)
{
    size_t most = (size_t)p->recipe->embed.context_length;
    if (p->recipe->embed.fixed_length)
        return most;
    return p->has_mask ? oc_text_row_steps(e->n_real, most) : e->n_real;
}

static enum oc_status prepare_text(struct pass *p, const struct oc_encoding *e, struct eng_tensor *inputs, struct oc_err *err)
{
    size_t length = row_length(p, e), bytes = 0;
    int n = eng_model_n_inputs(p->engine);
    for (int i = 0; i < n; i++)
        bytes += oc_input_room(length, eng_model_input(p->engine, i)->dtype);
    enum oc_status st = oc_session_input(p->session, bytes / sizeof(float), err);
    if (st)
        return st;
    char *data = (char *)p->session->input;
    const struct oc_input_recipe *in = &p->recipe->input;
    int64_t c = p->recipe->embed.channels;
    for (int i = 0; i < n; i++) {
        const struct eng_io *io = eng_model_input(p->engine, i);
        if (oc_tower_input(io) == OC_TOWER_PIXELS) {
            inputs[i] = (struct eng_tensor){io->dtype, {4, {1, c, in->height, in->width}}, p->pixels};
            if (in->pixels.channels_last)
                inputs[i].shape = (struct eng_shape){4, {1, in->height, in->width, c}};
            continue;
        }
        inputs[i] = (struct eng_tensor){io->dtype, {2, {1, (int64_t)length}}, data};
        oc_text_row_write(io, e, p->tower->pad_id, false, 0, length, data);
        data += oc_input_room(length, io->dtype);
    }
    return OC_OK;
}

/* Softmax of two logits: the second one's part. */
static enum oc_status read_score(const struct pass *p, double *score, struct oc_err *err)
{
    const struct eng_tensor *o = eng_session_output(p->session->engine, 0);
    char text[ENG_SHAPE_TEXT];
    if ((o->dtype != ENG_DT_F32 && o->dtype != ENG_DT_F16) || o->shape.rank != 2 || o->shape.dim[0] != 1 || o->shape.dim[1] != 2)
        return oc_err_set(err, OC_E_MODEL, "two logits are expected, the output is %s %s", eng_dtype_name(o->dtype),
                          eng_shape_text(&o->shape, text));
    float logits[2];
    if (o->dtype == ENG_DT_F16)
        oc_float16_to_floats(o->data, 2, logits);
    else
        memcpy(logits, o->data, sizeof logits);
    *score = 1 / (1 + exp((double)logits[0] - (double)logits[1]));
    return OC_OK;
}

static enum oc_status run_text(struct pass *p, const struct oc_text *text, double *score, struct oc_err *err)
{
    struct eng_tensor inputs[OC_TOWER_TYPES + 1]; /* each kind once: towers.c */
    struct eng_run_options opt = {.cancelled = p->run->cancelled, .arg = p->run->cancel_arg};
    struct oc_encoding ids;
    int64_t t0 = oc_now_ns();
    enum oc_status st = oc_text_encode(p->recipe, p->tower, text, false, &ids, err);
    if (st)
        return st;
    st = prepare_text(p, &ids, inputs, err);
    oc_encoding_deinit(&ids);
    int64_t t1 = oc_now_ns();
    p->run->preprocess_ns += t1 - t0;
    if (!st)
        st = eng_session_run(p->session->engine, inputs, &opt, err);
    p->run->inference_ns += oc_now_ns() - t1;
    return st ? st : read_score(p, score, err);
}

enum oc_status oc_model_match(struct oc_model *m, const struct oc_image *im, const struct oc_text *texts, size_t n, struct oc_run *run,
                              double *scores, struct oc_err *err)
{
    struct oc_run own = {0};
    struct pass p = {
        .model = m, .recipe = oc_model_recipe(m), .tower = oc_model_text_tower(m), .engine = oc_model_engine(m), .run = run ? run : &own};
    if (!p.recipe->embed.match_output)
        return oc_err_set(err, OC_E_INVALID, "the model's task is %s: it does not match pictures with texts", oc_task_name(p.recipe->task));
    int64_t start = oc_now_ns();
    enum oc_status st = oc_session_borrow(m, &p.session, err);
    if (!st)
        st = prepare_picture(&p, im, err);
    p.run->preprocess_ns += oc_now_ns() - start;
    for (size_t i = 0; !st && i < n; i++) {
        if (p.run->cancelled && p.run->cancelled(p.run->cancel_arg))
            st = oc_err_set(err, OC_E_CANCELLED, "stopped before text %zu of %zu", i + 1, n);
        else
            st = run_text(&p, &texts[i], &scores[i], err);
    }
    oc_mem_free(p.pixels);
    oc_session_return(p.session);
    return st;
}

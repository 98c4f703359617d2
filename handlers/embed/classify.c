/*
 * POST /v1/classify: which of the client's own labels fits a picture, without training: every label becomes a text, and the picture's
 * similarity with each becomes a probability, in the way in which the model was trained. Parameters: image (several), labels, template,
 * top_k, model, exif.
 */
#include "handlers/embed/embedding.h"
#include "handlers/input/texts.h"
#include "handlers/output/render.h"
#include "handlers/routes.h"

#define DEFAULT_TEMPLATE "a photo of a {}." /* openai/CLIP's first example of a prompt */

struct scored {
    size_t label;
    double probability, similarity;
};

struct classify {
    const char *const *labels;
    size_t n;
    const char *template; /* NULL: the client says none */
    int64_t top_k;
    struct oc_texts texts;
    double *similarities, *probabilities; /* of one picture with each label */
    struct scored *order;                 /* the same, best first */
};

static enum oc_status read_labels(const struct oc_inputs *in, struct classify *c, struct oc_err *err)
{
    size_t most = (size_t)(in->req->service->max_texts > 0 ? in->req->service->max_texts : LIM_TEXTS);
    enum oc_status st = oc_param_list(in, "labels", most, &c->labels, &c->n, err);
    if (st)
        return st;
    const json_t *list = oc_inputs_member(in, "labels");
    if (json_is_array(list) && (!c->n || json_array_size(list) != c->n))
        return oc_err_set(err, OC_E_INVALID, "labels: %s", c->n ? "one of them is empty" : "the list is empty");
    if (!c->n)
        return oc_err_set(err, OC_E_INVALID, "labels: a list of one label or more is expected");
    return OC_OK;
}

/* The template with the label in it. */
static enum oc_status add_prompt(struct oc_request *req, const char *label, struct classify *c, struct oc_err *err)
{
    size_t label_len = strlen(label), size;
    if (!oc_size_mul(oc_prompt_places(c->template), label_len, &size) || !oc_size_add(size, strlen(c->template) + 1, &size) ||
        size > LIM_TEXT_BYTES)
        return oc_err_set(err, OC_E_BODY_TOO_LARGE, "labels: a label in the template has more than %zu bytes", LIM_TEXT_BYTES);
    char *text = oc_arena_alloc(req->arena, size), *out = text;
    if (!text)
        return oc_err_nomem(err, "labels", size);
    for (const char *p = c->template; *p;) {
        size_t n = oc_prompt_place(p);
        if (n) {
            out = mempcpy(out, label, label_len);
            p += n;
        } else {
            *out++ = *p++;
        }
    }
    return oc_texts_add(&c->texts, "labels", text, (size_t)(out - text), err);
}

static enum oc_status read(const struct oc_inputs *in, struct classify *c, struct oc_embedding_ask *ask, struct oc_err *err)
{
    struct oc_texts none;
    enum oc_status st = oc_embedding_read(in, &none, ask, err);
    if (!st && !in->n_images) {
        const struct oc_image_source *source;
        st = oc_inputs_one_image(in, &source, err); /* says how to send one */
    }
    if (!st && none.n)
        st = oc_err_set(err, OC_E_INVALID, "text: labels are expected in 'labels'");
    (void)(st || (st = read_labels(in, c, err)) || (st = oc_param_string(in, "template", LIM_TEMPLATE_BYTES, &c->template, err)) ||
           (st = oc_param_int(in, "top_k", 1, LIM_DETECTIONS, &c->top_k, err)));
    if (!st && c->template && !oc_prompt_places(c->template))
        st = oc_err_set(err, OC_E_INVALID, "template: must have {} or {label} where the label goes, is '%.100s'", c->template);
    ask->n_texts = c->n;
    return st;
}

/* The labels as texts; the template is the client's, else the model's, else the usual one. */
static enum oc_status make_prompts(const struct oc_embedding *e, struct classify *c, struct oc_embedding_ask *ask, struct oc_err *err)
{
    const char *of_model = e->image.recipe->embed.template;
    if (!c->template)
        c->template = of_model ? of_model : DEFAULT_TEMPLATE;
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < c->n; i++)
        st = add_prompt(e->in->req, c->labels[i], c, err);
    ask->texts = c->texts.items;
    return st;
}

static int compare(const void *a, const void *b)
{
    const struct scored *x = a, *y = b;
    if (x->similarity > y->similarity || x->similarity < y->similarity)
        return x->similarity > y->similarity ? -1 : 1;
    return x->label < y->label ? -1 : 1; /* as given */
}

static void score(const struct oc_embedding *e, size_t image, struct classify *c)
{
    for (size_t i = 0; i < c->n; i++)
        c->similarities[i] = oc_vector_cosine(oc_vectors_row(&e->images, image), oc_vectors_row(&e->texts, i), e->dim);
    oc_embed_probabilities(e->image.recipe, c->similarities, c->n, c->probabilities);
    for (size_t i = 0; i < c->n; i++)
        c->order[i] = (struct scored){i, c->probabilities[i], c->similarities[i]};
    qsort(c->order, c->n, sizeof *c->order, compare);
}

static void render_results(struct oc_json *j, const struct oc_embedding *e, size_t image, struct classify *c)
{
    score(e, image, c);
    oc_json_key(j, "results");
    oc_json_open(j, '[');
    for (size_t i = 0; i < c->n && (!c->top_k || i < (size_t)c->top_k); i++) {
        oc_json_open(j, '{');
        oc_json_put_string(j, "label", c->labels[c->order[i].label]);
        oc_json_put_float(j, "probability", (float)c->order[i].probability);
        oc_json_put_float(j, "similarity", (float)c->order[i].similarity);
        oc_json_close(j, '}');
    }
    oc_json_close(j, ']');
}

static enum oc_status render(const struct oc_embedding *e, struct classify *c, struct oc_response *res)
{
    struct oc_json j = oc_json_begin(&res->body);
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "model", e->model);
    if (e->images.n == 1) {
        render_results(&j, e, 0, c);
    } else {
        oc_json_key(&j, "images");
        oc_json_open(&j, '[');
        for (size_t i = 0; i < e->images.n; i++) {
            oc_json_open(&j, '{');
            oc_json_put_int(&j, "index", (int64_t)i);
            render_results(&j, e, i, c);
            oc_json_close(&j, '}');
        }
        oc_json_close(&j, ']');
    }
    oc_json_put_string(&j, "scoring", oc_embed_scoring_words[e->image.recipe->embed.scoring]);
    oc_render_timing(&j, &e->in->req->timing);
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

static enum oc_status make_room(struct oc_arena *arena, struct classify *c, struct oc_err *err)
{
    c->similarities = oc_arena_array(arena, c->n, sizeof *c->similarities);
    c->probabilities = oc_arena_array(arena, c->n, sizeof *c->probabilities);
    c->order = oc_arena_array(arena, c->n, sizeof *c->order);
    return c->similarities && c->probabilities && c->order ? OC_OK : oc_err_nomem(err, "scores", c->n * sizeof *c->order);
}

enum oc_status oc_classify(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_inputs in;
    struct oc_embedding_ask ask;
    struct oc_embedding e = {.in = &in};
    struct classify c = {.texts = {.req = req}};
    enum oc_status st = oc_inputs_read(req, &in, err);
    (void)(st || (st = read(&in, &c, &ask, err)) || (st = make_room(req->arena, &c, err)) ||
           (st = oc_embedding_acquire(&in, &ask, &e, err)) || (st = make_prompts(&e, &c, &ask, err)) ||
           (st = oc_embedding_infer(&e, &ask, err)) || (st = render(&e, &c, res)));
    oc_embedding_deinit(&e);
    oc_inputs_deinit(&in);
    return st;
}

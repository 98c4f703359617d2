/*
 * Vectors of pictures and texts: CLIP, SigLIP and what is exported like them. How pictures are prepared, texts cut and
 * outputs chosen is in the recipe (struct oc_embed_recipe). A package of two files is two models of one name in the
 * registry, one for each task; a file with both inputs is one model for both tasks.
 */
#ifndef OC_MODELS_EMBED_EMBED_H
#define OC_MODELS_EMBED_EMBED_H

#include "models/run/model.h"
#include "models/run/vectors.h"

struct oc_text {
    const char *data; /* any bytes, borrowed */
    size_t len;
};

/*
 * One row a picture (RGB, upright), in order. `normalise`: to length 1; otherwise as the graph gives it (which may be of length 1 too).
 * OC_E_INVALID when the model cannot do it, naming what it can; OC_E_CANCELLED, OC_E_MODEL, OC_E_NOMEM. run may be NULL.
 */
enum oc_status oc_model_embed_images(struct oc_model *m, const struct oc_image *images, size_t n, bool normalise, struct oc_run *run,
                                     struct oc_vectors *out, struct oc_err *err) OC_MUST_CHECK;
/* The same for texts. A text that was asked for before is taken from the model's cache, which is bounded (LIM_TEXT_CACHE). */
enum oc_status oc_model_embed_texts(struct oc_model *m, const struct oc_text *texts, size_t n, bool normalise, struct oc_run *run,
                                    struct oc_vectors *out, struct oc_err *err) OC_MUST_CHECK;

/*
 * A picture (RGB, upright) with each of n texts: how probable it is that they belong together, 0..1, by a network that sees both (task
 * "match"). One run a text. OC_E_INVALID when the model cannot do it, else as above. run may be NULL.
 */
enum oc_status oc_model_match(struct oc_model *m, const struct oc_image *im, const struct oc_text *texts, size_t n, struct oc_run *run,
                              double *scores, struct oc_err *err) OC_MUST_CHECK;

/*
 * Cosines of one picture with n labels into probabilities, by what the model was trained with: softmax over
 * logit_scale * cosine (CLIP), or for each by itself the sigmoid of logit_scale * cosine + logit_bias (SigLIP).
 */
void oc_embed_probabilities(const struct oc_recipe *r, const double *cosines, size_t n, double *probabilities);

/*
 * Templates of prompts: {} or {label} is where the label goes. Bytes of the place that s begins with, 0: it begins with none; and how many
 * places a template has.
 */
size_t oc_prompt_place(const char *s);
size_t oc_prompt_places(const char *template);

#endif

/*
 * Pictures and texts of one request into vectors that can be compared: both towers of one package, pictures a few at a time. What all
 * routes of embeddings share, ours and those of dialects.
 *
 *     struct oc_embedding e;
 *     st = oc_embedding_run(&in, &ask, &e, err);
 *     ... e.model, e.images, e.texts ...
 *     oc_embedding_deinit(&e);
 */
#ifndef OC_HANDLERS_EMBEDDING_H
#define OC_HANDLERS_EMBEDDING_H

#include "handlers/infer.h"
#include "handlers/output/json_out.h"
#include "models/embed/embed.h"

/* What is asked for; everything is borrowed. At least one picture or text. */
struct oc_embedding_ask {
    const char *model; /* as the client says it; NULL or "": the default */
    const struct oc_image_source *images;
    const struct oc_image *decoded; /* instead of images, when not NULL */
    size_t n_images;
    const struct oc_text *texts;
    size_t n_texts;
    bool raw;       /* vectors as the network gives them, not of length 1 */
    bool as_stored; /* pictures are not turned by EXIF orientation */
};

struct oc_embedding {
    const struct oc_inputs *in;  /* borrowed */
    struct oc_lease image, text; /* those that were needed */
    const char *model;           /* the package's name; valid until deinit */
    struct oc_vectors images, texts;
    size_t dim; /* of all rows */
};

/*
 * Decodes, runs, frees: at most LIM_DECODED_PICTURES pictures are held at once, or fewer when they are large. Without a model's name
 * a request of both kinds gets a package that has both towers. Statuses of the registry, of decoding (messages begin with the picture's
 * number, from 0, where there are several) and of models/embed/embed.h; OC_E_MODEL when the towers' vectors differ in length. *out is to be
 * deinitialised in any case.
 */
enum oc_status oc_embedding_run(const struct oc_inputs *in, const struct oc_embedding_ask *ask, struct oc_embedding *out,
                                struct oc_err *err) OC_MUST_CHECK;
void oc_embedding_deinit(struct oc_embedding *e);
/*
 * The same in two steps, for who wants to know the model before the texts are ready: the leases, for which only the ask's name and numbers
 * matter; then the rest. *out is to be deinitialised in any case.
 */
enum oc_status oc_embedding_acquire(const struct oc_inputs *in, const struct oc_embedding_ask *ask, struct oc_embedding *out,
                                    struct oc_err *err) OC_MUST_CHECK;
enum oc_status oc_embedding_infer(struct oc_embedding *out, const struct oc_embedding_ask *ask, struct oc_err *err) OC_MUST_CHECK;

/* Picture i of the ask. Messages begin with its number, from 0, where there are several. *im is the caller's when OC_OK. */
enum oc_status oc_embedding_decode(const struct oc_inputs *in, const struct oc_embedding_ask *ask, size_t i, struct oc_image *im,
                                   struct oc_err *err) OC_MUST_CHECK;

static inline const float *oc_vectors_row(const struct oc_vectors *v, size_t i)
{
    return v->data + i * v->dim;
}

/* Cuts every row to its first n numbers (n <= dim) and makes it of length 1 again: what a client gets who asks for fewer dimensions. */
void oc_vectors_cut(struct oc_vectors *v, size_t n);

/*
 * The parameters that our own routes share: pictures, texts, `model`, `exif`. OC_E_INVALID when a list is empty. Texts are added to
 * *texts, which the ask borrows.
 */
struct oc_texts;
enum oc_status oc_embedding_read(const struct oc_inputs *in, struct oc_texts *texts, struct oc_embedding_ask *ask,
                                 struct oc_err *err) OC_MUST_CHECK;

#endif

/*
 * Networks that turn one aligned face into a vector: a float picture in, one output of one row a face. Told by the picture's side and
 * the vector's length; what tells a normalisation is in the graph's first nodes.
 *
 * arcface  112x112: ArcFace, CosFace, SphereFace, DeepID, MobileFaceNet; and 96x112, the middle of that (SphereFace's and CosFace's own
 *          crop). RGB, (x - 127.5) / 127.5 (insightface arcface_onnx.py), nothing where one of the first eight nodes is a Sub and one a
 *          Mul: exports from MXNet do it in the graph (the same file).
 * adaface  112x112, the vector and its length before normalising as a second output of one number (mk-minchul/AdaFace): BGR,
 *          (x - 127.5) / 127.5. An export without the second output looks like arcface: say "adaface" in a model.json.
 * sface    112x112, 128 numbers, output "fc1": OpenCV's SFace (opencv face_recognize.cpp): RGB 0..255, the graph normalises.
 * facenet  160x160, 128 or 512 numbers: RGB, x / 127.5 - 1 (davidsandberg/facenet's fixed standardisation).
 */
#include "models/face/families.h"

enum { LEAST_FORCED = 8, LEAST_DIM = 64, MOST_DIM = 4096, DIM_STEP = 32 };

/* The output that is the vector: the only one, or, where there may be `others`, the first with more than one number. */
static int vector_output(const struct eng_facts *f, bool others)
{
    int i = 0;
    while (others && i + 1 < f->n_outputs && oc_facts_dim(f, i, 1) == 1)
        i++;
    return i;
}

/* The vector's length when the file has this form, or 0. Forced: any side, also a free one. */
static int vector_of(const struct eng_facts *f, bool forced, bool others, int side, struct oc_recipe *r)
{
    if (f->n_outputs < 1 || (f->n_outputs > 1 && !forced && !others) || oc_facts_input_size(f, side, side, r))
        return 0;
    int output = vector_output(f, others || forced);
    bool narrow = side == 112 && r->input.width == 96; /* the middle of a crop */
    bool this_side = r->input.fixed_size && (r->input.width == side || narrow) && r->input.height == side;
    int64_t dim = oc_facts_dim(f, output, 1), batch = f->inputs[0].shape.dim[0];
    bool flat = f->outputs[output].shape_known && f->outputs[output].shape.rank == 2 && f->outputs[output].dtype == ENG_DT_F32;
    if (!flat || dim < LEAST_FORCED || dim > MOST_DIM || batch > LIM_FACE_BATCH || (!forced && !this_side))
        return 0;
    r->input.fit = OC_FIT_STRETCH; /* crops are made in the network's size */
    r->input.batch = batch > 0 ? (int)batch : 0;
    r->decode.n_outputs = 1;
    r->decode.outputs[0] = output;
    r->decode.dim = (int)dim;
    return (int)dim;
}

static void normalise(struct oc_recipe *r, float mean, float scale)
{
    for (int c = 0; c < 3; c++) {
        r->input.pixels.mean[c] = mean;
        r->input.pixels.scale[c] = scale;
    }
}

static void threshold(struct oc_recipe *r, float similarity, const char *from, const char *why)
{
    r->thresholds = (struct oc_thresholds){.similarity = similarity, .similarity_from = from, .similarity_why = why};
}

static enum oc_status recognise_arcface(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    int dim = vector_of(f, forced, false, 112, r);
    if (!dim || (!forced && (dim < LEAST_DIM || dim % DIM_STEP)))
        return oc_family_decline(forced, &oc_family_arcface, err, "one picture in, one row of numbers out");
    bool inside = eng_facts_begins_with(f, "Sub") && eng_facts_begins_with(f, "Mul");
    normalise(r, inside ? 0 : 127.5f, inside ? 1 : 1 / 127.5f);
    threshold(r, 0.4f, "default", "InsightFace server's, for networks of the ArcFace kind");
    snprintf(r->because, sizeof r->because, "%d numbers for a picture of %dx%d; %s", dim, r->input.width, r->input.height,
             inside ? "Sub and Mul among the first nodes: normalised there" : "no Sub and Mul among the first nodes: (x - 127.5) / 127.5");
    return OC_OK;
}

static enum oc_status recognise_adaface(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    int dim = vector_of(f, forced, true, 112, r);
    bool length = f->n_outputs == 2 && oc_facts_dim(f, dim && !r->decode.outputs[0] ? 1 : 0, 1) == 1;
    if (!dim || (!forced && (dim < LEAST_DIM || dim % DIM_STEP || !length)))
        return oc_family_decline(forced, &oc_family_adaface, err, "one picture in, one row of numbers (and its length) out");
    normalise(r, 127.5f, 1 / 127.5f);
    r->input.pixels.bgr = true;
    threshold(r, 0.4f, "default", "InsightFace server's, for networks of the ArcFace kind");
    snprintf(r->because, sizeof r->because, "%d numbers%s for a picture of %dx%d", dim, length ? " and their length" : "", r->input.width,
             r->input.height);
    return OC_OK;
}

static enum oc_status recognise_sface(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    int dim = vector_of(f, forced, false, 112, r);
    bool inside = eng_facts_begins_with(f, "Sub") && eng_facts_begins_with(f, "Mul");
    if (!dim || (!forced && (dim != 128 || oc_facts_output(f, "fc1") != 0 || !inside)))
        return oc_family_decline(forced, &oc_family_sface, err, "one picture in, one row of numbers out");
    normalise(r, 0, 1);
    threshold(r, 0.363f, "published", "OpenCV's, for SFace with cosine similarity");
    snprintf(r->because, sizeof r->because, "%d numbers named fc1 for a picture of %dx%d, normalised in the graph", dim, r->input.width,
             r->input.height);
    return OC_OK;
}

static enum oc_status recognise_facenet(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    int dim = vector_of(f, forced, false, 160, r);
    if (!dim || (!forced && dim != 128 && dim != 512))
        return oc_family_decline(forced, &oc_family_facenet, err, "one picture in, one row of numbers out");
    normalise(r, 127.5f, 1 / 127.5f);
    if (dim == 512)
        threshold(r, 0.7f, "published", "deepface's, for Facenet512: cosine distance 0.30");
    else
        threshold(r, 0.6f, "published", "deepface's, for Facenet: cosine distance 0.40");
    snprintf(r->because, sizeof r->because, "%d numbers for a picture of %dx%d", dim, r->input.width, r->input.height);
    return OC_OK;
}

const struct oc_family oc_family_arcface = {
    .name = "arcface", .title = "an ArcFace-style embedder", .task = OC_TASK_FACE_EMBED, .recognise = recognise_arcface};
const struct oc_family oc_family_adaface = {
    .name = "adaface", .title = "AdaFace", .task = OC_TASK_FACE_EMBED, .recognise = recognise_adaface};
const struct oc_family oc_family_sface = {.name = "sface", .title = "SFace", .task = OC_TASK_FACE_EMBED, .recognise = recognise_sface};
const struct oc_family oc_family_facenet = {
    .name = "facenet", .title = "FaceNet", .task = OC_TASK_FACE_EMBED, .recognise = recognise_facenet};

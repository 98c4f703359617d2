/* See sides.h. */
#include "handlers/faces/sides.h"
#include "handlers/input/vector_in.h"

static enum oc_status wrong_number(const struct oc_inputs *in, struct oc_err *err)
{
    size_t vectors = 0;
    static const char *const names[] = {"embedding", "embedding1", "embedding2"};
    for (size_t i = 0; i < OC_ARRAY_LEN(names); i++)
        vectors += oc_param_given(in, names[i]);
    return oc_err_set(err, OC_E_INVALID,
                      "two faces are expected: image1 and image2, an image and 'embedding', or embedding1 and embedding2; the request has "
                      "%zu image%s and %zu embedding%s",
                      in->n_images, in->n_images == 1 ? "" : "s", vectors, vectors == 1 ? "" : "s");
}

static bool is_free(const struct oc_side *s)
{
    return !s->field;
}

/* A free side: that one, or with -1 the first; NULL when there is none. */
static struct oc_side *take(struct oc_side sides[2], int which)
{
    if (which >= 0)
        return is_free(&sides[which]) ? &sides[which] : NULL;
    return is_free(&sides[0]) ? &sides[0] : is_free(&sides[1]) ? &sides[1] : NULL;
}

static bool put_picture(struct oc_side sides[2], const struct oc_image_source *source, int which)
{
    static const char *const names[] = {"image1", "image2"};
    struct oc_side *s = take(sides, which);
    if (!s)
        return false;
    s->picture.source = source;
    s->field = which >= 0 ? source->field : names[s - sides]; /* two of one name are told apart */
    return true;
}

static enum oc_status put_vector(const struct oc_inputs *in, struct oc_side sides[2], const char *name, int which, struct oc_err *err)
{
    const float *v;
    size_t n;
    enum oc_status st = oc_param_vector(in, name, &v, &n, err);
    if (st || !n)
        return st;
    struct oc_side *s = take(sides, which);
    if (!s)
        return wrong_number(in, err);
    *s = (struct oc_side){.field = name, .vector = v, .dim = n, .n = 1};
    return OC_OK;
}

/* -1: any side. */
static int side_of(const char *field)
{
    return !strcmp(field, "image1") ? 0 : !strcmp(field, "image2") ? 1 : -1;
}

/* Pictures that have a place, or those that have none. */
static bool put_pictures(const struct oc_inputs *in, struct oc_side sides[2], bool placed)
{
    bool room = true;
    for (size_t i = 0; room && i < in->n_images; i++)
        if ((side_of(in->images[i].field) >= 0) == placed)
            room = put_picture(sides, &in->images[i], side_of(in->images[i].field));
    return room;
}

enum oc_status oc_sides_read(const struct oc_inputs *in, struct oc_side sides[2], struct oc_err *err)
{
    enum oc_status st = put_pictures(in, sides, true) ? OC_OK : wrong_number(in, err);
    if (!st)
        st = put_vector(in, sides, "embedding1", 0, err);
    if (!st)
        st = put_vector(in, sides, "embedding2", 1, err);
    if (!st && !put_pictures(in, sides, false))
        st = wrong_number(in, err);
    if (!st)
        st = put_vector(in, sides, "embedding", -1, err);
    if (!st && (is_free(&sides[0]) || is_free(&sides[1])))
        st = wrong_number(in, err);
    return st;
}

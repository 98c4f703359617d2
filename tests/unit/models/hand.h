/* Facts and heads written by hand, for tests of recognition and decoding. */
#ifndef TEST_HAND_H
#define TEST_HAND_H

#include <criterion/criterion.h>
#include "models/detect/families.h"
#include "models/embed/families.h"
#include "models/face/families.h"
#include "models/segment/families.h"
#include "models/package/families.h"
#include "models/package/recognise.h"

struct hand {
    struct eng_facts facts;
    struct eng_io in[2], out[16];
    struct eng_metadata meta[4];
    struct eng_op_count ops[8];
};

static inline struct eng_io hand_io(const char *name, int rank, int64_t a, int64_t b, int64_t c, int64_t d)
{
    return (struct eng_io){.name = name, .dtype = ENG_DT_F32, .shape = {rank, {a, b, c, d}}, .shape_known = true};
}

static inline void hand_input(struct hand *h, int64_t height, int64_t width)
{
    memset(h, 0, sizeof *h);
    h->in[0] = hand_io("images", 4, 1, 3, height, width);
    h->facts = (struct eng_facts){.n_inputs = 1, .inputs = h->in, .outputs = h->out, .metadata = h->meta, .ops = h->ops};
}

static inline void hand_output(struct hand *h, const char *name, int rank, int64_t a, int64_t b, int64_t c, int64_t d)
{
    h->out[h->facts.n_outputs++] = hand_io(name, rank, a, b, c, d);
}

static inline void hand_meta(struct hand *h, const char *key, const char *value)
{
    h->meta[h->facts.n_metadata++] = (struct eng_metadata){key, value};
}

static inline void hand_op(struct hand *h, const char *op)
{
    h->ops[h->facts.n_ops++] = (struct eng_op_count){op, 1};
}

/* The family's name, "" for none; r is initialised here and must be deinitialised. */
static inline const char *hand_family(struct hand *h, struct oc_recipe *r)
{
    oc_recipe_init(r);
    cr_assert_eq(oc_recognise(&h->facts, NULL, r, NULL), OC_OK);
    return r->family ? r->family->name : "";
}

/* A head over n float tensors that the test fills. */
struct hand_head {
    struct oc_recipe recipe;
    struct eng_tensor tensors[16];
    const struct eng_tensor *outputs[16];
    struct oc_head head;
    struct oc_candidates found;
};

static inline void hand_recognise(struct hand_head *t, struct hand *h, const char *family)
{
    memset(t, 0, sizeof *t);
    cr_assert_str_eq(hand_family(h, &t->recipe), family);
    for (int i = 0; i < h->facts.n_outputs; i++) {
        t->tensors[i] = (struct eng_tensor){ENG_DT_F32, h->out[i].shape, NULL};
        size_t n = (size_t)eng_shape_count(&t->tensors[i].shape);
        t->tensors[i].data = oc_mem_array(OC_MEM_OTHER, n, sizeof(int64_t)); /* a test may say that it holds whole numbers */
        cr_assert_not_null(t->tensors[i].data);
    }
    for (int i = 0; i < t->recipe.decode.n_outputs; i++)
        t->outputs[i] = t->recipe.decode.outputs[i] < 0 ? NULL : &t->tensors[t->recipe.decode.outputs[i]];
    t->head = (struct oc_head){
        .recipe = &t->recipe, .width = t->recipe.input.width, .height = t->recipe.input.height, .outputs = t->outputs};
    t->head.score_threshold = 0.25f;
}

static inline float *hand_data(struct hand_head *t, int output)
{
    return t->tensors[output].data;
}

static inline void hand_decode(struct hand_head *t)
{
    struct oc_err err = {0};
    oc_candidates_deinit(&t->found);
    cr_assert_eq(t->recipe.family->decode(&t->head, &t->found, &err), OC_OK, "%s", err.msg);
}

static inline void hand_free(struct hand_head *t)
{
    for (int i = 0; i < 16; i++)
        oc_mem_free(t->tensors[i].data);
    oc_candidates_deinit(&t->found);
    oc_recipe_deinit(&t->recipe);
}

#define HAND_BOX(c, a, b, x, y)                  \
    do {                                         \
        cr_assert_float_eq((c).box.x1, a, 1e-3); \
        cr_assert_float_eq((c).box.y1, b, 1e-3); \
        cr_assert_float_eq((c).box.x2, x, 1e-3); \
        cr_assert_float_eq((c).box.y2, y, 1e-3); \
    } while (0)

#endif

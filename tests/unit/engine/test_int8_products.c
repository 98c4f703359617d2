/* Products of bytes against the definition: every type and sign, zero points of each kind, odd sizes, constant and computed right sides. */
#include <criterion/criterion.h>
#include "engine/ops/quant/integer.h"
#include "tests/unit/engine/op_harness.h"

enum { MOST = 40000 };

static uint32_t state = 1;

static uint32_t roll(uint32_t n)
{
    state = state * 1664525u + 1013904223u;
    return (state >> 8) % n;
}

struct bytes {
    enum eng_dtype type;
    struct eng_shape shape;
    uint8_t v[MOST];
};

static void fill(struct bytes *b, enum eng_dtype type, struct eng_shape shape)
{
    b->type = type;
    b->shape = shape;
    bool extreme = roll(4) == 0; /* where saturation would show */
    for (int64_t i = 0; i < eng_shape_count(&shape); i++)
        b->v[i] = extreme ? (type == ENG_DT_U8 ? 255 : 128) : (uint8_t)roll(256);
}

static void give(struct op_run *r, const struct bytes *b)
{
    if (b->type == ENG_DT_U8)
        op_in_u8(r, b->shape, b->v);
    else
        op_in(r, ENG_DT_I8, b->shape, b->v);
}

static int32_t at(const struct bytes *b, int64_t i)
{
    return eng_byte_at(b->type, b->v, i);
}

/* zero: a number for every row or column, or one for all. */
static int32_t zero_of(const struct bytes *zero, int64_t i)
{
    return at(zero, eng_shape_count(&zero->shape) == 1 ? 0 : i);
}

static void one_product(struct eng_weights *weights, int round)
{
    static struct bytes a, b, az, bz;
    static int32_t want[MOST];
    static const int64_t widths[] = {1, 15, 16, 63, 64, 65, 130};
    int64_t batch = 1 + roll(3), m = 1 + roll(14), k = 1 + roll(70), n = widths[roll(7)];
    bool shared = roll(2); /* one right matrix for all */
    enum eng_dtype at_type = roll(2) ? ENG_DT_U8 : ENG_DT_I8, b_type = roll(2) ? ENG_DT_U8 : ENG_DT_I8;
    fill(&a, at_type, DIMS(batch, m, k));
    fill(&b, b_type, shared ? DIMS(k, n) : DIMS(batch, k, n));
    fill(&az, at_type, roll(2) ? DIMS(m) : SCALAR);
    fill(&bz, b_type, roll(2) ? DIMS(n) : SCALAR);
    for (int64_t i = 0; i < batch * m; i++)
        for (int64_t c = 0; c < n; c++) {
            uint32_t sum = 0;
            for (int64_t x = 0; x < k; x++)
                sum += (uint32_t)((at(&a, i * k + x) - zero_of(&az, i % m)) *
                                  (at(&b, ((shared ? 0 : i / m) * k + x) * n + c) - zero_of(&bz, c)));
            want[i * n + c] = (int32_t)sum;
        }
    struct op_run r;
    op_begin(&r, "MatMulInteger", 10);
    r.weights = weights;
    r.runtime[1] = roll(2);
    give(&r, &a);
    give(&r, &b);
    give(&r, &az);
    give(&r, &bz);
    cr_assert_eq(op_exec(&r, 1), OC_OK, "round %d: %s", round, r.err.msg);
    op_expect(&r, 0, ENG_DT_I32, DIMS(batch, m, n), want);
    op_end(&r);
}

Test(int8_products, are_what_the_definition_says)
{
    struct oc_err err;
    struct eng_weights *weights;
    cr_assert_eq(eng_weights_new(&weights, &err), OC_OK);
    for (int round = 0; round < 300; round++)
        one_product(weights, round);
    eng_weights_free(weights);
}

Test(int8_products, an_empty_sum_is_zero)
{
    struct op_run r;
    op_begin(&r, "MatMulInteger", 10);
    op_in_u8(&r, DIMS(2, 0), (uint8_t[]){0});
    op_in_u8(&r, DIMS(0, 2), (uint8_t[]){0});
    cr_assert_eq(op_exec(&r, 1), OC_OK, "%s", r.err.msg);
    op_expect(&r, 0, ENG_DT_I32, DIMS(2, 2), (int32_t[]){0, 0, 0, 0});
    op_end(&r);
}

#include <criterion/criterion.h>
#include "models/face/mtcnn_steps.h"

static void expect_box(const struct oc_box *b, float x1, float y1, float x2, float y2)
{
    cr_assert_float_eq(b->x1, x1, 1e-4, "%g", (double)b->x1);
    cr_assert_float_eq(b->y1, y1, 1e-4, "%g", (double)b->y1);
    cr_assert_float_eq(b->x2, x2, 1e-4, "%g", (double)b->x2);
    cr_assert_float_eq(b->y2, y2, 1e-4, "%g", (double)b->y2);
}

/* The same cell in both layouts: channels first, and transposed with channels last. */
Test(mtcnn, cells)
{
    for (int last = 0; last < 2; last++) {
        float scores[2 * 4 * 3] = {0}, shifts[4 * 4 * 3] = {0}; /* 4 wide, 3 high */
        struct oc_mtcnn_map score = {scores, 4, 3, 1, 4, 12}, shift = {shifts, 4, 3, 1, 4, 12};
        if (last) {
            score = (struct oc_mtcnn_map){scores, 4, 3, 3 * 2, 2, 1};
            shift = (struct oc_mtcnn_map){shifts, 4, 3, 3 * 4, 4, 1};
        }
        scores[2 * score.step_x + 1 * score.step_y + 1 * score.step_c] = 0.75f;
        scores[3 * score.step_x + 2 * score.step_y + 1 * score.step_c] = 0.5f; /* below */
        scores[0] = 1;                                                         /* channel 0 says: none */
        for (size_t c = 0; c < 4; c++)
            shifts[2 * shift.step_x + 1 * shift.step_y + c * shift.step_c] = (float)(c + 1) / 8;
        struct oc_mtcnn_list found = {0};
        cr_assert_eq(oc_mtcnn_cells(&score, &shift, 0.6, 0.6f, &found, NULL), OC_OK);
        cr_assert_eq(found.boxes.n, 1);
        expect_box(&found.boxes.items[0].box, 8, 5, 26, 23); /* 5/.6, 3/.6, 16/.6, 14/.6, cut */
        cr_assert_float_eq(found.boxes.items[0].score, 0.75f, 0);
        for (int c = 0; c < 4; c++)
            cr_assert_float_eq(oc_mtcnn_extra(&found, &found.boxes.items[0])[c], (float)(c + 1) / 8, 0);
        oc_mtcnn_list_deinit(&found);
    }
}

Test(mtcnn, boxes)
{
    const struct oc_box box = {10, 20, 29, 59};
    const float shift[] = {0.5f, -0.25f, 0.1f, 0};
    struct oc_box b = oc_mtcnn_shifted(&box, shift, true); /* 20 x 40 pixels, both ends inside */
    expect_box(&b, 20, 10, 31, 59);
    b = oc_mtcnn_shifted(&box, shift, false); /* 19 x 39 */
    expect_box(&b, 19.5f, 10.25f, 30.9f, 59);
    b = oc_mtcnn_square(&box);
    expect_box(&b, 0, 20, 39, 59);
    b = oc_mtcnn_square(&(struct oc_box){-3, 0, 6, 4});
    expect_box(&b, -3, -2, 6, 6); /* -2.5 and 6.5, towards 0 */
    float points[OC_MTCNN_POINTS] = {0.25f, 0.75f, 0, 0, 1, 0.5f, 0, 0, 0, 1}, at[2];
    oc_mtcnn_point(&box, points, 0, at);
    cr_assert_float_eq(at[0], 14, 1e-5);
    cr_assert_float_eq(at[1], 39, 1e-5);
    oc_mtcnn_point(&box, points, 4, at);
    cr_assert_float_eq(at[0], 29, 1e-5);
    cr_assert_float_eq(at[1], 59, 1e-5);
}

Test(mtcnn, cover)
{
    const struct oc_candidate large = {.box = {0, 0, 10, 10}}, inside = {.box = {2, 2, 4, 4}}, half = {.box = {9, 0, 11, 5}},
                              apart = {.box = {20, 20, 30, 30}}, endless = {.box = {-INFINITY, 0, INFINITY, 5}},
                              empty = {.box = {3, 3, 3, 3}};
    cr_assert_float_eq(oc_mtcnn_cover(&large, &inside, NULL), 1, 0);
    cr_assert_float_eq(oc_mtcnn_cover(&half, &large, NULL), 0.5f, 1e-6);
    cr_assert_float_eq(oc_mtcnn_cover(&large, &apart, NULL), 0, 0);
    cr_assert_float_eq(oc_mtcnn_cover(&large, &empty, NULL), 0, 0);
    cr_assert(oc_mtcnn_cover(&large, &endless, NULL) <= 1 && oc_mtcnn_cover(&endless, &endless, NULL) <= 1);
}

Test(mtcnn, what_is_not_finite_is_left_out)
{
    struct oc_mtcnn_list l = {0};
    const float fine[OC_MTCNN_POINTS] = {0}, broken[OC_MTCNN_POINTS] = {0, 0, 0, NAN};
    const struct oc_box box = {1, 2, 3, 4}, endless = {1, 2, INFINITY, 4};
    cr_assert_eq(oc_mtcnn_list_add(&l, &box, 1, fine, NULL, NULL), OC_OK);
    cr_assert_eq(oc_mtcnn_list_add(&l, &endless, 1, fine, NULL, NULL), OC_OK);
    cr_assert_eq(oc_mtcnn_list_add(&l, &box, NAN, fine, NULL, NULL), OC_OK);
    cr_assert_eq(oc_mtcnn_list_add(&l, &box, 1, broken, NULL, NULL), OC_OK);
    cr_assert_eq(oc_mtcnn_list_add(&l, &box, 1, fine, broken, NULL), OC_OK);
    cr_assert_eq(l.boxes.n, 1);
    cr_assert_eq(l.n_extra, 1);
    for (int i = 0; i < 200; i++) /* it grows */
        cr_assert_eq(oc_mtcnn_list_add(&l, &box, (float)i, fine, fine, NULL), OC_OK);
    cr_assert_eq(l.boxes.n, 201);
    cr_assert_eq(l.boxes.items[200].index, 200);
    oc_mtcnn_list_deinit(&l);
}

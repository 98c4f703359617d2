/* Which windows of a picture are looked at. Private to models/. */
#ifndef OC_MODELS_RUN_TILES_PLAN_H
#define OC_MODELS_RUN_TILES_PLAN_H

#include "base/mem.h"
#include "models/recipe/tiling.h"

/* Sides of a window, or of a box, that lie on the edge of a window inside the picture. */
enum { OC_CUT_LEFT = 1, OC_CUT_TOP = 2, OC_CUT_RIGHT = 4, OC_CUT_BOTTOM = 8 };

struct oc_window {
    int x, y, width, height; /* picture pixels */
    float shrink;            /* below 1: the picture is made that much smaller yet than it would fit */
    unsigned cut;            /* which of its sides are not the picture's */
};

struct oc_windows {
    struct oc_window *items; /* owned */
    size_t n;
};

/*
 * The windows of a picture of width x height for a network whose input is input_width x input_height: the whole one first where it is
 * among them, then tiles from left to right and down, size after size, none twice. At least one. OC_E_INVALID naming their number past
 * LIM_TILES; OC_E_NOMEM.
 */
enum oc_status oc_windows_plan(const struct oc_tiling *t, int width, int height, int input_width, int input_height, struct oc_windows *out,
                               struct oc_err *err) OC_MUST_CHECK;
void oc_windows_deinit(struct oc_windows *w); /* an empty one is fine */

#endif

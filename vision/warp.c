/*
 * Face alignment; see warp.h. The fit is the closed form of the two-dimensional case: least squares over rotation, scale
 * and shift is linear in (a, b, tx, ty). The warp does what OpenCV's warpAffine does for 8 bits (imgwarp.cpp): positions
 * in 10 fraction bits, weights on a grid of 1/32 pixel, 15-bit products.
 */
#include "vision/warp.h"
#include "base/parse.h"
#include <math.h>

const float oc_face_template_112[5][2] = {
    {38.2946f, 51.6963f}, {73.5318f, 51.5014f}, {56.0252f, 71.7366f}, {41.5493f, 92.3655f}, {70.7299f, 92.2041f}};

enum oc_status oc_similarity_fit(const float (*from)[2], const float (*to)[2], size_t n, struct oc_similarity *out, struct oc_err *err)
{
    *out = (struct oc_similarity){.a = 1};
    double px = 0, py = 0, qx = 0, qy = 0;
    for (size_t i = 0; i < n; i++) {
        px += (double)from[i][0];
        py += (double)from[i][1];
        qx += (double)to[i][0];
        qy += (double)to[i][1];
    }
    if (n < 2 || !isfinite(px + py + qx + qy))
        return oc_err_set(err, OC_E_INVALID, "a similarity needs at least two finite points, there are %zu", n);
    px /= (double)n;
    py /= (double)n;
    qx /= (double)n;
    qy /= (double)n;
    double spread = 0, dot = 0, cross = 0;
    for (size_t i = 0; i < n; i++) {
        double ux = (double)from[i][0] - px, uy = (double)from[i][1] - py, vx = (double)to[i][0] - qx, vy = (double)to[i][1] - qy;
        spread += ux * ux + uy * uy;
        dot += ux * vx + uy * vy;
        cross += ux * vy - uy * vx;
    }
    double a = dot / spread, b = cross / spread;
    if (!(spread > 1e-6) || !(a * a + b * b > 1e-12) || !isfinite(a) || !isfinite(b))
        return oc_err_set(err, OC_E_INVALID, "the %zu points coincide: no similarity can be fitted", n);
    *out = (struct oc_similarity){.a = a, .b = b, .tx = qx - (a * px - b * py), .ty = qy - (b * px + a * py)};
    return OC_OK;
}

#define POSITION_BITS 10
#define GRID_BITS 5
#define GRID (1 << GRID_BITS)
#define FAR ((int64_t)1 << 40) /* positions further out are the border anyway */

/* A coordinate in POSITION_BITS fraction bits, rounded half to even, clamped. */
static int64_t position(double v)
{
    return oc_f64_to_i64(rint(v * (1 << POSITION_BITS)), -FAR, FAR);
}

static int tap(const struct oc_image *im, int64_t x, int64_t y, int c)
{
    if (x < 0 || y < 0 || x >= im->width || y >= im->height)
        return 0;
    return im->data[((size_t)y * (size_t)im->width + (size_t)x) * (size_t)im->channels + (size_t)c];
}

/* One pixel at (x, y), both in GRID_BITS fraction bits. */
static void sample(const struct oc_image *im, int64_t x, int64_t y, uint8_t *dst)
{
    int fx = (int)(x & (GRID - 1)), fy = (int)(y & (GRID - 1));
    int64_t x0 = x >> GRID_BITS, y0 = y >> GRID_BITS;
    for (int c = 0; c < im->channels; c++) {
        int top = tap(im, x0, y0, c) * (GRID - fx) + tap(im, x0 + 1, y0, c) * fx;
        int low = tap(im, x0, y0 + 1, c) * (GRID - fx) + tap(im, x0 + 1, y0 + 1, c) * fx;
        /* The 15-bit weights of the original are these products times 32, exactly. */
        dst[c] = (uint8_t)((top * (GRID - fy) + low * fy + GRID * GRID / 2) >> (2 * GRID_BITS));
    }
}

enum oc_status oc_warp_similarity(const struct oc_image *src, const struct oc_similarity *m, int width, int height, struct oc_image *out,
                                  struct oc_err *err)
{
    *out = (struct oc_image){0};
    double det = m->a * m->a + m->b * m->b;
    if (!isfinite(det) || !(det > 0) || !isfinite(m->tx) || !isfinite(m->ty))
        return oc_err_set(err, OC_E_INVALID, "the transform cannot be inverted");
    enum oc_status st = oc_image_new(out, width, height, src->channels, err);
    if (st)
        return st;
    double a = m->a / det, b = -m->b / det; /* the inverse is again [a -b; b a] */
    double tx = -(a * m->tx - b * m->ty), ty = -(b * m->tx + a * m->ty);
    const int64_t half = 1 << (POSITION_BITS - GRID_BITS - 1);
    uint8_t *dst = out->data;
    for (int y = 0; y < height; y++) {
        int64_t row_x = position(-b * y + tx) + half, row_y = position(a * y + ty) + half;
        for (int x = 0; x < width; x++, dst += src->channels)
            sample(src, (row_x + position(a * x)) >> (POSITION_BITS - GRID_BITS), (row_y + position(b * x)) >> (POSITION_BITS - GRID_BITS),
                   dst);
    }
    return OC_OK;
}

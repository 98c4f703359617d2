/* See rotated.h. */
#include "vision/rotated.h"
#include <math.h>

void oc_rotated_corners(const struct oc_rotated *r, float corners[4][2])
{
    static const float sides[4][2] = {{-0.5f, -0.5f}, {0.5f, -0.5f}, {0.5f, 0.5f}, {-0.5f, 0.5f}};
    float c = cosf(r->angle), s = sinf(r->angle);
    for (int i = 0; i < 4; i++) {
        float x = sides[i][0] * r->width, y = sides[i][1] * r->height;
        corners[i][0] = r->x + x * c - y * s;
        corners[i][1] = r->y + x * s + y * c;
    }
}

struct oc_box oc_rotated_bounds(const struct oc_rotated *r)
{
    float c = fabsf(cosf(r->angle)), s = fabsf(sinf(r->angle));
    float w = (r->width * c + r->height * s) / 2, h = (r->width * s + r->height * c) / 2;
    return (struct oc_box){r->x - w, r->y - h, r->x + w, r->y + h};
}

/* Of the uniform distribution over the box: variances along x and y, and their covariance. */
struct spread {
    double a, b, c;
};

static struct spread spread_of(const struct oc_rotated *r)
{
    double w = (double)r->width * (double)r->width / 12, h = (double)r->height * (double)r->height / 12;
    double c = cos((double)r->angle), s = sin((double)r->angle);
    return (struct spread){w * c * c + h * s * s, w * s * s + h * c * c, (w - h) * c * s};
}

float oc_rotated_probiou(const struct oc_rotated *p, const struct oc_rotated *q)
{
    struct spread v = spread_of(p), w = spread_of(q);
    double a = v.a + w.a, b = v.b + w.b, c = v.c + w.c, dx = (double)p->x - (double)q->x, dy = (double)p->y - (double)q->y;
    double both = a * b - c * c, own = (v.a * v.b - v.c * v.c) * (w.a * w.b - w.c * w.c);
    if (!(both > 0) || !(own > 0))
        return 0;
    double distance = (a * dy * dy + b * dx * dx - 2 * c * dx * dy) / both / 4; /* Bhattacharyya: means, then shapes */
    distance += log(both / (4 * sqrt(own))) / 2;
    if (!isfinite(distance))
        return 0;
    return (float)(1 - sqrt(fmax(0, 1 - exp(-distance))));
}

/*
 * Two walks: along each row the distance to the nearer end of the run of equal pixels, then down each column for how many rows in
 * sequence that distance suffices with the same class. See boundary.h.
 */
#include "metrics/boundary.h"
#include <math.h>
#include <string.h>

int oc_boundary_distance(int width, int height, double ratio)
{
    double d = rint(ratio * sqrt((double)width * width + (double)height * height));
    return d < 1 ? 1 : d > INT32_MAX ? INT32_MAX : (int)d;
}

/* wide[x] = 1 when pixels x - d .. x + d are in the row and of the class of x. */
static void find_wide(const uint16_t *row, int width, int d, uint8_t *wide)
{
    for (int start = 0; start < width;) {
        int end = start + 1;
        while (end < width && row[end] == row[start])
            end++;
        for (int x = start; x < end; x++)
            wide[x] = x - start >= d && end - 1 - x >= d;
        start = end;
    }
}

/* A pixel's square is whole when 2 d + 1 rows in sequence are wide enough there and of one class; its middle is d rows back. */
enum oc_status oc_boundary_find(const uint16_t *ids, int width, int height, int distance, uint8_t *near, struct oc_err *err)
{
    size_t w = (size_t)width, h = (size_t)height;
    memset(near, 1, w * h);
    if (distance >= width || distance >= height) /* no square fits */
        return OC_OK;
    int *rows = oc_mem_array(OC_MEM_PIXEL, w, sizeof *rows); /* wide rows in sequence that end here */
    uint8_t *wide = oc_mem_alloc(OC_MEM_PIXEL, w);
    enum oc_status st = rows && wide ? OC_OK : oc_err_nomem(err, "borders of a map", w * (sizeof *rows + 1));
    for (size_t y = 0; !st && y < h; y++) {
        const uint16_t *row = ids + y * w;
        find_wide(row, width, distance, wide);
        for (size_t x = 0; x < w; x++) {
            bool goes_on = y && row[x] == *(row + x - w);
            rows[x] = wide[x] ? (goes_on ? rows[x] : 0) + 1 : 0;
            if (rows[x] > 2 * distance)
                near[(y - (size_t)distance) * w + x] = 0;
        }
    }
    oc_mem_free(rows);
    oc_mem_free(wide);
    return st;
}

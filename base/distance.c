/* One row of the table at a time; see distance.h. */
#include "base/distance.h"
#include <string.h>

size_t oc_text_distance(const char *a, const char *b)
{
    size_t row[OC_DISTANCE_MOST + 1], n = strlen(b);
    if (n > OC_DISTANCE_MOST || strlen(a) > OC_DISTANCE_MOST)
        return OC_DISTANCE_MOST;
    for (size_t k = 0; k <= n; k++)
        row[k] = k;
    for (size_t i = 0; a[i]; i++) {
        size_t corner = i;
        row[0] = i + 1;
        for (size_t k = 0; k < n; k++) {
            size_t change = corner + (a[i] != b[k]), best = row[k + 1] < row[k] ? row[k + 1] + 1 : row[k] + 1;
            corner = row[k + 1];
            row[k + 1] = change < best ? change : best;
        }
    }
    return row[n];
}

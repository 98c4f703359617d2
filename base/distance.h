/* How far one name is from another, for "did you mean". */
#ifndef OC_BASE_DISTANCE_H
#define OC_BASE_DISTANCE_H

#include <stddef.h>

#define OC_DISTANCE_MOST 64 /* bytes of a text that is compared */

/* Characters to insert, delete or change to make one of the other (Levenshtein 1965); OC_DISTANCE_MOST when either is longer than that. */
size_t oc_text_distance(const char *a, const char *b);

#endif

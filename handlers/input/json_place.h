/* Where in a JSON text a byte is, as a path: for messages about text that could not be parsed. */
#ifndef OC_HANDLERS_JSON_PLACE_H
#define OC_HANDLERS_JSON_PLACE_H

#include <stddef.h>

/*
 * The path of the value that byte `at` belongs to, "/input/1", or "" for the whole; cut short with "..." when it does not fit. The text
 * need not be JSON: what is read before `at` counts. Returns path.
 */
#define OC_JSON_PLACE 160
const char *oc_json_place(const char *text, size_t n, size_t at, char path[OC_JSON_PLACE]);

#endif

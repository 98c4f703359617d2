/* Options of `ocelli run` for looking at a picture in parts. Private to handlers/. */
#ifndef OC_HANDLERS_CLI_TILING_H
#define OC_HANDLERS_CLI_TILING_H

#include "models/recipe/tiling.h"

/* --tile, --scales, --overlap, --merge: how many words it took; 0: wrong, and said so on stderr; -1: not one of these. value may be NULL.
 */
int oc_cli_tiling_option(const char *name, const char *value, struct oc_tiling *t);

#endif

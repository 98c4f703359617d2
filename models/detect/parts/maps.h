/* Heads that are maps: one or more [1, channels, rows, columns] (or channels last) a level. */
#ifndef OC_MODELS_DETECT_PARTS_MAPS_H
#define OC_MODELS_DETECT_PARTS_MAPS_H

#include "models/recipe/family.h"

/* A map of one run: channel c of cell i is data[i * cell + c * channel]. Borrowed. */
struct oc_map_view {
    const float *data;
    size_t cell, channel;
    int columns, rows;
    float stride_x, stride_y; /* network pixels a cell */
};

/* The output that plays `role` as a map of that many channels, laid out as decode.channels_last says; OC_E_MODEL when it is none. */
enum oc_status oc_map_of_output(const struct oc_head *head, int role, int64_t channels, struct oc_map_view *out,
                                struct oc_err *err) OC_MUST_CHECK;
/*
 * Of a file's output: whether it is a map over the recipe's input, channels first or last as `last` says, and its stride; 0: no map.
 * *channels: how many it has.
 */
int oc_facts_map_stride(const struct eng_facts *f, int output, const struct oc_recipe *r, bool last, int64_t *channels);

#endif

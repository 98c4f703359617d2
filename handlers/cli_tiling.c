/* See cli_tiling.h. */
#include "handlers/cli_tiling.h"
#include <stdio.h>
#include <string.h>
#include "base/parse.h"

static bool take_scales(const char *text, struct oc_tiling *t)
{
    t->n_scales = 0;
    for (const char *p = text; p && *p && t->n_scales < LIM_SCALES;) {
        size_t n = strcspn(p, ",");
        double v = 0;
        if (!oc_parse_f64(p, n, (double)OC_SCALE_MIN, (double)OC_SCALE_MAX, &v))
            break;
        t->scales[t->n_scales++] = (float)v;
        if (!p[n])
            return true;
        p += n + 1;
    }
    fprintf(stderr, "ocelli: --scales: up to %d numbers of %g..%g with commas are expected\n", LIM_SCALES, (double)OC_SCALE_MIN,
            (double)OC_SCALE_MAX);
    return false;
}

int oc_cli_tiling_option(const char *name, const char *value, struct oc_tiling *t)
{
    struct oc_err err = {0};
    double v = 0;
    bool good = true;
    if (!strcmp(name, "--tile")) {
        good = value && !oc_tiling_parse_tile(value, t, &err);
        if (!good)
            fprintf(stderr, "ocelli: --tile: auto, none or WIDTHxHEIGHT is expected\n");
    } else if (!strcmp(name, "--scales")) {
        good = take_scales(value, t);
    } else if (!strcmp(name, "--overlap")) {
        good = value && oc_parse_f64(value, strlen(value), 0, (double)OC_OVERLAP_MAX, &v);
        if (!good)
            fprintf(stderr, "ocelli: --overlap: a number of 0..%g is expected\n", (double)OC_OVERLAP_MAX);
        t->has_overlap = true;
        t->overlap = (float)v;
    } else if (!strcmp(name, "--merge")) {
        int i = 0;
        while (value && oc_merge_words[i] && strcmp(oc_merge_words[i], value) != 0)
            i++;
        good = value && oc_merge_words[i];
        t->merge = good ? (enum oc_merge)i : OC_MERGE_NMS;
        if (!good)
            fprintf(stderr, "ocelli: --merge: nms, soft_nms or wbf is expected\n");
    } else {
        return -1;
    }
    return good ? 2 : 0;
}

/* See rle_in.h. */
#include "handlers/metrics/rle_in.h"
#include "handlers/input/json_in.h"

enum { PATH = 192 };

static enum oc_status read_numbers(const json_t *counts, const char *path, struct oc_rle *out, struct oc_err *err)
{
    size_t n = json_array_size(counts);
    char name[PATH + 32];
    *out = (struct oc_rle){oc_mem_array(OC_MEM_OTHER, n ? n : 1, sizeof(uint32_t)), 0};
    if (!out->counts)
        return oc_err_nomem(err, "runs", n * sizeof(uint32_t));
    for (; out->n < n; out->n++) {
        int64_t run;
        snprintf(name, sizeof name, "%s/counts/%zu", path, out->n);
        enum oc_status st = oc_json_get_int(json_array_get(counts, out->n), name, 0, UINT32_MAX, &run, err);
        if (st)
            return st;
        out->counts[out->n] = (uint32_t)run;
    }
    return OC_OK;
}

enum oc_status oc_rle_from_json(const json_t *counts, const char *path, uint64_t pixels, struct oc_rle *out, struct oc_err *err)
{
    enum oc_status st;
    *out = (struct oc_rle){0};
    if (json_is_string(counts)) {
        st = oc_rle_parse(json_string_value(counts), json_string_length(counts), pixels, out, err);
        if (st)
            st = oc_err_prefix(err, st, "%s/", path);
    } else if (json_is_array(counts)) {
        st = read_numbers(counts, path, out, err);
        if (!st && (st = oc_rle_check(out, pixels, err)))
            st = oc_err_prefix(err, st, "%s/", path);
    } else {
        st = oc_err_set(err, OC_E_INVALID, "%s/counts: must be text or a list of numbers, is %s", path,
                        counts ? oc_json_kind(counts) : "absent");
    }
    if (st)
        oc_rle_deinit(out);
    return st;
}

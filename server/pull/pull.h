/* Pulling one model: its files, what is written beside them, the look at the whole before it is moved to its place. */
#ifndef OC_SERVER_PULL_PULL_H
#define OC_SERVER_PULL_PULL_H

#include "engine/eng.h"
#include "server/pull/install.h"

struct oc_pull {
    const char *mirror; /* NULL: each file's own URL; else a folder or an http(s) URL with FOLDER/PATH below it */
    bool mirror_is_path;
    bool force; /* again, even if it is installed and right */
    int attempts, stall_seconds, first_pause_ms;
    bool quiet;
    struct eng_options engine; /* for the look at the finished model */
    const volatile int *interrupted;
};

/* "installed", "already there": */
enum oc_pulled { OC_PULL_INSTALLED, OC_PULL_WAS_THERE };

/* OC_E_MODEL: the files are what they were said to be and yet no model that can be served. Others as oc_download_file. */
enum oc_status oc_pull_model(const struct oc_pull *o, const struct oc_staging *s, const struct oc_pull_model *m, enum oc_pulled *out,
                             struct oc_err *err) OC_MUST_CHECK;

/* Where file i of m comes from: its URL, or its place in the mirror. */
enum oc_status oc_pull_origin(const struct oc_pull *o, const struct oc_pull_model *m, size_t i, char out[OC_PATH_MAX],
                              struct oc_err *err) OC_MUST_CHECK;

#endif

/*
 * Scores that grow over many requests: a bounded store of tallies under ids that cannot be guessed. All functions are thread-safe. A
 * session that was not used for as long as the store says is gone; looking for one, making one and counting them notice. The ids of the
 * last that went so are remembered: who asks for one is told that it has expired, not that it never was.
 */
#ifndef OC_HANDLERS_METRICS_SESSIONS_H
#define OC_HANDLERS_METRICS_SESSIONS_H

#include "base/err.h"
#include "metrics/segmentation.h"

#define OC_SESSION_ID 32 /* hexadecimal digits: 128 random bits */

struct oc_metric_sessions;

struct oc_session_limits {
    size_t sessions, bytes; /* at most so many, and so much in all */
    int64_t idle_ns;        /* kept for so long after the last use */
};

enum oc_status oc_metric_sessions_new(const struct oc_session_limits *limits, struct oc_metric_sessions **out,
                                      struct oc_err *err) OC_MUST_CHECK;
void oc_metric_sessions_free(struct oc_metric_sessions *s); /* nobody uses it; NULL is fine */

/* On what terms a session compares; fixed once made. */
struct oc_session_terms {
    int classes, ignore;       /* classes: at least 1 */
    double boundary_ratio;     /* 0: borders are not compared */
    const char *const *labels; /* `classes` names, or NULL */
    bool skip_beyond;          /* of struct oc_map_pair */
    bool ignore_by_pair;       /* of struct oc_metric_terms */
};

/* A session as it is now: a copy, to be deinitialised. */
struct oc_session_view {
    struct oc_session_terms terms; /* labels are in the view */
    struct oc_tally tally;         /* owned */
    const char **labels;           /* owned, with their text in the same block; NULL without */
};

void oc_session_view_deinit(struct oc_session_view *v); /* an empty one is fine */

/* Makes an empty one. OC_E_BUSY when there are too many, or too large ones, saying the limit; OC_E_NOMEM; OC_E_INTERNAL without randomness.
 */
enum oc_status oc_metric_session_make(struct oc_metric_sessions *s, const struct oc_session_terms *terms, char id[OC_SESSION_ID + 1],
                                      struct oc_err *err) OC_MUST_CHECK;
/* Its terms and what it has counted. OC_E_NOT_FOUND, OC_E_GONE, OC_E_NOMEM. */
enum oc_status oc_metric_session_view(struct oc_metric_sessions *s, const char *id, bool with_tally, struct oc_session_view *out,
                                      struct oc_err *err) OC_MUST_CHECK;
/* Adds a tally of the same form, all of it or nothing; *total (may be NULL) is the sum's head: pairs, pixels, ignored. OC_E_NOT_FOUND,
 * OC_E_GONE and statuses of oc_tally_merge. */
enum oc_status oc_metric_session_add(struct oc_metric_sessions *s, const char *id, const struct oc_tally *more, struct oc_tally *total,
                                     struct oc_err *err) OC_MUST_CHECK;
enum oc_status oc_metric_session_drop(struct oc_metric_sessions *s, const char *id, struct oc_err *err) OC_MUST_CHECK;

/* For /metrics. */
struct oc_session_counts {
    size_t sessions, bytes;
    uint64_t made, expired;
};
struct oc_session_counts oc_metric_sessions_count(struct oc_metric_sessions *s);

#endif

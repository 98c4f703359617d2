/*
 * A list under one mutex. What is done while it is held is adding and copying matrices, never reading requests or writing answers: those
 * work on tallies of their own. See sessions.h.
 */
#include "handlers/metrics/sessions.h"
#include <pthread.h>
#include <string.h>
#include <sys/random.h>
#include "base/clock.h"

struct session {
    char id[OC_SESSION_ID + 1];
    struct oc_session_terms terms;
    const char **labels; /* owned; terms.labels */
    struct oc_tally tally;
    size_t bytes; /* of all of it */
    int64_t used_ns;
    struct session *next;
};

enum { REMEMBERED = 1024 /* ids of sessions that have expired */ };

struct oc_metric_sessions {
    pthread_mutex_t mutex;                       /* guards the rest */
    char expired[REMEMBERED][OC_SESSION_ID + 1]; /* in turn: counts.expired of them came before */
    struct oc_session_limits limits;
    struct oc_session_counts counts;
    struct session *first;
};

enum oc_status oc_metric_sessions_new(const struct oc_session_limits *limits, struct oc_metric_sessions **out, struct oc_err *err)
{
    struct oc_metric_sessions *s = oc_mem_zero(OC_MEM_OTHER, sizeof *s);
    *out = s;
    if (!s)
        return oc_err_nomem(err, "sessions", sizeof *s);
    s->limits = *limits;
    pthread_mutex_init(&s->mutex, NULL);
    return OC_OK;
}

static void free_session(struct session *one)
{
    if (!one)
        return;
    oc_tally_deinit(&one->tally);
    oc_mem_free(one->labels);
    oc_mem_free(one);
}

void oc_metric_sessions_free(struct oc_metric_sessions *s)
{
    if (!s)
        return;
    while (s->first) {
        struct session *next = s->first->next;
        free_session(s->first);
        s->first = next;
    }
    pthread_mutex_destroy(&s->mutex);
    oc_mem_free(s);
}

/* Bytes of names with their pointers. */
static size_t label_bytes(const char *const *labels, int n)
{
    size_t bytes = 0;
    for (int i = 0; labels && i < n; i++)
        bytes += sizeof *labels + strlen(labels[i]) + 1;
    return bytes;
}

/* Pointers and text in one block. */
static enum oc_status copy_labels(const char *const *labels, int n, const char ***out, struct oc_err *err)
{
    size_t bytes = label_bytes(labels, n);
    *out = NULL;
    if (!bytes)
        return OC_OK;
    const char **copy = oc_mem_alloc(OC_MEM_OTHER, bytes);
    if (!copy)
        return oc_err_nomem(err, "labels", bytes);
    char *text = (char *)(copy + n);
    for (int i = 0; i < n; i++) {
        size_t length = strlen(labels[i]) + 1;
        memcpy(text, labels[i], length);
        copy[i] = text;
        text += length;
    }
    *out = copy;
    return OC_OK;
}

/* Takes a session out of the list; `link` points to it. With the mutex held. */
static struct session *unlink_session(struct oc_metric_sessions *s, struct session **link)
{
    struct session *one = *link;
    *link = one->next;
    s->counts.sessions--;
    s->counts.bytes -= one->bytes;
    return one;
}

static void drop_expired(struct oc_metric_sessions *s)
{
    int64_t oldest = oc_now_ns() - s->limits.idle_ns;
    for (struct session **link = &s->first; *link;) {
        if ((*link)->used_ns >= oldest) {
            link = &(*link)->next;
            continue;
        }
        struct session *one = unlink_session(s, link);
        memcpy(s->expired[s->counts.expired++ % REMEMBERED], one->id, sizeof one->id);
        free_session(one);
    }
}

static bool has_expired(const struct oc_metric_sessions *s, const char *id)
{
    for (size_t i = 0; *id && i < REMEMBERED; i++)
        if (!strcmp(s->expired[i], id))
            return true;
    return false;
}

/* The place that points to a session. With the mutex held; the session counts as used now. OC_E_NOT_FOUND, OC_E_GONE. */
static enum oc_status find(struct oc_metric_sessions *s, const char *id, struct session ***out, struct oc_err *err)
{
    drop_expired(s);
    *out = NULL;
    for (struct session **link = &s->first; *link; link = &(*link)->next) {
        if (strcmp((*link)->id, id) != 0)
            continue;
        (*link)->used_ns = oc_now_ns();
        *out = link;
        return OC_OK;
    }
    if (has_expired(s, id))
        return oc_err_set(err, OC_E_GONE, "session '%.64s' has expired: it was not used for %lld s", id,
                          (long long)(s->limits.idle_ns / OC_NS_PER_S));
    return oc_err_set(err, OC_E_NOT_FOUND, "no session '%.64s': it was never made, or was deleted", id);
}

static enum oc_status make_id(char id[OC_SESSION_ID + 1], struct oc_err *err)
{
    uint8_t bytes[OC_SESSION_ID / 2];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return oc_err_set(err, OC_E_INTERNAL, "the system gives no random numbers");
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(id + 2 * i, 3, "%02x", bytes[i]);
    return OC_OK;
}

static enum oc_status link_session(struct oc_metric_sessions *s, struct session *one, struct oc_err *err)
{
    const struct oc_session_limits *l = &s->limits;
    enum oc_status st = OC_OK;
    pthread_mutex_lock(&s->mutex);
    drop_expired(s);
    if (s->counts.sessions >= l->sessions) {
        st = oc_err_set(err, OC_E_BUSY, "at most %zu sessions at a time; delete one, or wait until one is not used any more", l->sessions);
    } else if (one->bytes > l->bytes - s->counts.bytes) {
        st = oc_err_set(err, OC_E_BUSY, "all sessions together may take %zu bytes, of which %zu are free; this one needs %zu", l->bytes,
                        l->bytes - s->counts.bytes, one->bytes);
    } else {
        one->next = s->first;
        one->used_ns = oc_now_ns();
        s->first = one;
        s->counts.sessions++;
        s->counts.made++;
        s->counts.bytes += one->bytes;
    }
    pthread_mutex_unlock(&s->mutex);
    return st;
}

enum oc_status oc_metric_session_make(struct oc_metric_sessions *s, const struct oc_session_terms *terms, char id[OC_SESSION_ID + 1],
                                      struct oc_err *err)
{
    struct session *one = oc_mem_zero(OC_MEM_OTHER, sizeof *one);
    if (!one)
        return oc_err_nomem(err, "a session", sizeof *one);
    one->terms = *terms;
    one->bytes = sizeof *one + oc_tally_bytes(terms->classes, terms->boundary_ratio > 0) + label_bytes(terms->labels, terms->classes);
    enum oc_status st = make_id(one->id, err);
    if (!st)
        st = oc_tally_init(&one->tally, terms->classes, terms->boundary_ratio, err);
    if (!st)
        st = copy_labels(terms->labels, terms->classes, &one->labels, err);
    one->terms.labels = one->labels;
    memcpy(id, one->id, sizeof one->id);
    if (!st)
        st = link_session(s, one, err);
    if (st)
        free_session(one);
    return st;
}

void oc_session_view_deinit(struct oc_session_view *v)
{
    oc_tally_deinit(&v->tally);
    oc_mem_free(v->labels);
    *v = (struct oc_session_view){.labels = NULL};
}

enum oc_status oc_metric_session_view(struct oc_metric_sessions *s, const char *id, bool with_tally, struct oc_session_view *out,
                                      struct oc_err *err)
{
    struct session **link;
    *out = (struct oc_session_view){.labels = NULL};
    pthread_mutex_lock(&s->mutex);
    enum oc_status st = find(s, id, &link, err);
    if (!st) {
        out->terms = (*link)->terms;
        st = copy_labels((*link)->labels, out->terms.classes, &out->labels, err);
        if (!st && with_tally)
            st = oc_tally_copy(&(*link)->tally, &out->tally, err);
    }
    pthread_mutex_unlock(&s->mutex);
    out->terms.labels = out->labels;
    if (st)
        oc_session_view_deinit(out);
    return st;
}

enum oc_status oc_metric_session_add(struct oc_metric_sessions *s, const char *id, const struct oc_tally *more, struct oc_tally *total,
                                     struct oc_err *err)
{
    struct session **link;
    pthread_mutex_lock(&s->mutex);
    enum oc_status st = find(s, id, &link, err);
    if (!st)
        st = oc_tally_merge(&(*link)->tally, more, err);
    if (!st && total) {
        const struct oc_tally *t = &(*link)->tally;
        *total = (struct oc_tally){.classes = t->classes, .pixels = t->pixels, .pairs = t->pairs, .ignored = t->ignored};
    }
    pthread_mutex_unlock(&s->mutex);
    return st;
}

enum oc_status oc_metric_session_drop(struct oc_metric_sessions *s, const char *id, struct oc_err *err)
{
    struct session *one = NULL, **link;
    pthread_mutex_lock(&s->mutex);
    enum oc_status st = find(s, id, &link, err);
    if (!st)
        one = unlink_session(s, link);
    pthread_mutex_unlock(&s->mutex);
    free_session(one);
    return st;
}

struct oc_session_counts oc_metric_sessions_count(struct oc_metric_sessions *s)
{
    pthread_mutex_lock(&s->mutex);
    drop_expired(s);
    struct oc_session_counts counts = s->counts;
    pthread_mutex_unlock(&s->mutex);
    return counts;
}

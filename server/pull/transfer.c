/* See transfer.h. Answers other than 200 and 206 leave the file alone: an error page is no model. */
#include "server/pull/transfer.h"
#include "base/clock.h"
#include "server/command.h"
#include "server/pull/catalogue.h"
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <strings.h>
#include <unistd.h>

#define REDIRECTS 5L
#define CONNECT_SECONDS 20L

struct state {
    struct oc_transfer *t;
    struct oc_progress *p;
    CURL *curl;
    int fd;
    int64_t written;
    int64_t moved_ns; /* when something came last */
    curl_off_t received;
    bool stalled;
    enum oc_status st; /* why a callback stopped the transfer */
    struct oc_err *err;
};

static int64_t limit_of(const struct oc_transfer *t)
{
    return t->expected >= 0 ? t->expected : (int64_t)LIM_PULL_FILE;
}

/* The size that the server announces is judged before any byte is taken. */
static enum oc_status judge_announced(struct state *s)
{
    curl_off_t length = -1;
    curl_easy_getinfo(s->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (length < 0)
        return OC_OK;
    int64_t whole = s->t->offset + length;
    if (s->t->expected >= 0 && whole != s->t->expected)
        return oc_err_set(s->err, OC_E_INVALID, "%s: the server announces %lld bytes, the catalogue says %lld", s->t->url, (long long)whole,
                          (long long)s->t->expected);
    if (whole > limit_of(s->t))
        return oc_err_set(s->err, OC_E_INVALID, "%s: %lld bytes, %lld at most", s->t->url, (long long)whole, (long long)limit_of(s->t));
    return OC_OK;
}

static enum oc_status store(struct state *s, const char *data, size_t n)
{
    while (n) {
        ssize_t k = write(s->fd, data, n);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return oc_err_set(s->err, OC_E_IO, "%s: %s", s->t->part, strerror(k < 0 ? errno : ENOSPC));
        data += k;
        n -= (size_t)k;
    }
    return OC_OK;
}

static size_t on_data(char *data, size_t size, size_t count, void *arg)
{
    struct state *s = arg;
    size_t n = size * count;
    long status = 0;
    curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200 && status != 206)
        return n; /* read and thrown away */
    if (s->written == 0)
        s->st = judge_announced(s);
    if (!s->st && s->t->offset + s->written + (int64_t)n > limit_of(s->t))
        s->st = oc_err_set(s->err, OC_E_INVALID, "%s sends more than %lld bytes", s->t->url, (long long)limit_of(s->t));
    if (!s->st)
        s->st = store(s, data, n);
    if (s->st)
        return 0;
    s->written += (int64_t)n;
    return n;
}

/* "X-Linked-ETag: "64 hexadecimal digits"": how Hugging Face states a large file's digest, on the answer that redirects. */
static size_t on_header(char *line, size_t size, size_t count, void *arg)
{
    static const char name[] = "x-linked-etag:";
    struct state *s = arg;
    size_t n = size * count;
    char digits[65];
    if (n < sizeof name + 64 || strncasecmp(line, name, sizeof name - 1) != 0)
        return n;
    const char *value = line + sizeof name - 1, *end = line + n;
    while (value < end && (*value == ' ' || *value == '"'))
        value++;
    if (end - value >= 64) {
        memcpy(digits, value, 64);
        digits[64] = 0;
        s->t->has_etag = oc_sha256_parse(digits, s->t->etag);
    }
    return n;
}

static int on_progress(void *arg, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up)
{
    struct state *s = arg;
    (void)up_total;
    (void)up;
    int64_t whole = s->t->expected >= 0 ? s->t->expected : total > 0 ? s->t->offset + total : -1;
    if (now > s->received) {
        s->received = now;
        s->moved_ns = oc_now_ns();
    }
    s->stalled = oc_now_ns() - s->moved_ns > (int64_t)s->t->stall_seconds * OC_NS_PER_S; /* libcurl's own limit averages over seconds */
    oc_progress_show(s->p, s->t->offset + s->written, whole);
    return *s->t->interrupted || s->stalled;
}

/* http is for mirrors that are given as http; nothing begun as https goes on without it. */
static bool limit_protocols(CURL *c, const char *url)
{
    bool plain = !strncasecmp(url, "http://", 7);
#if LIBCURL_VERSION_NUM >= 0x075500
    const char *allowed = plain ? "http,https" : "https";
    return curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, allowed) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, allowed) == CURLE_OK;
#else
    long allowed = CURLPROTO_HTTPS | (plain ? CURLPROTO_HTTP : 0);
    return curl_easy_setopt(c, CURLOPT_PROTOCOLS, allowed) == CURLE_OK && curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS, allowed) == CURLE_OK;
#endif
}

static bool set_options(struct state *s)
{
    CURL *c = s->curl;
    return curl_easy_setopt(c, CURLOPT_URL, s->t->url) == CURLE_OK && limit_protocols(c, s->t->url) &&
           curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L) == CURLE_OK && curl_easy_setopt(c, CURLOPT_MAXREDIRS, REDIRECTS) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, CONNECT_SECONDS) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)s->t->offset) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_USERAGENT, oc_version_agent()) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_data) == CURLE_OK && curl_easy_setopt(c, CURLOPT_WRITEDATA, s) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK && curl_easy_setopt(c, CURLOPT_HEADERDATA, s) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress) == CURLE_OK &&
           curl_easy_setopt(c, CURLOPT_XFERINFODATA, s) == CURLE_OK && curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L) == CURLE_OK;
}

static enum oc_status by_status(const struct oc_transfer *t, long status, struct oc_err *err)
{
    if (status == 200 || status == 206)
        return OC_OK;
    enum oc_status st = status == 404 || status == 410                    ? OC_E_NOT_FOUND
                        : status == 401 || status == 403 || status == 451 ? OC_E_FORBIDDEN
                        : status == 416                                   ? OC_E_INVALID /* the piece that is there is too long */
                                                                          : OC_E_DEADLINE;
    return oc_err_set(err, st, "%s: the server answers with status %ld", t->url, status);
}

static enum oc_status outcome(struct state *s, CURLcode rc, struct oc_err *err)
{
    const struct oc_transfer *t = s->t;
    long status = 0;
    curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
    if (s->st)
        return s->st;
    if (*t->interrupted)
        return oc_err_set(err, OC_E_CANCELLED, "interrupted");
    if (rc == CURLE_RANGE_ERROR || rc == CURLE_BAD_DOWNLOAD_RESUME)
        return oc_err_set(err, OC_E_INVALID, "%s: the server cannot go on where the file ends", t->url);
    if (rc == CURLE_UNSUPPORTED_PROTOCOL)
        return oc_err_set(err, OC_E_FORBIDDEN, "%s: the server redirects to something that is not %s", t->url,
                          strncasecmp(t->url, "http://", 7) ? "https" : "http or https");
    if (rc == CURLE_TOO_MANY_REDIRECTS || rc == CURLE_PEER_FAILED_VERIFICATION)
        return oc_err_set(err, OC_E_FORBIDDEN, "%s: %s", t->url, curl_easy_strerror(rc));
    if (rc == CURLE_OUT_OF_MEMORY)
        return oc_err_nomem(err, "transfer", 0);
    if (rc != CURLE_OK)
        return oc_err_set(err, OC_E_DEADLINE, "%s: %s", t->url,
                          s->stalled || rc == CURLE_OPERATION_TIMEDOUT ? "nothing came for too long" : curl_easy_strerror(rc));
    enum oc_status st = by_status(t, status, err);
    if (!st && t->expected >= 0 && t->offset + s->written < t->expected)
        return oc_err_set(err, OC_E_DEADLINE, "%s ended after %lld of %lld bytes", t->url, (long long)(t->offset + s->written),
                          (long long)t->expected);
    return st;
}

enum oc_status oc_transfer_run(struct oc_transfer *t, struct oc_progress *p, struct oc_err *err)
{
    struct state s = {.t = t, .p = p, .err = err, .moved_ns = oc_now_ns(), .curl = curl_easy_init()};
    if (!s.curl)
        return oc_err_nomem(err, "transfer", 0);
    s.fd = open(t->part, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (t->offset ? 0 : O_TRUNC), 0644);
    enum oc_status st;
    if (s.fd < 0)
        st = oc_err_set(err, OC_E_IO, "%s: %s", t->part, strerror(errno));
    else if (!set_options(&s))
        st = oc_err_set(err, OC_E_INVALID, "'%.200s' is not a URL that can be fetched", t->url);
    else
        st = outcome(&s, curl_easy_perform(s.curl), err);
    if (s.fd >= 0 && close(s.fd) && !st)
        st = oc_err_set(err, OC_E_IO, "%s: %s", t->part, strerror(errno));
    curl_easy_cleanup(s.curl);
    return st;
}

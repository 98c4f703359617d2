/* Prometheus text; see prometheus.h. Relaxed atomics: counters order nothing. */
#include "server/telemetry/prometheus.h"
#include "base/clock.h"
#include <inttypes.h>
#include <math.h>

static const double bounds[OC_HISTOGRAM_BUCKETS] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};

enum oc_status oc_prom_family(struct oc_buf *out, const char *name, const char *type, const char *help)
{
    return oc_buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Backslash, quote and newline are escaped; other control characters, which some parsers refuse, become spaces. */
static enum oc_status add_escaped(struct oc_buf *out, const char *s)
{
    enum oc_status st = OC_OK;
    for (; !st && *s; s++) {
        if (*s == '\\' || *s == '"')
            st = oc_buf_addf(out, "\\%c", *s);
        else if (*s == '\n')
            st = oc_buf_add_str(out, "\\n");
        else
            st = oc_buf_add(out, (unsigned char)*s < 0x20 || *s == 0x7f ? " " : s, 1);
    }
    return st;
}

/* suffix: "_bucket" and so on; le: the bucket's bound, or NULL. */
static enum oc_status add_name(struct oc_buf *out, const char *name, const char *suffix, const struct oc_label *labels, size_t n,
                               const char *le)
{
    enum oc_status st = oc_buf_addf(out, "%s%s", name, suffix);
    for (size_t i = 0; !st && i < n; i++) {
        st = oc_buf_addf(out, "%s%s=\"", i ? "," : "{", labels[i].name);
        if (!st)
            st = add_escaped(out, labels[i].value);
        if (!st)
            st = oc_buf_add_str(out, "\"");
    }
    if (!st && le)
        st = oc_buf_addf(out, "%sle=\"%s\"", n ? "," : "{", le);
    if (!st && (n || le))
        st = oc_buf_add_str(out, "}");
    return st;
}

static enum oc_status add_number(struct oc_buf *out, double v)
{
    if (isnan(v))
        return oc_buf_add_str(out, " NaN\n");
    if (isinf(v))
        return oc_buf_add_str(out, v > 0 ? " +Inf\n" : " -Inf\n");
    return oc_buf_addf(out, fabs(v) < 1e15 && trunc(v) == v ? " %.0f\n" : " %.9g\n", v);
}

enum oc_status oc_prom_sample(struct oc_buf *out, const char *name, const struct oc_label *labels, size_t n_labels, double value)
{
    enum oc_status st = add_name(out, name, "", labels, n_labels, NULL);
    return st ? st : add_number(out, value);
}

enum oc_status oc_prom_single(struct oc_buf *out, const char *name, const char *type, const char *help, double value)
{
    enum oc_status st = oc_prom_family(out, name, type, help);
    return st ? st : oc_prom_sample(out, name, NULL, 0, value);
}

void oc_histogram_observe(struct oc_histogram *h, int64_t ns)
{
    double seconds = (double)ns / OC_NS_PER_S;
    size_t i = 0;
    while (i < OC_HISTOGRAM_BUCKETS && seconds > bounds[i])
        i++;
    atomic_fetch_add_explicit(&h->bucket[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&h->sum_ns, ns > 0 ? (uint_fast64_t)ns : 0, memory_order_relaxed);
}

enum oc_status oc_prom_histogram(struct oc_buf *out, const char *name, const struct oc_label *labels, size_t n_labels,
                                 struct oc_histogram *h)
{
    uint64_t counts[OC_HISTOGRAM_BUCKETS + 1], sum = 0;
    for (size_t i = 0; i <= OC_HISTOGRAM_BUCKETS; i++) { /* read once, so that the count equals the last bucket */
        sum += atomic_load_explicit(&h->bucket[i], memory_order_relaxed);
        counts[i] = sum;
    }
    if (sum == 0)
        return OC_OK;
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i <= OC_HISTOGRAM_BUCKETS; i++) {
        char le[32] = "+Inf";
        if (i < OC_HISTOGRAM_BUCKETS)
            snprintf(le, sizeof le, "%g", bounds[i]);
        st = add_name(out, name, "_bucket", labels, n_labels, le);
        if (!st)
            st = oc_buf_addf(out, " %" PRIu64 "\n", counts[i]);
    }
    if (!st)
        st = add_name(out, name, "_sum", labels, n_labels, NULL);
    if (!st)
        st = add_number(out, (double)atomic_load_explicit(&h->sum_ns, memory_order_relaxed) / OC_NS_PER_S);
    if (!st)
        st = add_name(out, name, "_count", labels, n_labels, NULL);
    return st ? st : oc_buf_addf(out, " %" PRIu64 "\n", sum);
}

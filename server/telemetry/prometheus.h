/* Writing Prometheus text format 0.0.4: help and type once a family, labels escaped, numbers that parse everywhere. */
#ifndef OC_SERVER_TELEMETRY_PROMETHEUS_H
#define OC_SERVER_TELEMETRY_PROMETHEUS_H

#include <stdatomic.h>
#include "base/buf.h"

/* A label of a sample. */
struct oc_label {
    const char *name, *value; /* borrowed */
};

/* "# HELP" and "# TYPE" lines. type: "counter", "gauge" or "histogram"; counters' names end in _total. */
enum oc_status oc_prom_family(struct oc_buf *out, const char *name, const char *type, const char *help) OC_MUST_CHECK;
/* One sample: name{labels} value. n_labels may be 0. */
enum oc_status oc_prom_sample(struct oc_buf *out, const char *name, const struct oc_label *labels, size_t n_labels,
                              double value) OC_MUST_CHECK;
/* A family with a single sample without labels. */
enum oc_status oc_prom_single(struct oc_buf *out, const char *name, const char *type, const char *help, double value) OC_MUST_CHECK;

/* Latencies in fixed buckets, 1 ms to 30 s. Any thread may observe. */
#define OC_HISTOGRAM_BUCKETS 14
struct oc_histogram {
    atomic_uint_fast64_t bucket[OC_HISTOGRAM_BUCKETS + 1]; /* the last: above all bounds; not cumulative */
    atomic_uint_fast64_t sum_ns;
};

void oc_histogram_observe(struct oc_histogram *h, int64_t ns);
/* Samples NAME_bucket (cumulative, with le), NAME_sum and NAME_count; at most three labels. Nothing at all while nothing was observed. */
enum oc_status oc_prom_histogram(struct oc_buf *out, const char *name, const struct oc_label *labels, size_t n_labels,
                                 struct oc_histogram *h) OC_MUST_CHECK;

#endif

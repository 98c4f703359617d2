#include <criterion/criterion.h>
#include "base/clock.h"
#include "server/telemetry/prometheus.h"
#include "server/telemetry/stats.h"

static struct oc_buf out;

static void set_up(void)
{
    oc_buf_init(&out, OC_MEM_OTHER, 1 << 20);
}

static void tear_down(void)
{
    oc_buf_deinit(&out);
}

TestSuite(telemetry, .init = set_up, .fini = tear_down);

Test(telemetry, labels_are_escaped)
{
    const struct oc_label labels[] = {{"a", "x\"y\\z\n\x01!"}, {"b", ""}};
    cr_assert_eq(oc_prom_sample(&out, "n", labels, 2, 1), OC_OK);
    cr_assert_str_eq(out.data, "n{a=\"x\\\"y\\\\z\\n !\",b=\"\"} 1\n");
}

Test(telemetry, numbers)
{
    static const struct {
        double v;
        const char *text;
    } cases[] = {{0, "n 0\n"},          {12345678901, "n 12345678901\n"}, {0.25, "n 0.25\n"},    {-1, "n -1\n"},
                 {1e300, "n 1e+300\n"}, {1.0 / 0.0, "n +Inf\n"},          {0.0 / 0.0, "n NaN\n"}};
    for (size_t i = 0; i < OC_ARRAY_LEN(cases); i++) {
        oc_buf_reset(&out);
        cr_assert_eq(oc_prom_sample(&out, "n", NULL, 0, cases[i].v), OC_OK);
        cr_assert_str_eq(out.data, cases[i].text);
    }
}

Test(telemetry, histograms_are_cumulative)
{
    struct oc_histogram h = {.sum_ns = 0};
    cr_assert_eq(oc_prom_histogram(&out, "h", NULL, 0, &h), OC_OK);
    cr_assert_eq(out.len, 0, "nothing observed, nothing written");
    oc_histogram_observe(&h, OC_NS_PER_MS);     /* on a bound: in that bucket */
    oc_histogram_observe(&h, OC_NS_PER_MS + 1); /* just above */
    oc_histogram_observe(&h, 3 * (int64_t)OC_NS_PER_S);
    oc_histogram_observe(&h, 60 * (int64_t)OC_NS_PER_S); /* above all */
    cr_assert_eq(oc_prom_histogram(&out, "h", &(struct oc_label){"l", "v"}, 1, &h), OC_OK);
    static const char *const lines[] = {"h_bucket{l=\"v\",le=\"0.001\"} 1\n",
                                        "h_bucket{l=\"v\",le=\"0.0025\"} 2\n",
                                        "h_bucket{l=\"v\",le=\"2.5\"} 2\n",
                                        "h_bucket{l=\"v\",le=\"5\"} 3\n",
                                        "h_bucket{l=\"v\",le=\"30\"} 3\n",
                                        "h_bucket{l=\"v\",le=\"+Inf\"} 4\n",
                                        "h_sum{l=\"v\"} 63.002\n",
                                        "h_count{l=\"v\"} 4\n"};
    for (size_t i = 0; i < OC_ARRAY_LEN(lines); i++)
        cr_assert(strstr(out.data, lines[i]), "no %s in\n%s", lines[i], out.data);
}

Test(telemetry, requests_are_counted_by_route_and_status)
{
    static const struct oc_route routes[] = {{.method = "GET", .path = "/a"}, {.method = "POST", .path = "/b"}};
    const struct oc_router router = {routes, 2};
    struct oc_stats *s;
    struct oc_err err;
    cr_assert_eq(oc_stats_new(&router, &s, &err), OC_OK);
    struct oc_finished f = {
        .route = &routes[1], .status = 200, .total_ns = 1, .body_bytes = 10, .model = "m", .timing = {.inference_ns = 5}};
    oc_stats_finished(s, &f);
    oc_stats_finished(s, &f);
    f.status = 418;
    oc_stats_finished(s, &f);
    f.route = NULL;
    f.status = 404;
    oc_stats_finished(s, &f);
    oc_stats_reject(s, OC_REJECT_QUEUE_FULL);
    cr_assert_eq(oc_stats_render(s, &(struct oc_gauges){.version = "v", .isa = "i", .backends = "b", .queue_depth = 3}, &out), OC_OK);
    static const char *const lines[] = {"ocelli_http_requests_total{route=\"/b\",method=\"POST\",status=\"200\"} 2\n",
                                        "ocelli_http_requests_total{route=\"/b\",method=\"POST\",status=\"other\"} 1\n",
                                        "ocelli_http_requests_total{route=\"unmatched\",method=\"\",status=\"404\"} 1\n",
                                        "ocelli_rejections_total{reason=\"queue_full\"} 1\n",
                                        "ocelli_rejections_total{reason=\"draining\"} 0\n",
                                        "ocelli_request_body_bytes_total 40\n",
                                        "ocelli_queue_depth 3\n",
                                        "ocelli_build_info{version=\"v\",isa=\"i\",backends=\"b\"} 1\n",
                                        "ocelli_model_inference_duration_seconds_count{model=\"m\"} 4\n",
                                        "ocelli_stage_duration_seconds_count{stage=\"inference\"} 4\n"};
    for (size_t i = 0; i < OC_ARRAY_LEN(lines); i++)
        cr_assert(strstr(out.data, lines[i]), "no %s in\n%s", lines[i], out.data);
    cr_assert_null(strstr(out.data, "route=\"/a\""), "a route nobody asked for");
    oc_stats_free(s);
}

Test(telemetry, models_beyond_the_list_are_left_out)
{
    const struct oc_router router = {NULL, 0};
    struct oc_stats *s;
    struct oc_err err;
    size_t blocks = oc_mem_blocks();
    cr_assert_eq(oc_stats_new(&router, &s, &err), OC_OK);
    for (int i = 0; i < LIM_METRICS_MODELS + 10; i++) {
        char name[16];
        snprintf(name, sizeof name, "m%d", i);
        oc_stats_finished(s, &(struct oc_finished){.status = 200, .model = name});
    }
    cr_assert_eq(oc_stats_render(s, &(struct oc_gauges){.version = "", .isa = "", .backends = ""}, &out), OC_OK);
    cr_assert(strstr(out.data, "{model=\"m255\",") && !strstr(out.data, "{model=\"m256\","));
    oc_stats_free(s);
    oc_buf_deinit(&out);
    cr_assert_eq(oc_mem_blocks(), blocks);
}

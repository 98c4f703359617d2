/* Every route of the program, grouped by the file that answers it. */
#include "handlers/routes.h"

#define ROUTE(m, p, f, r, s)                                                 \
    {                                                                        \
        .method = (m), .path = (p), .flags = (f), .run = (r), .summary = (s) \
    }

static const struct oc_route routes[] = {
    /* health.c */
    ROUTE("GET", "/health", OC_ROUTE_QUIET | OC_ROUTE_OPEN, oc_health, "Health: 200 when requests can be served"),
    ROUTE("GET", "/health/live", OC_ROUTE_QUIET | OC_ROUTE_OPEN, oc_health_live, "Liveness: 200 while the process answers"),
    ROUTE("GET", "/health/ready", OC_ROUTE_QUIET | OC_ROUTE_OPEN, oc_health_ready, "Readiness: 503 while starting or draining"),
    ROUTE("GET", "/ping", OC_ROUTE_QUIET | OC_ROUTE_OPEN, oc_ping, "Answers pong"),
    ROUTE("GET", "/version", OC_ROUTE_QUIET, oc_version, "Version and build"),
    ROUTE("GET", "/metrics", OC_ROUTE_QUIET, oc_metrics, "Prometheus metrics"),
    /* detect.c, faces/ */
    ROUTE("POST", "/v1/detect", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_detect, "Objects in a picture: boxes, labels, scores"),
    ROUTE("POST", "/v1/faces/detect", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_faces_detect, "Faces in a picture: boxes, scores, five points"),
    ROUTE("POST", "/v1/faces/embed", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_faces_embed,
          "Faces in a picture, each with its vector and quality"),
    ROUTE("POST", "/v1/faces/verify", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_faces_verify, "Are two faces of one person"),
    /* models.c */
    ROUTE("GET", "/v1/models", OC_ROUTE_WORKER, oc_models_list, "Installed models"),
    ROUTE("GET", "/v1/models/{name}", OC_ROUTE_WORKER, oc_models_get, "One installed model with its whole recipe and its labels"),
    ROUTE("POST", "/v1/models/{name}/load", OC_ROUTE_WORKER, oc_models_load, "Load a model, again if it failed before"),
    ROUTE("POST", "/v1/models/{name}/unload", OC_ROUTE_WORKER, oc_models_unload, "Unload a model and give its memory back"),
    ROUTE("GET", "/schemas/model.json", 0, oc_schema_model, "JSON Schema of model.json"),
};

const struct oc_route *oc_routes(size_t *n)
{
    *n = OC_ARRAY_LEN(routes);
    return routes;
}

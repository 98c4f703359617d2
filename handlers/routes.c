/* Every route of the program, grouped by the file that answers it. */
#include "handlers/routes.h"
#include "handlers/dialects/compreface/recognition.h"
#include "handlers/dialects/deepface/deepface.h"
#include "handlers/dialects/deepstack/deepstack.h"
#include "handlers/dialects/deepstack/faces.h"
#include "handlers/dialects/dialects.h"

#define ROUTE(m, p, f, r, s)                                                 \
    {                                                                        \
        .method = (m), .path = (p), .flags = (f), .run = (r), .summary = (s) \
    }

/* With the dialect's name and its way of telling errors. */
#define DIALECT(d, e, es, m, p, f, r, s)                                                                                         \
    {                                                                                                                            \
        .method = (m), .path = (p), .flags = (f), .run = (r), .summary = (s), .dialect = (d), .error = (e), .error_status = (es) \
    }
#define OPENAI(m, p, f, r, s) DIALECT("openai", oc_openai_error, oc_openai_status, m, p, f, r, s)
#define IMMICH(m, p, f, r, s) DIALECT("immich", oc_immich_error, NULL, m, p, f, r, s)
#define TEI(m, p, f, r, s) DIALECT("tei", oc_tei_error, oc_tei_status, m, p, f, r, s)
#define WEAVIATE(m, p, f, r, s) DIALECT("weaviate", oc_weaviate_error, NULL, m, p, f, r, s)
/* Its clients put the API key into the form. */
#define DEEPFACE(m, p, f, r, s) DIALECT("deepface", oc_deepface_error, oc_deepface_status, m, p, f, r, s)
#define COMPREFACE(m, p, f, r, s) DIALECT("compreface", oc_cf_error, oc_cf_status, m, p, f, r, s)
#define DEEPSTACK(m, p, f, r, s)                                                                                                   \
    {                                                                                                                              \
        .method = (m), .path = (p), .flags = (f), .run = (r), .summary = (s), .dialect = "deepstack", .error = oc_deepstack_error, \
        .error_status = oc_deepstack_status, .find_key = oc_deepstack_key                                                          \
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
    /* gallery/ */
    ROUTE("GET", "/v1/subjects", OC_ROUTE_WORKER, oc_subjects_list, "People of the gallery, with their number of faces"),
    ROUTE("GET", "/v1/subjects/{name}", OC_ROUTE_WORKER, oc_subject_get, "One of them"),
    ROUTE("PATCH", "/v1/subjects/{name}", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_subject_patch, "Renames, or merges into another"),
    ROUTE("DELETE", "/v1/subjects/{name}", OC_ROUTE_WORKER, oc_subject_delete, "Deletes a person with all faces"),
    ROUTE("GET", "/v1/subjects/{name}/faces", OC_ROUTE_WORKER, oc_subject_faces, "A person's faces"),
    ROUTE("POST", "/v1/subjects/{name}/faces", OC_ROUTE_CHANGES | OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_subject_enrol,
          "Enrols a face, by picture or vector"),
    ROUTE("DELETE", "/v1/subjects/{name}/faces/{id}", OC_ROUTE_WORKER, oc_subject_face_delete, "Deletes one face"),
    ROUTE("POST", "/v1/faces/identify", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_faces_identify, "Who of the gallery is in a picture"),
    /* embed/ */
    ROUTE("POST", "/v1/embed", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_embed, "Vectors of pictures and texts"),
    ROUTE("POST", "/v1/classify", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_classify, "Which of the client's labels fits a picture"),
    ROUTE("POST", "/v1/similarity", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_similarity, "Cosines of pictures and texts with each other"),
    /* segment.c */
    ROUTE("POST", "/v1/segment", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_segment,
          "Classes of a picture's pixels: a map, shares, or the picture painted"),
    /* metrics/ */
    ROUTE("POST", "/v1/metrics/detection", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_metrics_detection,
          "Average precisions and recalls of found objects against the true ones"),
    ROUTE("POST", "/v1/metrics/segmentation", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_metrics_segmentation,
          "Scores of maps of classes against the truth"),
    ROUTE("POST", "/v1/metrics/segmentation/sessions", OC_ROUTE_CHANGES | OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_metrics_session_make,
          "Scores over many requests: a session"),
    ROUTE("POST", "/v1/metrics/segmentation/sessions/{id}/pairs", OC_ROUTE_CHANGES | OC_ROUTE_WORKER | OC_ROUTE_BODY,
          oc_metrics_session_pairs, "Adds pairs of maps to a session"),
    ROUTE("POST", "/v1/metrics/segmentation/sessions/{id}/merge", OC_ROUTE_CHANGES | OC_ROUTE_WORKER | OC_ROUTE_BODY,
          oc_metrics_session_merge, "Adds what another session has counted"),
    ROUTE("GET", "/v1/metrics/segmentation/sessions/{id}", OC_ROUTE_WORKER, oc_metrics_session_get, "A session's scores so far"),
    ROUTE("DELETE", "/v1/metrics/segmentation/sessions/{id}", OC_ROUTE_WORKER, oc_metrics_session_drop, "Ends a session"),
    /* models.c */
    ROUTE("GET", "/v1/models", OC_ROUTE_WORKER, oc_models_list, "Installed models"),
    ROUTE("GET", "/v1/models/{name}", OC_ROUTE_WORKER, oc_models_get, "One installed model with its whole recipe and its labels"),
    ROUTE("POST", "/v1/models/{name}/load", OC_ROUTE_CHANGES | OC_ROUTE_WORKER, oc_models_load, "Load a model, again if it failed before"),
    ROUTE("POST", "/v1/models/{name}/unload", OC_ROUTE_CHANGES | OC_ROUTE_WORKER, oc_models_unload,
          "Unload a model and give its memory back"),
    ROUTE("GET", "/schemas/model.json", 0, oc_schema_model, "JSON Schema of model.json"),
    /* dialects/ */
    OPENAI("POST", "/v1/embeddings", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_openai_embeddings, "Vectors of texts and pictures"),
    OPENAI("POST", "/embeddings", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_openai_embeddings, "The same for base URLs without /v1"),
    IMMICH("POST", "/predict", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_immich_predict, "Immich's machine learning"),
    IMMICH("GET", "/", OC_ROUTE_QUIET | OC_ROUTE_OPEN, oc_page_or_immich,
           "For browsers the page; else what Immich's service says of itself"),
    TEI("POST", "/embed", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_tei_embed, "Vectors of texts"),
    TEI("GET", "/info", OC_ROUTE_WORKER, oc_tei_info, "The model of texts"),
    WEAVIATE("POST", "/vectorize", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_weaviate_vectorize, "Vectors of texts and pictures"),
    WEAVIATE("GET", "/meta", OC_ROUTE_WORKER, oc_weaviate_meta, "The model"),
    WEAVIATE("GET", "/.well-known/live", OC_ROUTE_QUIET, oc_weaviate_live, "Liveness: 204"),
    WEAVIATE("GET", "/.well-known/ready", OC_ROUTE_QUIET, oc_weaviate_ready, "Readiness: 204"),
    DEEPFACE("POST", "/represent", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_deepface_represent, "Vectors of faces"),
    DEEPFACE("POST", "/verify", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_deepface_verify, "Are two pictures of one person"),
    COMPREFACE("POST", "/api/v1/detection/detect", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_cf_detect, "Faces in a picture"),
    COMPREFACE("POST", "/api/v1/verification/verify", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_cf_verify,
               "The face of a picture against those of another"),
    COMPREFACE("POST", "/api/v1/verification/embeddings/verify", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_cf_verify_vectors,
               "A vector against others"),
    COMPREFACE("GET", "/api/v1/recognition/subjects", OC_ROUTE_WORKER, oc_cf_subjects, "Names of the people in the gallery"),
    COMPREFACE("POST", "/api/v1/recognition/subjects", OC_ROUTE_CHANGES | OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_cf_subject_add,
               "Makes a subject"),
    COMPREFACE("DELETE", "/api/v1/recognition/subjects", OC_ROUTE_WORKER, oc_cf_subjects_delete, "Deletes everybody"),
    COMPREFACE("PUT", "/api/v1/recognition/subjects/{subject}", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_cf_subject_rename, "Renames a subject"),
    COMPREFACE("DELETE", "/api/v1/recognition/subjects/{subject}", OC_ROUTE_WORKER, oc_cf_subject_delete,
               "Deletes a subject with its faces"),
    COMPREFACE("POST", "/api/v1/recognition/faces", OC_ROUTE_CHANGES | OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_cf_example_add,
               "Adds a face to a subject"),
    COMPREFACE("GET", "/api/v1/recognition/faces", OC_ROUTE_WORKER, oc_cf_examples, "Faces by pages"),
    COMPREFACE("DELETE", "/api/v1/recognition/faces", OC_ROUTE_WORKER, oc_cf_examples_delete, "Deletes a subject's faces"),
    COMPREFACE("POST", "/api/v1/recognition/faces/delete", OC_ROUTE_CHANGES | OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_cf_examples_delete_ids,
               "Deletes faces by their ids"),
    COMPREFACE("DELETE", "/api/v1/recognition/faces/{image_id}", OC_ROUTE_WORKER, oc_cf_example_delete, "Deletes a face"),
    COMPREFACE("GET", "/api/v1/recognition/faces/{image_id}/img", OC_ROUTE_WORKER, oc_cf_example_image,
               "A face's picture, where pictures are kept"),
    COMPREFACE("POST", "/api/v1/recognition/faces/{image_id}/verify", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_cf_example_verify,
               "A picture's faces against a stored one"),
    COMPREFACE("POST", "/api/v1/recognition/recognize", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_cf_recognise, "Who is in a picture"),
    COMPREFACE("POST", "/api/v1/recognition/embeddings/recognize", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_cf_recognise_vectors,
               "Whose are these vectors"),
    COMPREFACE("POST", "/api/v1/recognition/embeddings/faces/{image_id}/verify", OC_ROUTE_WORKER | OC_ROUTE_BODY,
               oc_cf_example_verify_vectors, "Vectors against a stored one"),
    {
        .method = "GET",
        .path = "/api/v1/static/{key}/images/{image_id}",
        .flags = OC_ROUTE_WORKER,
        .run = oc_cf_example_image,
        .summary = "The same, the key in the path",
        .dialect = "compreface",
        .error = oc_cf_error,
        .error_status = oc_cf_status,
        .find_key = oc_cf_path_key,
    },
    DEEPSTACK("POST", "/v1/vision/detection", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_deepstack_detection, "Objects in a picture"),
    DEEPSTACK("POST", "/v1/vision/custom/{model}", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_deepstack_custom, "The same by a model's name"),
    DEEPSTACK("POST", "/v1/vision/custom/list", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_deepstack_custom_list, "Models that find objects"),
    DEEPSTACK("GET", "/v1/vision/custom/list", OC_ROUTE_WORKER, oc_deepstack_custom_list, "The same"),
    DEEPSTACK("POST", "/v1/vision/face", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_deepstack_face, "Faces in a picture"),
    DEEPSTACK("POST", "/v1/vision/face/match", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_deepstack_match, "Are two pictures of one person"),
    DEEPSTACK("POST", "/v1/vision/face/register", OC_ROUTE_CHANGES | OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_deepstack_register,
              "Adds faces to a person"),
    DEEPSTACK("POST", "/v1/vision/face/recognize", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_deepstack_recognize, "Who is in a picture"),
    DEEPSTACK("POST", "/v1/vision/face/list", OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_deepstack_list, "People that are known"),
    DEEPSTACK("POST", "/v1/vision/face/delete", OC_ROUTE_CHANGES | OC_ROUTE_WORKER | OC_ROUTE_BODY, oc_deepstack_delete,
              "Forgets a person"),
    DEEPSTACK("POST", "/v1/vision/scene", OC_ROUTE_BODY, oc_deepstack_absent, "Not offered"),
    DEEPSTACK("POST", "/v1/vision/enhance", OC_ROUTE_BODY, oc_deepstack_absent, "Not offered"),
    DEEPSTACK("GET", "/v1/status/ping", OC_ROUTE_QUIET | OC_ROUTE_OPEN, oc_deepstack_ping, "Liveness"),
    DEEPSTACK("GET", "/v1/server/status/ping", OC_ROUTE_QUIET | OC_ROUTE_OPEN, oc_deepstack_ping, "Liveness"),
    /* web/pages.c; "/" is Immich's where that dialect is on: the first of two that fit answers */
    ROUTE("GET", "/", OC_ROUTE_QUIET | OC_ROUTE_OPEN, oc_page_index, "The page"),
    ROUTE("GET", "/docs", OC_ROUTE_QUIET | OC_ROUTE_OPEN, oc_page_docs, "A viewer of the OpenAPI document"),
    ROUTE("GET", "/openapi.json", OC_ROUTE_QUIET | OC_ROUTE_OPEN, oc_page_openapi, "This server's API as an OpenAPI 3.1 document"),
    ROUTE("GET", "/static/{name}", OC_ROUTE_QUIET | OC_ROUTE_OPEN, oc_page_static, "The page's files"),
    ROUTE("GET", "/examples/{name}", OC_ROUTE_QUIET | OC_ROUTE_OPEN, oc_page_example, "Pictures to try the server with"),
};

const struct oc_route *oc_routes(size_t *n)
{
    *n = OC_ARRAY_LEN(routes);
    return routes;
}

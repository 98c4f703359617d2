/* The functions behind the routes, by file. Each is documented where it is written. */
#ifndef OC_HANDLERS_ROUTES_H
#define OC_HANDLERS_ROUTES_H

#include "handlers/handler.h"

/* health.c */
enum oc_status oc_health(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_health_live(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_health_ready(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_ping(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_version(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_metrics(struct oc_request *req, struct oc_response *res, struct oc_err *err);

/* detect.c, faces/ */
enum oc_status oc_detect(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_faces_detect(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_faces_embed(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_faces_verify(struct oc_request *req, struct oc_response *res, struct oc_err *err);

/* gallery/ */
enum oc_status oc_subjects_list(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_subject_get(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_subject_patch(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_subject_delete(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_subject_faces(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_subject_enrol(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_subject_face_delete(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_faces_identify(struct oc_request *req, struct oc_response *res, struct oc_err *err);

/* embed/ */
enum oc_status oc_embed(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_classify(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_similarity(struct oc_request *req, struct oc_response *res, struct oc_err *err);

/* segment.c */
enum oc_status oc_segment(struct oc_request *req, struct oc_response *res, struct oc_err *err);

/* metrics/ */
enum oc_status oc_metrics_detection(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_metrics_segmentation(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_metrics_session_make(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_metrics_session_pairs(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_metrics_session_merge(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_metrics_session_get(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_metrics_session_drop(struct oc_request *req, struct oc_response *res, struct oc_err *err);

/* models.c */
enum oc_status oc_models_list(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_models_get(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_models_load(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_models_unload(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_schema_model(struct oc_request *req, struct oc_response *res, struct oc_err *err);

/* web/pages.c */
enum oc_status oc_page_index(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_page_docs(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_page_openapi(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_page_static(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_page_example(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_page_or_immich(struct oc_request *req, struct oc_response *res, struct oc_err *err);

#endif

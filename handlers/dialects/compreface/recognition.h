/* CompreFace's recognition service: its face collection is the server's gallery. Private to handlers/dialects/compreface/. */
#ifndef OC_HANDLERS_COMPREFACE_RECOGNITION_H
#define OC_HANDLERS_COMPREFACE_RECOGNITION_H

#include "handlers/dialects/compreface/compreface.h"
#include "handlers/gallery/ask.h"

/* The path's {image_id}; an id that is none is nobody's: OC_E_NOT_FOUND, "Image ...". */
enum oc_status oc_cf_image_id(const struct oc_request *req, const char *text, uint8_t id[OC_FACE_ID], struct oc_err *err) OC_MUST_CHECK;
/* "image_id", "subject". */
void oc_cf_put_example(struct oc_json *j, const uint8_t id[OC_FACE_ID], const char *subject);
/* For find_key: the key in the path of /api/v1/static/{key}/images/{id}. */
enum oc_status oc_cf_path_key(struct oc_request *req, const char **key, struct oc_err *err);

/* subjects.c */
enum oc_status oc_cf_subjects(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_cf_subject_add(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_cf_subject_rename(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_cf_subject_delete(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_cf_subjects_delete(struct oc_request *req, struct oc_response *res, struct oc_err *err);

/* examples.c */
enum oc_status oc_cf_example_add(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_cf_examples(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_cf_example_delete(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_cf_examples_delete(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_cf_examples_delete_ids(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_cf_example_image(struct oc_request *req, struct oc_response *res, struct oc_err *err);

/* recognise.c */
enum oc_status oc_cf_recognise(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_cf_recognise_vectors(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_cf_example_verify(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_cf_example_verify_vectors(struct oc_request *req, struct oc_response *res, struct oc_err *err);

#endif

/*
 * Foreign protocols: thin translations to the same functions that our own routes call. One file a protocol, each with its routes, its way
 * of telling errors (struct oc_route: error, error_status) and nothing else. docs/embedding.md tells how to switch a client over.
 */
#ifndef OC_HANDLERS_DIALECTS_H
#define OC_HANDLERS_DIALECTS_H

#include "handlers/input/inputs.h"

/* openai.c */
enum oc_status oc_openai_embeddings(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_openai_error(enum oc_status code, const char *detail, const char *request_id, struct oc_buf *out);
int oc_openai_status(enum oc_status code);

/* immich.c */
enum oc_status oc_immich_predict(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_immich_root(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_immich_error(enum oc_status code, const char *detail, const char *request_id, struct oc_buf *out);

/* tei.c: Hugging Face text-embeddings-inference */
enum oc_status oc_tei_embed(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_tei_info(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_tei_error(enum oc_status code, const char *detail, const char *request_id, struct oc_buf *out);
int oc_tei_status(enum oc_status code);

/* weaviate.c: multi2vec-clip */
enum oc_status oc_weaviate_vectorize(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_weaviate_meta(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_weaviate_live(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_weaviate_ready(struct oc_request *req, struct oc_response *res, struct oc_err *err);
enum oc_status oc_weaviate_error(enum oc_status code, const char *detail, const char *request_id, struct oc_buf *out);

/* body.c */

/* Reads a request whose body must be a JSON object; *in is to be deinitialised in any case. OC_E_INVALID, OC_E_JSON, OC_E_MEDIA,
 * OC_E_NOMEM. */
enum oc_status oc_dialect_json(struct oc_request *req, struct oc_inputs *in, struct oc_err *err) OC_MUST_CHECK;

#endif

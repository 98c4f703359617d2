/*
 * The one table of status codes: what can go wrong, the HTTP status it becomes, the stable code word
 * clients see, and whether trying again later can help. Everything fallible returns enum oc_status.
 */
#ifndef OC_BASE_STATUS_H
#define OC_BASE_STATUS_H

#include <stdbool.h>
#include "base/compiler.h"

/*        name                 http  retry  code word                 title                              */
#define OC_STATUS_MAP(X)                                                                                        \
    X(OC_OK, 200, false, "ok", "OK")                                                                            \
    X(OC_DECLINED, 404, false, "not_found", "Not mine") /* a sniffer or a router says "not mine"; never sent */ \
    X(OC_E_INVALID, 400, false, "bad_request", "Bad request")                                                   \
    X(OC_E_JSON, 400, false, "invalid_json", "Invalid JSON")                                                    \
    X(OC_E_IMAGE, 400, false, "invalid_image", "Invalid image")                                                 \
    X(OC_E_UNAUTHORIZED, 401, false, "unauthorized", "Unauthorized")                                            \
    X(OC_E_FORBIDDEN, 403, false, "forbidden", "Forbidden")                                                     \
    X(OC_E_NOT_FOUND, 404, false, "not_found", "Not found")                                                     \
    X(OC_E_UNKNOWN_MODEL, 404, false, "unknown_model", "Unknown model")                                         \
    X(OC_E_METHOD, 405, false, "method_not_allowed", "Method not allowed")                                      \
    X(OC_E_CONFLICT, 409, false, "conflict", "Conflict")                                                        \
    X(OC_E_OTHER_MODEL, 409, false, "model_mismatch", "Made by another model")                                  \
    X(OC_E_GONE, 410, false, "gone", "No longer there")                                                         \
    X(OC_E_BODY_TIMEOUT, 408, true, "deadline_exceeded", "Request took too long to arrive")                     \
    X(OC_E_BODY_TOO_LARGE, 413, false, "body_too_large", "Body too large")                                      \
    X(OC_E_IMAGE_TOO_LARGE, 413, false, "image_too_large", "Image too large")                                   \
    X(OC_E_MEDIA, 415, false, "unsupported_media_type", "Unsupported media type")                               \
    X(OC_E_NO_FACE, 422, false, "no_face", "No face found")                                                     \
    X(OC_E_LOW_QUALITY, 422, false, "low_quality", "Face quality too low")                                      \
    X(OC_E_SEVERAL_FACES, 422, false, "several_faces", "Several faces where one is expected")                   \
    X(OC_E_UNPROCESSABLE, 422, false, "unprocessable", "Unprocessable request")                                 \
    X(OC_E_UNSUPPORTED, 422, false, "unsupported_operator", "Unsupported operator")                             \
    X(OC_E_MODEL, 422, false, "invalid_model", "Invalid model file")                                            \
    X(OC_E_INTERNAL, 500, false, "internal", "Internal error")                                                  \
    X(OC_E_IO, 500, false, "internal", "Input/output error")                                                    \
    X(OC_E_BUSY, 503, true, "queue_full", "Too busy")                                                           \
    X(OC_E_NOMEM, 503, true, "out_of_memory", "Memory budget used up")                                          \
    X(OC_E_NOT_READY, 503, true, "model_not_ready", "Not ready")                                                \
    X(OC_E_STORAGE, 503, true, "storage_unavailable", "Storage cannot be used")                                 \
    X(OC_E_DEADLINE, 504, true, "deadline_exceeded", "Deadline exceeded")                                       \
    X(OC_E_STORAGE_FULL, 507, true, "storage_full", "Storage is full")                                          \
    X(OC_E_CANCELLED, 499, false, "cancelled", "Client went away")

enum oc_status {
#define OC_STATUS_ENUM(name, http, retry, code, title) name,
    OC_STATUS_MAP(OC_STATUS_ENUM)
#undef OC_STATUS_ENUM
        OC_STATUS_COUNT
};

/* HTTP status of a code, e.g. 404. */
int oc_status_http(enum oc_status st);
/* Stable code word for clients, e.g. "unknown_model". */
const char *oc_status_code(enum oc_status st);
/* Short title for people, e.g. "Unknown model". */
const char *oc_status_title(enum oc_status st);
/* Identifier, e.g. "OC_E_UNKNOWN_MODEL"; for logs and tests. */
const char *oc_status_name(enum oc_status st);
/* True when the same request may succeed later (a Retry-After makes sense). */
bool oc_status_retryable(enum oc_status st);

#endif

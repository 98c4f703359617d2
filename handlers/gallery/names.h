/* Names of all subjects, for protocols that list them without pages. */
#ifndef OC_HANDLERS_GALLERY_NAMES_H
#define OC_HANDLERS_GALLERY_NAMES_H

#include "gallery/gallery.h"
#include "handlers/handler.h"
#include "handlers/output/json_out.h"

/* Writes them as strings, in order, into an open list. Ends early when the client has gone. Statuses of oc_gallery_subjects. */
enum oc_status oc_gallery_put_names(const struct oc_request *req, struct oc_gallery *g, struct oc_json *j,
                                    struct oc_err *err) OC_MUST_CHECK;

#endif

/*
 * What was understood but is suspicious, said beside the answer: native JSON answers get "warnings", a list of sentences, absent when
 * empty. A handler adds its own; names of parameters that nothing asked for are found here, with the nearest that was meant.
 */
#ifndef OC_HANDLERS_WARNINGS_H
#define OC_HANDLERS_WARNINGS_H

#include "handlers/handler.h"

/* One sentence; the same one again, or one over LIM_WARNINGS, is left out, and so is one for which there is no memory. */
void oc_warn(struct oc_request *req, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A parameter, member or part of that name (static text) means something to the handler. */
void oc_asked(struct oc_request *req, const char *name);

/* Warns of a name of the request that oc_asked was not told; to be called once the handler has asked for all. */
void oc_warn_if_unknown(struct oc_request *req, const char *name);

/* Puts the sentences into a response that is a JSON object; other responses stay as they are. Statuses of oc_buf_add. */
enum oc_status oc_warnings_put(const struct oc_request *req, struct oc_response *res) OC_MUST_CHECK;

#endif

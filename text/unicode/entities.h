/* HTML's character references (&amp; &#39; &eacute), as Python's html.unescape reads them; the names are HTML 5's. */
#ifndef OC_TEXT_UNICODE_ENTITIES_H
#define OC_TEXT_UNICODE_ENTITIES_H

#include "base/buf.h"

/* Appends the text with its character references replaced, once. OC_E_NOMEM, OC_E_BODY_TOO_LARGE. */
enum oc_status oc_entities_add(const char *text, size_t n, struct oc_buf *out) OC_MUST_CHECK;

/* The table, sorted by name; a name ends in ';' unless HTML also knows it without. */
struct oc_entity {
    const char *name, *text;
};
extern const struct oc_entity oc_entities[];
extern const size_t oc_n_entities;

#endif

/*
 * Files built into the program: those of static/, the OpenAPI document, the pictures of docs/examples/. The tables are made by
 * cmake/embed.cmake; nothing is read from disk, and a name that a client sends is only ever compared.
 */
#ifndef OC_HANDLERS_WEB_ASSETS_H
#define OC_HANDLERS_WEB_ASSETS_H

#include <stddef.h>

struct oc_asset {
    const char *name; /* "app.js" */
    const unsigned char *data;
    const size_t *len;
    const char *sha256; /* of data, in hexadecimal digits */
};

extern const struct oc_asset oc_web_pages[], oc_web_examples[];
extern const size_t oc_web_pages_len, oc_web_examples_len;

#endif

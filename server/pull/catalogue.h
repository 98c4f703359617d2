/*
 * The catalogue of models that `ocelli pull` knows: a JSON file (models/catalogue.json, built in, or --catalogue FILE). Entries of one
 * kind share a template, in which {name} stands for the model's name.
 */
#ifndef OC_SERVER_PULL_CATALOGUE_H
#define OC_SERVER_PULL_CATALOGUE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/sha256.h"

struct oc_pull_file {
    const char *path; /* below the model's folder: "visual/model.onnx" */
    const char *url;
    int64_t size; /* bytes; -1: the catalogue does not know */
    uint8_t sha256[OC_SHA256_BYTES];
    bool has_sha256; /* false: nobody could check it when the catalogue was written */
};

struct oc_pull_model {
    const char *name, *task, *about, *licence, *licence_url, *source;
    const char *folder;     /* below the model directory: "clip/ViT-B-32__openai" */
    const char *model_json; /* text of a model.json that goes with it, or NULL */
    bool restricted;        /* its licence forbids uses that people may have in mind: it is asked for */
    const struct oc_pull_file *files;
    size_t n_files;
};

struct oc_catalogue {
    struct oc_arena arena; /* owns everything */
    struct oc_pull_model *models;
    size_t n;
};

/* The catalogue that is built in. */
extern const unsigned char oc_catalogue_json[];
extern const size_t oc_catalogue_json_len;

/*
 * Reads a catalogue; every name, path and URL is checked, so that nothing in it can lead out of the model directory. OC_E_JSON,
 * OC_E_INVALID with the place, OC_E_NOMEM. Call oc_catalogue_deinit in either case.
 */
enum oc_status oc_catalogue_read(struct oc_catalogue *c, const char *text, size_t n, struct oc_err *err) OC_MUST_CHECK;
void oc_catalogue_deinit(struct oc_catalogue *c);
/* The model of that name, or NULL. */
const struct oc_pull_model *oc_catalogue_find(const struct oc_catalogue *c, const char *name);
/* Bytes of all its files; -1 when one is unknown. */
int64_t oc_pull_model_size(const struct oc_pull_model *m);
/* Every file has a digest to be held against. */
bool oc_pull_model_is_verified(const struct oc_pull_model *m);
/* 64 hexadecimal digits to a digest; false: they are not. */
bool oc_sha256_parse(const char *text, uint8_t digest[OC_SHA256_BYTES]);
void oc_sha256_text(const uint8_t digest[OC_SHA256_BYTES], char text[2 * OC_SHA256_BYTES + 1]);

#endif

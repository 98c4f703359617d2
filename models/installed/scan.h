/*
 * Finds models in a directory tree. Looks at names only; opens no model. The order is that of names, byte by byte, the
 * same on every machine. Links are followed, each folder is entered once. Private to models/installed/ and tests.
 */
#ifndef OC_MODELS_INSTALLED_SCAN_H
#define OC_MODELS_INSTALLED_SCAN_H

#include "base/arena.h"
#include "base/err.h"
#include "models/installed/state.h"

struct oc_found {
    const char *name, *part;      /* unique together; part "" for all but packages of several files */
    const char *directory, *file; /* of the .onnx */
    const char *root;             /* the package's folder: `directory`, or one above it when parts lie in folders */
    const char *below;            /* the model directory: links may end anywhere in it */
    const char *manifest;         /* folder that has a model.json; NULL = none */
    const char *labels;           /* labels file in `directory`; NULL = none */
    enum oc_layout layout;
    size_t bytes; /* of the .onnx */
    int64_t modified_s;
    uint64_t stamp; /* changes when the .onnx, model.json, labels file or configuration do */
};

struct oc_scan {
    struct oc_arena arena; /* owns everything below */
    struct oc_found *items;
    size_t n, cap;
    struct oc_scan_visited {
        uint64_t dev, ino;
    } * visited;
    size_t n_visited, cap_visited;
    bool is_full;     /* LIM_MODELS was reached, and said */
    const char *root; /* while scanning one directory */
};

void oc_scan_init(struct oc_scan *s);
void oc_scan_deinit(struct oc_scan *s);
/* Adds what lies below `directory`. OC_E_IO when it cannot be read at all, OC_E_NOMEM. Past a limit it stops with a line in the log. */
enum oc_status oc_scan_directory(struct oc_scan *s, const char *directory, struct oc_err *err) OC_MUST_CHECK;

#endif

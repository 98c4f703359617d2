/* The parts of `ocelli gallery`. Private to handlers/gallery/. */
#ifndef OC_HANDLERS_GALLERY_COMMAND_H
#define OC_HANDLERS_GALLERY_COMMAND_H

#include "gallery/gallery.h"
#include "models/installed/registry.h"

enum { OC_EXIT_DONE, OC_EXIT_FAILED, OC_EXIT_USAGE };
enum { OC_GALLERY_DIRECTORIES = 64 };

struct oc_gallery_command {
    struct oc_gallery_options store;     /* path: --gallery, or as configured */
    struct oc_registry_options registry; /* --models, or as configured */
    const char *directories[OC_GALLERY_DIRECTORIES];
    const char *model, *detector, *subject;
    bool json, pictures, skip_existing, partial, drop, help;
    const char *words[2];
    int n_words;
    struct oc_gallery *g; /* open while a sub-command runs */
};

/* Each returns the exit status. */
int oc_gallery_list(struct oc_gallery_command *c);
int oc_gallery_export(struct oc_gallery_command *c);
int oc_gallery_import(struct oc_gallery_command *c);
int oc_gallery_reembed(struct oc_gallery_command *c);

/* A complaint on standard error; OC_EXIT_FAILED. */
int oc_gallery_fail(const struct oc_err *err);
/* A line on standard error every few seconds: "WORD N TEXT". */
struct oc_gallery_progress {
    int64_t last_ns;
    const char *text;
};
void oc_gallery_progress_show(struct oc_gallery_progress *p, size_t n);

/* Who makes the vectors of an installed embedder: it is loaded for that. A package's name is enough. */
enum oc_status oc_gallery_installed_model(const struct oc_gallery_command *c, const char *name, struct oc_gallery_model *out,
                                          struct oc_err *err) OC_MUST_CHECK;

#endif

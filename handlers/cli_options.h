/* Options that `ocelli run` and `ocelli models` share. Private to the commands. */
#ifndef OC_HANDLERS_CLI_OPTIONS_H
#define OC_HANDLERS_CLI_OPTIONS_H

#include "handlers/cli_faces.h"
#include "handlers/output/json_out.h"
#include "models/embed/embed.h"
#include "models/run/boxes.h"

enum { OC_CLI_DONE, OC_CLI_FAILED, OC_CLI_USAGE }; /* exit statuses */
enum { OC_CLI_MOST_DIRECTORIES = 64, OC_CLI_MOST_TEXTS = 64 };

struct oc_cli_options {
    const char *directories[OC_CLI_MOST_DIRECTORIES];
    size_t n_directories;
    struct oc_text texts[OC_CLI_MOST_TEXTS];
    size_t n_texts;
    bool json, help;
    struct oc_detect_options detect;
    struct oc_tiling tiling; /* looked at when has_tiling */
    bool has_tiling;
    struct oc_cli_faces faces;
    char **words; /* what is not an option, in order; argv is rearranged */
    int n_words;
};

/* False: wrong, and said on standard error. argv is rearranged. */
bool oc_cli_options_read(struct oc_cli_options *o, int argc, char **argv);
/* The models of --models, else of `base`; with `only`, those of that path and of --models. NULL: failed, and said. */
struct oc_registry *oc_cli_registry(const struct oc_cli_options *o, const struct oc_registry_options *base, const char *only);
/* A line of JSON on standard output; frees the text. An exit status. */
int oc_cli_print_json(struct oc_json *j, struct oc_buf *text);

#endif

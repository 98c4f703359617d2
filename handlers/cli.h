/*
 * Commands of the program that work on models without a server. Both return the exit status: 0 done, 1 the work
 * failed, 2 wrong usage. Results go to standard output, complaints to standard error.
 */
#ifndef OC_HANDLERS_CLI_H
#define OC_HANDLERS_CLI_H

#include "gallery/gallery.h"
#include "models/installed/registry.h"

/*
 * `ocelli run MODEL FILE... [--text TEXT]... [--json] [--models DIR]... [--score-threshold X] [--iou-threshold X]
 * [--max-detections N] [--detector NAME] [--aligned]`: argv are the words after "run". MODEL is a name in the model directories, a path to
 * an .onnx file, or to a package's folder; an embedder of faces takes its detector from its own package, --models or --detector. `base`:
 * directories and engine options from the environment and the configuration file; --models on the command line replaces its directories.
 */
int oc_cmd_run(int argc, char **argv, const struct oc_registry_options *base);
/* `ocelli models [--models DIR]... [--json]`: argv are the words after "models". */
int oc_cmd_models(int argc, char **argv, const struct oc_registry_options *base);
/*
 * `ocelli tokens DIR|FILE [TEXT...] [--length N] [--no-special] [--json]`: ids and tokens of each text, or of each line of standard input.
 * argv are the words after "tokens".
 */
int oc_cmd_tokens(int argc, char **argv);
/*
 * `ocelli gallery list|export|import|re-embed|check`: argv are the words after "gallery". base as above; store: the gallery as it is
 * configured, path NULL when there is to be none.
 */
int oc_cmd_gallery(int argc, char **argv, const struct oc_registry_options *base, const struct oc_gallery_options *store);

#endif

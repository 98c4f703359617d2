/* From options to models: the registry, what is loaded before the server is ready, and the models' part of /metrics. */
#ifndef OC_SERVER_MODELS_SETUP_H
#define OC_SERVER_MODELS_SETUP_H

#include "models/installed/registry.h"
#include "server/config/config.h"
#include "server/server.h"

/* Names of the compute backends built in, best first, separated by commas. */
const char *oc_backends_text(char *out, size_t size);

/* The registry's options; borrows from the config. OC_E_INVALID when this build lacks the backend asked for. */
enum oc_status oc_models_options(const struct oc_config *c, struct oc_registry_options *out, struct oc_err *err) OC_MUST_CHECK;

/*
 * Loads what --preload names, "all" for everything that is installed. One that is not there or cannot be loaded is a warning, unless
 * strict; /health/ready lists it then. cancelled, asked between models and while waiting, ends it with OC_E_CANCELLED.
 */
enum oc_status oc_models_preload(struct oc_registry *reg, const struct oc_strings *names, bool strict, bool (*cancelled)(void *arg),
                                 void *arg, struct oc_err *err) OC_MUST_CHECK;

/* The model directories are there. OC_E_IO names the first that is not. */
enum oc_status oc_models_check_directories(const struct oc_config *c, struct oc_err *err) OC_MUST_CHECK;

/* Counters of models for /metrics; arg is the registry. */
struct oc_server_hook oc_models_hook(struct oc_registry *reg);

#endif

/* The options that the engine's commands share. Strings are borrowed from argv or the environment. */
#ifndef ENG_CLI_ARGS_H
#define ENG_CLI_ARGS_H

#include "engine/eng.h"

/* NAME=VALUE or NAME=FILE, split at the last '=': input names may contain one. */
struct eng_pair {
    const char *name; /* not terminated */
    size_t name_len;
    const char *value;
};

struct eng_args {
    const char **files; /* positional arguments without '=' */
    int n_files;
    struct eng_pair *feeds, *dims;
    int n_feeds, n_dims;
    const char *out_dir;
    struct eng_options options;
    int runs;
    bool json, list_failures, profile, help;
};

enum {
    ENG_ARG_OUT = 1 << 0,
    ENG_ARG_DIM = 1 << 1,
    ENG_ARG_FEED = 1 << 2,
    ENG_ARG_PRECISION = 1 << 3,
    ENG_ARG_THREADS = 1 << 4,
    ENG_ARG_RUNS = 1 << 5,
    ENG_ARG_JSON = 1 << 6,
    ENG_ARG_LIST_FAILURES = 1 << 7,
    ENG_ARG_PROFILE = 1 << 8,
};

/*
 * Reads argv[1..]; `allowed`: which options this command has (backend and help: all of them). False after a message on
 * standard error. OCELLI_BACKEND, OCELLI_PRECISION and OCELLI_THREADS are used where the option is not given.
 */
bool eng_args_parse(struct eng_args *a, int argc, char **argv, unsigned allowed);
void eng_args_free(struct eng_args *a);

/* The value given with --dim for a free dimension: by its symbolic name, "input:axis", or the axis alone; -1 when none was. */
int64_t eng_args_dim(const struct eng_args *a, const struct eng_io *io, int axis);
/* The file given for an input, or NULL. */
const char *eng_args_feed(const struct eng_args *a, const char *input);
/* False, after a message, when a NAME=FILE names no input. (A --dim may: one command line serves many models.) */
bool eng_args_check_names(const struct eng_args *a, const struct eng_model *m, const char *command);

#endif

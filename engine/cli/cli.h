/*
 * The commands that speak to the engine alone: tensors in, tensors out. argv[0] is the command's name. Each returns
 * the process's exit status: 0 done, 1 the work failed, 2 wrong usage; messages go to standard error.
 */
#ifndef ENG_CLI_CLI_H
#define ENG_CLI_CLI_H

#include <stdbool.h>
#include "base/status.h"

int eng_cmd_tensor(int argc, char **argv);
int eng_cmd_bench(int argc, char **argv);
int eng_cmd_conformance(int argc, char **argv);
int eng_cmd_inspect(int argc, char **argv);

struct oc_buf;
struct oc_err;
/*
 * The same with what the layers above have to say of the file: `more` appends text, or one member of the JSON object ("name": value);
 * `picture` tells the size at which pictures of any size are planned, unless --dim says so.
 */
struct eng_inspect_hooks {
    enum oc_status (*more)(const char *path, bool as_json, struct oc_buf *out, struct oc_err *err);
    void (*picture)(const char *path, int *width, int *height); /* size of the pictures it is run at; left alone when not known */
};
int eng_cmd_inspect_with(int argc, char **argv, const struct eng_inspect_hooks *hooks);

#endif

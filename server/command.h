/* The commands that live in server/. argv[0] is the command's name. Each returns the exit status: 0 done, 1 failed, 2 wrong
 * usage. */
#ifndef OC_SERVER_COMMAND_H
#define OC_SERVER_COMMAND_H

#include "server/http/router.h"

int oc_cmd_serve(int argc, char **argv);
/* The same with another table of routes: for tests. Dialects that are not wanted are left out of it. */
int oc_serve(int argc, char **argv, struct oc_router all);
int oc_cmd_health(int argc, char **argv);
int oc_command_run(int argc, char **argv);
int oc_command_models(int argc, char **argv);
int oc_command_gallery(int argc, char **argv);
int oc_command_tokens(int argc, char **argv);
int oc_cmd_pull(int argc, char **argv);

/* Version and build, as `ocelli version` prints them and /version serves them. */
const char *oc_version_text(void);
const char *oc_build_text(void);
/* "ocelli/VERSION", for servers that we ask. */
const char *oc_version_agent(void);

/* Counts JSON's memory with the rest and seeds its hash tables; once, before any thread and any JSON. */
void oc_json_setup(void);

#endif

/*
 * The commands that speak to the engine alone: tensors in, tensors out. argv[0] is the command's name. Each returns
 * the process's exit status: 0 done, 1 the work failed, 2 wrong usage; messages go to standard error.
 */
#ifndef ENG_CLI_CLI_H
#define ENG_CLI_CLI_H

int eng_cmd_tensor(int argc, char **argv);
int eng_cmd_bench(int argc, char **argv);
int eng_cmd_conformance(int argc, char **argv);
int eng_cmd_inspect(int argc, char **argv);

#endif

/* The program: a table of commands. */
#include "base/compiler.h"
#include "engine/cli/cli.h"
#include "handlers/cli_inspect.h"
#include "server/command.h"
#include <stdbool.h>

static int version(int argc, char **argv)
{
    bool help = argc == 2 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"));
    if (argc > 1) {
        fprintf(help ? stdout : stderr, "usage: ocelli version\nPrints version and compiler.\n");
        return help ? 0 : 2;
    }
    printf("ocelli %s (%s)\n", oc_version_text(), oc_build_text());
    return 0;
}

static int inspect(int argc, char **argv)
{
    return eng_cmd_inspect_with(argc, argv, &(struct eng_inspect_hooks){oc_inspect_recognised, oc_inspect_picture});
}

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is the name; returns the exit status */
    const char *summary;
} commands[] = {
    {"serve", oc_cmd_serve, "serve models over HTTP"},
    {"run", oc_command_run, "run a model on pictures, without a server"},
    {"models", oc_command_models, "list the models that are installed"},
    {"pull", oc_cmd_pull, "download models by name from the catalogue, and check them"},
    {"gallery", oc_command_gallery, "list, export, import, check enrolled faces, or give them to another model"},
    {"tokens", oc_command_tokens, "show what a model's tokenizer makes of texts"},
    {"tensor", eng_cmd_tensor, "run a model on raw arrays (.npy), without pre- or post-processing"},
    {"bench", eng_cmd_bench, "time a model"},
    {"inspect", inspect, "show what a model file declares, the plan made of it, and what it was recognised as"},
    {"conformance", eng_cmd_conformance, "run ONNX backend test cases"},
    {"health", oc_cmd_health, "ask a running server whether it is ready"},
    {"version", version, "print the version"},
};

static void print_help(FILE *out)
{
    fprintf(out, "usage: ocelli COMMAND [OPTION]...\n\n");
    for (size_t i = 0; i < OC_ARRAY_LEN(commands); i++)
        fprintf(out, "  %-12s %s\n", commands[i].name, commands[i].summary);
    fprintf(out, "\n'ocelli COMMAND --help' explains each. Exit status: 0 done, 1 the work failed, 2 wrong usage.\n");
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
        print_help(stdout);
        return 0;
    }
    if (!strcmp(name, "--version"))
        name = "version";
    for (size_t i = 0; i < OC_ARRAY_LEN(commands); i++)
        if (!strcmp(name, commands[i].name))
            return commands[i].run(argc - 1, argv + 1);
    if (*name)
        fprintf(stderr, "ocelli: there is no command '%s'\n", name);
    print_help(stderr);
    return 2;
}

/* `ocelli run`, `ocelli models` and `ocelli gallery`: the environment and the configuration file give what the server would use; the work
 * is in handlers/. */
#include "handlers/cli.h"
#include "server/command.h"
#include "server/gallery_setup.h"
#include "server/models_setup.h"

extern char **environ;

static int with_models(int argc, char **argv, int (*command)(int argc, char **argv, const struct oc_registry_options *base))
{
    struct oc_config c;
    struct oc_err err;
    struct oc_registry_options base;
    int status = 2;
    oc_json_setup();
    enum oc_status st = oc_config_load(&c, 0, NULL, environ, &err);
    if (!st)
        st = oc_models_options(&c, &base, &err);
    if (st) {
        fprintf(stderr, "ocelli %s: %s\n", argv[0], err.msg);
    } else {
        oc_log_init(c.log_format, c.log_level < OC_LOG_WARN ? OC_LOG_WARN : c.log_level); /* results are what is asked for */
        oc_mem_set_budget(c.memory_budget);
        status = command(argc - 1, argv + 1, &base);
    }
    oc_config_deinit(&c);
    return status;
}

int oc_command_run(int argc, char **argv)
{
    return with_models(argc, argv, oc_cmd_run);
}

int oc_command_models(int argc, char **argv)
{
    return with_models(argc, argv, oc_cmd_models);
}

int oc_command_tokens(int argc, char **argv)
{
    oc_json_setup();
    return oc_cmd_tokens(argc - 1, argv + 1);
}

int oc_command_gallery(int argc, char **argv)
{
    struct oc_config c;
    struct oc_err err;
    struct oc_registry_options base;
    char path[OC_GALLERY_PATH];
    int status = 2;
    oc_json_setup();
    enum oc_status st = oc_config_load(&c, 0, NULL, environ, &err);
    if (!st)
        st = oc_models_options(&c, &base, &err);
    if (st) {
        fprintf(stderr, "ocelli %s: %s\n", argv[0], err.msg);
    } else {
        struct oc_gallery_options store = {.path = oc_gallery_path(&c, path) ? path : NULL};
        store.max_faces = (size_t)c.gallery_max_faces;
        store.max_bytes = c.gallery_max_bytes;
        oc_log_init(c.log_format, OC_LOG_NONE); /* the command says itself what went wrong */
        oc_mem_set_budget(c.memory_budget);
        status = oc_cmd_gallery(argc - 1, argv + 1, &base, &store);
    }
    oc_config_deinit(&c);
    return status;
}

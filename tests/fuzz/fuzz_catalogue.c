/* room: server */
/* Catalogues of models to pull: whatever is in one, no path in it leads out of its folder. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "server/command.h"
#include "server/pull/catalogue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_path(const char *path)
{
    if (path[0] == '/' || path[0] == '.' || strstr(path, "/.") || strstr(path, "//"))
        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    struct oc_catalogue c;
    struct oc_err err;
    if (!ready)
        oc_json_setup();
    ready = true;
    if (!oc_catalogue_read(&c, (const char *)data, size, &err))
        for (size_t i = 0; i < c.n; i++) {
            check_path(c.models[i].name);
            check_path(c.models[i].folder);
            for (size_t k = 0; k < c.models[i].n_files; k++)
                check_path(c.models[i].files[k].path);
            (void)oc_pull_model_size(&c.models[i]);
        }
    oc_catalogue_deinit(&c);
    return 0;
}

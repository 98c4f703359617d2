/* room: server */
#include "server/config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A configuration file: parsed, and every value stored. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct oc_config c;
    struct oc_err err;
    size_t n;
    const struct oc_option *options = oc_options(&n);
    memset(&c, 0, sizeof c);
    oc_arena_init(&c.arena, OC_MEM_OTHER, 1 << 24);
    struct oc_raw *raw = oc_arena_array(&c.arena, 1, sizeof *raw);
    enum oc_status st = raw ? oc_config_parse_json(&c.arena, (const char *)data, size, raw, &err) : OC_E_NOMEM;
    for (size_t i = 0; st == OC_OK && i < n; i++)
        if (raw->values[i])
            st = oc_option_store(&c, &options[i], raw->values[i], raw->n[i], options[i].name, &err);
    oc_arena_deinit(&c.arena);
    return 0;
}

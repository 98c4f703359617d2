/* room: models */
/* Configuration files of Hugging Face, open_clip and Immich: the first byte says which, the rest is the file. */
#include "models/package/embed_configure.h"
#include "models/run/geometry.h"
#include "models/embed/families.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct oc_recipe r;
    struct oc_err err = {0};
    if (n < 1)
        return 0;
    oc_recipe_init(&r);
    r.family = &oc_family_clip;
    r.embed.image_output = "image_embeds";
    r.embed.text_output = "text_embeds";
    r.embed.channels = 3;
    r.input.width = r.input.height = 224;
    r.input.fixed_size = data[0] & 4;
    if (data[0] & 8)
        r.embed.rounding = OC_ROUNDING_IMMICH;
    oc_embed_defaults(r.family, &r);
    enum oc_status st = oc_embed_read_file((enum oc_embed_file)(data[0] & 3), (const char *)data + 1, n - 1, data[0] & 16, &r, &err);
    if (st && !*err.msg)
        __builtin_trap();
    bool sane = r.input.width >= 1 && r.input.width <= LIM_NETWORK_SIDE && r.input.height >= 1 && r.input.height <= LIM_NETWORK_SIDE &&
                r.embed.short_side >= 0 && r.embed.context_length >= 1 && r.embed.context_length <= LIM_CONTEXT;
    if (!st && !sane)
        __builtin_trap();
    if (!st) {
        struct oc_embed_geometry g = oc_embed_geometry(&r, 1, LIM_SIDE);
        if (g.width < 1 || g.height < 1 || g.height > INT32_MAX / 2 || g.left + r.input.width > g.width + r.input.width)
            __builtin_trap();
    }
    oc_recipe_deinit(&r);
    return 0;
}

/*
 * The pixels that an embedding network would see, as raw bytes: for comparing with Pillow.
 *
 * usage: embed_tool RESIZE ROUNDING FILTER WIDTH HEIGHT SHORT_SIDE FILL PICTURE > RGB
 */
#include <stdio.h>
#include <stdlib.h>
#include "base/buf.h"
#include "base/parse.h"
#include "models/run/pixels.h"
#include "models/recipe/files.h"
#include "vision/decode.h"

static int word(const char *const *words, const char *s)
{
    for (int i = 0; words[i]; i++)
        if (!strcmp(words[i], s))
            return i;
    fprintf(stderr, "embed_tool: unknown word '%s'\n", s);
    exit(2);
}

static int number(const char *s)
{
    int64_t n = 0;
    if (!oc_parse_i64(s, strlen(s), 0, LIM_NETWORK_SIDE, &n))
        exit(2);
    return (int)n;
}

static void load(const char *path, struct oc_image *im)
{
    struct oc_buf bytes;
    struct oc_image_info info;
    struct oc_err err;
    oc_buf_init(&bytes, OC_MEM_BODY, OC_MIB(64));
    if (oc_file_read("/", path, &bytes, &err) || oc_decode((const uint8_t *)bytes.data, bytes.len, NULL, im, &info, &err)) {
        fprintf(stderr, "embed_tool: %s\n", err.msg);
        exit(1);
    }
    oc_buf_deinit(&bytes);
}

int main(int argc, char **argv)
{
    struct oc_recipe r;
    struct oc_image im, cut;
    struct oc_err err;
    if (argc != 9)
        return 2;
    oc_recipe_init(&r);
    r.embed.resize = (enum oc_embed_resize)word(oc_embed_resize_words, argv[1]);
    r.embed.rounding = (enum oc_embed_rounding)word(oc_embed_rounding_words, argv[2]);
    r.embed.filter = (enum oc_filter)word(oc_filter_words, argv[3]);
    r.input.width = number(argv[4]);
    r.input.height = number(argv[5]);
    r.embed.short_side = number(argv[6]);
    r.embed.fill[0] = r.embed.fill[1] = r.embed.fill[2] = (uint8_t)number(argv[7]);
    load(argv[8], &im);
    if (oc_embed_cut(&r, &im, &cut, &err)) {
        fprintf(stderr, "embed_tool: %s\n", err.msg);
        return 1;
    }
    fwrite(cut.data, 1, (size_t)cut.width * (size_t)cut.height * 3, stdout);
    oc_image_deinit(&cut);
    oc_image_deinit(&im);
    oc_recipe_deinit(&r);
    return 0;
}

/*
 * What the comparison script talks to: decodes and resizes files named on its command line, writes PPM or PGM.
 *     decode FILE | resize FILE W H FILTER | linear FILE W H | warp FILE W H A B TX TY
 * Without arguments it takes such commands from standard input, one a line, words separated by tabs; each answer is a line
 * "ok WIDTH HEIGHT CHANNELS" and the pixels, or "error CODE MESSAGE".
 */
#include "base/parse.h"
#include "vision/decode.h"
#include "vision/resize.h"
#include "vision/warp.h"

static const char *const filters[] = {"nearest", "box", "bilinear", "hamming", "bicubic", "lanczos"};

static uint8_t *read_all(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return NULL;
    uint8_t *data = NULL;
    *n = 0;
    for (size_t got = 1; got;) {
        data = oc_mem_realloc(OC_MEM_BODY, data, *n + 65536);
        if (!data)
            abort();
        got = fread(data + *n, 1, 65536, f);
        *n += got;
    }
    fclose(f);
    data = oc_mem_realloc(OC_MEM_BODY, data, *n); /* exact, so that ASan sees the first byte past the end */
    return data;
}

/* Grey pictures travel as PGM ("P5"), read here: the decoder gives RGB only. */
static enum oc_status load(const char *path, struct oc_image *im, struct oc_err *err)
{
    size_t n;
    uint8_t *bytes = read_all(path, &n);
    if (!bytes)
        return oc_err_set(err, OC_E_IO, "cannot read %s", path);
    enum oc_status st;
    int64_t w, h;
    char *text = (char *)bytes;
    if (n >= 20 && !memcmp(bytes, "P5", 2)) { /* fixed header: "P5 WWWWW HHHHH 255\n" */
        if (!oc_parse_i64(text + 3, 5, 1, 99999, &w) || !oc_parse_i64(text + 9, 5, 1, 99999, &h) || n != 19 + (size_t)(w * h))
            st = oc_err_set(err, OC_E_IMAGE, "bad PGM");
        else if (!(st = oc_image_new(im, (int)w, (int)h, 1, err)))
            memcpy(im->data, bytes + 19, n - 19);
    } else {
        st = oc_decode(bytes, n, NULL, im, NULL, err);
    }
    oc_mem_free(bytes);
    return st;
}

static enum oc_status change(char **word, int words, struct oc_image *im, struct oc_err *err)
{
    int64_t w, h;
    struct oc_image out = {0};
    if (!oc_parse_i64(word[2], strlen(word[2]), 1, 100000, &w) || !oc_parse_i64(word[3], strlen(word[3]), 1, 100000, &h))
        return oc_err_set(err, OC_E_INVALID, "bad size");
    enum oc_status st = OC_E_INVALID;
    if (words == 4)
        st = oc_resize_linear(im, (int)w, (int)h, &out, err);
    double m[4] = {0};
    for (int i = 0; words == 8 && i < 4; i++)
        if (!oc_parse_f64(word[4 + i], strlen(word[4 + i]), -1e9, 1e9, &m[i]))
            return oc_err_set(err, OC_E_INVALID, "bad transform");
    if (words == 8)
        st = oc_warp_similarity(im, &(struct oc_similarity){m[0], m[1], m[2], m[3]}, (int)w, (int)h, &out, err);
    for (size_t i = 0; words == 5 && i < OC_ARRAY_LEN(filters); i++)
        if (!strcmp(word[4], filters[i]))
            st = oc_resize_pillow(im, (int)w, (int)h, (enum oc_filter)i, &out, err);
    oc_image_deinit(im);
    *im = out;
    return st;
}

static int command(char **word, int words, bool bare)
{
    struct oc_image im = {0};
    struct oc_err err = {0};
    enum oc_status st = words < 2 ? OC_E_INVALID : load(word[1], &im, &err);
    if (!st && words >= 4)
        st = change(word, words, &im, &err);
    if (st) {
        fprintf(bare ? stdout : stderr, "error %s %s\n", oc_status_name(st), err.msg);
    } else {
        if (bare)
            printf("ok %d %d %d\n", im.width, im.height, im.channels);
        else
            printf("P%d %d %d 255\n", im.channels == 3 ? 6 : 5, im.width, im.height);
        fwrite(im.data, 1, (size_t)im.width * (size_t)im.height * (size_t)im.channels, stdout);
    }
    fflush(stdout);
    oc_image_deinit(&im);
    return st ? 1 : 0;
}

int main(int argc, char **argv)
{
    char line[4096];
    if (argc > 2)
        return command(argv + 1, argc - 1, false);
    while (fgets(line, sizeof line, stdin)) {
        char *word[8], *rest = line, *one;
        int words = 0;
        line[strcspn(line, "\n")] = 0;
        while (words < 8 && (one = strsep(&rest, "\t")))
            word[words++] = one;
        command(word, words, true);
    }
    return 0;
}

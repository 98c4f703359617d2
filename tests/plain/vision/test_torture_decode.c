/*
 * Decoders under stress: every allocation fails once, memory budgets of every size, files cut at every byte, bytes
 * overwritten at random. Whatever happens, a picture or an error comes back, and nothing is left behind.
 */
#include "tests/vision/pictures.h"

static struct {
    const char *name;
    struct picture_bytes bytes;
    bool strict; /* every shorter file must be refused */
} samples[16];
static size_t n_samples;
static int failures;

static void add(const char *name, struct picture_bytes bytes, bool strict)
{
    samples[n_samples].name = name;
    samples[n_samples].bytes = bytes;
    samples[n_samples++].strict = strict;
}

static void check(bool ok, const char *sample, const char *what, long long detail)
{
    if (!ok) {
        failures++;
        printf("FAILED %s: %s (%lld)\n", sample, what, detail);
    }
}

/* Decodes an exactly sized copy, so that ASan sees any byte read past the end. */
static enum oc_status attempt(const char *name, const uint8_t *p, size_t n)
{
    const struct oc_decode_options opt = {.max_pixels = 300 * 300};
    struct oc_image im;
    struct oc_err err = {0};
    uint8_t *exact = malloc(n + 1);
    memcpy(exact + 1, p, n);
    enum oc_status st = oc_decode(exact + 1, n, &opt, &im, NULL, &err);
    if (st) {
        check(!im.data, name, "an error with a picture", st);
        check(err.code == st && err.msg[0], name, "an error without its text", st);
    } else {
        check(im.width > 0 && im.height > 0 && im.channels == 3 && (int64_t)im.width * im.height <= 300 * 300, name,
              "a picture out of bounds", im.width);
        unsigned sum = 0;
        for (size_t i = 0; i < (size_t)im.width * (size_t)im.height * 3; i++)
            sum += im.data[i]; /* read every byte: sanitizers */
        if (sum == 1)
            printf(" ");
    }
    oc_image_deinit(&im);
    free(exact);
    check(oc_mem_blocks() == 0 && oc_mem_total() == 0, name, "memory left behind", (long long)oc_mem_total());
    return st;
}

static void fail_each_allocation(size_t s)
{
    const struct picture_bytes *b = &samples[s].bytes;
    uint64_t before = oc_mem_calls();
    check(attempt(samples[s].name, b->p, b->n) == OC_OK, samples[s].name, "the whole file is refused", 0);
    uint64_t calls = oc_mem_calls() - before;
    check(calls > 0, samples[s].name, "no allocation was counted", 0);
    for (uint64_t at = 1; at <= calls; at++) {
        oc_mem_fail_at(at);
        enum oc_status st = attempt(samples[s].name, b->p, b->n);
        oc_mem_fail_at(0);
        check(st == OC_E_NOMEM || st == OC_OK, samples[s].name, "a failed allocation became another error", (long long)at);
    }
}

static void try_budgets(size_t s)
{
    const struct picture_bytes *b = &samples[s].bytes;
    bool done = false;
    for (size_t budget = 64; budget < 1 << 20 && !done; budget += budget / 4) {
        oc_mem_set_budget(budget);
        enum oc_status st = attempt(samples[s].name, b->p, b->n);
        check(st == OC_E_NOMEM || st == OC_OK, samples[s].name, "a small budget became another error", (long long)budget);
        done = st == OC_OK;
    }
    oc_mem_set_budget(0);
    check(done, samples[s].name, "a megabyte is not enough", 0);
}

static void cut_everywhere(size_t s)
{
    const struct picture_bytes *b = &samples[s].bytes;
    for (size_t n = 0; n < b->n; n++) {
        enum oc_status st = attempt(samples[s].name, b->p, n);
        size_t spare = b->p[0] == 0xff ? 2 : b->p[0] == 0x89 ? 12 : 0; /* JPEG's and PNG's end: a picture without it is whole */
        check(st != OC_OK || !samples[s].strict || n + spare >= b->n, samples[s].name, "a cut file gave a picture", (long long)n);
        check(st == OC_OK || st == OC_E_IMAGE || st == OC_E_MEDIA, samples[s].name, "a cut file gave another error", st);
    }
}

static uint32_t random_state = 12345;
static uint32_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static void corrupt(size_t s, int rounds)
{
    const struct picture_bytes *b = &samples[s].bytes;
    uint8_t *copy = malloc(b->n);
    for (int i = 0; i < rounds; i++) {
        memcpy(copy, b->p, b->n);
        for (uint32_t k = next_random() % 4 + 1; k; k--) {
            size_t at = next_random() % (i % 2 ? b->n : b->n < 100 ? b->n : 100); /* headers more often than their share */
            copy[at] = next_random() % 3 ? (uint8_t)next_random() : next_random() % 2 ? 0xFF : 0;
        }
        enum oc_status st = attempt(samples[s].name, copy, b->n);
        check(st == OC_OK || st == OC_E_IMAGE || st == OC_E_MEDIA || st == OC_E_IMAGE_TOO_LARGE, samples[s].name,
              "corruption gave another error", st);
    }
    free(copy);
}

int main(void)
{
    struct picture_bytes jpeg = picture_jpeg(40, 30, 3, false);
    add("jpeg", jpeg, true);
    add("jpeg progressive", picture_jpeg(40, 30, 3, true), true);
    add("jpeg grey", picture_jpeg(17, 9, 1, false), true);
    add("jpeg cmyk", picture_jpeg(20, 20, 4, false), true);
    add("jpeg turned", picture_with_exif(&jpeg, 6, false), true);
    add("png", picture_png(40, 30, 3), true);
    add("png grey", picture_png(40, 30, 1), true);
    add("png alpha", picture_png(19, 30, 4), true);
    add("webp", picture_webp(40, 30, false), true);
    add("webp lossless", picture_webp(40, 30, true), true);
    add("bmp", picture_bmp(21, 13), false);
    add("bmp runs", picture_bmp_runs(12), false);
    add("gif", picture_gif(40, 30, 5), false);
    for (size_t s = 0; s < n_samples; s++) {
        fail_each_allocation(s);
        try_budgets(s);
        cut_everywhere(s);
        corrupt(s, 1500);
        free(samples[s].bytes.p);
    }
    printf("%zu samples, %d failures\n", n_samples, failures);
    return failures ? 1 : 0;
}

/* room: handlers */
/* The first line is a content type, the rest a body, as a client sends them: form, multipart or JSON into pictures and parameters. */
#include "handlers/input/inputs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_parameters(const struct oc_inputs *in, struct oc_err *err)
{
    double f = 0;
    int64_t i = 0;
    bool b = false;
    const char *s = NULL, *const * items;
    size_t n;
    int word = 0;
    (void)(oc_param_f64(in, "a", 0, 1, &f, err) == OC_OK && oc_param_int(in, "a", 0, 9, &i, err) == OC_OK);
    (void)(oc_param_bool(in, "a", &b, err) == OC_OK && oc_param_string(in, "a", 10, &s, err) == OC_OK);
    (void)(oc_param_word(in, "a", (const char *const[]){"x", "y", NULL}, &word, err) == OC_OK);
    if (oc_param_list(in, "a", 20, &items, &n, err) == OC_OK)
        for (size_t k = 0; k < n; k++)
            if (strlen(items[k]) == 0)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct oc_service service = {.max_images = 4, .max_pixels = 10000, .max_body = OC_KIB(64)};
    struct oc_arena arena;
    struct oc_err err;
    struct oc_inputs in;
    char type[200];
    const uint8_t *line = memchr(data, '\n', size);
    size_t n = line ? (size_t)(line - data) : size;
    if (n >= sizeof type)
        return 0;
    memcpy(type, data, n);
    type[n] = 0;
    struct oc_request req = {.service = &service, .content_type = type, .arena = &arena};
    oc_arena_init(&arena, OC_MEM_OTHER, OC_MIB(4));
    oc_buf_init(&req.body, OC_MEM_BODY, OC_MIB(1));
    enum oc_status st = line ? oc_buf_add(&req.body, line + 1, size - n - 1) : OC_OK;
    st = st ? st : oc_inputs_read(&req, &in, &err);
    if (!st) {
        read_parameters(&in, &err);
        for (size_t i = 0; i < in.n_images; i++) {
            struct oc_image im;
            if (oc_inputs_decode(&in, &in.images[i], &im, NULL, &err) == OC_OK)
                oc_image_deinit(&im);
        }
    }
    oc_inputs_deinit(&in);
    oc_buf_deinit(&req.body);
    oc_arena_deinit(&arena);
    return 0;
}

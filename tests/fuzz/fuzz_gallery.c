/* room: handlers */
/* Any bytes as a line of an import, and as a subject's name. What is taken is sound, and comes back the same when it is written and read.
 */
#include <math.h>
#include "handlers/gallery/line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_line(const struct oc_gallery_line *l)
{
    char name[LIM_SUBJECT_NAME + 1];
    struct oc_err err;
    bool some = false;
    if (oc_subject_name(l->subject, strlen(l->subject), name, &err) || strcmp(name, l->subject) != 0)
        abort();
    for (size_t i = 0; l->has_face && i < l->model.dim; i++) {
        if (!isfinite(l->face.vector[i]))
            abort();
        some |= fabsf(l->face.vector[i]) > 0;
    }
    if (l->has_face && (!some || l->model.dim < 2 || l->model.dim > LIM_VECTOR_DIM || l->face.picture_len > LIM_GALLERY_PICTURE))
        abort();
    if (l->face.created_s < 0 || (l->face.has_box && !(l->face.score >= 0 && l->face.score <= 1)))
        abort();
}

/* Written as an export writes it, read again. */
static void round_trip(const struct oc_gallery_line *l)
{
    struct oc_arena arena;
    struct oc_gallery_line back;
    struct oc_buf text;
    struct oc_err err;
    struct oc_stored_face f = {.subject = l->subject,
                               .created_s = l->face.created_s ? l->face.created_s : 1,
                               .has_box = l->face.has_box,
                               .aligned = l->face.aligned,
                               .score = l->face.score,
                               .quality = l->face.quality,
                               .model = l->model.name,
                               .fingerprint = l->model.fingerprint,
                               .vector = l->face.vector,
                               .dim = l->model.dim,
                               .picture = l->face.picture,
                               .picture_len = l->face.picture_len};
    memcpy(f.box, l->face.box, sizeof f.box);
    memcpy(f.id, l->id, sizeof f.id);
    oc_arena_init(&arena, OC_MEM_OTHER, OC_MIB(16));
    oc_buf_init(&text, OC_MEM_JSON, OC_MIB(64));
    struct oc_json j = oc_json_begin(&text);
    if (l->has_face)
        oc_gallery_line_face(&j, &f);
    else
        oc_gallery_line_subject(&j, l->subject);
    if (oc_json_end(&j) || oc_gallery_line_parse(text.data, text.len, &arena, &back, &err))
        abort();
    if (strcmp(back.subject, l->subject) != 0 || back.has_face != l->has_face || back.model.dim != l->model.dim ||
        (l->has_face && memcmp(back.face.vector, l->face.vector, l->model.dim * sizeof(float)) != 0) ||
        memcmp(back.face.box, l->face.box, sizeof f.box) != 0 || back.face.picture_len != l->face.picture_len)
        abort();
    oc_gallery_line_deinit(&back);
    oc_buf_deinit(&text);
    oc_arena_deinit(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct oc_arena arena;
    struct oc_gallery_line line;
    struct oc_err err;
    char name[LIM_SUBJECT_NAME + 1];
    oc_arena_init(&arena, OC_MEM_OTHER, OC_MIB(16));
    if (oc_subject_name((const char *)data, size, name, &err) == OC_OK && (!*name || strlen(name) > LIM_SUBJECT_NAME))
        abort();
    if (oc_gallery_line_parse((const char *)data, size, &arena, &line, &err) == OC_OK) {
        check_line(&line);
        round_trip(&line);
    }
    oc_gallery_line_deinit(&line);
    oc_arena_deinit(&arena);
    return 0;
}

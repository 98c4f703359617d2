/* `ocelli gallery export` and `import`. */
#include <errno.h>
#include "handlers/gallery/command.h"
#include "handlers/gallery/line.h"

enum { MOST_COMPLAINTS = 20 };

/* --- export --- */

struct export
{
    struct oc_buf line;
    struct oc_gallery_progress progress;
    size_t n;
};

static enum oc_status write_line(struct export *x, struct oc_json *j)
{
    enum oc_status st = oc_json_end(j);
    if (!st && (fwrite(x->line.data, 1, x->line.len, stdout) != x->line.len || putchar('\n') == EOF))
        st = OC_E_IO;
    oc_gallery_progress_show(&x->progress, ++x->n);
    return st;
}

static enum oc_status export_face(void *arg, const struct oc_stored_face *f)
{
    struct export *x = arg;
    oc_buf_reset(&x->line);
    struct oc_json j = oc_json_begin(&x->line);
    oc_gallery_line_face(&j, f);
    return write_line(x, &j);
}

/* Those without faces: the others are in their faces' lines. */
static enum oc_status export_subject(void *arg, const struct oc_subject *s)
{
    struct export *x = arg;
    if (s->faces)
        return OC_OK;
    oc_buf_reset(&x->line);
    struct oc_json j = oc_json_begin(&x->line);
    oc_gallery_line_subject(&j, s->name);
    return write_line(x, &j);
}

int oc_gallery_export(struct oc_gallery_command *c)
{
    struct export x = {.progress = {.text = "exported"}};
    struct oc_err err = {.msg = "cannot be written"};
    struct oc_face_range range = {.subject = c->subject, .limit = SIZE_MAX, .what = OC_FACE_VECTOR | (c->pictures ? OC_FACE_PICTURE : 0)};
    oc_buf_init(&x.line, OC_MEM_JSON, LIM_RESPONSE_BYTES);
    enum oc_status st = oc_gallery_faces(c->g, &range, export_face, &x, &err);
    if (!st && !c->subject)
        st = oc_gallery_subjects(c->g, NULL, SIZE_MAX / 2, export_subject, &x, &err);
    if (!st && (fflush(stdout) || ferror(stdout)))
        st = OC_E_IO;
    if (st == OC_E_IO)
        oc_err_set(&err, st, "standard output: %s", strerror(errno));
    oc_buf_deinit(&x.line);
    return st ? oc_gallery_fail(&err) : OC_EXIT_DONE;
}

/* --- import --- */

struct import {
    struct oc_gallery_command *c;
    FILE *in;
    char *line;          /* owned, the C library's */
    size_t size, number; /* of the line */
    size_t faces, subjects, skipped, bad;
    struct oc_gallery_model model; /* of lines that name none */
    bool has_model;
    struct oc_arena arena;
    struct oc_gallery_progress progress;
};

static enum oc_status put(struct import *m, struct oc_gallery_line *line, struct oc_err *err)
{
    if (!line->has_face)
        return oc_gallery_import_put(m->c->g, line->subject, NULL, NULL, err);
    if (!line->has_model) {
        if (!m->has_model)
            return oc_err_set(err, OC_E_INVALID, "model: is expected, or --model, for the gallery is no model's yet");
        if (m->model.dim && line->model.dim != m->model.dim)
            return oc_err_set(err, OC_E_INVALID, "embedding: %zu numbers are expected for model '%s', there are %zu", m->model.dim,
                              m->model.name, line->model.dim);
        m->model.dim = line->model.dim;
        line->model = m->model;
    }
    return oc_gallery_import_put(m->c->g, line->subject, &line->model, &line->face, err);
}

/* Errors of the input, after which the next line may be fine. */
static bool is_of_line(enum oc_status st)
{
    return st == OC_E_INVALID || st == OC_E_JSON || st == OC_E_OTHER_MODEL || st == OC_E_CONFLICT || st == OC_E_BODY_TOO_LARGE;
}

static enum oc_status take_line(struct import *m, size_t n, struct oc_err *err)
{
    struct oc_gallery_line line;
    oc_arena_reset(&m->arena);
    enum oc_status st = oc_gallery_line_parse(m->line, n, &m->arena, &line, err);
    if (!st)
        st = put(m, &line, err);
    if ((st == OC_E_CONFLICT && m->c->skip_existing) || (st == OC_E_OTHER_MODEL && m->c->partial)) {
        m->skipped++;
        st = OC_OK;
    } else if (!st) {
        *(line.has_face ? &m->faces : &m->subjects) += 1;
    }
    oc_gallery_line_deinit(&line);
    if (!is_of_line(st))
        return st ? oc_err_prefix(err, st, "line %zu: ", m->number) : OC_OK;
    if (m->bad++ < MOST_COMPLAINTS)
        fprintf(stderr, "line %zu: %s\n", m->number, err->msg);
    return OC_OK;
}

/* A line without its end, at most LIM_GALLERY_LINE bytes; *n its length; *end: there is none any more. */
static enum oc_status read_line(struct import *m, size_t *n, bool *end, struct oc_err *err)
{
    *n = 0;
    for (int ch; (ch = getc_unlocked(m->in)) != EOF;) {
        if (ch == '\n') {
            *end = false;
            return OC_OK;
        }
        if (*n == m->size) {
            size_t size = m->size ? m->size * 2 : 16384;
            char *grown = size <= LIM_GALLERY_LINE ? oc_mem_realloc(OC_MEM_BODY, m->line, size) : NULL;
            if (!grown)
                return size > LIM_GALLERY_LINE ? oc_err_set(err, OC_E_INVALID, "line %zu: more than %zu bytes", m->number, LIM_GALLERY_LINE)
                                               : oc_err_nomem(err, "a line", size);
            m->line = grown;
            m->size = size;
        }
        m->line[(*n)++] = (char)ch;
    }
    *end = *n == 0;
    return ferror(m->in) ? oc_err_set(err, OC_E_IO, "%s", strerror(errno)) : OC_OK;
}

static enum oc_status read_all(struct import *m, struct oc_err *err)
{
    bool end = false;
    enum oc_status st = OC_OK;
    while (!st && !end) {
        size_t n;
        m->number++;
        st = read_line(m, &n, &end, err);
        if (!st && !end && n && (n > 1 || m->line[0] != '\r'))
            st = take_line(m, n, err);
        oc_gallery_progress_show(&m->progress, m->number);
    }
    return st;
}

static enum oc_status find_model(struct import *m, struct oc_err *err)
{
    if (m->c->model) {
        m->has_model = true;
        return oc_gallery_installed_model(m->c, m->c->model, &m->model, err);
    }
    return oc_gallery_model(m->c->g, &m->model, &m->has_model, err);
}

static int finish(struct import *m, enum oc_status st, struct oc_err *err)
{
    struct oc_err second;
    if (!st && !m->bad)
        st = oc_gallery_import_end(m->c->g, true, err);
    else if (oc_gallery_import_end(m->c->g, false, &second))
        fprintf(stderr, "ocelli gallery: %s\n", second.msg);
    if (st)
        return oc_gallery_fail(err);
    if (m->bad)
        return fprintf(stderr, "ocelli gallery: %zu lines are wrong, nothing was imported\n", m->bad), OC_EXIT_FAILED;
    printf("imported %zu faces and %zu subjects without faces", m->faces, m->subjects);
    printf(m->skipped ? ", %zu left out\n" : "\n", m->skipped);
    return OC_EXIT_DONE;
}

int oc_gallery_import(struct oc_gallery_command *c)
{
    struct import m = {.c = c, .progress = {.text = "lines read"}, .in = stdin};
    struct oc_err err;
    const char *file = c->n_words && strcmp(c->words[0], "-") != 0 ? c->words[0] : NULL;
    if (file && !(m.in = fopen(file, "re")))
        return fprintf(stderr, "ocelli gallery: %s: %s\n", file, strerror(errno)), OC_EXIT_FAILED;
    oc_arena_init(&m.arena, OC_MEM_OTHER, OC_MIB(16));
    int status = OC_EXIT_FAILED;
    enum oc_status st = find_model(&m, &err);
    if (!st)
        st = oc_gallery_import_begin(c->g, &err);
    if (st) {
        oc_gallery_fail(&err);
    } else {
        st = read_all(&m, &err);
        status = finish(&m, st, &err);
    }
    oc_arena_wipe(&m.arena);
    oc_mem_wipe_free(m.line);
    if (file)
        fclose(m.in);
    return status;
}

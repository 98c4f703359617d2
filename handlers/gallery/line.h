/* One face or subject as a line of JSON: what `ocelli gallery export` writes and `import` reads (docs/gallery.md). */
#ifndef OC_HANDLERS_GALLERY_LINE_H
#define OC_HANDLERS_GALLERY_LINE_H

#include "base/arena.h"
#include "gallery/gallery.h"
#include "handlers/output/json_out.h"

struct oc_gallery_line {
    char subject[LIM_SUBJECT_NAME + 1];
    bool has_face;                 /* else only the subject */
    bool has_model;                /* the line says who made the vector */
    struct oc_gallery_model model; /* dim: the vector's, even without */
    struct oc_new_face face;       /* vector in the arena; id, picture in this struct; zeros where the line says nothing */
    uint8_t id[OC_FACE_ID];
    struct oc_buf picture; /* owned */
};

/*
 * Reads a line, strictly: members that are unknown, missing or of another kind are OC_E_INVALID naming them; OC_E_JSON; OC_E_NOMEM. *line
 * is to be deinitialised in any case; it is not to be copied.
 */
enum oc_status oc_gallery_line_parse(const char *text, size_t n, struct oc_arena *arena, struct oc_gallery_line *line,
                                     struct oc_err *err) OC_MUST_CHECK;
void oc_gallery_line_deinit(struct oc_gallery_line *line);

/* The same of a stored face, without a line's end; its picture when it is there. */
void oc_gallery_line_face(struct oc_json *j, const struct oc_stored_face *f);
void oc_gallery_line_subject(struct oc_json *j, const char *name);

#endif

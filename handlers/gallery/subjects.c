/*
 * GET /v1/subjects: everybody (limit, after). GET, PATCH (name, merge) and DELETE /v1/subjects/{name}: one of them.
 */
#include "handlers/gallery/ask.h"
#include "handlers/routes.h"

enum { PAGE = 100 };

/* A page of a list, with one more than was asked for: then there is another page. */
struct page {
    struct oc_json j;
    int64_t limit, n;
    char last[LIM_SUBJECT_NAME + 1];
    bool more;
};

static void put_subject(struct oc_json *j, const struct oc_subject *s)
{
    oc_json_put_string(j, "name", s->name);
    oc_json_put_int(j, "faces", (int64_t)s->faces);
    oc_json_put_int(j, "created", s->created_s);
}

static enum oc_status add_subject(void *arg, const struct oc_subject *s)
{
    struct page *p = arg;
    p->more = p->n++ == p->limit;
    if (p->more)
        return OC_OK;
    snprintf(p->last, sizeof p->last, "%s", s->name);
    oc_json_open(&p->j, '{');
    put_subject(&p->j, s);
    oc_json_close(&p->j, '}');
    return oc_json_end(&p->j);
}

static enum oc_status render_list(struct oc_gallery *g, const char *after, int64_t limit, struct oc_response *res, struct oc_err *err)
{
    struct page p = {.j = oc_json_begin(&res->body), .limit = limit};
    struct oc_gallery_model model;
    bool bound;
    enum oc_status st = oc_gallery_model(g, &model, &bound, err);
    if (st)
        return st;
    oc_json_open(&p.j, '{');
    oc_json_key(&p.j, "subjects");
    oc_json_open(&p.j, '[');
    st = oc_gallery_subjects(g, after, (size_t)limit + 1, add_subject, &p, err);
    oc_json_close(&p.j, ']');
    struct oc_gallery_counts n = oc_gallery_count(g);
    oc_json_key(&p.j, "next");
    oc_json_string(&p.j, p.more ? p.last : NULL);
    oc_json_put_int(&p.j, "total", (int64_t)n.subjects);
    oc_json_put_int(&p.j, "faces", (int64_t)n.faces);
    oc_json_put_int(&p.j, "searchable", (int64_t)n.searchable);
    oc_gallery_render_model(&p.j, &model, bound);
    oc_json_close(&p.j, '}');
    return st ? st : oc_json_end(&p.j);
}

enum oc_status oc_subjects_list(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_inputs in;
    struct oc_gallery *g;
    int64_t limit = PAGE;
    const char *after = NULL;
    req->content_type = ""; /* some clients name one though there is no body */
    enum oc_status st = oc_inputs_read(req, &in, err);
    (void)(st || (st = oc_gallery_of(req, &g, err)) || (st = oc_param_int(&in, "limit", 1, LIM_GALLERY_PAGE, &limit, err)) ||
           (st = oc_param_string(&in, "after", LIM_FIELD_BYTES, &after, err)) || (st = render_list(g, after, limit, res, err)));
    oc_inputs_deinit(&in);
    return st;
}

struct one {
    struct oc_json j;
    const bool *merged; /* NULL: not said */
};

static enum oc_status render_one(void *arg, const struct oc_subject *s)
{
    struct one *o = arg;
    oc_json_open(&o->j, '{');
    put_subject(&o->j, s);
    if (o->merged)
        oc_json_put_bool(&o->j, "merged", *o->merged);
    oc_json_close(&o->j, '}');
    return oc_json_end(&o->j);
}

enum oc_status oc_subject_get(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_gallery *g;
    const char *name;
    struct one o = {.j = oc_json_begin(&res->body)};
    enum oc_status st = oc_gallery_of(req, &g, err);
    if (!st)
        st = oc_gallery_path_subject(req, &name, err);
    return st ? st : oc_gallery_subject(g, name, render_one, &o, err);
}

enum oc_status oc_subject_patch(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_inputs in;
    struct oc_gallery *g;
    const char *name, *to = NULL;
    char clean[LIM_SUBJECT_NAME + 1];
    bool merge = false, merged = false;
    enum oc_status st = oc_inputs_read(req, &in, err);
    (void)(st || (st = oc_gallery_of(req, &g, err)) || (st = oc_gallery_path_subject(req, &name, err)) ||
           (st = oc_param_string(&in, "name", LIM_FIELD_BYTES, &to, err)) || (st = oc_param_bool(&in, "merge", &merge, err)));
    if (!st && !to)
        st = oc_err_set(err, OC_E_INVALID, "name: the subject's new name is expected");
    (void)(st || (st = oc_subject_name(to, strlen(to), clean, err)) || (st = oc_gallery_rename(g, name, clean, merge, &merged, err)));
    if (!st) {
        struct one o = {.j = oc_json_begin(&res->body), .merged = &merged};
        st = oc_gallery_subject(g, clean, render_one, &o, err);
    }
    oc_inputs_deinit(&in);
    return st;
}

enum oc_status oc_subject_delete(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_gallery *g;
    const char *name;
    size_t faces;
    enum oc_status st = oc_gallery_of(req, &g, err);
    (void)(st || (st = oc_gallery_path_subject(req, &name, err)) || (st = oc_gallery_remove_subject(g, name, &faces, err)));
    if (st)
        return st;
    struct oc_json j = oc_json_begin(&res->body);
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "name", name);
    oc_json_put_bool(&j, "deleted", true);
    oc_json_put_int(&j, "faces", (int64_t)faces);
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

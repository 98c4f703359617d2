/* /api/v1/recognition/subjects: GET lists them, POST makes one, PUT renames, DELETE deletes one or all with their faces. */
#include "handlers/dialects/compreface/recognition.h"
#include "handlers/gallery/names.h"

enum oc_status oc_cf_subjects(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_gallery *g;
    struct oc_json j = oc_json_begin(&res->body);
    enum oc_status st = oc_gallery_of(req, &g, err);
    oc_json_open(&j, '{');
    oc_json_key(&j, "subjects");
    oc_json_open(&j, '[');
    if (!st)
        st = oc_gallery_put_names(req, g, &j, err); /* there is no paging in this protocol */
    oc_json_close(&j, ']');
    oc_json_close(&j, '}');
    return st ? st : oc_json_end(&j);
}

/* The body's "subject", as it is stored, into out. */
static enum oc_status read_subject(const struct oc_inputs *in, char out[LIM_SUBJECT_NAME + 1], struct oc_err *err)
{
    const char *text = NULL;
    enum oc_status st = oc_param_string(in, "subject", LIM_FIELD_BYTES, &text, err);
    if (!st && !text)
        st = oc_err_set(err, OC_E_INVALID, "Required parameter 'subject' is not present");
    return st ? st : oc_subject_name(text, strlen(text), out, err);
}

static enum oc_status answer(struct oc_response *res, const char *subject)
{
    struct oc_json j = oc_json_begin(&res->body);
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "subject", subject);
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

enum oc_status oc_cf_subject_add(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_inputs in;
    struct oc_gallery *g;
    char name[LIM_SUBJECT_NAME + 1];
    enum oc_status st = oc_inputs_read(req, &in, err);
    (void)(st || (st = oc_gallery_of(req, &g, err)) || (st = read_subject(&in, name, err)) || (st = oc_gallery_add_subject(g, name, err)));
    if (!st) {
        res->status = 201;
        st = answer(res, name);
    }
    oc_inputs_deinit(&in);
    return st;
}

/* A name that is there already: the faces go to that subject. */
enum oc_status oc_cf_subject_rename(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_inputs in;
    struct oc_gallery *g;
    const char *from;
    char to[LIM_SUBJECT_NAME + 1];
    enum oc_status st = oc_inputs_read(req, &in, err);
    (void)(st || (st = oc_gallery_of(req, &g, err)) || (st = oc_gallery_path_subject(req, &from, err)) ||
           (st = read_subject(&in, to, err)) || (st = oc_gallery_rename(g, from, to, true, NULL, err)));
    if (!st)
        st = oc_buf_add_str(&res->body, "{\"updated\":true}");
    oc_inputs_deinit(&in);
    return st;
}

enum oc_status oc_cf_subject_delete(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_gallery *g;
    const char *name;
    enum oc_status st = oc_gallery_of(req, &g, err);
    (void)(st || (st = oc_gallery_path_subject(req, &name, err)) || (st = oc_gallery_remove_subject(g, name, NULL, err)));
    return st ? st : answer(res, name);
}

enum oc_status oc_cf_subjects_delete(struct oc_request *req, struct oc_response *res, struct oc_err *err)
{
    struct oc_gallery *g;
    enum oc_status st = oc_gallery_of(req, &g, err);
    if (st)
        return st;
    size_t n = oc_gallery_count(g).subjects;
    st = oc_gallery_remove_subject(g, NULL, NULL, err);
    return st ? st : oc_buf_addf(&res->body, "{\"deleted\":%zu}", n);
}

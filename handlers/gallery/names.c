/* See names.h. The gallery is asked for a page at a time, so that nobody else waits for long. */
#include "handlers/gallery/names.h"

enum { PAGE = 1000 };

/* Names of one page; the last of them begins the next. */
struct names {
    struct oc_json *j;
    size_t n;
    char last[LIM_SUBJECT_NAME + 1];
};

static enum oc_status put_name(void *arg, const struct oc_subject *s)
{
    struct names *names = arg;
    oc_json_string(names->j, s->name);
    snprintf(names->last, sizeof names->last, "%s", s->name);
    names->n++;
    return oc_json_end(names->j);
}

enum oc_status oc_gallery_put_names(const struct oc_request *req, struct oc_gallery *g, struct oc_json *j, struct oc_err *err)
{
    struct names names = {.j = j};
    enum oc_status st = OC_OK;
    for (bool more = true; more; more = !st && names.n == PAGE && !(req->cancelled && req->cancelled(req->cancel_arg))) {
        char after[LIM_SUBJECT_NAME + 1];
        memcpy(after, names.last, sizeof after);
        names.n = 0;
        st = oc_gallery_subjects(g, after[0] ? after : NULL, PAGE, put_name, &names, err);
    }
    return st;
}

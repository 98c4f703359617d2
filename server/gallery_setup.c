/* See gallery_setup.h. */
#include "server/gallery_setup.h"
#include "base/clock.h"
#include "server/telemetry/prometheus.h"

bool oc_gallery_path(const struct oc_config *c, char path[OC_GALLERY_PATH])
{
    const char *state = getenv("STATE_DIRECTORY"), *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (!strcmp(c->gallery, "none"))
        return false;
    if (*c->gallery && strcmp(c->gallery, "auto") != 0)
        snprintf(path, OC_GALLERY_PATH, "%s", c->gallery);
    else if (state && *state == '/') /* a list; the first is the service's own */
        snprintf(path, OC_GALLERY_PATH, "%.*s/gallery.sqlite", (int)strcspn(state, ":"), state);
    else if (xdg && *xdg == '/')
        snprintf(path, OC_GALLERY_PATH, "%s/ocelli/gallery.sqlite", xdg);
    else if (home && *home == '/')
        snprintf(path, OC_GALLERY_PATH, "%s/.local/state/ocelli/gallery.sqlite", home);
    else
        snprintf(path, OC_GALLERY_PATH, "ocelli-gallery.sqlite");
    return true;
}

enum oc_status oc_gallery_open(const struct oc_config *c, struct oc_gallery **out, struct oc_err *err)
{
    char path[OC_GALLERY_PATH];
    struct oc_err why;
    *out = NULL;
    if (!oc_gallery_path(c, path))
        return OC_OK;
    struct oc_gallery_options opt = {.path = path,
                                     .keep_pictures = !strcmp(c->gallery_images, "on"),
                                     .max_faces = (size_t)c->gallery_max_faces,
                                     .max_bytes = c->gallery_max_bytes};
    enum oc_status st = oc_gallery_new(&opt, out, err);
    if (!st && oc_gallery_load(*out, &why)) /* it has said so in the log */
        oc_log(OC_LOG_WARN, "gallery routes answer with an error until its file can be used", OC_KV_S("path", path));
    return st;
}

static enum oc_status gallery_metrics(void *arg, struct oc_buf *out)
{
    struct oc_gallery_counts n = {0};
    if (arg)
        n = oc_gallery_count(arg);
    const struct {
        const char *name, *type, *help;
        double value;
    } samples[] = {
        {"ocelli_gallery_subjects", "gauge", "People of the gallery.", (double)n.subjects},
        {"ocelli_gallery_faces", "gauge", "Enrolled faces.", (double)n.faces},
        {"ocelli_gallery_searchable_faces", "gauge", "Those whose vector is of the gallery's model.", (double)n.searchable},
        {"ocelli_gallery_vector_bytes", "gauge", "Memory of their vectors.", (double)n.bytes},
        {"ocelli_gallery_commits_total", "counter", "Transactions; changes that come together share one.", (double)n.commits},
        {"ocelli_gallery_identified_total", "counter", "Faces that were searched for.", (double)n.identified},
        {"ocelli_gallery_identify_seconds_total", "counter", "Time of those searches.", (double)n.identify_ns / OC_NS_PER_S},
    };
    enum oc_status st = OC_OK;
    for (size_t i = 0; !st && i < OC_ARRAY_LEN(samples); i++)
        st = oc_prom_single(out, samples[i].name, samples[i].type, samples[i].help, samples[i].value);
    return st;
}

struct oc_server_hook oc_gallery_hook(struct oc_gallery *g)
{
    return (struct oc_server_hook){.metrics = gallery_metrics, .arg = g};
}

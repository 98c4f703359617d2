/*
 * deepface's names of models and detectors. One of its names means an installed model of that name (or alias), else the first installed
 * one of that kind: "ArcFace" is a way of training, and any network of it will do for two pictures in one request.
 */
#include "handlers/dialects/deepface/names.h"
#include "models/recipe/family.h"
#include <math.h>
#include <strings.h>
#include "handlers/model_name.h"

static const struct oc_deepface_model known[] = {
    {"VGG-Face", NULL, 0, {.68, 1.17, 1.17, .39}},
    {"Facenet", "facenet", 128, {.40, 10, .80, .33}},
    {"Facenet512", "facenet", 512, {.30, 23.56, 1.04, .35}},
    {"ArcFace", "arcface", 0, {.68, 4.15, 1.13, .39}},
    {"Dlib", NULL, 0, {.07, .6, .4, .12}},
    {"SFace", "sface", 0, {.593, 10.734, 1.055, .36}},
    {"OpenFace", NULL, 0, {.10, .55, .55, .11}},
    {"DeepFace", NULL, 0, {.23, 64, .64, .12}},
    {"DeepID", NULL, 0, {.015, 45, .17, .04}},
    {"GhostFaceNet", NULL, 0, {.65, 35.71, 1.10, .38}},
    {"Buffalo_L", "arcface", 512, {.55, .6, 1.1, .45}},
};

/* Their detectors, and which family is meant; NULL: whatever finds faces here. */
static const struct {
    const char *name, *family;
} detectors[] = {
    {"opencv", NULL},    {"ssd", NULL},      {"dlib", NULL},      {"mtcnn", "mtcnn"}, {"fastmtcnn", "mtcnn"}, {"retinaface", "retinaface"},
    {"mediapipe", NULL}, {"yolov8", NULL},   {"yolov8n", NULL},   {"yolov8m", NULL},  {"yolov8l", NULL},      {"yolov11n", NULL},
    {"yolov11s", NULL},  {"yolov11m", NULL}, {"yolov11l", NULL},  {"yolov12n", NULL}, {"yolov12s", NULL},     {"yolov12m", NULL},
    {"yolov12l", NULL},  {"yunet", "yunet"}, {"centerface", NULL}};

const struct oc_deepface_model *oc_deepface_model_find(const char *name)
{
    for (size_t i = 0; name && i < OC_ARRAY_LEN(known); i++)
        if (!strcasecmp(known[i].name, name))
            return &known[i];
    return NULL;
}

struct search {
    const char *name, *family;
    enum oc_task task;
    int dim;
    struct oc_arena *arena;
    bool exact;
    const char *found; /* in the arena */
};

static enum oc_status look_at(void *arg, const struct oc_model_info *info)
{
    struct search *s = arg;
    const struct oc_recipe *r = info->recipe;
    size_t n = strlen(s->name);
    if (!r || !r->family || !oc_recipe_can(r, s->task) || info->state == OC_MODEL_FAILED)
        return OC_OK;
    s->exact |= !strncmp(info->name, s->name, n) && (!info->name[n] || info->name[n] == ':');
    bool kind = s->family && !strcmp(r->family->name, s->family) && (!s->dim || r->decode.dim == s->dim);
    if (!s->found && kind && !(s->found = oc_arena_strndup(s->arena, info->name, strlen(info->name))))
        return OC_E_NOMEM;
    return OC_OK;
}

/* `name` as it is installed, or as an alias says, or the first of the family; *out NULL: none. */
static enum oc_status resolve(struct oc_request *req, const char *name, const char *family, int dim, enum oc_task task, const char **out,
                              struct oc_err *err)
{
    struct search s = {.name = oc_model_alias_resolve(req->service, name), .family = family, .task = task, .dim = dim, .arena = req->arena};
    enum oc_status st = oc_registry_each(req->service->registry, look_at, &s);
    *out = s.exact || s.name != name ? s.name : s.found;
    return st == OC_E_NOMEM ? oc_err_nomem(err, "a model's name", LIM_MODEL_ID) : st;
}

enum oc_status oc_deepface_resolve_model(struct oc_request *req, const char *name, const char **out, struct oc_err *err)
{
    const struct oc_deepface_model *m = oc_deepface_model_find(name);
    *out = NULL;
    if (!name)
        return OC_OK;
    enum oc_status st = resolve(req, name, m ? m->family : NULL, m ? m->dim : 0, OC_TASK_FACE_EMBED, out, err);
    if (!st && !*out)
        st = oc_err_set(err, OC_E_UNKNOWN_MODEL,
                        "model_name: no model '%.100s' is installed%s; --model-aliases '%.100s=NAME' lets one stand for it, and without "
                        "model_name the default is used",
                        name, m && m->family ? ", nor another of its kind" : "", name);
    return st;
}

enum oc_status oc_deepface_resolve_detector(struct oc_request *req, const char *name, const char **out, struct oc_err *err)
{
    *out = NULL;
    if (!name)
        return OC_OK;
    const char *family = NULL;
    bool theirs = false;
    for (size_t i = 0; i < OC_ARRAY_LEN(detectors); i++)
        if (!strcmp(detectors[i].name, name)) {
            theirs = true;
            family = detectors[i].family;
        }
    enum oc_status st = resolve(req, name, family, 0, OC_TASK_FACE_DETECT, out, err);
    if (!st && !*out && !theirs)
        st = oc_err_set(err, OC_E_UNKNOWN_MODEL, "detector_backend: no detector '%.100s' is installed", name);
    return st;
}

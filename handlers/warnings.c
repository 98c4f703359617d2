/* See warnings.h. */
#include "handlers/warnings.h"
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "base/distance.h"
#include "handlers/output/json_out.h"

enum { SENTENCE = 240, NAME = 40 /* bytes of a name that is compared */ };

void oc_warn(struct oc_request *req, const char *format, ...)
{
    char text[SENTENCE];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (n < 0 || req->n_warnings == LIM_WARNINGS)
        return;
    for (size_t i = 0; i < req->n_warnings; i++)
        if (!strcmp(req->warnings[i], text))
            return;
    const char *kept = oc_arena_strndup(req->arena, text, strlen(text));
    if (kept)
        req->warnings[req->n_warnings++] = kept;
}

static bool was_asked(const struct oc_request *req, const char *name)
{
    for (size_t i = 0; i < req->n_asked; i++)
        if (!strcmp(req->asked[i], name))
            return true;
    return false;
}

void oc_asked(struct oc_request *req, const char *name)
{
    if (req->n_asked < LIM_ASKED && !was_asked(req, name))
        req->asked[req->n_asked++] = name;
}

/* What others call it. */
static const char *translated(const char *name)
{
    static const struct {
        const char *theirs, *ours;
    } words[] = {
        {"conf", "score_threshold"},
        {"confidence", "score_threshold"},
        {"min_confidence", "score_threshold"},
        {"threshold", "score_threshold"},
        {"min_score", "score_threshold"},
        {"iou", "iou_threshold"},
        {"nms", "iou_threshold"},
        {"max_det", "max_detections"},
        {"k", "top_k"},
        {"limit", "top_k"},
        {"model_name", "model"},
        {"candidate_labels", "labels"},
        {"num_labels", "num_classes"},
        {"n_classes", "num_classes"},
        {"ignore_label", "ignore_index"},
        {"input", "texts"},
    };
    for (size_t i = 0; i < OC_ARRAY_LEN(words); i++)
        if (!strcmp(words[i].theirs, name))
            return words[i].ours;
    return NULL;
}

/* The name that was meant, or NULL. */
static const char *nearest(const struct oc_request *req, const char *name)
{
    char plain[NAME + 1];
    const char *word = translated(name), *found = NULL;
    if (word && was_asked(req, word))
        return word;
    if (strlen(name) > NAME)
        return NULL;
    memcpy(plain, name, strlen(name) + 1);
    size_t n = strlen(plain), best = n / 3 + 1;
    if (n > 2 && !strcmp(plain + n - 2, "[]")) /* as PHP and jQuery write lists */
        plain[n - 2] = 0;
    for (size_t i = 0; i < req->n_asked; i++) {
        size_t d = oc_text_distance(plain, req->asked[i]);
        if (d < best) {
            best = d;
            found = req->asked[i];
        }
    }
    return found;
}

void oc_warn_if_unknown(struct oc_request *req, const char *name)
{
    char shown[NAME + 8];
    if (was_asked(req, name))
        return;
    snprintf(shown, sizeof shown, "%.*s", NAME, name);
    for (char *p = shown; *p; p++)
        if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7F)
            *p = '?';
    const char *meant = nearest(req, name);
    if (meant)
        oc_warn(req, "unknown parameter '%s': did you mean '%s'?", shown, meant);
    else
        oc_warn(req, "unknown parameter '%s'", shown);
}

enum oc_status oc_warnings_put(const struct oc_request *req, struct oc_response *res)
{
    struct oc_buf *body = &res->body;
    if (!req->n_warnings || strcmp(res->content_type, "application/json") != 0 || !body->len || body->data[body->len - 1] != '}')
        return OC_OK;
    body->len--;
    struct oc_json j = oc_json_begin(body);
    j.comma = body->data[body->len - 1] != '{';
    oc_json_key(&j, "warnings");
    oc_json_open(&j, '[');
    for (size_t i = 0; i < req->n_warnings; i++)
        oc_json_string(&j, req->warnings[i]);
    oc_json_close(&j, ']');
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

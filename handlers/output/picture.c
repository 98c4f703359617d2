/*
 * What was found is drawn worst first, so that the best lies on top, and every label after every box. Drawing goes into the request's own
 * decoded picture: no copy. See picture.h.
 */
#include "handlers/output/picture.h"
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/parse.h"
#include "handlers/output/details.h"
#include "vision/draw.h"
#include "vision/encode.h"

enum { ACCEPT_MAX = 1024, POINT_CLASSES = 1 /* points take the colours of the classes from here on: the first is the box's */ };

enum oc_status oc_picture_wanted(const struct oc_inputs *in, bool *wanted, struct oc_err *err)
{
    static const char *const formats[] = {"json", "image", NULL};
    int format = 0;
    enum oc_status st = oc_param_word(in, "format", formats, &format, err);
    *wanted = format == 1;
    return st;
}

/* One media range of an Accept header with its parameters. */
struct range {
    const char *text;
    size_t n;
};

static struct range trimmed(const char *s, size_t n)
{
    while (n && (*s == ' ' || *s == '\t'))
        s++, n--;
    while (n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
        n--;
    return (struct range){s, n};
}

static size_t until(const struct range *r, char end)
{
    const char *p = memchr(r->text, end, r->n);
    return p ? (size_t)(p - r->text) : r->n;
}

static bool is(struct range r, const char *word)
{
    return r.n == strlen(word) && !strncasecmp(r.text, word, r.n);
}

/* The parameter q of a range: 1 when there is none, 0 when it is not a number of 0..1. */
static double quality(struct range r)
{
    for (size_t n = until(&r, ';'); n < r.n; n = until(&r, ';')) {
        r = (struct range){r.text + n + 1, r.n - n - 1};
        struct range p = trimmed(r.text, until(&r, ';'));
        double q = 0;
        if (p.n >= 2 && (p.text[0] == 'q' || p.text[0] == 'Q') && p.text[1] == '=')
            return oc_parse_f64(p.text + 2, p.n - 2, 0, 1, &q) ? q : 0;
    }
    return 1;
}

/* How well a type is accepted: by the most exact range that covers it. */
struct match {
    int exactness; /* 0: by none, 1: any type, 2: any image, 3: itself */
    double quality;
};

static void consider(struct match *m, struct range item, const char *type)
{
    struct range name = trimmed(item.text, until(&item, ';'));
    int exactness = is(name, type) ? 3 : is(name, "image/*") ? 2 : is(name, "*/*") ? 1 : 0;
    if (exactness > m->exactness)
        *m = (struct match){exactness, quality(item)};
}

bool oc_accept_prefers_png(const char *accept)
{
    struct range rest = {accept, strnlen(accept, ACCEPT_MAX)};
    struct match png = {0}, jpeg = {0};
    while (rest.n) {
        size_t n = until(&rest, ','), step = n < rest.n ? n + 1 : n;
        consider(&png, (struct range){rest.text, n}, "image/png");
        consider(&jpeg, (struct range){rest.text, n}, "image/jpeg");
        rest = (struct range){rest.text + step, rest.n - step};
    }
    if (png.quality > jpeg.quality)
        return true;
    return png.quality > 0 && !(png.quality < jpeg.quality) && png.exactness > jpeg.exactness;
}

enum oc_status oc_picture_encode(struct oc_request *req, const struct oc_image *im, struct oc_response *res, struct oc_err *err)
{
    struct oc_encode_stop stop = {.cancelled = req->cancelled, .arg = req->cancel_arg};
    bool png = oc_accept_prefers_png(req->accept ? req->accept : "");
    res->content_type = png ? "image/png" : "image/jpeg";
    return png ? oc_encode_png(im, &stop, &res->body, err) : oc_encode_jpeg(im, &stop, &res->body, err);
}

static void label_detection(struct oc_image *im, const struct oc_detection *d, const struct oc_draw_sizes *sizes)
{
    char text[LIM_LABEL_BYTES + 32];
    if (d->label)
        snprintf(text, sizeof text, "%.*s %.2f", LIM_LABEL_BYTES, d->label, (double)d->score);
    else
        snprintf(text, sizeof text, "#%d %.2f", d->class_id, (double)d->score);
    oc_draw_label(im, &d->box, text, oc_draw_class_colour(d->class_id), sizes);
}

static enum oc_status draw_detections(struct oc_image *im, const struct oc_detections *found, const struct oc_recipe *recipe,
                                      struct oc_err *err)
{
    struct oc_draw_sizes sizes = oc_draw_sizes_for(im->width, im->height);
    enum oc_status st = OC_OK;
    for (size_t i = found->n; !st && i-- > 0;)
        st = oc_draw_detection_mask(im, &found->items[i], oc_draw_class_colour(found->items[i].class_id), &sizes, err);
    for (size_t i = found->n; i-- > 0;)
        oc_draw_detection_box(im, &found->items[i], oc_draw_class_colour(found->items[i].class_id), &sizes);
    for (size_t i = found->n; i-- > 0;)
        oc_draw_detection_points(im, &found->items[i], recipe, &sizes);
    for (size_t i = found->n; i-- > 0;)
        label_detection(im, &found->items[i], &sizes);
    return st;
}

enum oc_status oc_picture_detections(struct oc_request *req, struct oc_image *im, const struct oc_detections *found,
                                     const struct oc_recipe *recipe, struct oc_response *res, struct oc_err *err)
{
    int64_t start = oc_now_ns();
    enum oc_status st = draw_detections(im, found, recipe, err);
    if (!st)
        st = oc_picture_encode(req, im, res, err);
    req->timing.postprocess_ns += oc_now_ns() - start;
    return st;
}

enum oc_status oc_picture_faces(struct oc_request *req, struct oc_image *im, const struct oc_faces *found, struct oc_response *res,
                                struct oc_err *err)
{
    int64_t start = oc_now_ns();
    struct oc_draw_sizes sizes = oc_draw_sizes_for(im->width, im->height);
    char text[32];
    for (size_t i = found->n; i-- > 0;)
        oc_draw_box(im, &found->items[i].box, oc_draw_class_colour(0), &sizes);
    for (size_t i = found->n; i-- > 0;) {
        const struct oc_face *f = &found->items[i];
        snprintf(text, sizeof text, "%.2f", (double)f->score);
        oc_draw_label(im, &f->box, text, oc_draw_class_colour(0), &sizes);
        for (int k = 0; f->has_landmarks && k < OC_LANDMARKS; k++)
            oc_draw_dot(im, f->landmarks[k][0], f->landmarks[k][1], oc_draw_class_colour(POINT_CLASSES + k), &sizes);
    }
    enum oc_status st = oc_picture_encode(req, im, res, err);
    req->timing.postprocess_ns += oc_now_ns() - start;
    return st;
}

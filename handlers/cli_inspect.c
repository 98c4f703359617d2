/* See cli_inspect.h. */
#include "handlers/cli_inspect.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "handlers/output/render.h"
#include "models/package/explain.h"

/* Text that goes on being written until something fails. */
struct text {
    struct oc_buf *out;
    enum oc_status status;
};

static void say(struct text *t, const char *format, ...) OC_PRINTF(2, 3);
static void say(struct text *t, const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (!t->status && n > 0)
        t->status = oc_buf_add(t->out, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

/* One line for each of the clues that a reason is made of. */
static void say_because(struct text *t, const char *because)
{
    const char *heading = strstr(because, ": ");
    const char *p = heading ? heading + 2 : because;
    while (*p) {
        size_t n = strcspn(p, ";");
        say(t, "  because     %.*s\n", (int)n, p);
        p += n;
        p += strspn(p, "; ");
    }
}

static void say_input(struct text *t, const struct oc_recipe *r)
{
    const struct oc_input_recipe *in = &r->input;
    say(t, "  input       %dx%d%s, %s, %s, fit %s, padded with %d\n", in->width, in->height, in->fixed_size ? "" : " (free)",
        in->pixels.bgr ? "BGR" : "RGB", in->pixels.channels_last ? "nhwc" : "nchw", oc_fit_name(in->fit), in->pad);
    say(t, "  pixels      (p - mean) * scale: mean %g %g %g, scale %g %g %g\n", (double)in->pixels.mean[0], (double)in->pixels.mean[1],
        (double)in->pixels.mean[2], (double)in->pixels.scale[0], (double)in->pixels.scale[1], (double)in->pixels.scale[2]);
    for (int i = 0; i < in->n_extras; i++)
        say(t, "  beside      input '%s' is given too\n", in->extras[i].name);
}

static void say_classes(struct text *t, const struct oc_recipe *r)
{
    const struct oc_decode_recipe *d = &r->decode;
    if (d->n_classes)
        say(t, "  classes     %d, names from %s%s\n", d->n_classes, r->labels_from ? r->labels_from : "nowhere",
            d->coco91 ? ", numbered as COCO does (1..90)" : "");
    if (d->masks)
        say(t, "  masks       for each object\n");
    if (d->n_keypoints)
        say(t, "  key points  %d of %d numbers\n", d->n_keypoints, d->keypoint_numbers);
    if (d->turned)
        say(t, "  boxes       are turned\n");
    say(t, "  thresholds  score %g, iou %g, at most %d\n", (double)r->thresholds.score, (double)r->thresholds.iou,
        r->thresholds.max_detections);
}

static void say_others(struct text *t, const struct oc_explanation *x)
{
    for (size_t i = 0; i < x->n_others; i++)
        if (x->others[i].possible)
            say(t, "  or          %s, if a model.json names it\n", x->others[i].family->name);
    if (x->recipe.family)
        return;
    for (size_t i = 0; i < x->n_others; i++)
        if (!x->others[i].possible) /* what its files have */
            say(t, "  missing     %s: %s\n", x->others[i].family->name, x->others[i].why);
}

static enum oc_status as_text(const struct oc_explanation *x, enum oc_status described, const char *why, struct oc_buf *out)
{
    const struct oc_recipe *r = &x->recipe;
    struct text t = {.out = out};
    if (described) {
        say(&t, "\nrecognised: not, %s\n", why);
        return t.status;
    }
    say(&t, "\nrecognised: %s%s%s, task %s%s\n", r->family ? r->family->name : "as no family", r->family ? ", " : "",
        r->family ? r->family->title : "", oc_task_name(r->task), x->has_manifest ? " (with the model.json beside it)" : "");
    say_because(&t, r->because);
    if (r->family)
        say_input(&t, r);
    if (r->task == OC_TASK_DETECT && r->family)
        say_classes(&t, r);
    if (x->runner_up)
        say(&t, "  runner-up   %s: %s\n", x->runner_up->name, x->runner_up_because);
    say_others(&t, x);
    return t.status;
}

static enum oc_status as_members(const struct oc_explanation *x, enum oc_status described, const char *why, struct oc_buf *out)
{
    struct oc_json j = oc_json_begin(out);
    oc_json_key(&j, "recognised");
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "family", described || !x->recipe.family ? NULL : x->recipe.family->name);
    oc_json_put_string(&j, "task", described ? NULL : oc_task_name(x->recipe.task));
    oc_json_put_string(&j, "because", described ? why : x->recipe.because);
    oc_json_put_string(&j, "runner_up", described || !x->runner_up ? NULL : x->runner_up->name);
    oc_json_key(&j, "others");
    oc_json_open(&j, '[');
    for (size_t i = 0; i < x->n_others; i++) {
        oc_json_open(&j, '{');
        oc_json_put_string(&j, "family", x->others[i].family->name);
        oc_json_put_bool(&j, "possible", x->others[i].possible);
        oc_json_put_string(&j, "why", x->others[i].why);
        oc_json_close(&j, '}');
    }
    oc_json_close(&j, ']');
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

enum oc_status oc_inspect_recognised(const char *path, bool as_json, struct oc_buf *out, struct oc_err *err)
{
    struct oc_explanation x;
    struct oc_err why = {0};
    enum oc_status described = oc_explain(path, &x, &why);
    enum oc_status st = as_json ? as_members(&x, described, why.msg, out) : as_text(&x, described, why.msg, out);
    oc_explanation_deinit(&x);
    return st ? oc_err_set(err, st, "no room for the report") : OC_OK;
}

void oc_inspect_picture(const char *path, int *width, int *height)
{
    struct oc_explanation x;
    struct oc_err why;
    if (oc_explain(path, &x, &why) == OC_OK && x.recipe.family && x.recipe.input.width > 0 && x.recipe.input.height > 0) {
        *width = x.recipe.input.width;
        *height = x.recipe.input.height;
    }
    oc_explanation_deinit(&x);
}

/* See inputs.h. */
#include "models/detect/parts/inputs.h"
#include "base/parse.h"

void oc_input_scaled(struct oc_recipe *r, enum oc_fit fit, bool bgr, const float mean[3], const float deviation[3])
{
    r->input.fit = fit;
    r->input.pad = 0;
    r->input.pixels.bgr = bgr;
    for (int c = 0; c < 3; c++) {
        r->input.pixels.mean[c] = mean[c];
        r->input.pixels.scale[c] = 1 / deviation[c];
    }
}

void oc_input_unit(struct oc_recipe *r, enum oc_fit fit, int pad)
{
    static const float mean[3] = {0, 0, 0}, deviation[3] = {255, 255, 255};
    oc_input_scaled(r, fit, false, mean, deviation);
    r->input.pad = (uint8_t)pad;
}

void oc_input_imagenet(struct oc_recipe *r, enum oc_fit fit)
{
    static const float mean[3] = {123.675f, 116.28f, 103.53f}, deviation[3] = {58.395f, 57.12f, 57.375f};
    oc_input_scaled(r, fit, false, mean, deviation);
}

int64_t oc_facts_count_names(const struct eng_facts *f)
{
    const char *names = eng_facts_metadata(f, "names");
    struct oc_arena arena;
    struct oc_labels labels = {0};
    oc_arena_init(&arena, OC_MEM_OTHER, LIM_MODEL_JSON * 4);
    if (!names || oc_labels_from_literal(names, strlen(names), &arena, &labels, NULL))
        labels.n = 0;
    oc_arena_deinit(&arena);
    return (int64_t)labels.n;
}

bool oc_facts_says_rtdetr(const struct eng_facts *f)
{
    const char *description = eng_facts_metadata(f, "description");
    const char *head = eng_facts_metadata(f, "head");
    return (description && (strstr(description, "RT-DETR") || strstr(description, "RTDETR"))) || (head && strstr(head, "RTDETR"));
}

/* A number of 1..most at *p, which moves behind it and the blanks around it. */
static bool take_number(const char **p, int64_t most, int *out)
{
    int64_t v = 0;
    *p += strspn(*p, " ");
    size_t n = strspn(*p, "0123456789");
    if (!oc_parse_i64(*p, n, 1, most, &v))
        return false;
    *p += n;
    *p += strspn(*p, " ");
    *out = (int)v;
    return true;
}

bool oc_facts_keypoints(const struct eng_facts *f, int *n, int *numbers)
{
    const char *p = eng_facts_metadata(f, "kpt_shape");
    if (!p || (*p != '[' && *p != '('))
        return false;
    p++;
    if (!take_number(&p, OC_MOST_KEYPOINTS, n) || *p++ != ',' || !take_number(&p, 3, numbers) || *numbers < 2)
        return false;
    return *p == ']' || *p == ')';
}

void oc_recipe_keypoints(struct oc_recipe *r, int n, int numbers)
{
    /* As pycocotools draws a person. */
    static const uint8_t joints[][2] = {{15, 13}, {13, 11}, {16, 14}, {14, 12}, {11, 12}, {5, 11}, {6, 12}, {5, 6}, {5, 7}, {6, 8},
                                        {7, 9},   {8, 10},  {1, 2},   {0, 1},   {0, 2},   {1, 3},  {2, 4},  {3, 5}, {4, 6}};
    r->decode.n_keypoints = n;
    r->decode.keypoint_numbers = numbers;
    if (n != 17)
        return;
    r->decode.keypoint_names = oc_labels_coco17().names;
    r->decode.skeleton = joints;
    r->decode.n_skeleton = (int)OC_ARRAY_LEN(joints);
}

enum oc_status oc_recipe_only_these(const struct eng_facts *f, struct oc_recipe *r, struct oc_err *err)
{
    struct oc_decode_recipe *d = &r->decode;
    d->only_these = true;
    for (int i = 0; i < d->n_outputs; i++) {
        if (d->outputs[i] < 0)
            continue;
        enum oc_status st = oc_recipe_string(r, f->outputs[d->outputs[i]].name, &d->output_names[i], err);
        if (st)
            return st;
    }
    return OC_OK;
}

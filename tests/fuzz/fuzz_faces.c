/* room: models */
/*
 * The first byte chooses a head of a face detector, the second its input's size, the third a threshold; the rest are the head's numbers,
 * again and again until all outputs are full. Nothing but candidates, points and faces may come of them: boxes through suppression, points
 * finite or not, and MTCNN's steps with numbers that become whole pixels.
 */
#include <string.h>
#include "models/face/mtcnn_steps.h"
#include "models/face/priors.h"
#include "models/face/families.h"
#include "models/package/recognise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_OUTPUTS = 16 };

struct head {
    struct eng_facts facts;
    struct eng_io in, out[MOST_OUTPUTS];
    struct eng_op_count op;
    struct oc_recipe recipe;
    struct eng_tensor tensors[MOST_OUTPUTS];
    const struct eng_tensor *outputs[MOST_OUTPUTS];
};

static void add(struct head *h, const char *name, int64_t rows, int64_t last)
{
    h->out[h->facts.n_outputs++] = (struct eng_io){.name = name, .dtype = ENG_DT_F32, .shape = {3, {1, rows, last}}, .shape_known = true};
}

static void begin(struct head *h, int64_t height, int64_t width, bool with_op, const char *op)
{
    memset(h, 0, sizeof *h);
    h->in = (struct eng_io){.name = "x", .dtype = ENG_DT_F32, .shape = {4, {1, 3, height, width}}, .shape_known = true};
    h->op = (struct eng_op_count){op, 1};
    h->facts = (struct eng_facts){.n_inputs = 1, .inputs = &h->in, .outputs = h->out, .ops = &h->op, .n_ops = with_op, .producer = ""};
}

static const struct oc_family *make(struct head *h, uint8_t which, int64_t side)
{
    static const char *const yunet[] = {"cls_8",  "cls_16",  "cls_32",  "obj_8", "obj_16", "obj_32",
                                        "bbox_8", "bbox_16", "bbox_32", "kps_8", "kps_16", "kps_32"};
    static const int yunet_last[] = {1, 1, 4, 10}, last[] = {1, 4, 10};
    int64_t cells[5];
    for (int i = 0; i < 5; i++)
        cells[i] = (int64_t)oc_grid_side((int)side, 8 << i) * oc_grid_side((int)side, 8 << i);
    begin(h, which % 5 == 4 ? 240 : side, which % 5 == 4 ? 320 : side, which & 8, which % 5 == 3 ? "Softmax" : "Exp");
    switch (which % 5) {
    case 0:
        for (int i = 0; i < 12; i++)
            add(h, yunet[i], cells[i % 3], yunet_last[i / 3]);
        return &oc_family_yunet;
    case 1:
        add(h, "loc", 400, 14); /* at least as many as the priors of 64x64 */
        add(h, "conf", 400, 2);
        add(h, "iou", 400, 1);
        return &oc_family_yunet_2022;
    case 2: {
        int levels = which & 16 ? 5 : 3, parts = which & 32 ? 2 : 3;
        for (int i = 0; i < levels * parts; i++)
            add(h, "s", cells[i % levels] * (levels == 3 ? 2 : 1), last[i / levels]);
        return &oc_family_scrfd;
    }
    case 3:
        add(h, "a", 2 * (cells[0] + cells[1] + cells[2]), 4);
        add(h, "b", 2 * (cells[0] + cells[1] + cells[2]), 10);
        add(h, "c", 2 * (cells[0] + cells[1] + cells[2]), 2);
        return &oc_family_retinaface;
    default:
        add(h, "scores", 4420, 2);
        add(h, "boxes", 4420, 4);
        return &oc_family_ultraface;
    }
}

static void fill(float *out, size_t n, const uint8_t *data, size_t size, size_t *at)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t bytes[4];
        for (int k = 0; k < 4; k++)
            bytes[k] = data[(*at)++ % size];
        memcpy(&out[i], bytes, 4);
    }
}

static void decode(struct head *h, float threshold)
{
    struct oc_head head = {.recipe = &h->recipe, .width = h->recipe.input.width, .height = h->recipe.input.height, .outputs = h->outputs};
    struct oc_candidates found = {0};
    struct oc_err err;
    head.score_threshold = threshold;
    if (h->recipe.family->decode(&head, &found, &err) == OC_OK) {
        const struct oc_nms_options nms = {.iou_threshold = 0.4f, .max_out = 50};
        if (oc_nms(found.items, &found.n, &nms, &err))
            abort();
        for (size_t i = 0; i < found.n; i++) {
            float points[5][2];
            if (!(found.items[i].score >= threshold))
                abort();
            if (h->recipe.decode.landmarks)
                h->recipe.family->landmarks(&head, found.items[i].index, points);
        }
    }
    oc_candidates_deinit(&found);
}

/* The way of MTCNN's numbers between its networks. */
static void step(const uint8_t *data, size_t size, uint8_t which, float threshold)
{
    float scores[2 * 6 * 5], shifts[4 * 6 * 5], points[OC_MTCNN_POINTS];
    const struct oc_mtcnn_map score = {scores, 6, 5, 1, 6, 30}, shift = {shifts, 6, 5, 1, 6, 30};
    struct oc_mtcnn_list list = {0};
    struct oc_err err;
    size_t at = 0;
    fill(scores, OC_ARRAY_LEN(scores), data, size, &at);
    fill(shifts, OC_ARRAY_LEN(shifts), data, size, &at);
    fill(points, OC_ARRAY_LEN(points), data, size, &at);
    if (oc_mtcnn_cells(&score, &shift, (which + 1) / 256.0, threshold, &list, &err))
        abort();
    for (int pass = 0; pass < 2; pass++) {
        const struct oc_nms_options nms = {.iou_threshold = 0.7f, .overlap = pass ? oc_mtcnn_cover : NULL, .max_out = 20};
        if (oc_nms(list.boxes.items, &list.boxes.n, &nms, &err))
            abort();
        for (size_t i = 0; i < list.boxes.n; i++) {
            struct oc_candidate *c = &list.boxes.items[i];
            float place[2];
            struct oc_box moved = oc_mtcnn_shifted(&c->box, oc_mtcnn_extra(&list, c), pass);
            c->box = oc_mtcnn_square(&moved);
            oc_mtcnn_point(&c->box, points, (int)i % 5, place);
        }
    }
    oc_mtcnn_list_deinit(&list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct head h;
    struct oc_err err;
    if (size < 7)
        return 0;
    int64_t side = data[1] & 1 ? 64 : 96;
    float threshold = (float)data[2] / 255;
    uint8_t which = data[0];
    data += 3;
    size -= 3;
    const struct oc_family *family = make(&h, which, which % 5 == 1 ? 64 : side);
    oc_recipe_init(&h.recipe);
    if (oc_recognise(&h.facts, family, &h.recipe, &err) == OC_OK) {
        size_t at = 0;
        bool room = true;
        for (int i = 0; i < h.facts.n_outputs; i++) {
            size_t n = (size_t)eng_shape_count(&h.out[i].shape);
            h.tensors[i] = (struct eng_tensor){ENG_DT_F32, h.out[i].shape, oc_mem_array(OC_MEM_OTHER, n, sizeof(float))};
            room &= h.tensors[i].data != NULL;
            if (h.tensors[i].data)
                fill(h.tensors[i].data, n, data, size, &at);
        }
        for (int i = 0; i < h.recipe.decode.n_outputs; i++)
            h.outputs[i] = &h.tensors[h.recipe.decode.outputs[i]];
        if (room)
            decode(&h, threshold);
        for (int i = 0; i < h.facts.n_outputs; i++)
            oc_mem_free(h.tensors[i].data);
    } else {
        abort(); /* each form is one that the family knows */
    }
    oc_recipe_deinit(&h.recipe);
    step(data, size, which, threshold);
    return 0;
}

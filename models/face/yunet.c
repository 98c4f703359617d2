/*
 * YuNet (opencv_zoo face_detection_yunet_2023mar): twelve outputs by name, cls_, obj_ [1, cells, 1], bbox_ [1, cells, 4],
 * kps_ [1, cells, 10] for strides 8, 16, 32. score = sqrt(clamp(cls) * clamp(obj)); centre = (cell + d) * stride, size = exp(d) * stride,
 * points = (cell + k) * stride (opencv modules/objdetect/src/face_detect.cpp). Input: BGR 0..255. OpenCV pads right and
 * bottom without resizing; the sizes here are fixed or bounded, so pictures are fitted top-left with 0.
 * The model's own point order (right eye of the person first) is the picture's left to right, as models/recipe/result.h wants it.
 */
#include "models/face/families.h"

enum { CLS, OBJ, BBOX, KPS, ROLES, LEVELS = 3 };

static const int strides[LEVELS] = {8, 16, 32};
static const char *const role_names[ROLES] = {"cls", "obj", "bbox", "kps"};
static const int role_floats[ROLES] = {1, 1, 4, 10};

static enum oc_status recognise(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    for (int level = 0; level < LEVELS; level++) {
        for (int role = 0; role < ROLES; role++) {
            char name[16];
            snprintf(name, sizeof name, "%s_%d", role_names[role], strides[level]);
            int i = oc_facts_output(f, name);
            int64_t last = oc_facts_dim(f, i, 1);
            if (i < 0 || (last != -1 && last != role_floats[role]))
                return oc_family_decline(forced, &oc_family_yunet, err, "outputs cls_8 to kps_32");
            r->decode.outputs[level * ROLES + role] = i;
        }
        r->decode.strides[level] = strides[level];
    }
    if (oc_facts_input_size(f, 640, 640, r))
        return oc_family_decline(forced, &oc_family_yunet, err, "one picture in");
    r->input.fit = OC_FIT_TOP_LEFT;
    r->input.pixels.bgr = true;
    r->decode.n_strides = LEVELS;
    r->decode.n_outputs = LEVELS * ROLES;
    r->decode.n_classes = 1;
    r->decode.landmarks = true;
    r->thresholds = (struct oc_thresholds){.score = 0.6f, .iou = 0.3f, .max_detections = 750};
    snprintf(r->because, sizeof r->because, "outputs named cls_, obj_, bbox_ and kps_ for strides 8, 16 and 32");
    return OC_OK;
}

static float clamp01(float x)
{
    return x > 1 ? 1 : x > 0 ? x : 0; /* NaN becomes 0 */
}

static enum oc_status check_level(const struct oc_head *head, int level, int64_t cells, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    for (int role = 0; !st && role < ROLES; role++)
        st = oc_head_expect(head, level * ROLES + role, cells, role_floats[role], err);
    return st;
}

static enum oc_status decode(const struct oc_head *head, struct oc_candidates *out, struct oc_err *err)
{
    enum oc_status st = OC_OK;
    int index = 0;
    for (int level = 0; !st && level < LEVELS; level++) {
        int stride = strides[level], columns = oc_grid_side(head->width, stride), cells = columns * oc_grid_side(head->height, stride);
        st = check_level(head, level, cells, err);
        if (st)
            break;
        const float *cls = oc_head_data(head, level * ROLES + CLS), *obj = oc_head_data(head, level * ROLES + OBJ);
        const float *p = oc_head_data(head, level * ROLES + BBOX);
        float s = (float)stride;
        for (int i = 0; !st && i < cells; i++, index++, p += 4) {
            float score = sqrtf(clamp01(cls[i]) * clamp01(obj[i]));
            if (score < head->score_threshold)
                continue;
            int column = i % columns, row = i / columns;
            float cx = ((float)column + p[0]) * s, cy = ((float)row + p[1]) * s, w = expf(p[2]) * s, h = expf(p[3]) * s;
            struct oc_box box = {cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2};
            st = oc_candidates_add(out, &(struct oc_candidate){box, score, 0, index}, err);
        }
    }
    return st;
}

static void landmarks(const struct oc_head *head, int index, float points[5][2])
{
    for (int level = 0; level < LEVELS; level++) {
        int stride = strides[level], columns = oc_grid_side(head->width, stride), cells = columns * oc_grid_side(head->height, stride);
        if (index >= cells) {
            index -= cells;
            continue;
        }
        int column = index % columns, row = index / columns;
        const float *k = oc_head_data(head, level * ROLES + KPS) + (size_t)index * 10;
        for (int j = 0; j < 5; j++) {
            points[j][0] = ((float)column + k[2 * j]) * (float)stride;
            points[j][1] = ((float)row + k[2 * j + 1]) * (float)stride;
        }
        return;
    }
}

const struct oc_family oc_family_yunet = {
    .name = "yunet", .title = "YuNet", .task = OC_TASK_FACE_DETECT, .recognise = recognise, .decode = decode, .landmarks = landmarks};

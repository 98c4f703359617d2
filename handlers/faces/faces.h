/* What the face routes share: two models, parameters, looking at a picture, rendering what was seen. Private to handlers/. */
#ifndef OC_HANDLERS_FACES_H
#define OC_HANDLERS_FACES_H

#include "handlers/infer.h"
#include "handlers/output/json_out.h"
#include "models/face/analysis.h"

/* Parameters of a route that embeds faces. */
struct oc_face_params {
    struct oc_detect_options detect;
    struct oc_face_embed_options embed;
    double min_quality;   /* 0..1 */
    double min_face_size; /* pixels of the shorter side of the box; 0: any */
    bool by_box;          /* crops are cut by boxes, not aligned by points */
    bool aligned;         /* pictures are aligned faces: nothing is detected */
};

/* score_threshold, iou_threshold, max_faces (1..most), min_quality, min_face_size, flip, aligned; embed.normalise is true. */
enum oc_status oc_face_params_read(const struct oc_inputs *in, int most, struct oc_face_params *p, struct oc_err *err) OC_MUST_CHECK;

/* Leases for the request's time; zeroed where one is not needed. */
struct oc_face_models {
    struct oc_lease embedder, detector;
};

/*
 * The embedder: parameter `model`, else the task's default. The detector, unless `aligned`: parameter `detector`; else what the operator
 * has set as the task's default; else the detector in the embedder's own package, which its vectors were made for; else the first
 * installed. Release in any case.
 */
enum oc_status oc_face_models_acquire(const struct oc_inputs *in, bool aligned, struct oc_face_models *m, struct oc_err *err) OC_MUST_CHECK;
/* The same with names, NULL: none was given. */
enum oc_status oc_face_models_acquire_named(const struct oc_inputs *in, const char *model, const char *detector, bool aligned,
                                            struct oc_face_models *m, struct oc_err *err) OC_MUST_CHECK;
void oc_face_models_release(const struct oc_inputs *in, struct oc_face_models *m);

/* One picture with its faces. */
struct oc_face_picture {
    const struct oc_image_source *source;
    struct oc_image_info info;
    int width, height; /* upright */
    struct oc_face_analysis look;
};

void oc_face_picture_deinit(struct oc_face_picture *p);
/* Decodes p->source, finds faces, measures them; the pixels are given back at once. When memory is short idle models are unloaded. */
enum oc_status oc_face_picture_look(const struct oc_inputs *in, const struct oc_face_models *m, const struct oc_face_params *params,
                                    struct oc_face_picture *p, struct oc_err *err) OC_MUST_CHECK;
/* Vectors of the wanted faces (NULL: all). */
enum oc_status oc_face_picture_embed(const struct oc_inputs *in, const struct oc_face_models *m, const struct oc_face_params *params,
                                     const bool *wanted, struct oc_face_picture *p, struct oc_err *err) OC_MUST_CHECK;

/* The parameters refuse face i: why, in words, into text. */
#define OC_FACE_REFUSAL 160
bool oc_face_refused(const struct oc_face_params *params, const struct oc_face_analysis *look, size_t i, char text[OC_FACE_REFUSAL]);
/* Members "box", "score", "landmarks", "quality" of face i. */
void oc_render_seen_face(struct oc_json *j, const struct oc_face_analysis *look, size_t i);
/* "quality":{...} */
void oc_render_quality(struct oc_json *j, const struct oc_face_quality *q);

#endif

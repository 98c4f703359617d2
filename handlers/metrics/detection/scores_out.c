/* See scores_out.h. */
#include "handlers/metrics/detection/scores_out.h"
#include "handlers/output/json_out.h"

static void put(struct oc_json *j, const char *name, double v)
{
    oc_json_key(j, name);
    oc_json_double(j, v);
}

static void put_class(struct oc_json *j, const struct oc_object_class *c)
{
    if (c->has_id)
        oc_json_put_int(j, "class_id", c->id);
    if (c->label)
        oc_json_put_string(j, "label", c->label);
}

static void put_counts(struct oc_json *j, const struct oc_objects_in *in)
{
    oc_json_put_int(j, "images", in->n_images);
    oc_json_put_int(j, "predictions_of_other_classes", (int64_t)in->others);
}

/* COCO */

static void put_coco(struct oc_json *j, const struct oc_coco_score *s, const struct oc_coco_terms *terms)
{
    char name[32];
    put(j, "ap", s->ap);
    put(j, "ap50", s->ap50);
    put(j, "ap75", s->ap75);
    put(j, "ap_small", s->ap_area[OC_AREA_SMALL]);
    put(j, "ap_medium", s->ap_area[OC_AREA_MEDIUM]);
    put(j, "ap_large", s->ap_area[OC_AREA_LARGE]);
    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof name, "ar_%d", terms->most[i]);
        put(j, name, s->ar[i]);
    }
    put(j, "ar_small", s->ar_area[OC_AREA_SMALL]);
    put(j, "ar_medium", s->ar_area[OC_AREA_MEDIUM]);
    put(j, "ar_large", s->ar_area[OC_AREA_LARGE]);
    oc_json_put_int(j, "truths", (int64_t)s->truths);
    oc_json_put_int(j, "predictions", (int64_t)s->found);
}

static void put_terms(struct oc_json *j, const struct oc_coco_terms *terms)
{
    oc_json_put_string(j, "style", "coco");
    oc_json_put_string(j, "iou_type", terms->masks ? "segm" : "bbox");
    oc_json_key(j, "iou_thresholds");
    oc_json_open(j, '[');
    for (int i = 0; i < terms->n_iou; i++)
        oc_json_fixed(j, terms->iou[i], 6);
    oc_json_close(j, ']');
    oc_json_key(j, "max_detections");
    oc_json_open(j, '[');
    for (int i = 0; i < 3; i++)
        oc_json_int(j, terms->most[i]);
    oc_json_close(j, ']');
}

static enum oc_status render_coco(const struct oc_objects_in *in, const struct oc_coco_terms *terms, const struct oc_coco_score *all,
                                  const struct oc_coco_score *classes, struct oc_response *res)
{
    struct oc_json j = oc_json_begin(&res->body);
    oc_json_open(&j, '{');
    put_terms(&j, terms);
    put_coco(&j, all, terms);
    put_counts(&j, in);
    oc_json_key(&j, "classes");
    oc_json_open(&j, '[');
    for (int k = 0; !terms->one_class && k < in->n_classes; k++) {
        oc_json_open(&j, '{');
        put_class(&j, &in->classes[k]);
        put_coco(&j, &classes[k], terms);
        oc_json_close(&j, '}');
    }
    oc_json_close(&j, ']');
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

enum oc_status oc_coco_scores_answer(const struct oc_objects_in *in, const struct oc_object_set *set, const struct oc_coco_terms *terms,
                                     struct oc_response *res, struct oc_err *err)
{
    struct oc_coco_score all, *classes = oc_mem_array(OC_MEM_OTHER, (size_t)in->n_classes + 1, sizeof *classes);
    enum oc_status st = classes ? oc_coco_score(set, terms, &all, classes, err) : oc_err_nomem(err, "scores", sizeof *classes);
    if (!st)
        st = render_coco(in, terms, &all, classes, res);
    oc_mem_free(classes);
    return st;
}

/* VOC */

static void put_voc(struct oc_json *j, const struct oc_voc_score *s, const char *ap, const char *ap_11_point)
{
    put(j, ap, s->ap);
    put(j, ap_11_point, s->ap_11_point);
    put(j, "precision", s->precision);
    put(j, "recall", s->recall);
    oc_json_put_int(j, "truths", (int64_t)s->truths);
    oc_json_put_int(j, "difficult", (int64_t)s->difficult);
    oc_json_put_int(j, "predictions", (int64_t)s->found);
    oc_json_put_int(j, "true_positives", (int64_t)s->right);
    oc_json_put_int(j, "false_positives", (int64_t)s->wrong);
}

static enum oc_status render_voc(const struct oc_objects_in *in, const struct oc_voc_terms *terms, const struct oc_voc_score *all,
                                 const struct oc_voc_score *classes, struct oc_response *res)
{
    struct oc_json j = oc_json_begin(&res->body);
    oc_json_open(&j, '{');
    oc_json_put_string(&j, "style", "voc");
    put(&j, "iou_threshold", terms->iou);
    put_voc(&j, all, "map", "map_11_point");
    put_counts(&j, in);
    oc_json_key(&j, "classes");
    oc_json_open(&j, '[');
    for (int k = 0; k < in->n_classes; k++) {
        oc_json_open(&j, '{');
        put_class(&j, &in->classes[k]);
        put_voc(&j, &classes[k], "ap", "ap_11_point");
        oc_json_close(&j, '}');
    }
    oc_json_close(&j, ']');
    oc_json_close(&j, '}');
    return oc_json_end(&j);
}

enum oc_status oc_voc_scores_answer(const struct oc_objects_in *in, const struct oc_object_set *set, const struct oc_voc_terms *terms,
                                    struct oc_response *res, struct oc_err *err)
{
    struct oc_voc_score all, *classes = oc_mem_array(OC_MEM_OTHER, (size_t)in->n_classes + 1, sizeof *classes);
    enum oc_status st = classes ? oc_voc_score(set, terms, &all, classes, err) : oc_err_nomem(err, "scores", sizeof *classes);
    if (!st)
        st = render_voc(in, terms, &all, classes, res);
    oc_mem_free(classes);
    return st;
}

/* The table of families, in the order in which a file is offered to them: the most particular first. */
#include "models/package/families.h"
#include "models/detect/families.h"
#include "models/embed/families.h"
#include "models/face/families.h"
#include "models/segment/families.h"

static const struct oc_family *const table[] = {
    /* Told by names of inputs or outputs. */
    &oc_family_scene,
    &oc_family_yunet,
    &oc_family_yunet_2022,
    &oc_family_rtdetr,
    &oc_family_tf_detection,
    &oc_family_mmdeploy,
    &oc_family_rfdetr,
    &oc_family_detr,
    &oc_family_rtdetr_logits,
    &oc_family_ssd_labels,
    &oc_family_paddle,
    &oc_family_nms_boxes,
    &oc_family_torchvision,
    &oc_family_yolov3_boxes,
    /* Told by the form of several outputs. */
    &oc_family_scrfd,
    &oc_family_retinaface,
    &oc_family_mtcnn,
    &oc_family_ultraface,
    &oc_family_picodet,
    &oc_family_nanodet,
    &oc_family_fcos,
    &oc_family_yolov8_heads,
    &oc_family_yolov4,
    &oc_family_yolov3,
    &oc_family_yolov5_heads,
    &oc_family_yolov7_heads,
    &oc_family_centernet,
    &oc_family_yolo_nas,
    &oc_family_ssd,
    &oc_family_ssd_boxes,
    /* Told by the form of one output (or one and prototypes). */
    &oc_family_fastestdet,
    &oc_family_yolov2,
    &oc_family_yolov1,
    &oc_family_nanodet_plus,
    &oc_family_yolov5,
    &oc_family_yolov6,
    &oc_family_rtdetr_chosen,
    &oc_family_yolov10,
    &oc_family_rtdetr_rows,
    &oc_family_yolov8,
    &oc_family_yolox,
    &oc_family_semantic,
    /* A picture and a text at once. */
    &oc_family_matcher,
    /* Vectors. */
    &oc_family_clip,
    &oc_family_siglip,
    &oc_family_embedder,
    &oc_family_sface,
    &oc_family_adaface,
    &oc_family_arcface,
    &oc_family_facenet,
};

const struct oc_family *const *oc_families(size_t *n)
{
    *n = OC_ARRAY_LEN(table);
    return table;
}

const struct oc_family *oc_family_find(const char *name)
{
    for (size_t i = 0; i < OC_ARRAY_LEN(table); i++)
        if (!strcmp(table[i]->name, name))
            return table[i];
    return NULL;
}

/* The families of detectors of objects, each defined in the file that is named beside it; models/package/families.c has the order of
 * asking. */
#ifndef OC_MODELS_DETECT_FAMILIES_H
#define OC_MODELS_DETECT_FAMILIES_H

#include "models/recipe/family.h"

extern const struct oc_family oc_family_yolov1;        /* yolo/yolov1.c */
extern const struct oc_family oc_family_yolov2;        /* yolo/anchor_heads.c */
extern const struct oc_family oc_family_yolov3;        /* yolo/anchor_heads.c */
extern const struct oc_family oc_family_yolov4;        /* yolo/anchor_heads.c */
extern const struct oc_family oc_family_yolov5_heads;  /* yolo/anchor_heads.c */
extern const struct oc_family oc_family_yolov7_heads;  /* yolo/anchor_heads.c */
extern const struct oc_family oc_family_yolov3_boxes;  /* boxes/yolov3_boxes.c */
extern const struct oc_family oc_family_yolov5;        /* yolo/yolov5.c */
extern const struct oc_family oc_family_yolov6;        /* yolo/yolov5.c */
extern const struct oc_family oc_family_yolov8;        /* yolo/yolov8.c */
extern const struct oc_family oc_family_yolov8_heads;  /* yolo/dfl_heads.c */
extern const struct oc_family oc_family_yolov10;       /* yolo/yolov10.c */
extern const struct oc_family oc_family_yolo_nas;      /* yolo/yolo_nas.c */
extern const struct oc_family oc_family_yolox;         /* yolo/yolox.c */
extern const struct oc_family oc_family_nanodet;       /* point/nanodet.c */
extern const struct oc_family oc_family_nanodet_plus;  /* point/nanodet.c */
extern const struct oc_family oc_family_picodet;       /* point/nanodet.c */
extern const struct oc_family oc_family_fastestdet;    /* point/fastestdet.c */
extern const struct oc_family oc_family_fcos;          /* point/fcos.c */
extern const struct oc_family oc_family_centernet;     /* point/centernet.c */
extern const struct oc_family oc_family_detr;          /* query/detr.c */
extern const struct oc_family oc_family_rtdetr_logits; /* query/detr.c */
extern const struct oc_family oc_family_rtdetr_rows;   /* query/detr.c */
extern const struct oc_family oc_family_rtdetr_chosen; /* query/detr.c */
extern const struct oc_family oc_family_rfdetr;        /* query/detr.c */
extern const struct oc_family oc_family_rtdetr;        /* boxes/chosen.c */
extern const struct oc_family oc_family_torchvision;   /* boxes/chosen.c */
extern const struct oc_family oc_family_tf_detection;  /* boxes/chosen.c */
extern const struct oc_family oc_family_nms_boxes;     /* boxes/chosen.c */
extern const struct oc_family oc_family_ssd_labels;    /* boxes/chosen.c */
extern const struct oc_family oc_family_mmdeploy;      /* boxes/chosen.c */
extern const struct oc_family oc_family_paddle;        /* boxes/chosen.c */
extern const struct oc_family oc_family_ssd;           /* boxes/ssd.c */
extern const struct oc_family oc_family_ssd_boxes;     /* boxes/ssd.c */
extern const struct oc_family oc_family_scene;         /* scene.c */

#endif

/* The families there are; each is defined in its own file. */
#ifndef OC_MODELS_PACKAGE_FAMILIES_H
#define OC_MODELS_PACKAGE_FAMILIES_H

#include "models/recipe/family.h"

extern const struct oc_family oc_family_yolov1;        /* models/detect/yolo/yolov1.c */
extern const struct oc_family oc_family_yolov2;        /* models/detect/yolo/anchor_heads.c */
extern const struct oc_family oc_family_yolov3;        /* models/detect/yolo/anchor_heads.c */
extern const struct oc_family oc_family_yolov4;        /* models/detect/yolo/anchor_heads.c */
extern const struct oc_family oc_family_yolov5_heads;  /* models/detect/yolo/anchor_heads.c */
extern const struct oc_family oc_family_yolov7_heads;  /* models/detect/yolo/anchor_heads.c */
extern const struct oc_family oc_family_yolov3_boxes;  /* models/detect/boxes/yolov3_boxes.c */
extern const struct oc_family oc_family_yolov5;        /* models/detect/yolo/yolov5.c */
extern const struct oc_family oc_family_yolov6;        /* models/detect/yolo/yolov5.c */
extern const struct oc_family oc_family_yolov8;        /* models/detect/yolo/yolov8.c */
extern const struct oc_family oc_family_yolov8_heads;  /* models/detect/yolo/dfl_heads.c */
extern const struct oc_family oc_family_yolov10;       /* models/detect/yolo/yolov10.c */
extern const struct oc_family oc_family_yolo_nas;      /* models/detect/yolo/yolo_nas.c */
extern const struct oc_family oc_family_yolox;         /* models/detect/yolo/yolox.c */
extern const struct oc_family oc_family_nanodet;       /* models/detect/point/nanodet.c */
extern const struct oc_family oc_family_nanodet_plus;  /* models/detect/point/nanodet.c */
extern const struct oc_family oc_family_picodet;       /* models/detect/point/nanodet.c */
extern const struct oc_family oc_family_fastestdet;    /* models/detect/point/fastestdet.c */
extern const struct oc_family oc_family_fcos;          /* models/detect/point/fcos.c */
extern const struct oc_family oc_family_centernet;     /* models/detect/point/centernet.c */
extern const struct oc_family oc_family_detr;          /* models/detect/query/detr.c */
extern const struct oc_family oc_family_rtdetr_logits; /* models/detect/query/detr.c */
extern const struct oc_family oc_family_rtdetr_rows;   /* models/detect/query/detr.c */
extern const struct oc_family oc_family_rfdetr;        /* models/detect/query/detr.c */
extern const struct oc_family oc_family_rtdetr;        /* models/detect/boxes/chosen.c */
extern const struct oc_family oc_family_torchvision;   /* models/detect/boxes/chosen.c */
extern const struct oc_family oc_family_tf_detection;  /* models/detect/boxes/chosen.c */
extern const struct oc_family oc_family_nms_boxes;     /* models/detect/boxes/chosen.c */
extern const struct oc_family oc_family_ssd_labels;    /* models/detect/boxes/chosen.c */
extern const struct oc_family oc_family_mmdeploy;      /* models/detect/boxes/chosen.c */
extern const struct oc_family oc_family_paddle;        /* models/detect/boxes/chosen.c */
extern const struct oc_family oc_family_ssd;           /* models/detect/boxes/ssd.c */
extern const struct oc_family oc_family_ssd_boxes;     /* models/detect/boxes/ssd.c */
extern const struct oc_family oc_family_scene;         /* models/segment/scene.c     */
extern const struct oc_family oc_family_semantic;      /* models/segment/semantic.c  */
extern const struct oc_family oc_family_yunet;         /* models/face/yunet.c        */
extern const struct oc_family oc_family_yunet_2022;    /* models/face/yunet_2022.c */
extern const struct oc_family oc_family_retinaface;    /* models/face/retinaface.c */
extern const struct oc_family oc_family_mtcnn;         /* models/face/mtcnn.c      */
extern const struct oc_family oc_family_scrfd;         /* models/face/scrfd.c        */
extern const struct oc_family oc_family_ultraface;     /* models/face/ultraface.c    */
extern const struct oc_family oc_family_arcface;       /* models/face/arcface.c      */
extern const struct oc_family oc_family_adaface;       /* models/face/arcface.c      */
extern const struct oc_family oc_family_sface;         /* models/face/arcface.c      */
extern const struct oc_family oc_family_facenet;       /* models/face/arcface.c      */
extern const struct oc_family oc_family_matcher;       /* models/embed/matcher.c     */
extern const struct oc_family oc_family_clip;          /* models/embed/family.c      */
extern const struct oc_family oc_family_siglip;        /* models/embed/family.c      */
extern const struct oc_family oc_family_embedder;      /* models/embed/family.c      */

#endif

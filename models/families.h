/* The families there are; each is defined in its own file. */
#ifndef OC_MODELS_FAMILIES_H
#define OC_MODELS_FAMILIES_H

#include "models/family.h"

extern const struct oc_family oc_family_yolox;        /* models/detect/yolox.c      */
extern const struct oc_family oc_family_yolov5;       /* models/detect/yolov5.c     */
extern const struct oc_family oc_family_yolov8;       /* models/detect/yolov8.c     */
extern const struct oc_family oc_family_yolov10;      /* models/detect/yolov10.c    */
extern const struct oc_family oc_family_nanodet;      /* models/detect/nanodet.c    */
extern const struct oc_family oc_family_nanodet_plus; /* models/detect/nanodet.c    */
extern const struct oc_family oc_family_fastestdet;   /* models/detect/fastestdet.c */
extern const struct oc_family oc_family_scene;        /* models/segment/scene.c     */
extern const struct oc_family oc_family_semantic;     /* models/segment/semantic.c  */
extern const struct oc_family oc_family_yunet;        /* models/face/yunet.c        */
extern const struct oc_family oc_family_yunet_2022;   /* models/face/yunet_2022.c */
extern const struct oc_family oc_family_retinaface;   /* models/face/retinaface.c */
extern const struct oc_family oc_family_mtcnn;        /* models/face/mtcnn.c      */
extern const struct oc_family oc_family_scrfd;        /* models/face/scrfd.c        */
extern const struct oc_family oc_family_ultraface;    /* models/face/ultraface.c    */
extern const struct oc_family oc_family_arcface;      /* models/face/arcface.c      */
extern const struct oc_family oc_family_adaface;      /* models/face/arcface.c      */
extern const struct oc_family oc_family_sface;        /* models/face/arcface.c      */
extern const struct oc_family oc_family_facenet;      /* models/face/arcface.c      */
extern const struct oc_family oc_family_clip;         /* models/embed/family.c      */
extern const struct oc_family oc_family_siglip;       /* models/embed/family.c      */
extern const struct oc_family oc_family_embedder;     /* models/embed/family.c      */

#endif

/*
 * What the files of each detector family declare, small, for tests that go through all of them: one line a file,
 *     family|inputs|outputs|metadata|operators
 * input and output: name:type:sizes, several separated by blanks; metadata: key=value, separated by semicolons. Types: f float32, u uint8,
 * l int64. A new family adds its line.
 */
#ifndef TEST_FORMS_H
#define TEST_FORMS_H

#include <stdio.h>
#include <string.h>
#include "engine/eng.h"

static const char *const test_forms[] = {
    "yolov1|x:f:1,3,448,448|o:f:1,1470||",
    "yolov1|x:f:1,3,448,448|o:f:1,7,7,30||",
    "yolov2|x:f:1,3,64,64|o:f:1,35,2,2||",
    "yolov3|x:f:1,3,64,64|a:f:1,21,2,2 b:f:1,21,4,4 c:f:1,21,8,8||",
    "yolov4|x:f:1,3,64,64|a:f:1,8,8,3,7 b:f:1,4,4,3,7 c:f:1,2,2,3,7||",
    "yolov5_heads|x:f:1,3,64,64|a:f:1,3,8,8,7 b:f:1,3,4,4,7 c:f:1,3,2,2,7||",
    "yolov3_boxes|x:f:1,3,64,64 image_shape:f:1,2|a:f:1,9,4 b:f:1,3,9||",
    "yolov5|x:f:1,3,64,64|o:f:1,252,9 p:f:1,2,16,16||",
    "yolov5|x:f:1,3,64,64|o:f:1,252,7||",
    "yolov8|x:f:1,3,64,64|o:f:1,7,84|task=detect|",
    "yolov8|x:f:1,3,64,64|o:f:1,8,84 p:f:1,2,16,16|task=segment|",
    "yolov8|x:f:1,3,64,64|o:f:1,14,84|task=pose;kpt_shape=[3, 3]|",
    "yolov8|x:f:1,3,64,64|o:f:1,7,84|task=obb|",
    "yolov8_heads|x:f:1,3,64,64|a:f:1,66,8,8 b:f:1,66,4,4 c:f:1,66,2,2|names=['a', 'b']|",
    "yolov10|x:f:1,3,64,64|o:f:1,30,6||",
    "yolov10|x:f:1,3,64,64|o:f:1,30,8 p:f:1,2,16,16|task=segment;end2end=True|",
    "yolov10|x:f:1,3,64,64|o:f:1,30,7|task=obb;end2end=True|",
    "yolo_nas|x:f:1,3,64,64|a:f:1,84,4 b:f:1,84,3||",
    "yolox|x:f:1,3,64,64|o:f:1,84,7||",
    "yolox|x:f:1,3,64,64|o:f:1,84,7||Exp",
    "nanodet|x:f:1,3,64,64|a:f:1,64,2 b:f:1,16,2 c:f:1,4,2 d:f:1,64,32 e:f:1,16,32 g:f:1,4,32||",
    "picodet|x:f:1,3,64,64|a:f:1,64,2 b:f:1,16,2 c:f:1,4,2 d:f:1,1,2 e:f:1,64,32 g:f:1,16,32 h:f:1,4,32 i:f:1,1,32||",
    "nanodet_plus|x:f:1,3,64,64|o:f:1,85,34||",
    "fastestdet|x:f:1,3,64,64|o:f:1,7,4,4||Sigmoid Softmax",
    "fcos|x:f:1,3,128,128|a:f:1,341,2 b:f:1,341,4 c:f:1,341,1||",
    "centernet|x:f:1,3,64,64|hm:f:1,3,16,16 wh:f:1,2,16,16 reg:f:1,2,16,16||",
    "ssd|x:f:1,3,300,300|loc:f:1,8732,4 conf:f:1,8732,3||",
    "ssd|x:f:1,3,300,300|a:f:1,4,8732 b:f:1,3,8732||",
    "ssd_boxes|x:f:1,3,300,300|boxes:f:1,3000,4 scores:f:1,3000,3||",
    "ssd_labels|x:f:1,3,64,64|bboxes:f:1,9,4 labels:l:1,9 scores:f:1,9||",
    "tf_detection|x:u:1,64,64,3|num_detections:f:1 detection_boxes:f:1,9,4 detection_scores:f:1,9 detection_classes:f:1,9||",
    "torchvision|x:f:3,64,64|boxes:f:9,4 labels:l:9 scores:f:9 masks:f:9,1,28,28||",
    "nms_boxes|x:f:1,3,64,64|num_dets:l:1,1 det_boxes:f:1,9,4 det_scores:f:1,9 det_classes:l:1,9||",
    "nms_boxes|x:f:1,3,64,64|o:f:9,7||",
    "mmdeploy|x:f:1,3,64,64|dets:f:1,9,5 labels:l:1,9 masks:f:1,9,28,28||",
    "paddle|x:f:1,3,64,64 scale_factor:f:1,2|o:f:9,6||",
    "detr|pixel_values:f:1,3,64,64 pixel_mask:l:1,64,64|logits:f:1,100,5 pred_boxes:f:1,100,4||",
    "rtdetr|x:f:1,3,64,64 orig_target_sizes:l:1,2|labels:l:1,9 boxes:f:1,9,4 scores:f:1,9||",
    "rtdetr_logits|x:f:1,3,64,64|logits:f:1,30,5 pred_boxes:f:1,30,4||",
    "rtdetr_chosen|x:f:1,3,64,64|o:f:1,30,6|head=RTDETRDecoder|",
    "rtdetr_rows|x:f:1,3,64,64|o:f:1,30,6|names=['a', 'b'];description=RTDETR|",
    "rfdetr|x:f:1,3,64,64|dets:f:1,30,4 labels:f:1,30,91 masks:f:1,30,16,16||",
    "scene|x:f:1,3,64,64|detections:f:1,6,84 segmentation:f:1,3,16,16||",
    /* clang-format off */
    "yunet|x:f:1,3,64,64|cls_8:f:1,64,1 cls_16:f:1,16,1 cls_32:f:1,4,1 obj_8:f:1,64,1 obj_16:f:1,16,1 obj_32:f:1,4,1 bbox_8:f:1,64,4 bbox_16:f:1,16,4 bbox_32:f:1,4,4 kps_8:f:1,64,10 kps_16:f:1,16,10 kps_32:f:1,4,10||",
    /* clang-format on */
    "scrfd|x:f:1,3,64,64|a:f:128,1 b:f:32,1 c:f:8,1 d:f:128,4 e:f:32,4 g:f:8,4 h:f:128,10 i:f:32,10 j:f:8,10||",
    "ultraface|x:f:1,3,240,320|scores:f:1,4420,2 boxes:f:1,4420,4||Exp",
};

enum { TEST_FORMS = sizeof test_forms / sizeof *test_forms, TEST_FORM_IO = 16 };

/* A line as declarations; strings live in `text`. */
struct test_form {
    char text[1024];
    const char *family;
    struct eng_facts facts;
    struct eng_io in[TEST_FORM_IO], out[TEST_FORM_IO];
    struct eng_metadata meta[4];
    struct eng_op_count ops[4];
};

static inline int test_form_io(char *text, struct eng_io *io)
{
    int n = 0;
    char *rest = NULL;
    for (char *word = strtok_r(text, " ", &rest); word && n < TEST_FORM_IO; word = strtok_r(NULL, " ", &rest), n++) {
        char *type = strchr(word, ':'), *size = type + 2;
        *type = 0;
        io[n] = (struct eng_io){.name = word, .shape_known = true};
        io[n].dtype = type[1] == 'u' ? ENG_DT_U8 : type[1] == 'l' ? ENG_DT_I64 : ENG_DT_F32;
        while (*size == ':' || *size == ',') {
            int64_t *dim = &io[n].shape.dim[io[n].shape.rank++];
            for (size++; *size >= '0' && *size <= '9'; size++)
                *dim = *dim * 10 + *size - '0';
        }
    }
    return n;
}

static inline void test_form_read(struct test_form *f, int line)
{
    memset(f, 0, sizeof *f);
    snprintf(f->text, sizeof f->text, "%s", test_forms[line]);
    char *part[5] = {f->text}, *rest = NULL;
    for (int i = 1; i < 5; i++) {
        part[i] = strchr(part[i - 1], '|');
        *part[i]++ = 0;
    }
    f->family = part[0];
    f->facts = (struct eng_facts){.inputs = f->in, .outputs = f->out, .metadata = f->meta, .ops = f->ops};
    f->facts.n_inputs = test_form_io(part[1], f->in);
    f->facts.n_outputs = test_form_io(part[2], f->out);
    for (char *word = strtok_r(part[3], ";", &rest); word; word = strtok_r(NULL, ";", &rest)) {
        char *value = strchr(word, '=');
        *value++ = 0;
        f->meta[f->facts.n_metadata++] = (struct eng_metadata){word, value};
    }
    for (char *word = strtok_r(part[4], " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        f->ops[f->facts.n_ops++] = (struct eng_op_count){word, 1};
}

#endif

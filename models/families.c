/* The table of families, in the order in which a file is offered to them: the most particular first. */
#include "models/families.h"

static const struct oc_family *const table[] = {
    &oc_family_scene,     &oc_family_yunet,      &oc_family_yunet_2022, &oc_family_scrfd,        &oc_family_retinaface, &oc_family_mtcnn,
    &oc_family_ultraface, &oc_family_fastestdet, &oc_family_nanodet,    &oc_family_nanodet_plus, &oc_family_yolov5,     &oc_family_yolov10,
    &oc_family_yolov8,    &oc_family_yolox,      &oc_family_semantic,   &oc_family_clip,         &oc_family_siglip,     &oc_family_embedder,
    &oc_family_sface,     &oc_family_adaface,    &oc_family_arcface,    &oc_family_facenet,
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

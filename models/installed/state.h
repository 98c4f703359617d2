/* What an installed model is to the outside: how far it is, and how it lies on disk. */
#ifndef OC_MODELS_INSTALLED_STATE_H
#define OC_MODELS_INSTALLED_STATE_H

enum oc_model_state { OC_MODEL_INSTALLED, OC_MODEL_LOADING, OC_MODEL_READY, OC_MODEL_FAILED };
/* "installed", "loading", "ready", "failed". */
const char *oc_model_state_name(enum oc_model_state s);

/* How a model lies on disk, in the order in which they are looked for. */
enum oc_layout { OC_LAYOUT_PACKAGE, OC_LAYOUT_IMMICH, OC_LAYOUT_HUGGING_FACE, OC_LAYOUT_OPEN_CLIP, OC_LAYOUT_FILE };
/* "package", "immich", "hugging_face", "open_clip", "file". */
const char *oc_layout_name(enum oc_layout l);

#endif

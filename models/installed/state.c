/* See state.h. */
#include "models/installed/state.h"

const char *oc_model_state_name(enum oc_model_state s)
{
    static const char *const names[] = {"installed", "loading", "ready", "failed"};
    return names[s];
}

const char *oc_layout_name(enum oc_layout l)
{
    static const char *const names[] = {"package", "immich", "hugging_face", "open_clip", "file"};
    return names[l];
}

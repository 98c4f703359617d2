/*
 * Kernels of our own that are tried before a channels-last backend's: depthwise convolution. Declines everything else.
 * Not a backend that can be chosen by name.
 */
#ifndef ENG_BACKEND_OWN_H
#define ENG_BACKEND_OWN_H

#include "engine/backend/backend.h"

extern const struct eng_backend eng_backend_own;

#endif

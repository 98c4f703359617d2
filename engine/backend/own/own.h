/*
 * Kernels of our own that are tried before a channels-last backend's: depthwise convolution, the first convolution of a
 * picture in planes, transposed convolution as a product. Declines everything else. Not a backend that can be chosen
 * by name.
 */
#ifndef ENG_BACKEND_OWN_H
#define ENG_BACKEND_OWN_H

#include "engine/backend/backend.h"

extern const struct eng_backend eng_backend_own;

/* One of our kernels, prepared: each kind's struct starts with this. */
struct eng_prim {
    enum oc_status (*run)(const struct eng_prim *p, const float *x, float *y, void *scratch, struct oc_par *par, struct oc_err *err);
    void (*free)(struct eng_prim *p);
};

/* Each: OC_DECLINED when the convolution is not of its kind. All want constant weights and bias, channels last, and no residual. */
enum oc_status eng_own_depthwise(const struct eng_conv_desc *d, struct eng_weights *w, struct eng_prim **out, size_t *scratch_bytes,
                                 const char **impl, struct oc_err *err);
enum oc_status eng_own_planes(const struct eng_conv_desc *d, struct eng_weights *w, struct eng_prim **out, size_t *scratch_bytes,
                              const char **impl, struct oc_err *err);
enum oc_status eng_own_transposed(const struct eng_conv_desc *d, struct eng_weights *w, struct eng_prim **out, size_t *scratch_bytes,
                                  const char **impl, struct oc_err *err);

#endif

/* What tells the vectors of one model from those of another, even when both have one name. */
#ifndef OC_MODELS_INSTALLED_FINGERPRINT_H
#define OC_MODELS_INSTALLED_FINGERPRINT_H

#include "base/sha256.h"
#include "models/installed/registry.h"

/*
 * SHA-256 over the model's file (all of it up to 8 MiB; of larger ones the size and 128 pieces of 64 KiB, evenly spread: training moves
 * every weight) and over what is done to pictures before it. Computed once for a model, then remembered. OC_E_MODEL when the file cannot be
 * read.
 */
enum oc_status oc_lease_fingerprint(const struct oc_lease *lease, uint8_t out[OC_SHA256_BYTES], struct oc_err *err) OC_MUST_CHECK;

#endif

/* SHA-256 (FIPS 180-4). */
#ifndef OC_BASE_SHA256_H
#define OC_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define OC_SHA256_BYTES 32

struct oc_sha256 {
    uint32_t h[8];
    uint64_t n; /* bytes so far */
    uint8_t block[64];
};

void oc_sha256_init(struct oc_sha256 *s);
void oc_sha256_add(struct oc_sha256 *s, const void *data, size_t n);
/* The digest of all that was added; the state is wiped. */
void oc_sha256_end(struct oc_sha256 *s, uint8_t digest[OC_SHA256_BYTES]);

#endif

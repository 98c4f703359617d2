/* Names of a file to numbers: a hash table whose hash has a random key, so that no file can make it slow. Keys are borrowed. */
#ifndef ENG_ONNX_NAMES_H
#define ENG_ONNX_NAMES_H

#include "engine/onnx/pb.h"

struct eng_names_slot {
    struct eng_span key;
    uint64_t hash;
    int id;
};

struct eng_names {
    struct eng_names_slot *slots; /* owned; cap is a power of two */
    size_t n, cap;
    uint64_t seed[2];
};

void eng_names_init(struct eng_names *t);
void eng_names_deinit(struct eng_names *t);
/* The number of a name, or -1. */
int eng_names_find(const struct eng_names *t, struct eng_span key);
/* Adds a name that is not there yet; the bytes must outlive the table. */
enum oc_status eng_names_add(struct eng_names *t, struct eng_span key, int id, struct oc_err *err) OC_MUST_CHECK;

#endif

/*
 * Reads protobuf's wire format over bytes that somebody else wrote. Nothing is copied and nothing is allocated: a
 * field is a number, a wire type and either 64 bits or a span of the input. A reader's status is sticky: after an
 * error eng_pb_next returns false, and the loop's caller looks at `st` once.
 *
 *     while (eng_pb_next(&r, &f))
 *         if (f.number == 3)
 *             x = eng_pb_int(&r, &f);
 *     return r.st;
 */
#ifndef ENG_ONNX_PB_H
#define ENG_ONNX_PB_H

#include <stdint.h>
#include "base/err.h"
#include "base/limits.h"

struct eng_span {
    const uint8_t *p;
    size_t n;
};

enum eng_pb_wire { ENG_PB_VARINT = 0, ENG_PB_FIXED64 = 1, ENG_PB_BYTES = 2, ENG_PB_FIXED32 = 5 };

struct eng_pb {
    const uint8_t *origin; /* start of the whole input: errors give offsets from here */
    const uint8_t *p, *end;
    int depth; /* nested messages above this one */
    enum oc_status st;
    struct oc_err *err;
};

struct eng_pb_field {
    uint32_t number;
    enum eng_pb_wire wire;
    uint64_t bits;         /* VARINT, FIXED64, FIXED32 */
    struct eng_span bytes; /* BYTES */
};

/* A reader over the outermost message. err may be NULL. */
struct eng_pb eng_pb_start(struct eng_span s, struct oc_err *err);
/* The next field; false at the end or on an error (r->st). */
bool eng_pb_next(struct eng_pb *r, struct eng_pb_field *f);
/* Ends the reader with OC_E_MODEL, "malformed at byte N: TEXT". Returns OC_E_MODEL. */
enum oc_status eng_pb_fail(struct eng_pb *r, const char *fmt, ...) OC_PRINTF(2, 3);

/* The field as a nested message. On an error (wrong wire type, LIM_MODEL_DEPTH) r fails and the result is empty. */
struct eng_pb eng_pb_message(struct eng_pb *r, const struct eng_pb_field *f);
/* The field's value; a wrong wire type makes r fail and gives 0 or an empty span. */
int64_t eng_pb_int(struct eng_pb *r, const struct eng_pb_field *f);
float eng_pb_float(struct eng_pb *r, const struct eng_pb_field *f);
struct eng_span eng_pb_bytes(struct eng_pb *r, const struct eng_pb_field *f);
/* A name: at most LIM_MODEL_NAME bytes of UTF-8 without NUL. `what` is for the message. */
struct eng_span eng_pb_name(struct eng_pb *r, const struct eng_pb_field *f, const char *what);

/* Repeated scalars, packed or not. */
struct eng_pb_scalars {
    struct eng_pb *r;
    enum eng_pb_wire wire;
    const uint8_t *p, *end;
    uint64_t single;
    bool has_single;
};
/* The scalars of one field of wire type `wire`. */
struct eng_pb_scalars eng_pb_scalars(struct eng_pb *r, const struct eng_pb_field *f, enum eng_pb_wire wire);
bool eng_pb_scalars_next(struct eng_pb_scalars *s, uint64_t *bits);
/* How many there are; r fails when they are malformed. */
size_t eng_pb_scalars_count(struct eng_pb *r, const struct eng_pb_field *f, enum eng_pb_wire wire);

/* For messages: a name in quotes would be cut here. `"%.*s", ENG_SPAN_TEXT(s)`. */
#define ENG_SPAN_SHOWN 200
#define ENG_SPAN_TEXT(s) (int)((s).n < ENG_SPAN_SHOWN ? (s).n : ENG_SPAN_SHOWN), (const char *)((s).p ? (const char *)(s).p : "")
bool eng_span_is(struct eng_span s, const char *text);

#endif

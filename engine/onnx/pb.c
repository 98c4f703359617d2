/*
 * Protobuf's wire format: varints, fixed 32 and 64 bits, length-delimited bytes. Groups are refused: no ONNX file has
 * them. Lengths are compared with what is left, never added to a pointer first.
 */
#include "engine/onnx/pb.h"
#include "base/utf8.h"
#include <stdarg.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers of a file are copied as they are, little-endian");

#define FIELD_NUMBER_MAX 536870911u /* 2^29 - 1 */

struct eng_pb eng_pb_start(struct eng_span s, struct oc_err *err)
{
    static const uint8_t nothing;
    const uint8_t *p = s.p ? s.p : &nothing;
    return (struct eng_pb){.origin = p, .p = p, .end = p + s.n, .err = err};
}

static enum oc_status fail_at(struct eng_pb *r, const uint8_t *where, const char *text)
{
    r->p = r->end;
    if (!r->st)
        r->st = oc_err_set(r->err, OC_E_MODEL, "malformed at byte %zu: %s", (size_t)(where - r->origin), text);
    return r->st;
}

enum oc_status eng_pb_fail(struct eng_pb *r, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return fail_at(r, r->p, text);
}

/* At most ten bytes; the tenth may hold one bit only. */
static bool read_varint(const uint8_t **at, const uint8_t *end, uint64_t *out)
{
    const uint8_t *p = *at;
    uint64_t v = 0;
    for (int shift = 0; p < end && shift < 70; shift += 7) {
        uint8_t b = *p++;
        if (shift == 63 && b > 1)
            return false;
        v |= (uint64_t)(b & 0x7f) << shift;
        if (!(b & 0x80)) {
            *at = p;
            *out = v;
            return true;
        }
    }
    return false;
}

static bool read_fixed(const uint8_t **at, const uint8_t *end, size_t bytes, uint64_t *out)
{
    if ((size_t)(end - *at) < bytes)
        return false;
    *out = 0;
    memcpy(out, *at, bytes);
    *at += bytes;
    return true;
}

static bool read_scalar(const uint8_t **at, const uint8_t *end, enum eng_pb_wire wire, uint64_t *out)
{
    if (wire == ENG_PB_VARINT)
        return read_varint(at, end, out);
    return read_fixed(at, end, wire == ENG_PB_FIXED64 ? 8 : 4, out);
}

bool eng_pb_next(struct eng_pb *r, struct eng_pb_field *f)
{
    if (r->st || r->p >= r->end)
        return false;
    const uint8_t *tag_at = r->p;
    uint64_t tag;
    if (!read_varint(&r->p, r->end, &tag))
        return fail_at(r, tag_at, "a field tag is cut short or too long"), false;
    if (tag >> 3 == 0 || tag >> 3 > FIELD_NUMBER_MAX)
        return fail_at(r, tag_at, "a field number is 0 or too large"), false;
    *f = (struct eng_pb_field){.number = (uint32_t)(tag >> 3), .wire = (enum eng_pb_wire)(tag & 7)};
    switch (tag & 7) {
    case ENG_PB_VARINT:
    case ENG_PB_FIXED64:
    case ENG_PB_FIXED32:
        if (!read_scalar(&r->p, r->end, f->wire, &f->bits))
            return fail_at(r, tag_at, "a number is cut short or too long"), false;
        return true;
    case ENG_PB_BYTES:
        if (!read_varint(&r->p, r->end, &f->bits))
            return fail_at(r, tag_at, "a length is cut short or too long"), false;
        if (f->bits > (size_t)(r->end - r->p))
            return fail_at(r, tag_at, "a field is longer than what is left"), false;
        f->bytes = (struct eng_span){r->p, (size_t)f->bits};
        r->p += f->bytes.n;
        return true;
    default:
        return fail_at(r, tag_at, "a wire type is unknown"), false;
    }
}

static bool wire_is(struct eng_pb *r, const struct eng_pb_field *f, enum eng_pb_wire wire)
{
    if (f->wire == wire)
        return true;
    eng_pb_fail(r, "field %u has wire type %d instead of %d", f->number, (int)f->wire, (int)wire);
    return false;
}

struct eng_pb eng_pb_message(struct eng_pb *r, const struct eng_pb_field *f)
{
    struct eng_pb sub = {.origin = r->origin, .p = r->end, .end = r->end, .depth = r->depth + 1, .err = r->err};
    if (!wire_is(r, f, ENG_PB_BYTES)) {
        sub.st = r->st;
    } else if (sub.depth > LIM_MODEL_DEPTH) {
        sub.st = eng_pb_fail(r, "messages are nested deeper than %d", LIM_MODEL_DEPTH);
    } else {
        sub.p = f->bytes.p;
        sub.end = f->bytes.p + f->bytes.n;
    }
    return sub;
}

int64_t eng_pb_int(struct eng_pb *r, const struct eng_pb_field *f)
{
    return wire_is(r, f, ENG_PB_VARINT) ? (int64_t)f->bits : 0;
}

float eng_pb_float(struct eng_pb *r, const struct eng_pb_field *f)
{
    float v = 0;
    if (wire_is(r, f, ENG_PB_FIXED32)) {
        uint32_t bits = (uint32_t)f->bits;
        memcpy(&v, &bits, sizeof v);
    }
    return v;
}

struct eng_span eng_pb_bytes(struct eng_pb *r, const struct eng_pb_field *f)
{
    return wire_is(r, f, ENG_PB_BYTES) ? f->bytes : (struct eng_span){NULL, 0};
}

static bool is_text(struct eng_span s)
{
    for (size_t i = 0; i < s.n;) {
        size_t n = s.p[i] ? oc_utf8_length(s.p + i, s.n - i) : 0;
        if (!n)
            return false;
        i += n;
    }
    return true;
}

struct eng_span eng_pb_name(struct eng_pb *r, const struct eng_pb_field *f, const char *what)
{
    struct eng_span s = eng_pb_bytes(r, f);
    if (s.n > LIM_MODEL_NAME)
        eng_pb_fail(r, "%s is %zu bytes long; the limit is %zu", what, s.n, LIM_MODEL_NAME);
    else if (!is_text(s))
        eng_pb_fail(r, "%s is not UTF-8 text", what);
    return r->st ? (struct eng_span){NULL, 0} : s;
}

struct eng_pb_scalars eng_pb_scalars(struct eng_pb *r, const struct eng_pb_field *f, enum eng_pb_wire wire)
{
    struct eng_pb_scalars s = {.r = r, .wire = wire};
    if (f->wire == ENG_PB_BYTES) {
        s.p = f->bytes.p;
        s.end = f->bytes.p + f->bytes.n;
    } else if (wire_is(r, f, wire)) {
        s.single = f->bits;
        s.has_single = true;
    }
    return s;
}

bool eng_pb_scalars_next(struct eng_pb_scalars *s, uint64_t *bits)
{
    if (s->has_single) {
        *bits = s->single;
        s->has_single = false;
        return true;
    }
    if (s->p >= s->end)
        return false;
    if (read_scalar(&s->p, s->end, s->wire, bits))
        return true;
    fail_at(s->r, s->p, "packed numbers are cut short or too long");
    s->p = s->end;
    return false;
}

size_t eng_pb_scalars_count(struct eng_pb *r, const struct eng_pb_field *f, enum eng_pb_wire wire)
{
    size_t n = 0;
    uint64_t bits;
    for (struct eng_pb_scalars s = eng_pb_scalars(r, f, wire); eng_pb_scalars_next(&s, &bits);)
        n++;
    return n;
}

bool eng_span_is(struct eng_span s, const char *text)
{
    return s.n == strlen(text) && (s.n == 0 || memcmp(s.p, text, s.n) == 0);
}

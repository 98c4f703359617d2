/*
 * Writes protobuf messages for tests: just enough to make ONNX files, right ones and wrong ones, without any other program.
 * A message is a growable block of bytes; put_message consumes the inner one.
 */
#ifndef TESTS_SUPPORT_ONNX_WRITER_H
#define TESTS_SUPPORT_ONNX_WRITER_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "base/compiler.h"

struct message {
    uint8_t *p; /* owned */
    size_t n;
};

static OC_UNUSED void put_raw(struct message *m, const void *p, size_t n)
{
    uint8_t *bigger = realloc(m->p, m->n + n + 1);
    if (!bigger)
        abort();
    m->p = bigger;
    if (n)
        memcpy(m->p + m->n, p, n);
    m->n += n;
}

static OC_UNUSED void put_varint(struct message *m, uint64_t v)
{
    uint8_t b;
    for (; v >= 0x80; v >>= 7) {
        b = (uint8_t)(v | 0x80);
        put_raw(m, &b, 1);
    }
    b = (uint8_t)v;
    put_raw(m, &b, 1);
}

static OC_UNUSED void put_int(struct message *m, uint32_t field, int64_t v)
{
    put_varint(m, (uint64_t)field << 3);
    put_varint(m, (uint64_t)v);
}

static OC_UNUSED void put_float(struct message *m, uint32_t field, float v)
{
    put_varint(m, (uint64_t)field << 3 | 5);
    put_raw(m, &v, 4);
}

static OC_UNUSED void put_double(struct message *m, uint32_t field, double v)
{
    put_varint(m, (uint64_t)field << 3 | 1);
    put_raw(m, &v, 8);
}

static OC_UNUSED void put_bytes(struct message *m, uint32_t field, const void *p, size_t n)
{
    put_varint(m, (uint64_t)field << 3 | 2);
    put_varint(m, n);
    put_raw(m, p, n);
}

static OC_UNUSED void put_text(struct message *m, uint32_t field, const char *s)
{
    put_bytes(m, field, s, strlen(s));
}

static OC_UNUSED void put_message(struct message *m, uint32_t field, struct message inner)
{
    put_bytes(m, field, inner.p, inner.n);
    free(inner.p);
}

/* Integers packed into one field. */
static OC_UNUSED void put_packed(struct message *m, uint32_t field, const int64_t *v, size_t n)
{
    struct message inner = {0};
    for (size_t i = 0; i < n; i++)
        put_varint(&inner, (uint64_t)v[i]);
    put_message(m, field, inner);
}

/* --- ONNX messages --- */

/* TensorProto without data. */
static OC_UNUSED struct message tensor_head(const char *name, int type, const int64_t *dims, size_t rank)
{
    struct message m = {0};
    for (size_t i = 0; i < rank; i++)
        put_int(&m, 1, dims[i]);
    put_int(&m, 2, type);
    put_text(&m, 8, name);
    return m;
}

/* A tensor of one dimension with raw data. */
static OC_UNUSED struct message tensor_raw(const char *name, int type, int64_t count, const void *data, size_t bytes)
{
    struct message m = tensor_head(name, type, &count, 1);
    put_bytes(&m, 9, data, bytes);
    return m;
}

/* ValueInfoProto of a float tensor; -1 becomes the symbol "N". */
static OC_UNUSED struct message value_info(const char *name, int type, const int64_t *dims, size_t rank)
{
    struct message shape = {0}, tensor = {0}, whole = {0}, m = {0};
    for (size_t i = 0; i < rank; i++) {
        struct message dim = {0};
        if (dims[i] < 0)
            put_text(&dim, 2, "N");
        else
            put_int(&dim, 1, dims[i]);
        put_message(&shape, 1, dim);
    }
    put_int(&tensor, 1, type);
    put_message(&tensor, 2, shape);
    put_message(&whole, 1, tensor);
    put_text(&m, 1, name);
    put_message(&m, 2, whole);
    return m;
}

/* NodeProto; in and out are names with commas between them. */
static OC_UNUSED struct message node_head(const char *type, const char *name, const char *in, const char *out)
{
    struct message m = {0};
    for (int side = 0; side < 2; side++)
        for (const char *s = side ? out : in; s && *s;) {
            const char *comma = strchr(s, ',');
            put_bytes(&m, side ? 2 : 1, s, comma ? (size_t)(comma - s) : strlen(s));
            s = comma ? comma + 1 : NULL;
        }
    put_text(&m, 3, name);
    put_text(&m, 4, type);
    return m;
}

static OC_UNUSED struct message attr_int(const char *name, int64_t v)
{
    struct message m = {0};
    put_text(&m, 1, name);
    put_int(&m, 3, v);
    put_int(&m, 20, 2);
    return m;
}

static OC_UNUSED struct message opset(const char *domain, int64_t version)
{
    struct message m = {0};
    put_text(&m, 1, domain);
    put_int(&m, 2, version);
    return m;
}

/* ModelProto around a graph: IR 8, opset 13. */
static OC_UNUSED struct message model_of(struct message graph)
{
    struct message m = {0};
    put_int(&m, 1, 8);
    put_text(&m, 2, "writer");
    put_text(&m, 3, "1.0");
    put_message(&m, 8, opset("", 13));
    put_message(&m, 7, graph);
    return m;
}

/* y = Relu(Add(x, w)) with x: [N,2], w: [2]; metadata; every kind of attribute on nodes that no output needs. */
static OC_UNUSED struct message graph_small(void)
{
    static const int64_t shape[] = {-1, 2};
    static const float w[] = {1.5f, -2};
    struct message g = {0};
    put_message(&g, 1, node_head("Add", "first", "x,w", "sum"));
    put_message(&g, 1, node_head("Relu", "second", "sum", "y"));
    put_text(&g, 2, "small");
    put_message(&g, 5, tensor_raw("w", 1, 2, w, sizeof w));
    put_message(&g, 11, value_info("x", 1, shape, 2));
    put_message(&g, 12, value_info("y", 1, shape, 2));
    return g;
}

static OC_UNUSED struct message model_small(void)
{
    struct message m = model_of(graph_small()), meta = {0};
    put_text(&meta, 1, "key");
    put_text(&meta, 2, "value");
    put_message(&m, 14, meta);
    return m;
}

/* A model that uses more of the format: attributes of every kind, tensors in typed fields, a subgraph, an absent input. */
static OC_UNUSED struct message model_rich(void)
{
    static const int64_t shape[] = {1, 3}, ints[] = {4, -5, 1 << 20}, three[] = {3};
    struct message g = {0}, n, a, t, sub;
    n = node_head("Clip", "clip", "x,,top", "c");
    put_message(&n, 5, attr_int("axis", -1));
    a = (struct message){0};
    put_text(&a, 1, "scale");
    put_float(&a, 2, 0.5f);
    put_int(&a, 20, 1);
    put_message(&n, 5, a);
    a = (struct message){0};
    put_text(&a, 1, "mode");
    put_text(&a, 4, "linear");
    put_int(&a, 20, 3);
    put_message(&n, 5, a);
    a = (struct message){0};
    put_text(&a, 1, "pads");
    put_packed(&a, 8, ints, 3);
    put_int(&a, 20, 7);
    put_message(&n, 5, a);
    a = (struct message){0};
    put_text(&a, 1, "scales");
    put_float(&a, 7, 1);
    put_float(&a, 7, 2);
    put_int(&a, 20, 6);
    put_message(&n, 5, a);
    a = (struct message){0};
    put_text(&a, 1, "words");
    put_text(&a, 9, "one");
    put_text(&a, 9, "two");
    put_int(&a, 20, 8);
    put_message(&n, 5, a);
    t = tensor_head("", 7, three, 1);
    put_packed(&t, 7, ints, 3);
    a = (struct message){0};
    put_text(&a, 1, "value");
    put_message(&a, 5, t);
    put_int(&a, 20, 4);
    put_message(&n, 5, a);
    sub = (struct message){0};
    put_message(&sub, 1, node_head("Identity", "inner", "c", "d"));
    a = (struct message){0};
    put_text(&a, 1, "body");
    put_message(&a, 6, sub);
    put_int(&a, 20, 5);
    put_message(&n, 5, a);
    put_message(&g, 1, n);
    t = tensor_head("top", 1, NULL, 0);
    put_float(&t, 4, 6);
    put_message(&g, 5, t);
    put_message(&g, 11, value_info("x", 1, shape, 2));
    put_message(&g, 12, value_info("c", 1, shape, 2));
    return model_of(g);
}

#endif

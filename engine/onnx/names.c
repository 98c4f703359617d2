/*
 * Open addressing with linear probing, at most half full. The hash is SipHash-1-3 (Aumasson and Bernstein, 2012) with
 * a key from the kernel.
 */
#include "engine/onnx/names.h"
#include "base/clock.h"
#include "base/mem.h"
#include <string.h>
#include <sys/random.h>

void eng_names_init(struct eng_names *t)
{
    *t = (struct eng_names){0};
    if (getrandom(t->seed, sizeof t->seed, GRND_NONBLOCK) != (ssize_t)sizeof t->seed) {
        t->seed[0] = (uint64_t)oc_now_ns();
        t->seed[1] = (uint64_t)(uintptr_t)t;
    }
}

void eng_names_deinit(struct eng_names *t)
{
    oc_mem_free(t->slots);
    *t = (struct eng_names){0};
}

static uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

static uint64_t hash_of(const struct eng_names *t, struct eng_span s)
{
    uint64_t v[4] = {t->seed[0] ^ 0x736f6d6570736575u, t->seed[1] ^ 0x646f72616e646f6du, t->seed[0] ^ 0x6c7967656e657261u,
                     t->seed[1] ^ 0x7465646279746573u};
    for (size_t at = 0;; at += 8) {
        size_t left = s.n - at;
        uint64_t m = 0;
        if (left)
            memcpy(&m, s.p + at, left < 8 ? left : 8);
        if (left < 8)
            m |= (uint64_t)(s.n & 0xff) << 56;
        v[3] ^= m;
        sip_round(v);
        v[0] ^= m;
        if (left < 8)
            break;
    }
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static size_t place(const struct eng_names *t, struct eng_span key, uint64_t hash)
{
    size_t i = (size_t)hash & (t->cap - 1);
    for (;; i = (i + 1) & (t->cap - 1)) {
        const struct eng_names_slot *s = &t->slots[i];
        if (!s->key.p || (s->hash == hash && s->key.n == key.n && memcmp(s->key.p, key.p, key.n) == 0))
            return i;
    }
}

int eng_names_find(const struct eng_names *t, struct eng_span key)
{
    if (!t->cap || !key.p)
        return -1;
    const struct eng_names_slot *s = &t->slots[place(t, key, hash_of(t, key))];
    return s->key.p ? s->id : -1;
}

static enum oc_status grow(struct eng_names *t, struct oc_err *err)
{
    struct eng_names bigger = *t;
    bigger.cap = t->cap ? t->cap * 2 : 256;
    bigger.slots = oc_mem_array(OC_MEM_MODEL, bigger.cap, sizeof *bigger.slots);
    if (!bigger.slots)
        return oc_err_nomem(err, "the names of a model", bigger.cap * sizeof *bigger.slots);
    for (size_t i = 0; i < t->cap; i++)
        if (t->slots[i].key.p)
            bigger.slots[place(&bigger, t->slots[i].key, t->slots[i].hash)] = t->slots[i];
    oc_mem_free(t->slots);
    *t = bigger;
    return OC_OK;
}

enum oc_status eng_names_add(struct eng_names *t, struct eng_span key, int id, struct oc_err *err)
{
    if (t->n * 2 >= t->cap) {
        enum oc_status st = grow(t, err);
        if (st)
            return st;
    }
    uint64_t hash = hash_of(t, key);
    t->slots[place(t, key, hash)] = (struct eng_names_slot){key, hash, id};
    t->n++;
    return OC_OK;
}

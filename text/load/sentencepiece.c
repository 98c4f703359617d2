/*
 * sentencepiece's ModelProto (sentencepiece_model.proto), read by hand: field 1 the pieces {1 text, 2 score, 3 type}, field 2 the
 * trainer's settings {3 model type, 24 blanks behind words, 35 byte fallback}, field 3 the normaliser's {2 character map, 3 a blank before
 * the text, 4 fewer blanks, 5 blanks as U+2581}. Models of whole words or single characters are refused.
 */
#include <float.h>
#include "base/limits.h"
#include "base/utf8.h"
#include "text/load/load.h"
#include "text/steps/sentencepiece.h"

enum piece_type { NORMAL = 1, UNKNOWN = 2, CONTROL = 3, USER_DEFINED = 4, UNUSED = 5, BYTE = 6 };
enum model_type { UNIGRAM = 1, BPE = 2 };

/* A field of a protobuf message. */
struct field {
    uint64_t number, value; /* of wire types 0 and 5 */
    const uint8_t *p;       /* of wire type 2 */
    size_t n;
    unsigned wire;
};

struct message {
    const uint8_t *p, *end;
};

static bool take_varint(struct message *m, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64 && m->p < m->end; shift += 7) {
        uint8_t b = *m->p++;
        *value |= (uint64_t)(b & 0x7f) << shift;
        if (!(b & 0x80))
            return true;
    }
    return false;
}

/* The next field; false with *good unchanged at the end, with *good false when the message is broken. */
static bool take_field(struct message *m, struct field *f, bool *good)
{
    uint64_t key, n = 0;
    if (m->p == m->end)
        return false;
    *good = false;
    if (!take_varint(m, &key))
        return false;
    *f = (struct field){.number = key >> 3, .wire = (unsigned)(key & 7)};
    if (f->wire == 0)
        return *good = take_varint(m, &f->value);
    if (f->wire == 2 && !take_varint(m, &n))
        return false;
    n = f->wire == 1 ? 8 : f->wire == 5 ? 4 : f->wire == 2 ? n : UINT64_MAX;
    if (n > (uint64_t)(m->end - m->p))
        return false;
    f->p = m->p;
    f->n = (size_t)n;
    if (f->wire == 5)
        f->value = (uint32_t)f->p[0] | (uint32_t)f->p[1] << 8 | (uint32_t)f->p[2] << 16 | (uint32_t)f->p[3] << 24;
    m->p += n;
    return *good = true;
}

/* What is gathered while the file is read. */
struct proto {
    struct oc_tokenizer *t;
    double *scores; /* owned, one a piece */
    uint8_t *types; /* owned */
    size_t n, cap;
    uint64_t model_type;
    bool byte_fallback;
    struct oc_spm_normaliser *normaliser; /* the tokenizer's */
    struct oc_err *err;
};

static enum oc_status broken(const struct proto *m, const char *what)
{
    return oc_err_set(m->err, OC_E_MODEL, "sentencepiece model: %s", what);
}

static enum oc_status grow(struct proto *m)
{
    if (m->n < m->cap)
        return OC_OK;
    size_t cap = m->cap ? 2 * m->cap : 1024;
    double *scores = oc_mem_realloc(OC_MEM_MODEL, m->scores, cap * sizeof *scores);
    m->scores = scores ? scores : m->scores;
    uint8_t *types = scores ? oc_mem_realloc(OC_MEM_MODEL, m->types, cap) : NULL;
    m->types = types ? types : m->types;
    if (!types)
        return oc_err_nomem(m->err, "vocabulary", cap * sizeof *scores);
    m->cap = cap;
    return OC_OK;
}

static enum oc_status read_piece(struct proto *m, struct message in)
{
    struct field f, text = {0};
    float score = 0;
    uint64_t type = NORMAL;
    bool good = true;
    while (take_field(&in, &f, &good)) {
        uint32_t bits = (uint32_t)f.value;
        if (f.number == 1 && f.wire == 2)
            text = f;
        else if (f.number == 2 && f.wire == 5)
            memcpy(&score, &bits, sizeof score);
        else if (f.number == 3 && f.wire == 0)
            type = f.value;
    }
    if (!good || !text.n || type < NORMAL || type > BYTE || !(score > -FLT_MAX && score < FLT_MAX))
        return broken(m, "a piece without a text, a score or a known type");
    for (size_t i = 0, k; i < text.n; i += k)
        if (!(k = oc_utf8_length(text.p + i, text.n - i)))
            return broken(m, "a piece that is not UTF-8");
    if (oc_vocabulary_find(&m->t->vocabulary, (const char *)text.p, text.n) >= 0)
        return broken(m, "a piece that is there twice");
    enum oc_status st = grow(m);
    if (!st)
        st = oc_vocabulary_add(&m->t->vocabulary, (const char *)text.p, text.n, (int64_t)m->n, m->err);
    if (st)
        return st;
    m->scores[m->n] = (double)score;
    m->types[m->n++] = (uint8_t)type;
    return OC_OK;
}

static enum oc_status read_trainer(struct proto *m, struct message in)
{
    struct field f;
    bool good = true;
    while (take_field(&in, &f, &good)) {
        if (f.number == 3 && f.wire == 0)
            m->model_type = f.value;
        else if (f.number == 24 && f.wire == 0)
            m->normaliser->suffix = f.value;
        else if (f.number == 35 && f.wire == 0)
            m->byte_fallback = f.value;
    }
    return good ? OC_OK : broken(m, "its trainer settings are cut off");
}

static enum oc_status read_normaliser(struct proto *m, struct message in)
{
    struct field f;
    bool good = true;
    enum oc_status st = OC_OK;
    while (!st && take_field(&in, &f, &good)) {
        if (f.number == 2 && f.wire == 2 && f.n) {
            oc_charsmap_free(m->normaliser->charsmap);
            st = oc_charsmap_new(f.p, f.n, &m->normaliser->charsmap, m->err);
        } else if (f.number == 3 && f.wire == 0) {
            m->normaliser->dummy_prefix = f.value;
        } else if (f.number == 4 && f.wire == 0) {
            m->normaliser->remove_extra = f.value;
        } else if (f.number == 5 && f.wire == 0) {
            m->normaliser->escape = f.value;
        }
    }
    return st || good ? st : broken(m, "its normaliser is cut off");
}

static enum oc_status read_message(struct proto *m, struct message in)
{
    struct field f;
    bool good = true;
    enum oc_status st = OC_OK;
    while (!st && take_field(&in, &f, &good)) {
        if (f.wire != 2)
            continue;
        struct message inner = {f.p, f.p + f.n};
        if (f.number == 1)
            st = read_piece(m, inner);
        else if (f.number == 2)
            st = read_trainer(m, inner);
        else if (f.number == 3)
            st = read_normaliser(m, inner);
    }
    return st || good ? st : broken(m, "cut off");
}

static int32_t unknown_of(const struct proto *m)
{
    for (size_t i = 0; i < m->n; i++)
        if (m->types[i] == UNKNOWN)
            return (int32_t)i;
    return -1;
}

static bool in_texts(const struct proto *m, int32_t id)
{
    return id >= 0 && (m->types[id] == NORMAL || m->types[id] == USER_DEFINED);
}

/* Scores as sentencepiece has them: user-defined symbols get one that always wins (unigram_model.cc). */
static enum oc_status build_unigram(struct proto *m)
{
    struct oc_unigram *u = &m->t->unigram;
    double lowest = (double)FLT_MAX, highest = (double)FLT_MIN;
    bool *usable = oc_mem_array(OC_MEM_MODEL, m->n, sizeof *usable);
    if (!usable)
        return oc_err_nomem(m->err, "vocabulary", m->n);
    for (size_t i = 0; i < m->n; i++) {
        if (m->types[i] != NORMAL)
            continue;
        lowest = m->scores[i] < lowest ? m->scores[i] : lowest;
        highest = m->scores[i] > highest ? m->scores[i] : highest;
    }
    for (size_t i = 0; i < m->n; i++) {
        size_t len;
        usable[i] = in_texts(m, (int32_t)i);
        if (m->types[i] == USER_DEFINED && oc_vocabulary_text(&m->t->vocabulary, (int64_t)i, &len))
            m->scores[i] = (double)((float)len * (float)highest) - 0.1;
    }
    u->unknown = unknown_of(m);
    u->byte_fallback = m->byte_fallback;
    u->single = true;
    m->t->model = OC_TEXT_UNIGRAM;
    enum oc_status st = oc_unigram_build(u, &m->t->vocabulary, m->scores, usable, m->n, lowest, m->err);
    oc_mem_free(usable);
    return st;
}

struct ranked {
    double score;
    uint32_t id;
};

static int by_score(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    return (x->score < y->score) - (x->score > y->score);
}

/* Every way to make a piece of two others is a rule; its rank is the piece's among all scores, best first. */
static enum oc_status add_rules(struct proto *m, uint32_t id, uint32_t rank)
{
    size_t n;
    const char *text = oc_vocabulary_text(&m->t->vocabulary, id, &n);
    enum oc_status st = OC_OK;
    if (n > LIM_TOKEN_BYTES)
        return broken(m, "a piece of more than 1024 bytes");
    for (size_t i = 1; i < n && !st; i++) {
        if (((uint8_t)text[i] & 0xc0) == 0x80)
            continue;
        if (in_texts(m, oc_vocabulary_find(&m->t->vocabulary, text, i)) &&
            in_texts(m, oc_vocabulary_find(&m->t->vocabulary, text + i, n - i)))
            st = oc_bpe_add_ranked(&m->t->bpe, text, i, text + i, n - i, rank, m->err);
    }
    return st;
}

static enum oc_status build_bpe(struct proto *m)
{
    int32_t unknown = unknown_of(m);
    char name[LIM_TOKEN_BYTES + 1] = "";
    size_t len = 0;
    const char *text = oc_vocabulary_text(&m->t->vocabulary, unknown, &len);
    for (size_t i = 0; i < m->n; i++)
        if (m->types[i] == UNUSED)
            return oc_err_set(m->err, OC_E_UNSUPPORTED, "sentencepiece model: unused pieces are not known here");
    if (text && len <= LIM_TOKEN_BYTES)
        memcpy(name, text, len);
    struct oc_bpe_options opt = {.unknown = name, .fuse_unknown = true, .byte_fallback = m->byte_fallback};
    enum oc_status st = oc_bpe_init(&m->t->bpe, &m->t->vocabulary, &opt, m->err);
    struct ranked *order = oc_mem_array(OC_MEM_MODEL, m->n, sizeof *order);
    if (!st && !order)
        st = oc_err_nomem(m->err, "vocabulary", m->n * sizeof *order);
    size_t n = 0;
    for (size_t i = 0; !st && i < m->n; i++)
        if (in_texts(m, (int32_t)i))
            order[n++] = (struct ranked){m->scores[i], (uint32_t)i};
    if (!st)
        qsort(order, n, sizeof *order, by_score);
    uint32_t rank = 0;
    for (size_t i = 0; i < n && !st; i++) {
        rank += i && order[i].score < order[i - 1].score;
        st = add_rules(m, order[i].id, rank);
    }
    oc_mem_free(order);
    m->t->model = OC_TEXT_BPE;
    return st;
}

/* User-defined symbols are left alone by the normaliser; where pieces are merged they are cut out beforehand. */
static enum oc_status add_symbols(struct proto *m)
{
    struct oc_trie_entry *entries = oc_mem_array(OC_MEM_MODEL, m->n, sizeof *entries);
    enum oc_status st = entries ? OC_OK : oc_err_nomem(m->err, "vocabulary", m->n * sizeof *entries);
    size_t n = 0, len;
    for (size_t i = 0; i < m->n && !st; i++) {
        if (m->types[i] != USER_DEFINED)
            continue;
        const char *text = oc_vocabulary_text(&m->t->vocabulary, (int64_t)i, &len);
        entries[n++] = (struct oc_trie_entry){text, (uint32_t)len, 0};
        if (m->t->model == OC_TEXT_BPE)
            st = oc_added_add(&m->t->normalised, text, len, (struct oc_added_token){.id = (int32_t)i}, m->err);
    }
    if (!st)
        st = oc_trie_build(&m->normaliser->symbols, entries, n, m->err);
    oc_mem_free(entries);
    return st;
}

static enum oc_status build(struct proto *m)
{
    if (!m->n)
        return broken(m, "no pieces");
    if (m->model_type != UNIGRAM && m->model_type != BPE)
        return oc_err_set(m->err, OC_E_UNSUPPORTED, "sentencepiece model: model type %llu is not known here (1 unigram, 2 BPE)",
                          (unsigned long long)m->model_type);
    enum oc_status st = m->model_type == BPE ? build_bpe(m) : build_unigram(m);
    if (!st)
        st = add_symbols(m);
    if (!st)
        st = oc_added_finish(&m->t->raw, m->err);
    return st ? st : oc_added_finish(&m->t->normalised, m->err);
}

enum oc_status oc_load_sentencepiece(struct oc_tokenizer *t, const char *bytes, size_t n, struct oc_err *err)
{
    struct proto m = {.t = t, .model_type = UNIGRAM, .err = err};
    m.normaliser = oc_mem_zero(OC_MEM_MODEL, sizeof *m.normaliser);
    if (!m.normaliser)
        return oc_err_nomem(err, "tokenizer", sizeof *m.normaliser);
    m.normaliser->dummy_prefix = m.normaliser->remove_extra = m.normaliser->escape = true;
    t->normalisers[t->n_normalisers++] = (struct oc_normaliser){.kind = OC_NORMALISE_SENTENCEPIECE, .sentencepiece = m.normaliser};
    enum oc_status st = read_message(&m, (struct message){(const uint8_t *)bytes, (const uint8_t *)bytes + n});
    if (!st)
        st = build(&m);
    oc_mem_free(m.scores);
    oc_mem_free(m.types);
    return st;
}

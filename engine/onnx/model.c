/* The file's outermost message, and the functions of onnx.h. */
#include "engine/onnx/read.h"
#include <string.h>

enum { M_IR_VERSION = 1, M_PRODUCER = 2, M_PRODUCER_VERSION = 3, M_GRAPH = 7, M_OPSETS = 8, M_META = 14, M_FUNCTIONS = 25 };

#define IR_VERSION_MIN 3 /* earlier files do not say which operator set they use */

enum oc_status eng_reading_array(struct oc_arena *a, size_t n, size_t size, void *out, struct oc_err *err)
{
    void *p = oc_arena_array(a, n, size);
    memcpy(out, &p, sizeof p);
    if (p)
        return OC_OK;
    size_t bytes;
    if (!oc_size_mul(n, size, &bytes) || bytes > a->ceiling - a->used)
        return oc_err_set(err, OC_E_MODEL, "names and attributes of the model need more than the limit of %zu bytes", a->ceiling);
    return oc_err_nomem(err, "a model", bytes);
}

enum oc_status eng_reading_text(struct oc_arena *a, struct eng_span s, const char **out, struct oc_err *err)
{
    char *p;
    *out = "";
    if (!s.n)
        return OC_OK;
    enum oc_status st = eng_reading_array(a, s.n + 1, 1, &p, err);
    if (st)
        return st;
    memcpy(p, s.p, s.n);
    *out = p;
    return OC_OK;
}

/* Where the singular fields of the model message are, and how often the repeated ones occur. */
struct outline {
    struct eng_span producer, producer_version;
    struct eng_pb graph;
    bool has_graph;
    int n_opsets, n_meta;
};

static bool count_one(struct eng_pb *r, int *n, int limit, const char *what)
{
    if (*n >= limit)
        eng_pb_fail(r, "the model has more than %d %s", limit, what);
    return ++*n <= limit;
}

static void outline_field(struct eng_pb *p, const struct eng_pb_field *f, struct eng_onnx *m, struct outline *o)
{
    switch (f->number) {
    case M_IR_VERSION:
        m->ir_version = eng_pb_int(p, f);
        break;
    case M_PRODUCER:
        o->producer = eng_pb_name(p, f, "the producer's name");
        break;
    case M_PRODUCER_VERSION:
        o->producer_version = eng_pb_name(p, f, "the producer's version");
        break;
    case M_GRAPH:
        if (o->has_graph)
            eng_pb_fail(p, "the model has two graphs");
        o->has_graph = true;
        o->graph = eng_pb_message(p, f);
        break;
    case M_OPSETS:
        count_one(p, &o->n_opsets, LIM_MODEL_OPSETS, "operator sets");
        break;
    case M_META:
        count_one(p, &o->n_meta, LIM_MODEL_META, "entries of metadata");
        break;
    case M_FUNCTIONS:
        p->st = oc_err_set(p->err, OC_E_UNSUPPORTED,
                           "the model defines functions of its own, which is not supported; inline them on export");
        break;
    default:
        break;
    }
}

static enum oc_status read_opset(struct eng_reading *r, struct eng_pb message, struct eng_onnx_opset *out)
{
    struct eng_pb_field f;
    struct eng_span domain = {NULL, 0};
    while (eng_pb_next(&message, &f)) {
        if (f.number == 1)
            domain = eng_pb_name(&message, &f, "the domain of an operator set");
        else if (f.number == 2)
            out->version = eng_pb_int(&message, &f);
    }
    if (message.st)
        return message.st;
    if (out->version < 1 || out->version > INT32_MAX)
        return eng_pb_fail(&message, "operator set '%.*s' has version %lld", ENG_SPAN_TEXT(domain), (long long)out->version);
    if (eng_span_is(domain, "ai.onnx"))
        domain.n = 0;
    return eng_reading_text(&r->m->arena, domain, &out->domain, r->err);
}

static enum oc_status read_meta(struct eng_reading *r, struct eng_pb message, struct eng_onnx_meta *out)
{
    struct eng_pb_field f;
    struct eng_span key = {NULL, 0}, value = {NULL, 0};
    while (eng_pb_next(&message, &f)) {
        if (f.number == 1)
            key = eng_pb_name(&message, &f, "a key of the metadata");
        else if (f.number == 2)
            value = eng_pb_bytes(&message, &f);
    }
    if (!message.st && value.n > LIM_MODEL_STRING)
        eng_pb_fail(&message, "metadata '%.*s' is %zu bytes long; the limit is %zu", ENG_SPAN_TEXT(key), value.n, LIM_MODEL_STRING);
    if (message.st)
        return message.st;
    enum oc_status st = eng_reading_text(&r->m->arena, key, &out->key, r->err);
    return st ? st : eng_reading_text(&r->m->arena, value, &out->value, r->err);
}

static enum oc_status read_lists(struct eng_reading *r, struct eng_pb p, const struct outline *o)
{
    struct eng_onnx *m = r->m;
    struct eng_pb_field f;
    enum oc_status st = eng_reading_array(&m->arena, (size_t)o->n_opsets, sizeof *m->opsets, &m->opsets, r->err);
    if (!st)
        st = eng_reading_array(&m->arena, (size_t)o->n_meta, sizeof *m->meta, &m->meta, r->err);
    while (!st && eng_pb_next(&p, &f)) {
        if (f.number == M_OPSETS)
            st = read_opset(r, eng_pb_message(&p, &f), &m->opsets[m->n_opsets++]);
        else if (f.number == M_META)
            st = read_meta(r, eng_pb_message(&p, &f), &m->meta[m->n_meta++]);
    }
    return st ? st : p.st;
}

static enum oc_status read_producer(struct eng_reading *r, const struct outline *o)
{
    char *text;
    enum oc_status st = eng_reading_array(&r->m->arena, o->producer.n + o->producer_version.n + 2, 1, &text, r->err);
    if (st)
        return st;
    r->m->producer = text;
    if (o->producer.n)
        memcpy(text, o->producer.p, o->producer.n);
    text += o->producer.n;
    if (o->producer.n && o->producer_version.n)
        *text++ = ' ';
    if (o->producer_version.n)
        memcpy(text, o->producer_version.p, o->producer_version.n);
    return OC_OK;
}

enum oc_status eng_read_model(struct eng_reading *r, struct eng_span file, struct eng_pb *graph)
{
    struct eng_pb p = eng_pb_start(file, r->err), again = p;
    struct eng_pb_field f;
    struct outline o = {.has_graph = false};
    while (eng_pb_next(&p, &f))
        outline_field(&p, &f, r->m, &o);
    if (p.st)
        return p.st;
    if (!o.has_graph)
        return oc_err_set(r->err, OC_E_MODEL, "not an ONNX model: there is no graph in it");
    if (r->m->ir_version < IR_VERSION_MIN)
        return oc_err_set(r->err, OC_E_MODEL, "the file has ONNX IR version %lld; the oldest that can be read is %d",
                          (long long)r->m->ir_version, IR_VERSION_MIN);
    *graph = o.graph;
    enum oc_status st = read_producer(r, &o);
    return st ? st : read_lists(r, again, &o);
}

enum oc_status eng_reading_begin(struct eng_reading *r, const char *path, const char *links_below, struct oc_err *err)
{
    *r = (struct eng_reading){.m = oc_mem_zero(OC_MEM_MODEL, sizeof *r->m), .err = err};
    eng_names_init(&r->values);
    eng_names_init(&r->ops);
    eng_external_init(&r->external, path, links_below);
    if (!r->m)
        return oc_err_nomem(err, "a model", sizeof *r->m);
    oc_arena_init(&r->m->arena, OC_MEM_MODEL, LIM_GRAPH_BYTES);
    return OC_OK;
}

struct eng_onnx *eng_reading_end(struct eng_reading *r, bool good)
{
    eng_external_close(&r->external);
    eng_names_deinit(&r->values);
    eng_names_deinit(&r->ops);
    if (!good) {
        eng_onnx_free(r->m);
        r->m = NULL;
    }
    return r->m;
}

/* path NULL: from memory. */
static enum oc_status read_file(struct eng_span file, const char *path, const struct eng_onnx_options *opt, struct eng_onnx **out,
                                struct oc_err *err)
{
    struct eng_reading r;
    struct eng_pb graph;
    enum oc_status st = eng_reading_begin(&r, path, opt ? opt->links_below : NULL, err);
    r.keep_unsupported = opt && opt->keep_unsupported;
    if (!st)
        st = eng_graph_new(&r.m->graph, err);
    if (!st)
        st = eng_read_model(&r, file, &graph);
    if (!st)
        st = eng_read_graph(&r, graph);
    *out = eng_reading_end(&r, st == OC_OK);
    return st;
}

enum oc_status eng_onnx_read(const char *path, const struct eng_onnx_options *opt, struct eng_onnx **out, struct oc_err *err)
{
    struct eng_span file;
    *out = NULL;
    enum oc_status st = eng_file_map(path, LIM_MODEL_FILE, &file, err);
    if (st)
        return st;
    st = read_file(file, path, opt, out, err);
    eng_file_unmap(&file);
    return st;
}

enum oc_status eng_onnx_read_memory(const void *bytes, size_t n, const struct eng_onnx_options *opt, struct eng_onnx **out,
                                    struct oc_err *err)
{
    *out = NULL;
    if (n > LIM_MODEL_FILE)
        return oc_err_set(err, OC_E_MODEL, "the model has %zu bytes; the limit is %zu", n, LIM_MODEL_FILE);
    return read_file((struct eng_span){bytes, n}, NULL, opt, out, err);
}

void eng_onnx_free(struct eng_onnx *m)
{
    if (!m)
        return;
    eng_graph_free(m->graph);
    oc_mem_free(m->ops);
    oc_mem_free(m->unsupported);
    oc_arena_deinit(&m->arena);
    oc_mem_free(m);
}

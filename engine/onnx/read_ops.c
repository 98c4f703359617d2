/* The operators that a file uses: looked up once each, counted, and the missing ones listed together. */
#include "base/buf.h"
#include "engine/onnx/read.h"
#include <string.h>

#define LIST_BYTES OC_MIB(1)

static enum oc_status import_version(const struct eng_reading *r, struct eng_span domain, const char *node, int *version)
{
    const struct eng_onnx *m = r->m;
    for (int i = 0; i < m->n_opsets; i++)
        if (eng_span_is(domain, m->opsets[i].domain)) {
            *version = (int)m->opsets[i].version;
            return OC_OK;
        }
    const struct eng_span shown = domain.n ? domain : (struct eng_span){(const uint8_t *)"ai.onnx", 7};
    return oc_err_set(r->err, OC_E_MODEL, "%s uses the operator set '%.*s', which the file does not import", node, ENG_SPAN_TEXT(shown));
}

static enum oc_status grow(struct eng_reading *r)
{
    struct eng_onnx *m = r->m;
    if (m->n_ops < r->cap_ops)
        return OC_OK;
    int cap = r->cap_ops ? r->cap_ops * 2 : 32;
    void *p = oc_mem_realloc(OC_MEM_MODEL, m->ops, (size_t)cap * sizeof *m->ops);
    if (!p)
        return oc_err_nomem(r->err, "the operators of a model", (size_t)cap * sizeof *m->ops);
    m->ops = p;
    r->cap_ops = cap;
    return OC_OK;
}

/* key: "domain\0type" in the model's arena. */
static enum oc_status add(struct eng_reading *r, struct eng_span key, int opset, struct eng_span node)
{
    struct eng_onnx *m = r->m;
    struct eng_onnx_op op = {.domain = (const char *)key.p, .opset = opset};
    op.type = op.domain + strlen(op.domain) + 1;
    op.def = eng_op_find(op.domain, op.type, opset);
    enum oc_status st = grow(r);
    if (!st)
        st = eng_reading_text(&m->arena, node, &op.first_node, r->err);
    if (!st)
        st = eng_names_add(&r->ops, key, m->n_ops, r->err);
    if (st)
        return st;
    r->n_unsupported += !op.def;
    m->ops[m->n_ops++] = op;
    return OC_OK;
}

enum oc_status eng_read_op(struct eng_reading *r, struct eng_span domain, struct eng_span type, struct eng_span node, int index, int *row)
{
    struct eng_onnx *m = r->m;
    char label[320], text[2 * LIM_MODEL_NAME + 2];
    enum oc_status st = OC_OK;
    snprintf(label, sizeof label, "node %d '%.*s'", index, ENG_SPAN_TEXT(node));
    if (!type.n)
        return oc_err_set(r->err, OC_E_MODEL, "%s has no operator", label);
    if (eng_span_is(domain, "ai.onnx"))
        domain.n = 0;
    struct eng_span key = {(uint8_t *)text, domain.n + 1 + type.n};
    if (domain.n)
        memcpy(text, domain.p, domain.n);
    text[domain.n] = 0;
    memcpy(text + domain.n + 1, type.p, type.n);
    text[key.n] = 0;
    *row = eng_names_find(&r->ops, key);
    if (*row < 0) {
        int opset = 0;
        char *kept = NULL;
        *row = m->n_ops;
        st = import_version(r, domain, label, &opset);
        if (!st)
            st = eng_reading_array(&m->arena, key.n + 1, 1, &kept, r->err);
        if (!st) {
            memcpy(kept, text, key.n + 1);
            st = add(r, (struct eng_span){(uint8_t *)kept, key.n}, opset, node);
        }
    }
    if (!st)
        m->ops[*row].count++;
    return st;
}

static enum oc_status list_one(struct oc_buf *b, const struct eng_onnx_op *op)
{
    return oc_buf_addf(b, "%s%.100s%s%.100s (opset %d, first at node '%.100s')", b->len ? ", " : "", op->domain, *op->domain ? "::" : "",
                       op->type, op->opset, op->first_node);
}

enum oc_status eng_read_unsupported(struct eng_reading *r)
{
    struct eng_onnx *m = r->m;
    struct oc_buf b;
    enum oc_status st = OC_OK;
    if (!r->n_unsupported)
        return OC_OK;
    oc_buf_init(&b, OC_MEM_MODEL, LIST_BYTES);
    for (int i = 0; !st && i < m->n_ops; i++)
        if (!m->ops[i].def)
            st = list_one(&b, &m->ops[i]);
    if (st == OC_E_BODY_TOO_LARGE) /* the list ends there; the number below is still right */
        st = OC_OK;
    if (st) {
        oc_buf_deinit(&b);
        return oc_err_nomem(r->err, "the list of missing operators", b.len);
    }
    m->unsupported = oc_buf_take(&b, NULL);
    if (r->keep_unsupported)
        return OC_OK;
    return oc_err_set(r->err, OC_E_UNSUPPORTED, "%d operator%s of the model %s not supported: %s", r->n_unsupported,
                      r->n_unsupported == 1 ? "" : "s", r->n_unsupported == 1 ? "is" : "are", m->unsupported);
}

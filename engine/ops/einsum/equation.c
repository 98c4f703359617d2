/*
 * Reads an Einsum equation. Labels get numbers as they appear: letters 0..51, ellipsis dimensions after them, aligned
 * at the right. They are renumbered into loops once the output is known. See equation.h.
 */
#include <string.h>
#include "engine/ops/copy.h"
#include "engine/ops/einsum/equation.h"

#define LETTERS 52
#define IDS (LETTERS + LIM_TENSOR_RANK) /* ids of labels while reading */

struct term {
    int rank;
    int id[LIM_TENSOR_RANK];
};

struct reader {
    struct oc_err *err;
    const struct eng_node *node;
    int n_terms, ellipsis; /* ellipsis: dimensions of the widest one */
    struct term term[ENG_EINSUM_IN];
    int64_t dim[IDS]; /* 0 = not seen; sizes are kept plus one, since a size may be 0 */
    int uses[IDS];
    bool out_given;
    struct term out;
};

static int letter_id(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    return c >= 'a' && c <= 'z' ? c - 'a' + 26 : -1;
}

/* One operand's labels from *at on; room: dimensions that the ellipsis stands for. */
static enum oc_status read_term(struct reader *r, const char **at, int room, struct term *t)
{
    bool seen = false;
    *t = (struct term){0};
    for (; **at && **at != ',' && **at != '-'; (*at)++) {
        if (**at == ' ')
            continue;
        bool dots = strncmp(*at, "...", 3) == 0;
        int id = letter_id(**at), n = dots ? room : 1;
        if ((!dots && id < 0) || (dots && seen) || t->rank + n > LIM_TENSOR_RANK)
            return eng_bad_node(r->err, r->node, "cannot read the equation at '%.20s'", *at);
        for (int i = 0; i < n; i++)
            t->id[t->rank++] = dots ? LETTERS + r->ellipsis - room + i : id;
        seen |= dots;
        *at += dots ? 2 : 0;
    }
    return OC_OK;
}

/* Letters of the operand that starts at `at`. */
static int letters_of(const char *at)
{
    int n = 0;
    for (; *at && *at != ',' && *at != '-'; at++)
        n += letter_id(*at) >= 0;
    return n;
}

static const char *next_term(const char *at)
{
    at += strcspn(at, ",-");
    return *at == ',' ? at + 1 : NULL;
}

static bool has_ellipsis(const char *at)
{
    const char *dots = strstr(at, "...");
    return dots && dots < at + strcspn(at, ",-");
}

static enum oc_status read_inputs(struct reader *r, const char *equation, const struct eng_value *const *in, int n_in, const char **end)
{
    const char *at = equation;
    for (int i = 0; i < n_in; i++, at = next_term(at)) {
        int room = at ? in[i]->shape.rank - letters_of(at) : -1;
        if (!at || room < 0 || (room > 0 && !has_ellipsis(at)))
            return eng_bad_node(r->err, r->node, "the equation does not fit input %d", i);
        r->ellipsis = room > r->ellipsis ? room : r->ellipsis;
    }
    if (at)
        return eng_bad_node(r->err, r->node, "the equation has more than %d operands", n_in);
    at = equation;
    for (int i = 0; i < n_in; i++) {
        enum oc_status st = read_term(r, &at, in[i]->shape.rank - letters_of(at), &r->term[i]);
        if (st)
            return st;
        at += *at == ',';
    }
    *end = at;
    r->n_terms = n_in;
    return OC_OK;
}

static enum oc_status size_labels(struct reader *r, const struct eng_value *const *in)
{
    for (int i = 0; i < r->n_terms; i++)
        for (int d = 0; d < r->term[i].rank; d++) {
            int id = r->term[i].id[d];
            int64_t size = in[i]->shape.dim[d], *known = &r->dim[id];
            r->uses[id]++;
            if (*known == 0 || *known == 2) /* new, or 1 so far */
                *known = size + 1;
            else if (size != 1 && size + 1 != *known)
                return eng_bad_node(r->err, r->node, "input %d has size %lld where others have %lld", i, (long long)size,
                                    (long long)*known - 1);
        }
    return OC_OK;
}

static enum oc_status read_output(struct reader *r, const char *at)
{
    at += strspn(at, " ");
    if (*at == 0) { /* implicit: the ellipsis, then letters used once, in alphabetical order */
        for (int i = 0; i < r->ellipsis; i++)
            r->out.id[r->out.rank++] = LETTERS + i;
        for (int id = 0; id < LETTERS; id++) {
            if (r->uses[id] != 1)
                continue;
            if (r->out.rank == LIM_TENSOR_RANK)
                return eng_bad_node(r->err, r->node, "the output has more than %d dimensions", LIM_TENSOR_RANK);
            r->out.id[r->out.rank++] = id;
        }
        return OC_OK;
    }
    if (strncmp(at, "->", 2) != 0)
        return eng_bad_node(r->err, r->node, "cannot read the equation at '%.20s'", at);
    at += 2;
    enum oc_status st = read_term(r, &at, r->ellipsis, &r->out);
    if (!st && *at)
        st = eng_bad_node(r->err, r->node, "cannot read the equation at '%.20s'", at);
    for (int i = 0; !st && i < r->out.rank; i++) {
        bool twice = false;
        for (int j = 0; j < i; j++)
            twice |= r->out.id[j] == r->out.id[i];
        if (twice || r->uses[r->out.id[i]] == 0)
            st = eng_bad_node(r->err, r->node, "an output label is repeated or in no input");
    }
    return st;
}

/* A loop for an id; its strides are the sums over the places where an operand has it: a repeated letter walks the diagonal. */
static enum oc_status add_loop(const struct reader *r, const struct eng_value *const *in, int id, struct eng_einsum *e)
{
    int at = e->n_out + e->n_sum;
    if (at == ENG_EINSUM_LABELS)
        return eng_bad_node(r->err, r->node, "more than %d labels", ENG_EINSUM_LABELS);
    e->dim[at] = r->dim[id] - 1;
    for (int i = 0; i < r->n_terms; i++) {
        int64_t stride[LIM_TENSOR_RANK];
        eng_dense_strides(&in[i]->shape, stride);
        for (int d = 0; d < r->term[i].rank; d++)
            if (r->term[i].id[d] == id && in[i]->shape.dim[d] != 1)
                e->stride[i][at] += stride[d];
    }
    return OC_OK;
}

enum oc_status eng_einsum_parse(struct oc_err *err, const struct eng_node *n, const struct eng_value *const *in, int n_in,
                                struct eng_einsum *e)
{
    struct reader r = {.err = err, .node = n};
    const char *at = NULL, *equation = eng_node_string(n, "equation", "");
    int64_t work = 1;
    *e = (struct eng_einsum){.n_in = n_in, .out_count = 1, .sum_count = 1};
    if (n_in > ENG_EINSUM_IN)
        return eng_bad_node(err, n, "%d operands; the limit is %d", n_in, ENG_EINSUM_IN);
    enum oc_status st = read_inputs(&r, equation, in, n_in, &at);
    if (!st)
        st = size_labels(&r, in);
    if (!st)
        st = read_output(&r, at);
    for (int i = 0; !st && i < r.out.rank; i++) {
        st = add_loop(&r, in, r.out.id[i], e);
        e->n_out++;
        r.uses[r.out.id[i]] = 0;
        e->out.dim[e->out.rank++] = r.dim[r.out.id[i]] - 1;
    }
    for (int id = 0; !st && id < IDS; id++)
        if (r.uses[id] > 0) {
            st = add_loop(&r, in, id, e);
            e->n_sum++;
        }
    for (int i = 0; !st && i < e->n_out + e->n_sum; i++) {
        if (__builtin_mul_overflow(work, e->dim[i], &work) || work > LIM_EINSUM_WORK)
            return eng_bad_node(err, n, "more than %lld multiplications", (long long)LIM_EINSUM_WORK);
        *(i < e->n_out ? &e->out_count : &e->sum_count) *= e->dim[i];
    }
    return st;
}

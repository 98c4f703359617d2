/* ocelli::Act: one of the fusable activations as a node of its own; which one is in node->fused. Passes make it. */
#include "base/mem.h"
#include "engine/kernels/kernels.h"
#include "engine/ops/tables.h"
#include "engine/ops/types.h"

enum { CHUNK = 16384 }; /* numbers a thread takes at a time */

struct act_state {
    const struct eng_kernels *kernels;
    enum eng_act act;
    float alpha, beta;
};

struct job {
    const struct act_state *s;
    const float *x;
    float *y;
    size_t n;
};

static void chunk(void *arg, size_t i)
{
    const struct job *j = arg;
    size_t from = i * CHUNK, n = j->n - from < CHUNK ? j->n - from : CHUNK;
    j->s->kernels->act(j->s->act, j->s->alpha, j->s->beta, j->x + from, j->y + from, n);
}

static enum oc_status run(const struct eng_kernel *k, struct eng_call *call)
{
    struct job j = {k->state, call->in[0].data, call->out[0].data, (size_t)eng_shape_count(&call->out[0].shape)};
    oc_par_for(call->par, (j.n + CHUNK - 1) / CHUNK, chunk, &j);
    return OC_OK;
}

static enum oc_status infer(struct eng_infer *c)
{
    enum eng_act act = c->node->fused.act;
    if ((unsigned)act >= ENG_ACT_COUNT)
        return eng_bad_node(c->err, c->node, "act is %d", (int)act);
    enum oc_status st = eng_need_type(c, 0, ENG_T(F32));
    return st ? st : eng_infer_same(c);
}

static enum oc_status prepare(const struct eng_prepare *c, struct eng_kernel *k)
{
    struct act_state *s = oc_mem_zero(OC_MEM_MODEL, sizeof *s);
    if (!s)
        return oc_err_nomem(c->err, "activation", sizeof *s);
    const struct eng_fused *f = &c->node->fused;
    *s = (struct act_state){eng_kernels(), f->act, f->alpha, f->beta};
    k->state = s;
    k->run = run;
    k->impl = "act";
    return OC_OK;
}

const struct eng_op_def eng_ops_act[] = {
    {.domain = "ocelli",
     .name = "Act",
     .since = 1,
     .min_in = 1,
     .max_in = 1,
     .min_out = 1,
     .max_out = 1,
     .flags = ENG_OP_IN_PLACE | ENG_OP_UNARY,
     .infer = infer,
     .prepare = prepare},
    {.name = NULL},
};

/* ocelli::Act: one of the fusable activations as a node of its own; which one is in node->fused. Passes make it. */
#include "engine/ops/span.h"
#include "engine/ops/tables.h"
#include "engine/ops/types.h"

static void act_span(const void *arg, const struct eng_span *s)
{
    const struct eng_span_param *p = arg;
    eng_span_act_f32((enum eng_act)p->mode, p->alpha, p->beta, s);
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
    const struct eng_fused *f = &c->node->fused;
    return eng_span_kernel(c, k, 1, act_span, &(struct eng_span_param){.alpha = f->alpha, .beta = f->beta, .mode = f->act}, "act");
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

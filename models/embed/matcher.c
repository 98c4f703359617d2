/*
 * The family of matchers: a picture and a text go into one network, which says whether they belong together. BLIP's image-text
 * matching head (Li et al., arXiv 2201.12086, and transformers' BlipForImageTextRetrieval, whose output is itm_score): two logits a
 * pair, the second of which is for "match". Pictures as BlipImageProcessor prepares them, where no configuration says otherwise.
 */
#include "models/embed/defaults.h"
#include "models/embed/families.h"

/* The output of two logits a pair; -1: there is none. A name that says so, or one that is usual for it. */
static int find_head(const struct eng_facts *f, bool forced)
{
    static const char *const usual[] = {"logits", "match_logits", "matching_logits", "match_scores"};
    int by_shape = -1;
    for (int i = 0; i < f->n_outputs; i++) {
        const struct eng_io *o = &f->outputs[i];
        bool two = o->shape_known && o->shape.rank == 2 && o->shape.dim[1] == 2;
        if ((o->dtype != ENG_DT_F32 && o->dtype != ENG_DT_F16) || (o->shape_known && !two))
            continue;
        if (!strncmp(o->name, "itm", 3))
            return i;
        for (size_t k = 0; two && k < OC_ARRAY_LEN(usual); k++)
            if (!strcmp(o->name, usual[k]))
                by_shape = i;
        if (two && forced && by_shape < 0)
            by_shape = i;
    }
    return by_shape;
}

/* Single pairs are run: a batch that is fixed must be of one. */
static bool is_single_or_free(const struct eng_facts *f)
{
    for (int i = 0; i < f->n_inputs; i++)
        if (f->inputs[i].shape.dim[0] > 1)
            return false;
    return true;
}

static enum oc_status recognise(const struct eng_facts *f, bool forced, struct oc_recipe *r, struct oc_err *err)
{
    struct oc_towers t;
    int head = find_head(f, forced);
    if (!oc_towers_find_inputs(f, &t) || t.pixels < 0 || t.ids < 0 || f->inputs[t.ids].shape.rank != 2 || head < 0)
        return oc_family_decline(forced, &oc_family_matcher, err, "a picture, a text's ids and an output of two logits are expected");
    struct oc_towers both;
    if (!forced && oc_towers_find(f, &both)) /* vectors of both kinds are asked for more often; a model.json can say otherwise */
        return OC_DECLINED;
    if (!is_single_or_free(f) || !oc_embed_take_inputs(f, &t, r))
        return oc_family_decline(forced, &oc_family_matcher, err,
                                 "its inputs are larger than any we know, or its batch is fixed at several");
    oc_embed_defaults(&oc_family_matcher, r);
    r->task = OC_TASK_MATCH;
    snprintf(r->because, sizeof r->because, "a picture and a text's ids in, two logits out ('%.60s')", f->outputs[head].name);
    return oc_recipe_string(r, f->outputs[head].name, &r->embed.match_output, err);
}

const struct oc_family oc_family_matcher = {
    .name = "matcher", .title = "an image-text matching head", .task = OC_TASK_MATCH, .recognise = recognise};

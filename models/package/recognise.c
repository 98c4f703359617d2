/* Asks the families one after the other; each gets a clean slate. See recognise.h. */
#include "models/package/recognise.h"
#include "models/package/families.h"

static void clean_slate(struct oc_recipe *r)
{
    memset(&r->input, 0, sizeof r->input);
    memset(&r->decode, 0, sizeof r->decode);
    memset(&r->map, 0, sizeof r->map);
    memset(&r->thresholds, 0, sizeof r->thresholds);
    memset(&r->embed, 0, sizeof r->embed);
    r->task = OC_TASK_COUNT; /* the family's, unless it says otherwise of this file */
    r->also = 0;
    r->because[0] = 0;
    r->input.resample =
        OC_RESAMPLE_ANTIALIAS; /* finds small things in large photographs that INTER_LINEAR's aliasing hides: docs/models.md */
    for (int c = 0; c < 3; c++)
        r->input.pixels.scale[c] = 1;
}

static void accept(struct oc_recipe *r, const struct oc_family *family, const char *how)
{
    char why[OC_BECAUSE_MAX];
    memcpy(why, r->because, sizeof why);
    r->family = family;
    if (r->task == OC_TASK_COUNT)
        r->task = family->task;
    snprintf(r->because, sizeof r->because, "%s %s: %.160s", how, family->title, why);
}

/* Asks the families from place `first` on. OC_DECLINED: none will have it. */
static enum oc_status ask_from(size_t first, const struct eng_facts *facts, struct oc_recipe *r, struct oc_err *err)
{
    size_t n;
    const struct oc_family *const *families = oc_families(&n);
    for (size_t i = first; i < n; i++) {
        enum oc_status st = families[i]->recognise(facts, false, r, err);
        if (st == OC_OK)
            accept(r, families[i], "recognised as");
        if (st != OC_DECLINED)
            return st;
        clean_slate(r);
    }
    return OC_DECLINED;
}

enum oc_status oc_recognise_after(const struct eng_facts *facts, const struct oc_family *family, struct oc_recipe *r, struct oc_err *err)
{
    size_t n, first = 0;
    const struct oc_family *const *families = oc_families(&n);
    while (first < n && families[first] != family)
        first++;
    clean_slate(r);
    return ask_from(first + 1, facts, r, err);
}

enum oc_status oc_recognise(const struct eng_facts *facts, const struct oc_family *forced, struct oc_recipe *r, struct oc_err *err)
{
    clean_slate(r);
    if (forced) {
        enum oc_status st = forced->recognise(facts, true, r, err);
        if (!st)
            accept(r, forced, "model.json says");
        return st;
    }
    enum oc_status st = ask_from(0, facts, r, err);
    if (st != OC_DECLINED)
        return st;
    r->family = NULL;
    r->task = OC_TASK_TENSOR;
    const char *task = eng_facts_metadata(facts, "task");
    snprintf(r->because, sizeof r->because, "not recognised: %d input%s and %d output%s that no known family has%s%.40s%s", facts->n_inputs,
             facts->n_inputs == 1 ? "" : "s", facts->n_outputs, facts->n_outputs == 1 ? "" : "s", task ? "; its metadata says task '" : "",
             task ? task : "", task ? "'" : "");
    return OC_OK;
}

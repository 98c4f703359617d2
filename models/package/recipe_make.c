/*
 * A recipe from three sources, the later one winning: what the file declares, labels that lie beside it, and model.json.
 * What they say must fit together; where it does not, the message names both.
 */
#include "base/log.h"
#include "models/package/embed_configure.h"
#include "models/recipe/files.h"
#include "models/package/manifest.h"
#include "models/package/manifest_fields.h"
#include "models/package/recognise.h"
#include "models/package/sections.h"

static enum oc_status copy_labels(const struct oc_labels *from, struct oc_recipe *r, struct oc_err *err)
{
    const char **names = oc_arena_array(&r->arena, from->n, sizeof *names);
    if (!names)
        return oc_err_nomem(err, "labels", from->n * sizeof *names);
    for (size_t i = 0; i < from->n; i++) {
        enum oc_status st = oc_recipe_string(r, from->names[i], &names[i], err);
        if (st)
            return st;
    }
    r->labels = (struct oc_labels){from->n, names};
    return OC_OK;
}

static enum oc_status labels_from_file(const char *directory, const char *name, struct oc_recipe *r, struct oc_err *err)
{
    struct oc_buf text;
    oc_buf_init(&text, OC_MEM_OTHER, LIM_MODEL_JSON);
    enum oc_status st = oc_file_read(directory, name, &text, err);
    if (!st)
        st = oc_labels_from_lines(text.data ? text.data : "", text.len, &r->arena, &r->labels, err);
    if (st && st != OC_E_NOMEM)
        st = oc_err_prefix(err, OC_E_INVALID, "labels file %s: ", name);
    oc_buf_deinit(&text);
    return st;
}

/* Names that every program of a kind knows. */
static void labels_by_number(struct oc_recipe *r)
{
    static const char *const foreground[] = {"foreground"};
    int n = r->decode.n_classes;
    if (r->task == OC_TASK_DETECT && (n == 80 || n == 0)) {
        r->labels = oc_labels_coco80();
        r->labels_from = "coco";
    } else if (r->task == OC_TASK_DETECT && n == 20) {
        r->labels = oc_labels_voc20();
        r->labels_from = "voc";
    } else if (r->task == OC_TASK_SEGMENT && n == 21) {
        r->labels = oc_labels_voc21();
        r->labels_from = "voc";
    } else if (r->task == OC_TASK_SEGMENT && n == 1 && r->map.background) {
        r->labels = (struct oc_labels){1, foreground};
        r->labels_from = "family";
    }
}

/* Names that came with the model's own file; what cannot be used is passed over. */
static enum oc_status labels_of_file(const struct eng_facts *facts, struct oc_recipe *r, struct oc_err *err)
{
    const char *names = eng_facts_metadata(facts, "names");
    struct oc_labels found = {0};
    enum oc_status st = names ? oc_labels_from_literal(names, strlen(names), &r->arena, &found, err) : OC_OK;
    if (st == OC_E_NOMEM)
        return st;
    if (!st && found.n && (!r->decode.n_classes || r->decode.coco91 || (size_t)r->decode.n_classes == found.n)) {
        r->labels = found;
        r->labels_from = "metadata";
    } else {
        labels_by_number(r);
    }
    return OC_OK;
}

static bool has_classes(const struct oc_recipe *r)
{
    return oc_task_info(r->task)->has_classes;
}

/* Each class must have its name, or all names would be off by some. */
static enum oc_status check_labels(struct oc_recipe *r, struct oc_err *err)
{
    struct oc_decode_recipe *d = &r->decode;
    if (d->coco91 && r->labels.n && r->labels.n != 80) { /* other classes than COCO's 80: numbers are places in the list */
        d->coco91 = false;
        if (!d->n_scores || r->labels.n <= (size_t)d->n_scores)
            d->n_classes = (int)r->labels.n;
    }
    if (!r->decode.n_classes && has_classes(r))
        r->decode.n_classes = (int)r->labels.n;
    if (r->labels_from && r->decode.n_classes && r->labels.n != (size_t)r->decode.n_classes)
        return oc_err_set(err, OC_E_INVALID, "labels from %s: %zu names, but the model has %d classes", r->labels_from, r->labels.n,
                          r->decode.n_classes);
    return OC_OK;
}

static enum oc_status find_labels(const struct eng_facts *facts, const struct oc_manifest *m, const struct oc_beside *beside,
                                  struct oc_recipe *r, struct oc_err *err)
{
    const char *file = m && m->labels_file ? m->labels_file : beside->labels;
    enum oc_status st = OC_OK;
    if (m && m->labels.n) {
        st = copy_labels(&m->labels, r, err);
        r->labels_from = "model.json";
    } else if (file) {
        st = labels_from_file(beside->directory, file, r, err);
        if (!st)
            st = oc_recipe_string(r, file, &r->labels_from, err);
    } else if (has_classes(r)) {
        st = labels_of_file(facts, r, err);
    }
    return st ? st : check_labels(r, err);
}

static enum oc_status describe(const struct eng_facts *facts, const struct oc_manifest *m, struct oc_recipe *r, struct oc_err *err)
{
    const char *licence = m && m->licence ? m->licence : eng_facts_metadata(facts, "license");
    const char *description = m && m->description ? m->description : eng_facts_metadata(facts, "description");
    enum oc_status st = OC_OK;
    if (licence && oc_utf8_valid(licence, strlen(licence)))
        st = oc_recipe_string(r, licence, &r->licence, err);
    if (!st && description && oc_utf8_valid(description, strlen(description)))
        st = oc_recipe_string(r, description, &r->description, err);
    if (!st && m && m->source)
        st = oc_recipe_string(r, m->source, &r->source, err);
    r->starter = m && m->starter;
    r->quality = m && m->has_quality ? m->quality : r->family ? r->family->quality : 0;
    return st;
}

/* "embed" is said of a package: of its pictures and its texts. */
static bool fits_task(const struct oc_recipe *r, enum oc_task task)
{
    return oc_recipe_can(r, task) || (task == OC_TASK_EMBED_IMAGE && r->task == OC_TASK_EMBED_TEXT);
}

/* Both towers in one file, and nothing that makes ids of texts: pictures can be embedded all the same. */
static void leave_texts(struct oc_recipe *r)
{
    size_t n = strlen(r->because);
    r->embed.text_output = NULL;
    r->also &= ~(1U << OC_TASK_EMBED_TEXT);
    snprintf(r->because + n, sizeof r->because - n, "; no tokenizer beside it: pictures only");
}

static enum oc_status make(const struct eng_facts *facts, const struct oc_manifest *m, const struct oc_beside *beside, struct oc_recipe *r,
                           struct oc_err *err)
{
    bool raw = m && m->has_task && m->task == OC_TASK_TENSOR; /* asked for: nothing is recognised */
    enum oc_status st = raw ? OC_OK : oc_recognise(facts, m ? m->family : NULL, r, err);
    if (raw)
        snprintf(r->because, sizeof r->because, "model.json says raw tensors");
    if (!st && oc_recipe_embeds(r))
        st = oc_embed_configure(beside, m && m->family, r, err);
    if (!st && oc_recipe_embeds(r))
        oc_embed_take_logits(facts, r);
    if (!st && r->embed.image_output && r->embed.text_output && !r->embed.tokenizer)
        leave_texts(r);
    if (!st && m && m->has_task && !fits_task(r, m->task) && r->family)
        st = oc_err_set(err, OC_E_INVALID, "model.json: /task: %s, but the model was %s", oc_task_name(m->task), r->because);
    if (!st && m && m->has_task && !r->family)
        r->task = m->task;
    if (!st && m && r->family)
        st = oc_sections_apply(m, r, err);
    if (!st)
        st = find_labels(facts, m, beside, r, err);
    return st ? st : describe(facts, m, r, err);
}

enum oc_status oc_recipe_make(const struct eng_facts *facts, const struct oc_manifest *m, const struct oc_beside *beside,
                              struct oc_recipe *r, struct oc_err *err)
{
    struct oc_told_facts told;
    enum oc_status st = oc_told_facts(facts, m ? &m->decode : NULL, &told, err);
    if (!st)
        st = make(&told.facts, m, beside, r, err);
    oc_told_facts_deinit(&told);
    return st;
}

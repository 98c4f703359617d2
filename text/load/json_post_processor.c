/*
 * The member "post_processor": the tokens before and behind a text. One that comes later in a sequence goes around those of
 * the ones before it.
 */
#include "base/limits.h"
#include "text/load/json.h"

static enum oc_status put(struct oc_text_part p, struct oc_around *a, int64_t id)
{
    if (id < 0 || id >= LIM_VOCABULARY)
        return oc_part_broken(p, "a token's id is out of range");
    if (a->n == OC_MOST_AROUND)
        return oc_part_broken(p, "more than 64 tokens around a text");
    a->ids[a->n++] = (int32_t)id;
    return OC_OK;
}

/* New tokens go outside: before those that are before, behind those that are behind. */
static enum oc_status wrap(struct oc_tokenizer *t, struct oc_text_part p, struct oc_around before, const struct oc_around *behind)
{
    enum oc_status st = OC_OK;
    for (size_t i = 0; i < t->before.n && !st; i++)
        st = put(p, &before, t->before.ids[i]);
    for (size_t i = 0; i < behind->n && !st; i++)
        st = put(p, &t->behind, behind->ids[i]);
    t->before = before;
    return st;
}

/* ["[SEP]", 102] */
static enum oc_status put_pair(struct oc_text_part p, const char *name, struct oc_around *a)
{
    const json_t *pair = oc_part_member(p, name), *id = json_array_get(pair, 1);
    if (json_array_size(pair) != 2 || !json_is_integer(id))
        return oc_part_broken(p, "'cls' and 'sep' must be a text and an id");
    return put(p, a, json_integer_value(id));
}

static enum oc_status read_pairs(struct oc_tokenizer *t, struct oc_text_part p)
{
    struct oc_around before = {.n = 0}, behind = {.n = 0};
    enum oc_status st = put_pair(p, "cls", &before);
    if (!st)
        st = put_pair(p, "sep", &behind);
    return st ? st : wrap(t, p, before, &behind);
}

/* {"id": "[CLS]", "type_id": 0} of a template: the ids that special_tokens gives it. */
static enum oc_status put_special(struct oc_text_part p, const json_t *token, struct oc_around *a)
{
    const char *name = json_string_value(json_object_get(token, "id"));
    const json_t *ids = name ? json_object_get(json_object_get(oc_part_member(p, "special_tokens"), name), "ids") : NULL;
    if (!json_is_array(ids))
        return oc_part_broken(p, "a token of the template is not in special_tokens");
    enum oc_status st = OC_OK;
    for (size_t i = 0; i < json_array_size(ids) && !st; i++) {
        const json_t *id = json_array_get(ids, i);
        st = json_is_integer(id) ? put(p, a, json_integer_value(id)) : oc_part_broken(p, "an id is not a number");
    }
    return st;
}

static enum oc_status read_template(struct oc_tokenizer *t, struct oc_text_part p)
{
    struct oc_around before = {.n = 0}, behind = {.n = 0};
    const json_t *single = oc_part_member(p, "single");
    enum oc_status st = OC_OK;
    int sequences = 0;
    for (size_t i = 0; i < json_array_size(single) && !st; i++) {
        const json_t *piece = json_array_get(single, i), *special = json_object_get(piece, "SpecialToken");
        const char *sequence = json_string_value(json_object_get(json_object_get(piece, "Sequence"), "id"));
        if (special)
            st = put_special(p, special, sequences ? &behind : &before);
        else if (!sequence || strcmp(sequence, "A") || sequences++)
            st = oc_err_set(p.err, OC_E_UNSUPPORTED,
                            "post_processor: a template that is not one text with tokens around it is not known here");
    }
    if (!st && !sequences)
        st = oc_err_set(p.err, OC_E_UNSUPPORTED, "post_processor: a template without the text is not known here");
    return st ? st : wrap(t, p, before, &behind);
}

enum oc_status oc_json_post_processor(struct oc_tokenizer *t, const json_t *json, int depth, struct oc_err *err)
{
    struct oc_text_part p = {json, "post_processor", err};
    if (!json || json_is_null(json))
        return OC_OK;
    const char *type = oc_part_type(p);
    if (!strcmp(type, "ByteLevel")) /* concerns offsets alone */
        return OC_OK;
    if (!strcmp(type, "TemplateProcessing"))
        return read_template(t, p);
    if (!strcmp(type, "RobertaProcessing") || !strcmp(type, "BertProcessing"))
        return read_pairs(t, p);
    if (strcmp(type, "Sequence"))
        return oc_part_unknown(p, type);
    const json_t *list = oc_part_member(p, "processors");
    if (!json_is_array(list) || depth > 8)
        return oc_part_broken(p, "a sequence without a list, or too deep");
    enum oc_status st = OC_OK;
    for (size_t i = 0; i < json_array_size(list) && !st; i++)
        st = oc_json_post_processor(t, json_array_get(list, i), depth + 1, err);
    return st;
}

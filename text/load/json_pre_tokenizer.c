/* The member "pre_tokenizer": a list of steps, sequences and those that are several steps in one laid out flat. */
#include "text/load/json.h"
#include "text/steps/scan.h"
#include "text/unicode/chars.h"

static enum oc_status add(struct oc_tokenizer *t, struct oc_text_part p, struct oc_pretokeniser s)
{
    if (t->n_pretokenisers == OC_MOST_STEPS) {
        oc_pretokeniser_deinit(&s);
        return oc_part_broken(p, "more than 64 steps");
    }
    t->pretokenisers[t->n_pretokenisers++] = s;
    return OC_OK;
}

static bool is_space(int32_t c)
{
    return oc_char_is_space(c);
}

static bool is_number(int32_t c)
{
    return oc_char_is_number(c);
}

static enum oc_status add_kind(struct oc_tokenizer *t, struct oc_text_part p, bool (*kind)(int32_t c), enum oc_split_behaviour behaviour)
{
    return add(t, p, (struct oc_pretokeniser){.kind = OC_PRETOKENISE_SPLIT, .pattern = oc_pattern_of_kind(kind), .behaviour = behaviour});
}

static enum oc_status read_behaviour(struct oc_text_part p, enum oc_split_behaviour *out)
{
    static const char *const names[] = {"Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous"};
    const char *name = NULL;
    enum oc_status st = oc_part_string(p, "behavior", &name);
    for (size_t i = 0; i < OC_ARRAY_LEN(names) && !st && name; i++)
        if (!strcmp(name, names[i])) {
            *out = (enum oc_split_behaviour)i;
            return OC_OK;
        }
    return st || !name ? st : oc_err_set(p.err, OC_E_UNSUPPORTED, "pre_tokenizer: behavior '%.64s' is not known here", name);
}

static enum oc_status read_split(struct oc_tokenizer *t, struct oc_text_part p)
{
    struct oc_pretokeniser s = {.kind = OC_PRETOKENISE_SPLIT, .behaviour = OC_SPLIT_ISOLATED};
    enum oc_status st = read_behaviour(p, &s.behaviour);
    if (!st)
        st = oc_part_bool(p, "invert", &s.invert);
    if (!st)
        st = oc_part_pattern(p, &s.pattern);
    return st ? st : add(t, p, s);
}

static enum oc_status read_byte_level(struct oc_tokenizer *t, struct oc_text_part p)
{
    bool prefix = true, split = true;
    enum oc_status st = oc_part_bool(p, "add_prefix_space", &prefix);
    if (!st)
        st = oc_part_bool(p, "use_regex", &split);
    if (!st && prefix)
        st = add(t, p, (struct oc_pretokeniser){.kind = OC_PRETOKENISE_PREFIX, .content = " "});
    if (!st && split)
        st = add(t, p,
                 (struct oc_pretokeniser){.kind = OC_PRETOKENISE_SPLIT, .pattern = {.scan = oc_scan_gpt2}, .behaviour = OC_SPLIT_ISOLATED});
    return st ? st : add(t, p, (struct oc_pretokeniser){.kind = OC_PRETOKENISE_BYTES});
}

/* One character under `name` into `out`, NUL-terminated. */
static enum oc_status read_character(struct oc_text_part p, const char *name, char out[8])
{
    const char *text = NULL;
    enum oc_status st = oc_part_string(p, name, &text);
    if (st)
        return st;
    if (!text || !*text || strlen(text) != oc_char_bytes((uint8_t)*text))
        return oc_err_set(p.err, OC_E_MODEL, "pre_tokenizer: '%s' must be one character", name);
    memcpy(out, text, strlen(text) + 1);
    return OC_OK;
}

static enum oc_status read_metaspace(struct oc_tokenizer *t, struct oc_text_part p)
{
    const char *scheme = "always";
    bool add_prefix = true, split = true;
    char mark[8] = "";
    enum oc_status st = oc_part_string(p, "prepend_scheme", &scheme);
    if (!st)
        st = oc_part_bool(p, "add_prefix_space", &add_prefix);
    if (!st)
        st = oc_part_bool(p, "split", &split);
    if (!st)
        st = read_character(p, "replacement", mark);
    if (st)
        return st;
    bool always = !strcmp(scheme, "always"), first = !strcmp(scheme, "first");
    if (!always && !first && strcmp(scheme, "never") != 0)
        return oc_err_set(p.err, OC_E_UNSUPPORTED, "pre_tokenizer: prepend_scheme '%.64s' is not known here", scheme);
    if (!add_prefix && oc_part_member(p, "prepend_scheme") && (always || first))
        return oc_part_broken(p, "add_prefix_space does not go with prepend_scheme");
    struct oc_pretokeniser s = {.kind = OC_PRETOKENISE_REPLACE};
    memcpy(s.content, mark, sizeof mark);
    st = add(t, p, s);
    s.kind = OC_PRETOKENISE_PREFIX;
    s.only_first = first;
    if (!st && add_prefix && (always || first))
        st = add(t, p, s);
    if (st || !split)
        return st;
    s = (struct oc_pretokeniser){.kind = OC_PRETOKENISE_SPLIT, .behaviour = OC_SPLIT_WITH_NEXT};
    st = oc_pattern_literal(&s.pattern, mark, strlen(mark), p.err);
    return st ? st : add(t, p, s);
}

static enum oc_status read_delimiter(struct oc_tokenizer *t, struct oc_text_part p)
{
    char mark[8];
    struct oc_pretokeniser s = {.kind = OC_PRETOKENISE_SPLIT, .behaviour = OC_SPLIT_REMOVED};
    enum oc_status st = read_character(p, "delimiter", mark);
    if (!st)
        st = oc_pattern_literal(&s.pattern, mark, strlen(mark), p.err);
    return st ? st : add(t, p, s);
}

static enum oc_status read_whitespace(struct oc_tokenizer *t, struct oc_text_part p)
{
    /* \w+|[^\w\s]+ with the word characters of Rust's regular expressions */
    static const char expression[] = "[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\x{200c}\\x{200d}]+|"
                                     "[^\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\x{200c}\\x{200d}\\s]+";
    struct oc_pretokeniser s = {.kind = OC_PRETOKENISE_SPLIT, .behaviour = OC_SPLIT_REMOVED, .invert = true};
    enum oc_status st = oc_pattern_expression(&s.pattern, expression, sizeof expression - 1, p.err);
    return st ? st : add(t, p, s);
}

static enum oc_status read_whitespace_split(struct oc_tokenizer *t, struct oc_text_part p)
{
    return add_kind(t, p, is_space, OC_SPLIT_REMOVED);
}

static enum oc_status read_bert(struct oc_tokenizer *t, struct oc_text_part p)
{
    enum oc_status st = add_kind(t, p, is_space, OC_SPLIT_REMOVED);
    return st ? st : add_kind(t, p, oc_char_is_punctuation, OC_SPLIT_ISOLATED);
}

static enum oc_status read_punctuation(struct oc_tokenizer *t, struct oc_text_part p)
{
    enum oc_split_behaviour behaviour = OC_SPLIT_ISOLATED;
    enum oc_status st = read_behaviour(p, &behaviour);
    return st ? st : add_kind(t, p, oc_char_is_punctuation, behaviour);
}

static enum oc_status read_digits(struct oc_tokenizer *t, struct oc_text_part p)
{
    bool each = false;
    enum oc_status st = oc_part_bool(p, "individual_digits", &each);
    return st ? st : add_kind(t, p, is_number, each ? OC_SPLIT_ISOLATED : OC_SPLIT_CONTIGUOUS);
}

static enum oc_status read_one(struct oc_tokenizer *t, struct oc_text_part p)
{
    static const struct {
        const char *type;
        enum oc_status (*read)(struct oc_tokenizer *t, struct oc_text_part p);
    } known[] = {
        {"ByteLevel", read_byte_level},    {"Split", read_split},           {"Metaspace", read_metaspace},
        {"Whitespace", read_whitespace},   {"BertPreTokenizer", read_bert}, {"WhitespaceSplit", read_whitespace_split},
        {"Punctuation", read_punctuation}, {"Digits", read_digits},         {"CharDelimiterSplit", read_delimiter},
    };
    const char *type = oc_part_type(p);
    for (size_t i = 0; i < OC_ARRAY_LEN(known); i++)
        if (!strcmp(type, known[i].type))
            return known[i].read(t, p);
    return oc_part_unknown(p, type);
}

enum oc_status oc_json_pre_tokenizer(struct oc_tokenizer *t, const json_t *json, int depth, struct oc_err *err)
{
    struct oc_text_part p = {json, "pre_tokenizer", err};
    if (!json || json_is_null(json))
        return OC_OK;
    if (strcmp(oc_part_type(p), "Sequence") != 0)
        return read_one(t, p);
    const json_t *list = oc_part_member(p, "pretokenizers");
    if (!json_is_array(list) || depth > 8)
        return oc_part_broken(p, "a sequence without a list, or too deep");
    enum oc_status st = OC_OK;
    for (size_t i = 0; i < json_array_size(list) && !st; i++)
        st = oc_json_pre_tokenizer(t, json_array_get(list, i), depth + 1, err);
    return st;
}
